# ruff: noqa: T201
"""From a list of parties to coaches: plan, proof, a table for every trip and a picture.

    python examples/charter_plan.py examples/parties.csv --seconds 10 --plot charter-plan.png

The file has a row a party: who, from where to where (with latitude and longitude), how many
people, the first and the last day that suits them. Roads are taken as the great circle times 1.3.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot as plt

from zhitong.planning import Party, Plan, Problem, Progress, Stop, VehicleType, solve
from zhitong.planning.certificate import check_certificate
from zhitong.planning.check import check
from zhitong.planning.formats import write_plan, write_problem
from zhitong.planning.shuttle.travel import GreatCircle
from zhitong.planning.warm import warm

COACHES = (
    VehicleType("19 seats", 19, 900.0, 4.5),
    VehicleType("35 seats", 35, 1300.0, 6.0),
    VehicleType("53 seats", 53, 1700.0, 7.5),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("parties", type=Path)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="write problem.json and plan.json here")
    parser.add_argument("--plot", type=Path, help="write the picture here (png, svg)")
    args = parser.parse_args()

    warm()  # compiles once, so that the seconds below are the planner's
    problem, names = read(args.parties)
    course: list[Progress] = []
    plan = solve(problem, stop=Stop(seconds=args.seconds), seed=args.seed, progress=course.append)
    print_trips(problem, plan, names)
    # neither of these shares code with the solver
    report, certificate = check(problem, plan), check_certificate(problem, plan.proof)
    print(f"\ncost {plan.cost:,.0f}; no plan costs less than {certificate.bound:,.0f}")
    print(f"gap {plan.gap:.1%}, {len(report.violations)} rules broken, {plan.iterations:,} steps")
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        write_problem(args.out / "problem.json", problem)
        write_plan(args.out / "plan.json", plan)
    if args.plot:
        draw(problem, plan, course, args.plot)


def read(path: Path) -> tuple[Problem, list[str]]:
    """The problem in a list of parties, and what its points are called."""
    points: dict[tuple[str, float, float], int] = {}
    parties = []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            ends = [
                points.setdefault(
                    (row[end], float(row[f"{end}_lat"]), float(row[f"{end}_lon"])), len(points)
                )
                for end in ("from", "to")
            ]
            numbers = (int(row[name]) for name in ("people", "first_day", "last_day"))
            parties.append(Party(row["party"], *ends, *numbers))
    places = np.array([point[1:] for point in points])
    metres = GreatCircle(factor=1.3).between(list(places)).metres
    assert metres is not None
    km = np.rint(metres / 1000)
    return Problem(places, km, tuple(parties), COACHES), [name for name, *_ in points]


def print_trips(problem: Problem, plan: Plan, names: list[str]) -> None:
    party = {one.id: one for one in problem.parties}
    for number, trip in enumerate(sorted(plan.trips, key=lambda trip: trip.day), 1):
        riders = [party[one] for one in trip.parties]
        kind = problem.types[trip.type]
        people = sum(one.size for one in riders)
        print(f"\ntrip {number}, day {trip.day}: {kind.name}, {people} people")
        for sign, stops in (("+", trip.pickups), ("-", trip.drops)):
            for stop in stops:
                here = [one for one in riders if stop in (one.origin, one.destination)]
                number, who = sum(one.size for one in here), ", ".join(one.id for one in here)
                print(f"  {names[stop]:8} {sign} {number:2}: {who}")


def draw(problem: Problem, plan: Plan, course: list[Progress], path: Path) -> None:
    """The trips on a map, and how cost and bound came together."""
    figure, (where, when) = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
    for trip in plan.trips:
        stops = problem.points[[*trip.pickups, *trip.drops]]
        where.plot(stops[:, 1], stops[:, 0], lw=0.6 + 0.8 * trip.type, alpha=0.7)
    where.plot(problem.points[:, 1], problem.points[:, 0], "k.", ms=4)
    where.set(title=f"{len(plan.trips)} trips", xlabel="longitude", ylabel="latitude", aspect=1.2)
    seconds = [step.seconds for step in course]
    when.step(seconds, [step.cost / 1000 for step in course], where="post", label="cost")
    bounds = [(step.seconds, step.lower_bound / 1000) for step in course if step.lower_bound > 0]
    if bounds:
        when.step(*np.transpose(bounds), where="post", label="bound on the way")
    when.axhline(plan.lower_bound / 1000, color="C2", ls="--", label="no plan costs less")
    when.set(title=f"gap {plan.gap:.1%}", xlabel="seconds", ylabel="thousand")
    when.legend()
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()

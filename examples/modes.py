# ruff: noqa: T201
"""A special train and a group ticket beside the charters: what they save, who rides in them.

    python examples/modes.py PROBLEM.json --seconds 20

PROBLEM is an instance file or a problem in our own format. The train leads from the origin that
most people leave to the destination that most go to; dear trips are explained in the end.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from zhitong.planning import OutsideMode, Problem, Stop, check_modes, solve, solve_with_modes
from zhitong.planning.formats import read_problem
from zhitong.planning.reasons import explain_dear


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("problem", type=Path)
    parser.add_argument("--seconds", type=float, default=20.0, help="for each of the two plans")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    problem, stop = read_problem(args.problem), Stop(seconds=args.seconds)

    coaches = solve(problem, stop=stop, seed=args.seed)
    modes = some_modes(problem)
    plan = solve_with_modes(problem, modes, stop=stop, seed=args.seed)
    report = check_modes(problem, modes, plan, verify_bound=True)
    assert report.ok, report.violations

    print(f"coaches alone {coaches.cost:14,.0f}  {len(coaches.trips)} trips")
    print(f"with modes    {plan.cost:14,.0f}  {len(plan.plan.trips)} trips")
    print(f"at least      {plan.lower_bound:14,.0f}  gap {plan.gap:.1%}")
    size = {party.id: party.size for party in problem.parties}
    for departure in plan.departures:
        mode = modes[departure.mode]
        people = sum(size[party] for party in departure.parties)
        seats = departure.units * mode.capacity
        print(f"day {departure.day}: {mode.name}, {departure.units} opened, {people} of {seats}")
    for one in explain_dear(problem, plan.plan)[:5]:
        print(one.text())


def some_modes(problem: Problem) -> list[OutsideMode]:
    """A train and a group ticket on the busiest way, at prices a railway may ask."""
    origins: Counter[int] = Counter()
    drops: Counter[int] = Counter()
    days: Counter[int] = Counter()
    for party in problem.parties:
        origins[party.origin] += party.size
        drops[party.destination] += party.size
        days.update(dict.fromkeys(range(party.earliest, party.latest + 1), party.size))
    start, end = origins.most_common(1)[0][0], drops.most_common(1)[0][0]
    km = int(problem.km[start, end])
    busiest = tuple(sorted(day for day, _ in days.most_common(2)))
    return [
        OutsideMode(
            "special train",
            start,
            end,
            busiest[:1],
            capacity=300,
            unit_price=40.0 * km,
            person_price=20.0,
            feeder_km=80,
            feeder_price=0.4,
        ),
        OutsideMode(
            "group ticket",
            start,
            end,
            busiest,
            capacity=20,
            units=3,
            person_price=0.25 * km,
            least_people=5,
            feeder_km=80,
            feeder_price=0.4,
        ),
    ]


if __name__ == "__main__":
    main()

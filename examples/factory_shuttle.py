# ruff: noqa: T201
"""A county's shuttles, morning and afternoon, with and without mixed loads; timetable and picture.

    python examples/factory_shuttle.py --seconds 10 --plot factory-shuttle.png

Forty villages, three factories whose shifts start a quarter of an hour apart, two depots, half of
the seats used. Some riders may walk up to 600 m to a neighbour's stop. The county is made up.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot as plt

from zhitong.planning import Stop
from zhitong.planning.check_shuttle import check
from zhitong.planning.shuttle import BusType, Direction, Home, Shift, ShuttleLimits, solve
from zhitong.planning.shuttle.model import ShuttlePlan, ShuttleProblem
from zhitong.planning.shuttle.travel import GreatCircle
from zhitong.planning.shuttle.warm import warm

VILLAGES = 40
HOUR = 3600.0


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0, help="for either plan")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plot", type=Path, help="write the picture here (png, svg)")
    args = parser.parse_args()

    warm()  # compiles once, so that the seconds below are the planner's
    problem, points = county(args.seed)
    plans = {}
    for name, calls in (("one factory a run", 1), ("up to two factories a run", 2)):
        case = replace(problem, limits=replace(problem.limits, max_calls=calls))
        plan = plans[name] = solve(case, stop=Stop(seconds=args.seconds), seed=args.seed)
        broken = len(check(case, plan).violations)
        buses = f"{len(plan.buses)} buses (at least {plan.lower_bound_buses})"
        print(f"{name}: {buses}, cost {plan.cost:,.0f}, {broken} rules broken")
    print_timetable(problem, plan)
    if args.plot:
        draw(problem, points, plans, args.plot)


def county(seed: int) -> tuple[ShuttleProblem, np.ndarray]:
    """The problem and where its points are, in km."""
    random = np.random.default_rng(seed)
    villages = random.uniform(-14, 14, (VILLAGES, 2))
    near = villages[:8] + random.uniform(-0.35, 0.35, (8, 2))  # scattered homes beside a village
    places = np.vstack([villages, near, random.uniform(-5, 5, (3, 2)), [(-9, 0), (9, 2)]])
    travel = GreatCircle(factor=1.3, kmh=45.0).between(places / (111.2, 93.3) + (33.0, 114.0))
    assert travel.metres is not None
    gates = len(villages) + len(near)
    shifts = tuple(
        Shift(f"factory {k + 1}", f"factory {k + 1}", gates + k, (at - 1200, at), (end, end + 1800))
        for k in range(3)
        for at, end in [((7.5 + k / 4) * HOUR, (16.5 + k / 4) * HOUR)]
    )
    homes = []
    for point in range(gates):
        village = point - VILLAGES
        walks = ((village, float(travel.metres[point, village])),) if village >= 0 else ()
        for shift in shifts:
            if riders := int(random.poisson(6 if village < 0 else 2)):
                homes.append(Home(f"{point}/{shift.id}", point, shift.id, riders, walks))
    coach = {"seats": 49, "fixed": 500.0, "per_km": 3.0}
    buses = tuple(BusType(f"depot {k}", depot=gates + 2 + k, **coach) for k in (1, 2))
    limits = ShuttleLimits(
        max_ride=HOUR, stop_fixed=30, stop_per_rider=3, gate_fixed=60, gate_per_rider=1,
        load_cap=0.5, max_walk=600,
    )  # fmt: skip
    return ShuttleProblem(travel, shifts, tuple(homes), buses, limits), places


def clock(seconds: float) -> str:
    return f"{int(seconds // 3600):02}:{int(seconds % 3600 // 60):02}"


def print_timetable(problem: ShuttleProblem, plan: ShuttlePlan) -> None:
    for number, bus in enumerate(plan.buses[:3], 1):
        print(f"\nbus {number}, {problem.buses[bus.kind].name}")
        for run in bus.runs:
            stops = [f"{clock(v.leave)} stop {v.point} ({v.load})" for v in run.visits]
            gates = [f"{clock(call.leave)} {call.shift}" for call in run.calls]
            way = [*stops, *gates] if run.direction is Direction.IN else [*gates, *stops]
            print("  " + " - ".join(way))


def draw(problem: ShuttleProblem, points, plans: dict[str, ShuttlePlan], path: Path) -> None:
    """What every bus does over the morning, and the morning's runs on the map."""
    figure, axes = plt.subplots(2, 2, figsize=(11, 8), layout="constrained")
    gate = {shift.id: shift.gate for shift in problem.shifts}
    for (day, place), (name, plan) in zip(axes.T, plans.items(), strict=True):
        for row, bus in enumerate(plan.buses):
            for run in bus.runs:
                if run.direction is Direction.OUT:
                    continue
                colour = "C4" if len(run.calls) > 1 else f"C{int(run.calls[0].shift[-1]) - 1}"
                day.barh(row, (run.ends - run.begins) / HOUR, left=run.begins / HOUR, color=colour)
                way = [v.point for v in run.visits] + [gate[call.shift] for call in run.calls]
                place.plot(*points[way][:, ::-1].T, color=colour, lw=1)
        day.set(title=f"{name}: {len(plan.buses)} buses", xlabel="hour", ylabel="bus")
        place.plot(*points[:-5, ::-1].T, "k.", ms=3)
        place.plot(*points[-5:-2, ::-1].T, "ks", *points[-2:, ::-1].T, "k^")
        place.set(xlabel="km east", ylabel="km north", aspect=1)
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()

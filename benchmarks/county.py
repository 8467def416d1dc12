"""A made-up county: our shuttles against PyVRP per shift with runs chained onto buses afterwards.

    python benchmarks/county.py --time 30 --load-cap 1.0 --seed 1

120 villages, three factories with two staggered shifts each, 2,400 riders, coaches of 49 seats
at one depot (500 each and 3 per km), rides of at most an hour, arrival in the 20 minutes before
the shift. Both get the same wall clock; both plans are judged by the same checker. One JSON line.

PyVRP sees one shift at a time: capacity, and the ride limit exactly (a vehicle starts at no cost
at its first village, service times are part of the way to the next stop). Its runs for the
earlier shift arrive as early, those for the later as late as allowed, which leaves most time
between them, and are chained with fewest buses, then least driving, by HiGHS.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
import time
from importlib.metadata import version
from itertools import pairwise
from typing import Any

import numpy as np
import pyvrp
from pyvrp.stop import MaxRuntime

from zhitong.planning import Stop
from zhitong.planning.check_shuttle import check
from zhitong.planning.shuttle import (
    Bus,
    BusType,
    Call,
    Direction,
    Home,
    Run,
    Shift,
    ShuttleLimits,
    ShuttlePlan,
    ShuttleProblem,
    Visit,
    solve,
)
from zhitong.planning.shuttle.programme import programme
from zhitong.planning.shuttle.travel import GreatCircle
from zhitong.planning.shuttle.warm import warm

VILLAGES, RIDERS = 120, 2400
STARTS = ((7.0, 8.25), (7.25, 8.5), (7.5, 8.75))
Shuttle = tuple[Shift, list[Home], float]


def county(*, load_cap: float, seed: int) -> ShuttleProblem:
    """Villages all over a box of 32 x 32 km, factories near its middle, the depot among them."""
    random = np.random.default_rng(seed)
    places = [*random.uniform(-16, 16, (VILLAGES, 2)), *random.uniform(-5, 5, (3, 2)), (0.0, 0.0)]
    points = [(33.0 + north / 111.2, 114.0 + east / 93.3) for north, east in places]
    shifts = [
        Shift(f"factory {f + 1}, {hour:.2f} h", str(f), VILLAGES + f, (at - 1200.0, at))
        for f, hours in enumerate(STARTS)
        for hour in hours
        for at in (hour * 3600.0,)
    ]
    weights = random.lognormal(0.0, 0.8, (VILLAGES, len(shifts)))
    weights[random.random(weights.shape) < 0.4] = 0.0
    riders = random.multinomial(RIDERS, (weights / weights.sum()).ravel()).reshape(weights.shape)
    homes = [
        Home(f"{village}/{k}", village, shifts[k].id, int(riders[village, k]))
        for village in range(VILLAGES)
        for k in range(len(shifts))
        if riders[village, k]
    ]
    return ShuttleProblem(
        travel=GreatCircle(factor=1.3, kmh=45.0).between(points),
        shifts=tuple(shifts),
        homes=tuple(homes),
        buses=(BusType("coach", 49, len(points) - 1, fixed=500.0, per_km=3.0),),
        limits=ShuttleLimits(
            max_ride=3600.0,
            stop_fixed=30.0,
            stop_per_rider=3.0,
            gate_fixed=60.0,
            gate_per_rider=1.0,
            load_cap=load_cap,
            together=24,
        ),
    )


def peer(problem: ShuttleProblem, *, seconds: float, seed: int) -> ShuttlePlan:
    """PyVRP for each shift, then one assignment of runs to buses."""
    runs = []
    for index, shift in enumerate(problem.shifts):
        pieces = [
            (home, min(24, home.riders - done))
            for home in problem.homes
            if home.shift == shift.id
            for done in range(0, home.riders, 24)
        ]
        share = 0.95 * seconds / len(problem.shifts)
        for route in _routes(problem, shift, pieces, seconds=share, seed=seed):
            window = shift.start or (0.0, 0.0)
            runs.append(_run(problem, shift, [pieces[i] for i in route], window[index % 2]))
    return ShuttlePlan(tuple(Bus(0, tuple(chain)) for chain in _chains(problem, runs)))


def _routes(
    problem: ShuttleProblem,
    shift: Shift,
    pieces: list[tuple[Home, int]],
    *,
    seconds: float,
    seed: int,
) -> list[list[int]]:
    limits, travel = problem.limits, problem.travel
    kind = problem.buses[0]
    assert travel.metres is not None
    model = pyvrp.Model()
    spot = model.add_location(0, 0)
    gate = model.add_location(0, 0)
    depots = [model.add_depot(spot), model.add_depot(gate)]
    places = [model.add_location(0, 0) for _ in pieces]
    for (_, riders), place in zip(pieces, places, strict=True):
        model.add_client(place, pickup=riders)
    model.add_vehicle_type(
        len(pieces),
        limits.usable(kind),
        depots[0],
        depots[1],
        fixed_cost=int(kind.fixed * 1000),
        shift_duration=int(limits.max_ride),
        unit_distance_cost=int(kind.per_km),
    )
    ends = [home.point for home, _ in pieces]
    wait = [limits.at_stop(riders) for _, riders in pieces]
    for j, place in enumerate(places):
        model.add_edge(spot, place, 0, 0)
        way = travel.seconds[ends[j], shift.gate]
        model.add_edge(place, gate, round(travel.metres[ends[j], shift.gate]), math.ceil(way))
        for i, other in enumerate(places):
            if i != j:
                way = travel.seconds[ends[i], ends[j]] + wait[j]
                length = round(travel.metres[ends[i], ends[j]])
                model.add_edge(other, place, length, math.ceil(way))
    result = model.solve(MaxRuntime(seconds), seed=seed, display=False)
    if not result.best.is_feasible():
        raise SystemExit(f"PyVRP found no feasible runs for {shift.id}")
    return [_members(route) for route in result.best.routes()]


def _members(route: Any) -> list[int]:
    return [activity.idx for activity in route if activity.is_client()]


def _run(
    problem: ShuttleProblem, shift: Shift, pieces: list[tuple[Home, int]], unloaded: float
) -> Run:
    """Timed backwards from the end of unloading."""
    limits, seconds = problem.limits, problem.travel.seconds
    clock = unloaded - limits.at_gate(sum(riders for _, riders in pieces))
    arrive, at, visits = clock, shift.gate, []
    for home, riders in reversed(pieces):
        leave = clock - float(seconds[home.point, at])
        clock, at = leave - limits.at_stop(riders), home.point
        visits.append(Visit(at, ((home.id, riders),), clock, leave))
    call = Call(shift.id, arrive, unloaded)
    return Run(Direction.IN, tuple(reversed(visits)), (call,))


def _chains(problem: ShuttleProblem, runs: list[Run]) -> list[list[Run]]:
    """Fewest chains, then least driving between runs: each run follows at most one other."""
    seconds, kind = problem.travel.seconds, problem.buses[0]
    gates = {shift.id: shift.gate for shift in problem.shifts}
    highs = programme()
    follows = {}
    for i, first in enumerate(runs):
        for j, then in enumerate(runs):
            start, end = then.visits[0].point, gates[first.calls[0].shift]
            if i != j and then.begins >= first.ends + seconds[end, start]:
                saved = seconds[kind.depot, start] + seconds[end, kind.depot] - seconds[end, start]
                follows[i, j] = highs.addBinary(-1e6 - saved)
    for i in range(len(runs)):
        for side in (0, 1):
            mine = [variable for pair, variable in follows.items() if pair[side] == i]
            if mine:
                highs.addConstr(sum(mine) <= 1)
    highs.minimize()
    values = highs.getSolution().col_value
    after = {i: j for (i, j), variable in follows.items() if values[variable.index] > 0.5}
    chains = []
    for i in sorted(set(range(len(runs))) - set(after.values())):
        chain = [i]
        while chain[-1] in after:
            chain.append(after[chain[-1]])
        chains.append([runs[r] for r in chain])
        assert all(b.begins >= a.ends for a, b in pairwise(chains[-1]))
    return chains


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--time", type=float, default=30.0, help="seconds for each")
    parser.add_argument("--load-cap", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1, help="of the county and of the searches")
    args = parser.parse_args()

    warm()
    problem = county(load_cap=args.load_cap, seed=args.seed)
    answers = {}
    ok = True
    for name in ("ours", "pyvrp"):
        began = time.perf_counter()
        if name == "ours":
            plan = solve(problem, stop=Stop(seconds=args.time), seed=args.seed)
        else:
            plan = peer(problem, seconds=args.time, seed=args.seed)
        report = check(problem, plan)
        for violation in report.violations[:5]:
            print(name, violation, file=sys.stderr)
        ok = ok and (name != "ours" or report.ok)
        answers[name] = {
            "buses": len(plan.buses),
            "cost": round(report.cost, 1),
            "at_least": plan.lower_bound_buses,
            "runs": len(plan.runs),
            "unassigned": sum(left.riders for left in plan.unassigned),
            "violations": len(report.violations),
            "seconds": round(time.perf_counter() - began, 1),
        }
    print(
        json.dumps(
            {
                "riders": RIDERS,
                "load_cap": args.load_cap,
                "seed": args.seed,
                **answers,
                "pyvrp_version": version("pyvrp"),
                "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            }
        )
    )
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())

"""A made-up county: our shuttles against peers that route a shift at a time and chain afterwards.

    python -m venv PEERS
    PEERS/bin/pip install --require-hashes -r benchmarks/peers/requirements.txt
    python benchmarks/county.py --time 30 --load-cap 1.0 --seed 1 --peers PEERS/bin/python

120 villages, three factories with two staggered shifts each, 2,400 riders, coaches of 49 seats
at one depot (500 each and 3 per km), rides of at most an hour, arrival in the 20 minutes before
the shift. Everybody gets the same wall clock, peers up to two minutes more for chaining; all plans
are judged by the same checker. One JSON line. Without ``--peers`` only ours.

Peers see one shift at a time: seats, and the ride limit exactly (``peers/shuttle.py``). Their runs
end as early or as late as the window allows, whatever chains best, and HiGHS chains them: fewest
buses, then least driving. "PyVRP, several" makes three routings a shift, from few long runs to
many short ones, and the same programme chooses one for each shift as well (as Bertsimas, Delarue &
Martin 2019 do).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np

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
    formats,
    solve,
)
from zhitong.planning.shuttle.programme import programme
from zhitong.planning.shuttle.travel import GreatCircle
from zhitong.planning.shuttle.warm import warm

VILLAGES, RIDERS = 120, 2400
STARTS = ((7.0, 8.25), (7.25, 8.5), (7.5, 8.75))
PEERS = {
    "PyVRP": ("shuttle_with_pyvrp.py", 1),
    "PyVRP, several": ("shuttle_with_pyvrp.py", 3),
    "VROOM": ("shuttle_with_vroom.py", 1),
    "OR-Tools": ("shuttle_with_ortools.py", 1),
}
"""The script of each, and how many routings it makes for every shift."""
CHAINING = 60.0
FOLLOWERS = 100
"""Runs that may follow one, the nearest in time: enough, and few enough for the programme."""
VERSIONS = (
    "from importlib.metadata import version as v; import json;"
    "print(json.dumps({k: v(k) for k in ('ortools', 'pyvrp', 'pyvroom')}))"
)
Piece = tuple[Home, int]


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


def peer(
    problem: ShuttleProblem, name: str, python: str, *, seconds: float, seed: int
) -> ShuttlePlan:
    """A peer's runs, chained on top of its time."""
    script, routings = PEERS[name]
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder) / "problem.json", Path(folder) / "runs.json"
        formats.write_problem(file, problem)
        command = [python, str(Path(__file__).parent / "peers" / script), "--problem", str(file)]
        command += ["--time", str(seconds), "--seed", str(seed), "--out", str(out)]
        command += ["--routings", str(routings)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{name}: {done.stderr[-300:]}")
        answer = json.loads(out.read_text())
    homes = {home.id: home for home in problem.homes}
    menu = [
        [[[(homes[home], riders) for home, riders in run] for run in runs] for runs in ways]
        for ways in answer["routings"]
    ]
    return ShuttlePlan(tuple(Bus(0, tuple(chain)) for chain in chains(problem, menu)))


def timed(problem: ShuttleProblem, shift: Shift, pieces: list[Piece], unloaded: float) -> Run:
    """The run that has unloaded at that time, without waiting."""
    limits, seconds = problem.limits, problem.travel.seconds
    clock = unloaded - limits.at_gate(sum(riders for _, riders in pieces))
    arrive, at, visits = clock, shift.gate, []
    for home, riders in reversed(pieces):
        leave = clock - float(seconds[home.point, at])
        clock, at = leave - limits.at_stop(riders), home.point
        visits.append(Visit(at, ((home.id, riders),), clock, leave))
    return Run(Direction.IN, tuple(reversed(visits)), (Call(shift.id, arrive, unloaded),))


def chains(problem: ShuttleProblem, menu: list[list[list[list[Piece]]]]) -> list[list[Run]]:
    """One of each shift's routings and its runs' times, so that buses are fewest, then driving.

    ``menu`` has shifts, their routings, the runs of these, their pieces. Every run ends as early
    or as late as its window allows.
    """
    seconds, kind = problem.travel.seconds, problem.buses[0]
    gates = {shift.id: shift.gate for shift in problem.shifts}
    highs = programme()
    highs.setOptionValue("time_limit", CHAINING)
    early = {shift.id: 1 - index % 2 for index, shift in enumerate(problem.shifts)}
    runs: list[Run] = []
    taken = []
    for shift, ways in zip(problem.shifts, menu, strict=True):
        chosen = [highs.addBinary(0.0) for _ in ways]
        highs.addConstr(sum(chosen) == 1)
        for way, routing in zip(chosen, ways, strict=True):
            for pieces in routing:
                both = []
                for moment in shift.start or ():
                    run = timed(problem, shift, pieces, moment)
                    start = run.visits[0].point
                    ends = seconds[kind.depot, start] + seconds[shift.gate, kind.depot]
                    inside = run.ends - run.begins
                    both.append(highs.addBinary(1e5 + ends + inside))
                    runs.append(run)
                highs.addConstr(sum(both) == way)
                taken += both
    before: list[list[object]] = [[] for _ in runs]
    after: list[list[object]] = [[] for _ in runs]
    follows = {}
    for i, first in enumerate(runs):
        end = gates[first.calls[0].shift]
        then = [
            (then.begins, j)
            for j, then in enumerate(runs)
            if then.begins >= first.ends + seconds[end, then.visits[0].point]
        ]
        for _, j in sorted(then)[:FOLLOWERS]:
            start = runs[j].visits[0].point
            saved = seconds[kind.depot, start] + seconds[end, kind.depot] - seconds[end, start]
            follows[i, j] = highs.addVariable(0.0, 1.0, -1e5 - saved)
            after[i].append(follows[i, j])
            before[j].append(follows[i, j])
    for i, variable in enumerate(taken):
        for links in (before[i], after[i]):
            if links:
                highs.addConstr(sum(links) <= variable)
    # at first the earlier shift of a factory as early, the later one as late as can be
    other = [v.index for i, v in enumerate(taken) if i % 2 == early[runs[i].calls[0].shift]]
    highs.changeColsBounds(len(other), np.array(other), np.zeros(len(other)), np.zeros(len(other)))
    highs.minimize()
    start = highs.getSolution()
    highs.changeColsBounds(len(other), np.array(other), np.zeros(len(other)), np.ones(len(other)))
    highs.setSolution(start)
    highs.minimize()
    values = highs.getSolution().col_value
    follower = {i: j for (i, j), link in follows.items() if values[link.index] > 0.5}
    used = [i for i, variable in enumerate(taken) if values[variable.index] > 0.5]
    found = []
    for i in sorted(set(used) - set(follower.values())):
        chain = [i]
        while chain[-1] in follower:
            chain.append(follower[chain[-1]])
        found.append([runs[r] for r in chain])
        assert all(b.begins >= a.ends for a, b in pairwise(found[-1]))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--time", type=float, default=30.0, help="seconds for each")
    parser.add_argument("--load-cap", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1, help="of the county and of the searches")
    parser.add_argument("--peers", help="the Python of the peers' virtual environment")
    args = parser.parse_args()

    warm()
    problem = county(load_cap=args.load_cap, seed=args.seed)
    answers = {}
    ok = True
    for name in ("ours", *(PEERS if args.peers else ())):
        began = time.perf_counter()
        if name == "ours":
            plan = solve(problem, stop=Stop(seconds=args.time), seed=args.seed)
        else:
            plan = peer(problem, name, args.peers, seconds=args.time, seed=args.seed)
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
    versions = {}
    if args.peers:
        command = [args.peers, "-c", VERSIONS]
        versions = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    print(
        json.dumps(
            {
                "riders": RIDERS,
                "load_cap": args.load_cap,
                "seed": args.seed,
                **answers,
                "versions": versions,
                "load": round(os.getloadavg()[0], 1),
                "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            }
        )
    )
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())

"""Plans one school-bus instance and prints one JSON line; fails if the plan breaks a rule.

    python benchmarks/school_bus.py DIR --ride 2700 --time 600 --solution-out FILE

DIR holds Schools.txt and Stops.txt of an instance of Park, Tae & Kim (2012). The written file is
read back and judged by the checker, which shares no code with the solver. ``--time`` is wall
clock from the start of this script to the written file; compiling, which happens once after
installing, is done before and reported as ``warm_seconds``. ``--fixed`` ends unloading at
AMEARLY exactly, as BiRD does.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import sys
import time
from pathlib import Path

from zhitong.planning import Stop
from zhitong.planning.check_shuttle import check
from zhitong.planning.model import ProblemError
from zhitong.planning.shuttle import ShuttleProgress, sbrp
from zhitong.planning.shuttle.solver import solve
from zhitong.planning.shuttle.warm import warm


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--ride", type=float, default=2700.0, help="seconds")
    parser.add_argument("--time", type=float, default=600.0, help="seconds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fixed", action="store_true", help="arrive at AMEARLY exactly")
    parser.add_argument("--solution-out", type=Path, required=True)
    parser.add_argument("--progress", action="store_true", help="report on stderr")
    args = parser.parse_args()

    warm_seconds = warm()
    began = time.perf_counter()
    try:
        problem = sbrp.read_instance(args.folder, ride=args.ride, fixed=args.fixed)
    except ProblemError as error:
        print(error, file=sys.stderr)
        return 2
    # reading the file back and checking it are part of the time
    left = args.time - 3.0 * (time.perf_counter() - began) - 1.0

    reached: list[tuple[int, float]] = []

    def follow(progress: ShuttleProgress) -> None:
        if not reached or progress.buses < reached[-1][0]:
            reached.append((progress.buses, round(progress.seconds, 1)))
            if args.progress:
                print(progress, file=sys.stderr)

    plan = solve(
        problem,
        stop=Stop(seconds=max(0.0, left)),
        seed=args.seed,
        progress=follow,
        buses_first=1.0,
    )
    args.solution_out.write_text(json.dumps(sbrp.solution_of(plan)), encoding="utf-8")
    written = sbrp.read_solution(args.solution_out, problem)
    report = check(problem, written)
    for violation in report.violations[:20]:
        print(violation, file=sys.stderr)
    bird = _bird(args.folder.resolve().name, args.ride)
    print(
        json.dumps(
            {
                "instance": args.folder.resolve().name,
                "ride": args.ride,
                "buses": len(written.buses),
                "seconds": round(time.perf_counter() - began, 2),
                "at_least": plan.lower_bound_buses,
                "routes": len(written.runs),
                "bird": bird,
                "bird_buses_after_seconds": next(
                    (at for buses, at in reached if bird is not None and buses <= bird), None
                ),
                "ok": report.ok,
                "iterations": plan.iterations,
                "seed": args.seed,
                "arrival": "AMEARLY" if args.fixed else "window",
                "warm_seconds": round(warm_seconds, 2),
                "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            }
        )
    )
    return 0 if report.ok else 1


def _bird(name: str, ride: float) -> int | None:
    """BiRD's published number of buses, where there is one."""
    match = re.fullmatch(r"RSRB0(\d)", name)
    return sbrp.BIRD.get(int(ride), {}).get(int(match[1])) if match else None


if __name__ == "__main__":
    sys.exit(main())

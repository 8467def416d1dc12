"""Plans one pooling instance and prints one JSON line; fails if the plan breaks a rule.

    python benchmarks/pooling.py --instance FILE --time 60 --seed 1 --plan-out PLAN

``--time`` is wall clock from the start of this script to the written plan; compiling the search,
which happens once after installing, is done before and reported as ``warm_seconds``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path

from zhitong.planning import Stop, check
from zhitong.planning.charter import solve
from zhitong.planning.formats import plan_to_instance, read_problem
from zhitong.planning.warm import warm


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--instance", type=Path, required=True)
    parser.add_argument("--time", type=float, default=60.0, help="seconds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plan-out", type=Path, required=True)
    parser.add_argument("--progress", action="store_true", help="report on stderr")
    args = parser.parse_args()

    warm_seconds = warm()
    began = time.perf_counter()
    problem = read_problem(args.instance)
    reading = time.perf_counter() - began

    def show(progress: object) -> None:
        print(progress, file=sys.stderr)

    plan = solve(
        problem,
        stop=Stop(seconds=max(0.0, args.time - reading)),
        seed=args.seed,
        progress=show if args.progress else None,
    )
    args.plan_out.write_text(json.dumps(plan_to_instance(plan)), encoding="utf-8")
    seconds = time.perf_counter() - began
    report = check(problem, plan)
    for violation in report.violations:
        print(violation, file=sys.stderr)
    print(
        json.dumps(
            {
                "instance": args.instance.name,
                "cost": round(report.cost, 2),
                "lower_bound": round(plan.lower_bound, 2),
                "seconds": round(seconds, 2),
                "gap": round(plan.gap, 4),
                "iterations": plan.iterations,
                "trips": len(plan.trips),
                "ok": report.ok,
                "seed": args.seed,
                "warm_seconds": round(warm_seconds, 2),
                "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            }
        )
    )
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())

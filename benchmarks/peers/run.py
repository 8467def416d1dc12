"""Runs us and our peers on the same pooling instances and judges all by the same checker.

    python -m venv PEERS
    PEERS/bin/pip install --require-hashes -r benchmarks/peers/requirements.txt
    python benchmarks/peers/run.py --python PEERS/bin/python --times 10 INSTANCE.json ...

One JSON line an instance, budget and tool: `cost` of the plan as the tool made it, lone parties at
the price of travelling alone; `broken_trips` of `trips` break a rule; `kept_cost` is the cost once
everybody of a broken trip travels alone instead. A tool gets thrice its budget before it is ended.
`--plot FILE.svg` draws `kept_cost` over the seconds really used.
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
from dataclasses import replace
from pathlib import Path

from zhitong.planning import Plan, Problem, check
from zhitong.planning.costs import plan_cost
from zhitong.planning.formats import plan_from_instance, read_problem

HERE = Path(__file__).resolve().parent
PEERS = {
    "zhitong": (HERE.parent / "pooling.py", ""),
    "OR-Tools": (HERE / "with_ortools.py", "nothing"),
    "PyVRP": (HERE / "with_pyvrp.py", "ride limit, stops a trip"),
    "VROOM": (HERE / "with_vroom.py", "ride limit, stops a trip, price of leaving somebody alone"),
    "vrp-cli": (HERE / "with_vrp_cli.py", "ride limit, stops a trip, price of leaving alone"),
}
"""The script of each, and what it cannot express."""

VERSIONS = "from importlib.metadata import version as v; import json; print(json.dumps({k: v(k) for k in ('ortools', 'pyvrp', 'pyvroom', 'vrp-cli')}))"  # noqa: E501


def judged(problem: Problem, document: dict[str, object]) -> dict[str, float | int]:
    """Costs and broken trips of a plan in the instances' format."""
    plan = plan_from_instance(document, problem)
    report = check(problem, plan)
    broken = {violation.trip for violation in report.violations if violation.trip is not None}
    trips = document["trips"]
    assert isinstance(trips, list)
    kept = [trip for at, trip in enumerate(trips) if at not in broken]
    dissolved: Plan = plan_from_instance({"trips": kept}, problem)
    dissolved = replace(dissolved, cost=plan_cost(problem, dissolved))
    others = [violation for violation in report.violations if violation.trip is None]
    return {
        "cost": round(report.cost),
        "kept_cost": round(dissolved.cost),
        "trips": len(trips),
        "broken_trips": len(broken),
        "broken_otherwise": len(others),
        "alone": sum(len(trip.parties) == 1 for trip in plan.trips) + len(plan.outside),
    }


def run(name: str, python: str, instance: Path, seconds: float, seed: int) -> dict[str, object]:
    """One tool on one instance: what it took and how its plan is judged."""
    script, missing = PEERS[name]
    row: dict[str, object] = {"tool": name, "instance": instance.name, "budget": seconds}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "plan.json"
        command = [sys.executable if name == "zhitong" else python, str(script)]
        command += ["--instance", str(instance), "--time", str(seconds), "--seed", str(seed)]
        began = time.perf_counter()
        try:
            subprocess.run(
                [*command, "--plan-out", str(out)],
                check=True,
                capture_output=True,
                timeout=3 * seconds + 20,
            )
        except subprocess.TimeoutExpired:
            return {**row, "failed": "not finished in thrice the time"}
        except subprocess.CalledProcessError as error:
            return {**row, "failed": error.stderr.decode()[-300:]}
        row["seconds"] = round(time.perf_counter() - began, 1)
        return {**row, **judged(read_problem(instance), json.loads(out.read_text())),
                "not_expressed": missing}  # fmt: skip


def draw(rows: list[dict[str, object]], path: Path) -> None:
    """Cost without broken trips over seconds, a panel an instance."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    instances = list(dict.fromkeys(row["instance"] for row in rows))
    figure, axes = pyplot.subplots(1, len(instances), figsize=(5 * len(instances), 3.6))
    for axis, instance in zip(axes if len(instances) > 1 else [axes], instances, strict=True):
        for name, mark in zip(PEERS, "osv^D", strict=True):
            points = sorted(
                (row["seconds"], row["kept_cost"] / 1e6)  # type: ignore[operator]
                for row in rows
                if (row["tool"], row["instance"]) == (name, instance) and "seconds" in row
            )
            if points:
                axis.plot(*zip(*points, strict=True), marker=mark, label=name)
        axis.set(title=instance, xlabel="seconds", ylabel="cost, million, every rule kept")
        axis.set_xlim(left=0)
        axis.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("instances", type=Path, nargs="+")
    parser.add_argument("--python", required=True, help="of the peers' virtual environment")
    parser.add_argument("--times", default="10", help="budgets in seconds, comma between")
    parser.add_argument("--tools", default=",".join(PEERS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plot", type=Path)
    args = parser.parse_args()
    versions = subprocess.run([args.python, "-c", VERSIONS], capture_output=True, check=True).stdout
    machine = f"{platform.machine()}, {os.cpu_count()} cores"
    print(json.dumps({"versions": json.loads(versions), "machine": machine}), flush=True)
    rows = []
    for instance in args.instances:
        for seconds in map(float, args.times.split(",")):
            for name in args.tools.split(","):
                row = run(name, args.python, instance, seconds, args.seed)
                row["load"] = round(os.getloadavg()[0], 1)
                rows.append(row)
                print(json.dumps(row), flush=True)
    if args.plot:
        draw(rows, args.plot)
    return 0


if __name__ == "__main__":
    sys.exit(main())

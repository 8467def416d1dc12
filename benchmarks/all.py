"""Run every benchmark in turn and print its JSON line; exit 1 when one fails.

    python benchmarks/all.py [--quick]

All of them take about an hour and a half on two cores. `--quick` shrinks each to a minute or two
for a first look; the figures in docs/benchmarks.md are of the full ones.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[1] / "shared" / "data"
INSTANCES = DATA / "pooling"
SCHOOLS = DATA / "sbrp"


def commands(*, quick: bool, plans: Path) -> list[list[str]]:
    """The command lines, in the order of the journey."""
    # fewer than intake.py judges: with so little in a file, starting on it counts most
    rows = "50000" if quick else "1736100"
    return [
        *(["intake.py", "--rows", rows, "--form", form] for form in ("parquet", "csv")),
        # a workbook is not read faster for being one of ten times as many
        ["intake.py", "--rows", "50000" if quick else "200000", "--form", "xlsx"],
        ["report.py", "--rows", rows],
        ["search.py", "--rows", rows],
        ["export.py", "--rows", "100000" if quick else "1000000"],
        ["dashboard.py", "--rows", rows],
        ["returns.py", "--rows", rows, "--minutes", "1" if quick else "10"],
        *_pooling(quick=quick, plans=plans),
        ["scale.py", "--travellers", "5000" if quick else "100000", "--time", "60"],
        ["hebei.py", "--time", "10" if quick else "60"],
        *_school_buses(quick=quick, plans=plans),
        ["county.py", "--time", "10" if quick else "30", "--seed", "1"],
    ]


def _pooling(*, quick: bool, plans: Path) -> list[list[str]]:
    return [
        ["pooling.py", "--instance", str(path), "--time", "5" if quick else seconds, "--seed", "1",
         "--plan-out", str(plans / f"plan_{size}.json")]
        for size, seconds in ((200, "10"), (1000, "60"), (5000, "60"))
        if _there(path := INSTANCES / f"pool_{size}.json")
    ]  # fmt: skip


def _school_buses(*, quick: bool, plans: Path) -> list[list[str]]:
    return [
        ["school_bus.py", str(path), "--ride", ride, "--time", "5" if quick else "60",
         "--solution-out", str(plans / f"{path.name}_{ride}.json")]
        for number in range(1, 9)
        if _there(path := SCHOOLS / f"RSRB0{number}")
        for ride in ("2700", "5400")
    ]  # fmt: skip


def _there(path: Path) -> bool:
    if not path.exists():
        print(f"{path.name} is not beside the checkout: left out", file=sys.stderr)
    return path.exists()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    machine = {"machine": platform.machine(), "system": platform.platform()}
    print(json.dumps({**machine, "python": platform.python_version()}))
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        for line in commands(quick=quick, plans=Path(folder)):
            print(f"== {' '.join(line[:3])}", flush=True)
            if subprocess.run(
                [sys.executable, str(HERE / line[0]), *line[1:]], check=False
            ).returncode:
                failed.append(line[0])
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Run every benchmark in turn and print its JSON line; exit 1 when one fails.

    python benchmarks/all.py [--quick]

`--quick` shrinks each to a minute or two for a first look; the figures in docs/benchmarks.md are of
the full ones.
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
    """The command lines, the quickest first."""
    rows = "100000" if quick else "1736100"
    lines = [["report.py", "--rows", rows]]
    for form in ("parquet", "csv", "xlsx"):
        lines.append(["intake.py", "--rows", rows, "--form", form])
    for size, seconds in ((200, 10), (1000, 60), (5000, 60)):
        instance = INSTANCES / f"pool_{size}.json"
        if instance.is_file():
            lines.append(
                [
                    "pooling.py",
                    *("--instance", str(instance)),
                    *("--time", str(5 if quick else seconds)),
                    *("--seed", "1"),
                    *("--plan-out", str(plans / f"plan_{size}.json")),
                ]
            )
        else:
            print(f"pool_{size}.json is not beside the checkout: left out", file=sys.stderr)
    for folder in sorted(SCHOOLS.glob("RSRB0*")):
        for ride in (2700, 5400):
            lines.append(
                [
                    "school_bus.py",
                    str(folder),
                    *("--ride", str(ride)),
                    *("--time", str(5 if quick else 60)),
                    *("--solution-out", str(plans / f"{folder.name}_{ride}.json")),
                ]
            )
    return lines


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

"""The planner is a library of its own: no Django, no settings, no database."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]

ALONE = """
import sys
from zhitong.planning import Party, Problem, Stop, VehicleType, charter, check, shuttle
from zhitong.planning import check_shuttle
assert shuttle.__file__.startswith(PLACE), shuttle.__file__

problem = Problem(
    points=[(33.0, 114.0), (30.0, 114.0)],
    km=[[0, 420], [420, 0]],
    parties=(Party("a", 0, 1, 2, 0, 0), Party("b", 0, 1, 3, 0, 1)),
    types=(VehicleType("19 seats", 19, 900.0, 4.5),),
)
plan = charter.solve(problem, stop=Stop(iterations=10))
assert check(problem, plan).ok and len(plan.trips) == 1

task = shuttle.ShuttleProblem(
    travel=shuttle.Travel([[0, 600, 600], [600, 0, 600], [600, 600, 0]]),
    shifts=(shuttle.Shift("day", "works", 1, start=(28800, 30600)),),
    homes=(shuttle.Home("a", 0, "day", 20),),
    buses=(shuttle.BusType("coach", 30, 2),),
    limits=shuttle.ShuttleLimits(max_ride=3600),
)
runs = shuttle.solve(task, stop=Stop(iterations=10))
assert check_shuttle.check(task, runs).ok and len(runs.buses) == 1

others = {"django", "psycopg", "polars", "duckdb", "zhitong.kernel", "zhitong.config"}
print(sorted(others & set(sys.modules)))
"""


def alone(place: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run ``ALONE`` elsewhere, uncompiled, with the package in ``place`` and no settings."""
    env = {name: value for name, value in os.environ.items() if "DJANGO" not in name}
    return subprocess.run(
        [sys.executable, "-c", f"PLACE = {str(place)!r}\n{ALONE}"],
        cwd=folder,
        env={**env, "PYTHONPATH": str(place), "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_planner_loads_no_django(tmp_path):
    done = alone(REPOSITORY / "src", tmp_path)

    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


def test_the_planner_works_from_the_built_wheel(tmp_path):
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet"]
    # built from a copy, so that nothing is left in the checkout
    copy = tmp_path / "source"
    without = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for folder in ("src", "requirements"):
        shutil.copytree(REPOSITORY / folder, copy / folder, ignore=without)
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(REPOSITORY / name, copy)
    subprocess.run([*command, "--wheel-dir", str(tmp_path), str(copy)], check=True)
    (wheel,) = tmp_path.glob("zhitong-*.whl")
    place = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as file:
        file.extractall(place)

    done = alone(place, tmp_path)

    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr

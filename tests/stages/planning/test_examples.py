"""The runnable examples run, and what they print is true."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
PNG = b"\x89PNG"


def run(name: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(REPOSITORY / "examples" / name), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "src"), "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_parties_become_proven_coaches_and_answers_to_what_if(tmp_path):
    parties = str(REPOSITORY / "examples" / "parties.csv")
    out = run(
        "charter_plan.py", parties, "--seconds", "1",
        *("--out", str(tmp_path), "--plot", str(tmp_path / "plan.png")),
    )  # fmt: skip

    cost, bound = re.search(r"cost ([\d,]+); no plan costs less than ([\d,]+)", out).groups()
    assert 0 < int(bound.replace(",", "")) <= int(cost.replace(",", ""))
    assert ", 0 rules broken" in out
    assert len(set(re.findall(r"\d+", " ".join(re.findall(r"\+ +\d+: (.+)", out))))) == 160
    assert (tmp_path / "plan.png").read_bytes().startswith(PNG)

    picture = tmp_path / "what-if.png"
    table = run(
        "what_if.py", str(tmp_path / "problem.json"), "--seconds", "0.05", "--plot", str(picture)
    )
    assert len(re.findall(r"^(?:load|days|detour) +[\d.]+ ", table, re.MULTILINE)) == 12
    assert "of the cost" in table
    assert picture.read_bytes().startswith(PNG)


def test_shuttles_of_a_county_are_planned_with_and_without_mixed_loads(tmp_path):
    picture = tmp_path / "shuttle.png"
    out = run("factory_shuttle.py", "--seconds", "1", "--plot", str(picture))

    found = re.findall(r"run: (\d+) buses \(at least (\d+)\).* 0 rules broken", out)
    assert len(found) == 2
    assert all(int(at_least) <= int(buses) for buses, at_least in found)
    assert "factory 3" in out
    assert picture.read_bytes().startswith(PNG)

"""The benchmark script keeps its form: arguments, plan file, one JSON line, exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from stages.planning.pooling_cases import family, pooling_family
from zhitong.planning import check
from zhitong.planning.formats import read_plan, read_problem

ROOT = Path(__file__).parents[3]


def test_the_benchmark_writes_a_plan_and_prints_one_line(tmp_path):
    problem = family(40, 1)
    instance, plan = tmp_path / "instance.json", tmp_path / "plan.json"
    instance.write_text(json.dumps(pooling_family.as_instance(problem, 1)))
    script = ROOT / "benchmarks" / "pooling.py"
    options = ["--instance", instance, "--time", "1", "--seed", "1", "--plan-out", plan]

    run = subprocess.run(
        [sys.executable, script, *options],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )

    result = json.loads(run.stdout)
    report = check(read_problem(instance), read_plan(plan, problem))
    assert report.ok
    assert result["cost"] == report.cost
    assert 0 < result["lower_bound"] <= result["cost"]
    assert 0 < result["seconds"] < 60

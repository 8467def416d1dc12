"""`zhitong check --bound`: the proof that a plan's file carries, verified and told."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from stages.planning.pooling_cases import three_villages_one_factory
from zhitong.cli import main
from zhitong.planning import Plan, Proof, Trip, formats

PRICES = Proof((("a", 90.0), ("b", 90.0), ("c", 2970.0)))


@pytest.fixture
def run(monkeypatch, capsys):
    def call(*words):
        monkeypatch.setattr("sys.argv", ["zhitong", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, capsys.readouterr().out

    return call


@pytest.fixture
def files(tmp_path):
    trips = (Trip(0, 2, (0, 1, 2), (3,), ("a", "b", "c")),)
    plan = Plan(trips, cost=3150.0, lower_bound=3150.0, proof=PRICES)
    formats.write_problem(tmp_path / "problem.json", three_villages_one_factory())
    formats.write_plan(tmp_path / "plan.json", plan)
    dear = Proof((*PRICES.prices[:2], ("c", 2980.0)))
    formats.write_plan(tmp_path / "dear.json", replace(plan, proof=dear))
    return tmp_path


def test_a_proof_that_holds_is_told_with_its_gap(run, files):
    asked = ("check", files / "problem.json", files / "plan.json")

    assert run(*asked)[0] == 0
    status, said = run(*asked, "--bound")
    assert status == 0
    assert "3,150.00; gap 0.0%" in said
    told = json.loads(run(*asked, "--bound", "--json")[1])
    assert told == {
        "ok": True,
        "cost": 3150.0,
        "lower_bound": 3150.0,
        "gap": 0.0,
        "violations": [],
    }


def test_a_proof_that_does_not_hold_is_status_one(run, files):
    status, said = run("check", files / "problem.json", files / "dear.json", "--bound", "--json")

    assert status == 1
    assert json.loads(said)["violations"][0]["rule"] == "proof"
    assert json.loads(said)["lower_bound"] == 0.0

"""Shuttles from the command line: planned, capped by a profile, judged."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from stages.planning.shuttle_cases import EIGHT, three_villages_one_factory
from zhitong.cli import main
from zhitong.planning.shuttle import BusType, Shift, formats
from zhitong.policies.models import Profile
from zhitong.policies.rules import FrozenProfile
from zhitong.transport.shuttles import under_profile

COUNTY = "131121"


@pytest.fixture
def run(monkeypatch, capsys):
    def call(*words):
        monkeypatch.setattr("sys.argv", ["zhitong", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, capsys.readouterr()

    return call


def capped(value: float, kinds: list[str]) -> FrozenProfile:
    scope = {"kinds": kinds}
    rule = {"kind": "load_cap", "scope": scope, "value": value, "severity": "block"}
    rule |= {"authority": "县指挥部", "document": "1号", "assumed": False}
    return {"key": "x", "title": "", "valid_from": "", "valid_to": None, "rules": [rule]}


@pytest.mark.parametrize(
    ("own", "profile", "kinds", "seats"),
    [
        (1.0, 0.5, ["shuttle"], 15),
        (0.5, 0.7, ["shuttle"], 15),
        (0.9, 0.7, ["shuttle", "coach"], 21),
        (1.0, 0.5, ["coach"], 30),
    ],
)
def test_the_stricter_load_cap_holds(own, profile, kinds, seats):
    problem = three_villages_one_factory(limits={"load_cap": own})

    under = under_profile(problem, capped(profile, kinds), division=COUNTY)

    assert [under.limits.usable(kind) for kind in under.buses] == [seats]


@pytest.fixture
def files(tmp_path):
    problem = three_villages_one_factory(
        shifts=(Shift("day", "works", 3, start=(EIGHT, EIGHT)),),
        buses=(BusType("coach", 30, 4, fixed=300.0, per_km=3.0),),
    )
    formats.write_problem(tmp_path / "asked.json", problem)
    return tmp_path


@pytest.mark.django_db
def test_shuttles_are_planned_under_a_profile_and_judged(run, files):
    profile = Profile.objects.create(key="half", title="半载", valid_from=date(2020, 2, 11))
    profile.rules.create(kind="load_cap", scope={"kinds": ["shuttle"]}, value=0.5)
    asked = ("shuttle", files / "asked.json", "--iterations", 200, "--json")

    status, free = run(*asked)
    halved = ("--profile", "half", "--division", COUNTY, "--out", files)
    status_halved, half = run(*asked, *halved)

    assert (status, status_halved) == (0, 0)
    assert json.loads(free.out)["buses"] == 1
    assert json.loads(half.out) | {"cost": 0} == {
        "buses": 3, "lower_bound_buses": 2, "runs": 3, "riders": 30, "cost": 0, "unassigned": [],
    }  # fmt: skip
    status, judged = run("check", files / "problem.json", files / "plan.json", "--json")
    assert (status, json.loads(judged.out)["ok"]) == (0, True)


@pytest.mark.django_db
def test_riders_left_behind_and_broken_plans_are_status_one(run, files):
    problem = formats.read_problem(files / "asked.json")
    few = replace(problem, buses=(replace(problem.buses[0], seats=10, count=1),))
    formats.write_problem(files / "few.json", few)

    status, said = run("shuttle", files / "few.json", "--iterations", 100, "--out", files)
    assert status == 1
    assert "no-bus" in said.out

    plan = json.loads((files / "plan.json").read_text())
    plan["buses"][0]["runs"][0]["calls"][0]["leave"] += 3600
    (files / "plan.json").write_text(json.dumps(plan))
    status, said = run("check", files / "few.json", files / "plan.json")
    assert status == 1
    assert "window" in said.out


@pytest.mark.django_db
def test_a_profile_needs_a_division_and_a_problem_file_its_format(run, files):
    status, said = run("shuttle", files / "asked.json", "--profile", "ordinary")
    assert (status, "--division" in said.err) == (2, True)

    (files / "asked.json").write_text("{}")
    status, said = run("shuttle", files / "asked.json")
    assert (status, said.err.count("\n")) == (2, 1)

"""Shuttle problems and plans go through files unchanged; broken files are refused."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from stages.planning.shuttle_cases import problems, three_villages_one_factory
from zhitong.planning import ProblemError, Stop
from zhitong.planning.check_shuttle import check
from zhitong.planning.shuttle import ShuttlePlan, formats, sbrp, solve

FEW = Stop(iterations=100)


def same(a, b) -> bool:
    return (
        np.array_equal(a.travel.seconds, b.travel.seconds)
        and np.array_equal(a.travel.metres, b.travel.metres)
        and replace(a, travel=b.travel) == b
    )


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[*HealthCheck])
@given(problems())
def test_a_problem_survives_its_file(problem):
    document = json.loads(json.dumps(formats.problem_to_json(problem)))

    assert same(problem, formats.problem_from_json(document))


def test_a_plan_survives_its_file_and_is_judged_after_an_edit_by_hand(tmp_path):
    problem = three_villages_one_factory()
    formats.write_problem(tmp_path / "problem.json", problem)
    plan = solve(problem, stop=Stop(iterations=100))
    formats.write_plan(tmp_path / "plan.json", plan)

    assert same(problem, formats.read_problem(tmp_path / "problem.json"))
    assert formats.read_plan(tmp_path / "plan.json") == plan
    edited = json.loads((tmp_path / "plan.json").read_text())
    edited["buses"][0]["runs"][0]["calls"][0]["leave"] += 3600
    edited["cost"] = None
    read = formats.plan_from_json(edited)
    assert math.isnan(read.cost)
    assert {violation.rule for violation in check(problem, read).violations} == {"window"}


@pytest.mark.parametrize(
    "change",
    [
        {"format": "something"},
        {"format": formats.PROBLEM, "mixed_loads": True},
        {"format": formats.PROBLEM, "homes": [{"id": 1, "colour": "red"}]},
        {"format": formats.PROBLEM, "shifts": None},
        {"format": formats.PROBLEM, "travel": {"seconds": [[0, "far"]]}},
    ],
)
def test_an_unknown_entry_is_refused_and_not_passed_over(change):
    document = formats.problem_to_json(three_villages_one_factory()) | change
    with pytest.raises(ProblemError):
        formats.problem_from_json(document)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"format": "zhitong-shuttle-plan-1"}'])
def test_a_broken_file_is_refused(tmp_path, text):
    (tmp_path / "plan.json").write_text(text)
    with pytest.raises(ProblemError):
        formats.read_plan(tmp_path / "plan.json")
    with pytest.raises(ProblemError):
        formats.read_problem(tmp_path / "missing.json")


SCHOOLS = "ID\tX\tY\tAMEARLY\tAMLATE\n7\t105600\t105600\t735\t800\n"
STOPS = "ID\tX_COORD\tY_COORD\tEP_ID\tSTUDENT_COUNT\n1\t99733.34\t105600\t7\t40\n"


def instance(folder, schools=SCHOOLS, stops=STOPS):
    (folder / "Schools.txt").write_text(schools)
    (folder / "Stops.txt").write_text(stops)
    return sbrp.read_instance(folder, ride=2700)


def test_a_school_bus_instance_is_read_in_seconds_and_its_solution_read_back(tmp_path):
    problem = instance(tmp_path)

    assert problem.shifts[0].start == (7 * 3600 + 35 * 60, 8 * 3600)
    assert problem.travel.seconds[0, 1] == pytest.approx(200.0)
    plan = solve(problem, stop=Stop(iterations=10))
    (tmp_path / "solution.json").write_text(json.dumps(sbrp.solution_of(plan)))
    read = sbrp.read_solution(tmp_path / "solution.json", problem)
    assert check(problem, read).ok
    (run,) = read.runs
    (call,) = run.calls
    assert call.arrive - run.visits[0].leave == pytest.approx(200.0)
    assert call.leave - call.arrive == pytest.approx(154.4)
    assert run.visits[0].leave - run.visits[0].arrive == pytest.approx(19 + 2.6 * 40)


@pytest.mark.parametrize(
    "broken",
    [
        {"schools": "ID\n7\n"},
        {"stops": STOPS.replace("40", "forty")},
        {"stops": STOPS.replace("\t7\t", "\t8\t")},
    ],
)
def test_a_broken_instance_is_refused(tmp_path, broken):
    with pytest.raises(ProblemError):
        instance(tmp_path, **broken)


@pytest.mark.parametrize(
    "solution", [{}, {"buses": [{"routes": [{"school": 7, "stops": [99], "unload_end": 1}]}]}]
)
def test_a_broken_solution_is_refused(tmp_path, solution):
    with pytest.raises(ProblemError):
        sbrp.plan_of(instance(tmp_path), solution)


def test_an_empty_plan_misses_everybody(tmp_path):
    report = check(instance(tmp_path), ShuttlePlan(()))

    assert {violation.rule for violation in report.violations} == {"missing"}


@pytest.mark.parametrize(
    ("where", "key", "nonsense"),
    [
        *(((), "kind", value) for value in (None, "x", 0.5, [])),
        *((("runs", 0, "visits", 0), "point", value) for value in (True, 0.5, {}, 10**30)),
        *((("runs", 0, "visits", 0), "arrive", value) for value in (None, "x", [], 10**400)),
        *((("runs", 0, "visits", 0, "riders", 0), at, []) for at in (0, 1)),
        *((("runs", 0, "calls", 0), key, {}) for key in ("shift", "leave")),
    ],
)
def test_a_malformed_plan_is_told_so_and_not_judged(where, key, nonsense):
    problem = three_villages_one_factory()
    document = json.loads(json.dumps(formats.plan_to_json(solve(problem, stop=FEW, seed=1))))
    place = document["buses"][0]
    for step in where:
        place = place[step]
    place[key] = nonsense

    with pytest.raises(ProblemError):
        formats.plan_from_json(document)


def test_the_checker_tells_a_malformed_plan_by_itself():
    problem = three_villages_one_factory()
    plan = solve(problem, stop=FEW, seed=1)
    broken = replace(plan, buses=(replace(plan.buses[0], kind="x"), *plan.buses[1:]))

    assert [(one.rule, one.bus) for one in check(problem, broken).violations] == [("malformed", 0)]


@pytest.mark.parametrize(
    ("home", "bus", "code"),
    [
        ({"riders": 10**30}, {}, "bad-riders"),
        ({"riders": 2.5}, {}, "bad-riders"),
        ({"id": [1]}, {}, "bad-id"),
        ({"point": 0.5}, {}, "unknown-point"),
        ({}, {"seats": math.inf}, "bad-count"),
        ({}, {"count": 1.5}, "bad-count"),
    ],
)
def test_numbers_that_are_none_are_refused(home, bus, code):
    problem = three_villages_one_factory()
    with pytest.raises(ProblemError) as refused:
        replace(
            problem,
            homes=(replace(problem.homes[0], **home), *problem.homes[1:]),
            buses=(replace(problem.buses[0], **bus),),
        )
    assert refused.value.code == code

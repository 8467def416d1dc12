"""Files come back as they were written, and unreadable ones are refused by name."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from stages.planning.pooling_cases import MINIBUS, on_a_line, three_villages_one_factory
from zhitong.planning import Party, Plan, ProblemError, Trip, Unassigned, check, formats

INSTANCES = Path(__file__).parents[4] / "shared" / "data" / "pooling"

RICH = replace(
    three_villages_one_factory(empty_return=True, detour=1.5),
    parties=(
        Party("甲", 0, 3, 5, 0, 2, outside_price=640.5),
        Party(2, 1, 3, 60, 1, 3, splittable=True),
    ),
    types=(replace(MINIBUS, available_per_day=4),),
)
PLAN = Plan(
    trips=(Trip(0, 1, (1,), (3,), (2,), parts=((2, 19),)),),
    unassigned=(Unassigned(7, "larger-than-any-vehicle", "2 more seats"),),
    outside=("甲",),
    cost=3700.25,
    lower_bound=1000.0,
    gap=0.7,
    seed=3,
    iterations=12,
    seconds=0.5,
)


def test_a_problem_comes_back_equal(tmp_path):
    formats.write_problem(tmp_path / "problem.json", RICH)

    assert formats.read_problem(tmp_path / "problem.json") == RICH


def test_a_plan_comes_back_equal(tmp_path):
    formats.write_plan(tmp_path / "plan.json", PLAN)

    assert formats.read_plan(tmp_path / "plan.json", RICH) == PLAN


def test_an_instance_plan_comes_back_with_those_left_out_travelling_alone(tmp_path):
    problem = on_a_line(
        (0, 20, 500),
        [Party(0, 0, 2, 5, 0, 0), Party(1, 1, 2, 6, 0, 0), Party(2, 0, 2, 30, 0, 0)],
    )
    pooled = Trip(0, 0, (0, 1), (2,), (0, 1))
    document = formats.plan_to_instance(Plan((pooled,)))
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(document))

    plan = formats.read_plan(path, problem)

    assert set(document["trips"][0]) == {"type", "day", "pickups", "drops", "parties"}
    assert plan.trips == (pooled, Trip(1, 0, (0,), (2,), (2,)))
    assert check(problem, plan).ok
    assert plan.cost == 900 + 4.5 * 500 + 1300 + 6 * 500


@pytest.mark.skipif(not INSTANCES.exists(), reason="the benchmark instances are not at hand")
def test_an_instance_file_is_read_whole():
    problem = formats.read_problem(INSTANCES / "pool_200.json")

    assert len(problem.parties) == 200
    assert problem.parties[1] == Party(1, 38, 69, 1, 4, 5)
    assert [kind.capacity for kind in problem.types] == [19, 35, 53]
    assert problem.km.shape == (130, 130)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not-json"),
        ("[1, 2]", "not-json"),
        ("{}", "unreadable"),
        ('{"format": "zhitong-charter-problem/99"}', "wrong-format"),
        ('{"format": "zhitong-charter-problem/1"}', "unreadable"),
        ('{"pts": [[1, 2]], "km": [[0]], "parties": [{"o": 0}], "types": []}', "unreadable"),
        (
            '{"pts": [[1, 2]], "km": [[0]], "types": [],'
            ' "parties": [{"o": 0, "d": 0, "n": 1.5, "e": 0, "l": 0}]}',
            "not-whole",
        ),
    ],
)
def test_an_unreadable_file_is_refused(tmp_path, text, code):
    path = tmp_path / "problem.json"
    path.write_text(text)

    with pytest.raises(ProblemError) as refusal:
        formats.read_problem(path)

    assert refusal.value.code == code


def test_a_field_we_do_not_know_is_refused_not_ignored():
    document = formats.problem_to_json(RICH)
    document["parties"][0]["pinned_to"] = 3

    with pytest.raises(ProblemError) as refusal:
        formats.problem_from_json(document)

    assert refusal.value.code == "unknown-field"
    assert "pinned_to" in str(refusal.value)

"""Outside modes and plans with them are written and read without loss."""

from __future__ import annotations

import json

import pytest

from stages.planning.pooling_cases import three_villages_one_factory
from zhitong.planning import ProblemError, Stop
from zhitong.planning.formats_modes import (
    modal_plan_from_json,
    modal_plan_to_json,
    modes_from_json,
    modes_to_json,
)
from zhitong.planning.modal import solve_with_modes
from zhitong.planning.modes import OutsideMode

MODES = (
    OutsideMode("train", 1, 3, (2, 3), capacity=12, unit_price=100.0, least_people=5),
    OutsideMode("carriage", 0, 3, (4,), capacity=118, units=2, person_price=9.5, feeder_km=30),
)


def through_json(document):
    return json.loads(json.dumps(document))


def test_modes_come_back_equal():
    assert modes_from_json(through_json(modes_to_json(MODES))) == MODES


def test_a_plan_comes_back_equal():
    plan = solve_with_modes(three_villages_one_factory(), MODES, stop=Stop(iterations=300))
    assert plan.departures

    assert modal_plan_from_json(through_json(modal_plan_to_json(plan))) == plan


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"format": "else"}, "wrong-format"),
        ({"extra": 1}, "unknown-field"),
        ({"modes": 3}, "unreadable"),
        ({"modes": [3]}, "unreadable"),
        ({"modes": [{"name": "train"}]}, "unreadable"),
        ({"modes": [{"colour": "red"}]}, "unknown-field"),
    ],
)
def test_a_file_of_modes_that_is_garbled_is_refused(change, code):
    with pytest.raises(ProblemError) as refused:
        modes_from_json({**modes_to_json(MODES), **change})

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"cost": "dear"}, "unreadable"),
        ({"proof": {}}, "unreadable"),
        ({"departures": "none"}, "unreadable"),
        ({"plan": {"format": "else"}}, "wrong-format"),
    ],
)
def test_a_plan_that_is_garbled_is_refused(change, code):
    plan = solve_with_modes(three_villages_one_factory(), (), stop=Stop(iterations=10))

    with pytest.raises(ProblemError) as refused:
        modal_plan_from_json({**through_json(modal_plan_to_json(plan)), **change})

    assert refused.value.code == code


def test_a_plan_that_lacks_a_field_is_refused():
    with pytest.raises(ProblemError, match="lacks"):
        modal_plan_from_json({"format": "zhitong-modal-plan/1"})

"""A problem that makes no sense is refused by name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stages.planning.pooling_cases import MINIBUS, on_a_line
from zhitong.planning import Limits, Party, Problem, ProblemError, Stop

ROAD = on_a_line((0, 100), [Party("a", 0, 1, 2, 0, 1)])


def changed_party(**change):
    return {"parties": (replace(ROAD.parties[0], **change),)}


def changed_type(**change):
    return {"types": (replace(MINIBUS, **change),)}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"km": [[0, 1, 2], [1, 0, 2]]}, "km-shape"),
        ({"km": [[0, 1], [1]]}, "km-shape"),
        ({"km": [[0, "far"], [1, 0]]}, "km-shape"),
        ({"km": [[0, float("nan")], [1, 0]]}, "km-not-finite"),
        ({"km": [[0, float("inf")], [1, 0]]}, "km-not-finite"),
        ({"km": [[0, -1], [1, 0]]}, "km-negative"),
        ({"km": [[0, 1.5], [1, 0]]}, "km-not-whole"),
        ({"km": [[0, 10**7], [1, 0]]}, "km-too-long"),
        ({"points": [(1.0, 2.0, 3.0)]}, "points-shape"),
        ({"points": [(1.0, float("nan")), (0.0, 0.0)]}, "points-not-finite"),
        ({"types": ()}, "no-vehicles"),
        (changed_type(capacity=0), "bad-capacity"),
        (changed_type(fixed=-1.0), "bad-price"),
        (changed_type(per_km=float("nan")), "bad-price"),
        (changed_type(available_per_day=-1), "bad-fleet"),
        (changed_party(size=0), "bad-size"),
        (changed_party(earliest=2), "empty-window"),
        (changed_party(origin=5), "unknown-point"),
        (changed_party(destination=-1), "unknown-point"),
        (changed_party(outside_price=-2.0), "bad-price"),
        ({"parties": ROAD.parties * 2}, "duplicate-id"),
        ({"limits": Limits(max_drops=0)}, "no-stops-allowed"),
        ({"limits": Limits(pickup_hop_km=-1)}, "bad-hop"),
        ({"limits": Limits(detour=0.9)}, "bad-detour"),
    ],
)
def test_nonsense_is_refused(change, code):
    with pytest.raises(ProblemError) as refusal:
        replace(ROAD, **change)

    assert refusal.value.code == code


def test_a_problem_keeps_its_own_copy_of_the_distances():
    km = np.array([[0, 100], [100, 0]])
    problem = replace(ROAD, km=km)
    km[0, 1] = 5

    assert problem.km[0, 1] == 100
    with pytest.raises(ValueError, match="read-only"):
        problem.km[0, 1] = 5


def test_nobody_to_carry_is_a_problem_too():
    assert Problem([], [], (), (MINIBUS,)).parties == ()


@pytest.mark.parametrize(
    "budget", [{}, {"seconds": -1.0}, {"seconds": float("nan")}, {"iterations": -1}]
)
def test_a_budget_must_be_one(budget):
    with pytest.raises(ValueError, match=r"say when|must be|at least"):
        Stop(**budget)

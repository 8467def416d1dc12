"""What rules cost: planned again with one of them changed."""

from __future__ import annotations

import pytest

from stages.planning.pooling_cases import (
    MINIBUS,
    on_a_line,
    three_villages_one_factory,
)
from zhitong.planning import Party, ProblemError, Stop, rule_costs, solve, what_if

SHORT = Stop(iterations=400)


def test_the_hop_that_keeps_two_villages_apart_costs_a_vehicle():
    problem = on_a_line(
        (0, 60, 500), [Party("a", 0, 2, 5, 0, 0), Party("b", 1, 2, 5, 0, 0)], types=(MINIBUS,)
    )
    plan = solve(problem, stop=SHORT)

    first, *others = rule_costs(problem, plan, stop=SHORT)

    assert (first.rule, first.change) == ("pickup-hop", "40 -> 80 km")
    assert first.cost == 2 * 900 + 4.5 * (500 + 440)
    assert first.saving == 900 + 4.5 * 440
    assert first.share == pytest.approx(first.saving / first.cost)
    assert [other.saving for other in others] == [0, 0, 0]


def test_a_window_a_day_wider_brings_two_parties_together():
    problem = on_a_line(
        (0, 500), [Party("a", 0, 1, 5, 0, 0), Party("b", 0, 1, 5, 1, 1)], types=(MINIBUS,)
    )
    plan = solve(problem, stop=SHORT)

    assert rule_costs(problem, plan, stop=SHORT)[0].rule == "window"
    apart, together = what_if(problem, stop=SHORT, extra_days=(0, 1))
    assert (apart.vehicles, apart.waiting_days) == (2, 0)
    assert (together.vehicles, together.waiting_days) == (1, 5)
    assert together.cost == apart.cost / 2


def test_half_the_seats_need_a_second_vehicle_and_leave_nobody():
    crowd = [Party(index, 0, 1, 4, 0, 0) for index in range(4)]
    problem = on_a_line((0, 500), crowd, types=(MINIBUS,))

    whole, half = what_if(problem, stop=SHORT, loads=(1.0, 0.5))

    assert (whole.vehicles, half.vehicles) == (1, 2)
    assert half.cost == 2 * whole.cost
    assert half.lower_bound <= half.cost
    assert half.unassigned == 0


def test_a_party_too_large_for_half_the_seats_is_counted_as_left():
    problem = on_a_line((0, 500), [Party("a", 0, 1, 12, 0, 0)], types=(MINIBUS,))

    (half,) = what_if(problem, stop=SHORT, loads=(0.5,))

    assert (half.unassigned, half.vehicles, half.cost) == (12, 0, 0)


def test_no_detour_at_all_is_a_question_too():
    rows = what_if(three_villages_one_factory(), stop=SHORT, detours=(1.0, 1.3))

    assert [(row.what, row.value, row.vehicles) for row in rows] == [
        ("detour", 1.0, 1),
        ("detour", 1.3, 1),
    ]


@pytest.mark.parametrize("load", [0, -1, 1.5, float("nan")])
def test_a_share_of_seats_that_makes_no_sense_is_refused(load):
    with pytest.raises(ProblemError) as refusal:
        what_if(three_villages_one_factory(), stop=SHORT, loads=(load,))

    assert refusal.value.code == "bad-load"


def test_too_few_seats_for_anybody_is_refused_as_no_vehicles():
    with pytest.raises(ProblemError) as refusal:
        what_if(three_villages_one_factory(), stop=SHORT, loads=(0.01,))

    assert refusal.value.code == "no-vehicles"

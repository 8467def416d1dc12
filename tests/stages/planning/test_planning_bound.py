"""The lower bound: never above the optimum, close to it, and proven by prices."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from stages.planning.pooling_cases import (
    MINIBUS,
    family,
    on_a_line,
    problems,
    three_villages_one_factory,
)
from stages.planning.pooling_optimum import optimum, worth
from zhitong.planning import Limits, Party, Stop, lower_bound, solve


@settings(max_examples=150, deadline=None)
@given(problems(most_parties=6, split=False))
def test_the_optimum_lies_between_the_bound_and_the_plan(problem):
    plan = solve(problem, stop=Stop(iterations=300))

    assert lower_bound(problem).value <= optimum(problem, leave=False).worth + 1e-6
    assert plan.lower_bound <= plan.cost + 1e-6
    assert worth(problem, plan) >= optimum(problem).worth - 1e-6


@pytest.mark.long
@pytest.mark.timeout(3600)
@settings(max_examples=10_000, deadline=None)
@given(problems(most_parties=8, split=False))
def test_no_bound_of_ten_thousand_is_above_the_optimum(problem):
    assert lower_bound(problem).value <= optimum(problem, leave=False).worth + 1e-6


@settings(max_examples=100, deadline=None)
@given(problems())
def test_prices_prove_the_bound_and_nobody_is_worth_more_than_their_own_vehicle(problem):
    bound = lower_bound(problem)

    assert bound.value == pytest.approx(sum(bound.duals.values()))
    assert bound.duals.keys() == {party.id for party in problem.parties}
    for party in problem.parties:
        assert bound.duals[party.id] >= 0
        if party.size <= problem.most_seats(party):
            own = solve(replace(problem, parties=(party,), apart=()), stop=Stop(iterations=0)).cost
            assert bound.duals[party.id] <= own + 1e-6


def test_three_villages_on_one_road_leave_no_gap():
    problem = three_villages_one_factory()

    assert lower_bound(problem).value == pytest.approx(900 + 4.5 * 500)


def test_the_gap_is_small_on_the_benchmark_family():
    problem = family(300, 4)
    plan = solve(problem, stop=Stop(iterations=100_000))

    assert plan.lower_bound <= plan.cost
    assert plan.gap < 0.04


def test_a_good_plan_to_start_from_gives_a_bound_below_it():
    problem = family(100, 5)
    plan = solve(problem, stop=Stop(iterations=20_000))

    bound = lower_bound(problem, start=plan)

    assert bound.method == "routes"
    assert 0.9 * plan.cost < bound.value <= plan.cost


def test_a_split_party_is_priced_by_the_head():
    parties = [Party("big", 0, 1, 45, 0, 0, splittable=True)]
    problem = on_a_line((0, 500), parties, types=(MINIBUS,))

    assert lower_bound(problem).value == pytest.approx(45 / 19 * (900 + 4.5 * 500))


@pytest.mark.parametrize(
    ("limits", "seconds"), [(Limits(), 0), (Limits(max_pickups=5), None), (Limits(max_drops=4), 9)]
)
def test_the_seat_bound_stands_in_where_routes_are_not_enumerated(limits, seconds):
    problem = replace(three_villages_one_factory(), limits=limits)

    bound = lower_bound(problem, seconds=seconds)

    # whoever boards, the vehicle drives at least from the last village
    assert bound.method == "seats"
    assert bound.value == pytest.approx(18 * (1700 + 7.5 * 460) / 53)


def test_whom_nobody_can_carry_costs_nothing():
    problem = on_a_line((0, 500), [Party("big", 0, 1, 45, 0, 0)], types=(MINIBUS,))

    assert lower_bound(problem).value == 0

"""Vehicles limited by day: never more than there are, nobody left without need, none left over."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings

from stages.planning.pooling_cases import (
    BIG_COACH,
    COACH,
    MINIBUS,
    family,
    on_a_line,
    problems,
    three_villages_one_factory,
)
from stages.planning.pooling_optimum import optimum, worth
from zhitong.planning import (
    Party,
    Plan,
    ProblemError,
    Stop,
    Trip,
    Unassigned,
    check,
    formats,
    solve,
    ties,
)

SHORT = Stop(iterations=300)
ONE_MINIBUS = replace(MINIBUS, available_per_day=1)


def two_ways(*windows, types=(ONE_MINIBUS,), size=10, price=None):
    """Parties from km 0 that cannot share: to km 500 one way, to km 600 the other, in turn."""
    km = [[0, 500, 600], [500, 0, 1100], [600, 1100, 0]]
    problem = on_a_line((0, 500, 600), [], types=types)
    parties = [
        Party(k, 0, 1 + k % 2, size, first, last, price) for k, (first, last) in enumerate(windows)
    ]
    return replace(problem, km=km, parties=tuple(parties))


def rules_of(problem, plan):
    return {violation.rule for violation in check(problem, plan).violations}


def test_one_minibus_a_day_goes_on_both_days():
    problem = two_ways((0, 1), (0, 0))

    plan = solve(problem, stop=SHORT)

    assert check(problem, plan, verify_bound=True).ok
    assert sorted((trip.day, trip.parties) for trip in plan.trips) == [(0, (1,)), (1, (0,))]


def test_whoever_finds_the_minibus_taken_takes_a_coach():
    problem = two_ways((0, 0), (0, 0), types=(ONE_MINIBUS, COACH))

    plan = solve(problem, stop=SHORT)

    # the longer way saves more by the minibus
    assert sorted((trip.type, trip.parties) for trip in plan.trips) == [(0, (1,)), (1, (0,))]
    assert plan.cost == optimum(problem).cost


def test_who_is_left_is_told_when_a_vehicle_is_left():
    problem = two_ways((0, 0), (0, 0), (1, 1))

    plan = solve(problem, stop=SHORT)

    assert [(item.reason, item.remedy) for item in plan.unassigned] == [
        ("vehicles-taken", "leave 1 day earlier, on day -1, when a '19 seats' is left")
    ]
    assert plan.lower_bound <= plan.cost
    assert check(problem, plan, verify_bound=True).ok


def test_who_is_left_takes_the_train_if_there_is_one():
    problem = two_ways((0, 0), (0, 0), price=9000.0)

    plan = solve(problem, stop=SHORT)

    assert len(plan.trips) == len(plan.outside) == 1
    assert plan.cost == optimum(problem).cost
    assert check(problem, plan, verify_bound=True).ok


def test_rather_nobody_stays_behind_than_a_cheap_trip_is_made():
    few = Party("few", 0, 1, 2, 0, 0)
    many = [Party(k, 0, 2, 6, 0, 0) for k in range(3)]
    problem = replace(two_ways(), parties=(few, *many))

    plan = solve(problem, stop=SHORT)

    assert [item.party for item in plan.unassigned] == ["few"]
    assert worth(problem, plan) == pytest.approx(optimum(problem).worth)


@pytest.mark.parametrize("price", [None, 700.0])
def test_no_vehicle_on_any_day_leaves_everybody_or_sends_them_outside(price):
    types = tuple(replace(kind, available_per_day=0) for kind in (MINIBUS, COACH, BIG_COACH))
    whole = family(30, 3)
    problem = replace(
        whole,
        types=types,
        parties=tuple(replace(party, outside_price=price) for party in whole.parties),
    )

    plan = solve(problem, stop=SHORT)

    assert plan.trips == ()
    assert (len(plan.unassigned), len(plan.outside)) == ((30, 0) if price is None else (0, 30))
    assert check(problem, plan, verify_bound=True).ok
    assert {item.reason for item in plan.unassigned} <= {"no-vehicle"}


def test_a_split_party_may_leave_some_behind():
    party = Party("village", 0, 1, 60, 0, 1, splittable=True)
    problem = on_a_line((0, 500), [party], types=(replace(MINIBUS, available_per_day=1),))

    plan = solve(problem, stop=SHORT)

    assert [item.people for item in plan.unassigned] == [60 - 2 * 19]
    assert check(problem, plan, verify_bound=True).ok


def test_a_split_party_finds_the_small_vehicles_when_the_large_are_few():
    party = Party("village", 0, 1, 53 + 19 + 19, 0, 0, splittable=True)
    types = (replace(MINIBUS, available_per_day=2), replace(BIG_COACH, available_per_day=1))
    problem = on_a_line((0, 500), [party], types=types)

    plan = solve(problem, stop=SHORT)

    assert (len(plan.trips), plan.unassigned) == (3, ())
    assert check(problem, plan, verify_bound=True).ok


def test_windows_of_a_thousand_years_are_no_reason_to_tabulate_them():
    problem = two_ways((0, 365_000), (0, 365_000), (0, 365_000))

    plan = solve(problem, stop=SHORT)

    assert check(problem, plan).ok
    assert len({trip.day for trip in plan.trips}) == 3


@settings(max_examples=80, deadline=None)
@given(problems(most_parties=5, split=False))
def test_no_plan_is_better_than_the_best(problem):
    plan = solve(problem, stop=Stop(iterations=300), seed=2)

    assert check(problem, plan, verify_bound=True).violations == ()
    assert worth(problem, plan) >= optimum(problem).worth - 1e-6


def test_small_scarce_fleets_are_shared_out_in_the_best_way():
    for seed in range(6):
        whole = family(40, seed)
        some = sorted(whole.parties, key=lambda party: (party.destination, party.origin))[:6]
        types = tuple(replace(kind, available_per_day=1) for kind in whole.types)
        problem = replace(whole, parties=tuple(some), types=types[:2])

        plan = solve(problem, stop=Stop(iterations=3000))

        assert worth(problem, plan) == pytest.approx(optimum(problem).worth)


@pytest.mark.parametrize("parties", [120, 450])
def test_a_scarce_fleet_is_shared_out_over_days_and_halves_of_the_map(parties):
    whole = family(parties, 9)
    free = solve(whole, stop=Stop(iterations=20_000), seed=1)
    busiest = Counter((trip.type, trip.day) for trip in free.trips)
    days = len({trip.day for trip in free.trips})
    enough = [
        -(-sum(many for (kind, _), many in busiest.items() if kind == index) // days)
        for index in range(3)
    ]
    problem = replace(
        whole,
        types=tuple(
            replace(kind, available_per_day=many)
            for kind, many in zip(whole.types, enough, strict=True)
        ),
    )

    plan = solve(problem, stop=Stop(iterations=20_000), seed=1)

    assert check(problem, plan, verify_bound=True).violations == ()
    assert max(busiest.values()) > max(enough)
    # levelling the days costs little, and hardly anybody stays behind
    assert plan.cost < 1.08 * free.cost
    assert len(plan.unassigned) <= parties // 50


def test_the_same_seed_and_iterations_share_a_fleet_out_the_same_way():
    problem = replace(family(450, 3), types=(replace(MINIBUS, available_per_day=9), COACH))

    first, again = (
        replace(solve(problem, stop=Stop(iterations=4000), seed=5), seconds=0.0) for _ in range(2)
    )

    assert first == again


def test_a_start_that_needs_more_vehicles_than_there_are_is_taken_apart():
    free = three_villages_one_factory()
    alone = Plan(tuple(Trip(0, 2, (k,), (3,), (name,)) for k, name in enumerate("abc")), cost=1.0)
    problem = replace(free, types=(ONE_MINIBUS,))

    assert check(free, alone).ok
    assert rules_of(problem, alone) == {"fleet"}
    plan = solve(problem, stop=Stop(iterations=1), start=alone)
    assert check(problem, plan).ok


def test_the_checker_knows_who_could_have_travelled():
    problem = two_ways((0, 1), (0, 0))
    trip = Trip(0, 0, (0,), (2,), (1,))
    left = Unassigned(0, "vehicles-taken", "")

    assert rules_of(problem, Plan((trip,), (left,))) == {"needless-unassigned"}
    only_day = replace(problem, parties=(replace(problem.parties[0], latest=0), problem.parties[1]))
    assert rules_of(only_day, Plan((trip,), (left,))) == set()


def test_the_checker_counts_who_is_left_of_a_party():
    problem = on_a_line(
        (0, 500), [Party("v", 0, 1, 30, 0, 0, splittable=True)], types=(ONE_MINIBUS,)
    )
    trip = Trip(0, 0, (0,), (1,), ("v",), (("v", 19),))

    def left(people):
        return Plan((trip,), (Unassigned("v", "vehicles-taken", "", people),))

    assert rules_of(problem, left(11)) == set()
    assert rules_of(problem, left(10)) == {"part-sum"}
    assert rules_of(problem, left(None)) == {"part-sum"}


def test_vehicles_limited_on_too_many_days_are_refused(monkeypatch):
    monkeypatch.setattr(ties, "MOST_CELLS", 3)

    with pytest.raises(ProblemError) as refusal:
        solve(two_ways((0, 9), (0, 9), (0, 8)), stop=SHORT)

    assert refusal.value.code == "too-many-days"


def test_who_is_left_of_a_party_comes_back_from_a_file(tmp_path):
    plan = Plan((), (Unassigned("v", "vehicles-taken", "one more", 11),))
    formats.write_plan(tmp_path / "plan.json", plan)

    assert formats.read_plan(tmp_path / "plan.json", two_ways()) == plan

"""Outside modes: the solver against brute force, the checker against broken plans."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.planning.pooling_cases import (
    FLEET,
    MINIBUS,
    family,
    on_a_line,
    problems,
    three_villages_one_factory,
)
from stages.planning.pooling_optimum import optimum
from zhitong.planning import (
    Party,
    Pins,
    Plan,
    ProblemError,
    Published,
    Stop,
    Trip,
    Unassigned,
    solve,
)
from zhitong.planning.check_modes import check_modes
from zhitong.planning.modal import solve_with_modes
from zhitong.planning.modes import Departure, ModalPlan, OutsideMode

SHORT = Stop(iterations=600)
TRAIN = OutsideMode("train", 1, 3, (2,), capacity=20, unit_price=1000.0, person_price=20.0)


def best_of_all(problem, modes):
    """The least cost, trying every way of everybody; parties nobody must leave behind."""
    offers = [(m, day) for m, mode in enumerate(modes) for day in mode.days]

    @cache
    def by_coach(ids):
        rest = [party for party in problem.parties if party.id in ids]
        apart = tuple(pair for pair in problem.apart if set(pair) <= ids)
        return optimum(replace(problem, parties=tuple(rest), apart=apart)).cost

    best = math.inf
    for ways in product([None, *offers], repeat=len(problem.parties)):
        cost = 0.0
        for offer in set(ways) - {None}:
            mode, riders = modes[offer[0]], []
            for party, way in zip(problem.parties, ways, strict=True):
                if way == offer:
                    riders.append(party)
            people = sum(party.size for party in riders)
            units = math.ceil(people / mode.capacity)
            if units > mode.units or people < units * mode.least_people:
                cost = math.inf
            cost += units * mode.unit_price
            for party in riders:
                legs = [
                    problem.km[party.origin, mode.start],
                    problem.km[mode.end, party.destination],
                ]
                late = not party.earliest <= offer[1] <= party.latest
                if max(legs) > mode.feeder_km or late:
                    cost = math.inf
                cost += party.size * (mode.person_price + mode.feeder_price * sum(legs))
        if cost < best:
            coach = frozenset(
                party.id for party, way in zip(problem.parties, ways, strict=True) if way is None
            )
            best = min(best, cost + by_coach(coach))
    return best


@st.composite
def modal_problems(draw):
    problem = draw(problems(most_parties=5, split=False, fleets=False))
    n = len(problem.points)
    modes = draw(
        st.lists(
            st.builds(
                OutsideMode,
                st.just("mode"),
                st.integers(0, n - 1),
                st.integers(0, n - 1),
                st.sets(st.integers(0, 5), min_size=1, max_size=2).map(sorted),
                capacity=st.integers(4, 12),
                units=st.integers(0, 2),
                unit_price=st.integers(0, 900).map(float),
                person_price=st.integers(0, 60).map(float),
                least_people=st.integers(0, 4),
                feeder_km=st.sampled_from((50, 300)),
                feeder_price=st.sampled_from((0.0, 0.3)),
            ),
            min_size=1,
            max_size=2,
        )
    )
    carried = tuple(party for party in problem.parties if problem.fits(party))
    kept = {party.id for party in carried}
    apart = tuple(pair for pair in problem.apart if set(pair) <= kept)
    return replace(problem, parties=carried, apart=apart), modes


@settings(max_examples=60, deadline=None)
@given(modal_problems())
def test_plans_keep_every_rule_and_are_the_cheapest(case):
    problem, modes = case

    plan = solve_with_modes(problem, modes, stop=SHORT)

    report = check_modes(problem, modes, plan, verify_bound=True)
    assert report.violations == ()
    assert plan.cost == pytest.approx(report.cost)
    best = best_of_all(problem, modes)
    assert plan.lower_bound <= best + 1e-6
    assert plan.cost == pytest.approx(best)


def test_a_train_is_opened_when_it_is_cheaper_for_all():
    problem = three_villages_one_factory()

    plan = solve_with_modes(problem, [TRAIN], stop=SHORT)

    # 18 people: 1000 + 18 x 20 by train, 900 + 4.5 x 500 by coach
    assert plan.departures == (Departure(0, 2, 1, ("a", "b", "c")),)
    assert plan.cost == 1000 + 18 * 20
    assert plan.plan.trips == ()


def test_a_train_too_small_for_all_is_left_for_a_coach_that_takes_them_together():
    # a coach for whoever is left costs as much as one for all
    problem, train = three_villages_one_factory(), replace(TRAIN, capacity=12, unit_price=10.0)

    plan = solve_with_modes(problem, [train], stop=SHORT)

    assert plan.departures == ()
    assert plan.cost == best_of_all(problem, [train]) == 900 + 4.5 * 500


def test_a_group_ticket_needs_its_group():
    parties = [Party("one", 0, 1, 3, 0, 0), Party("two", 0, 1, 1, 0, 0)]
    problem = on_a_line((0, 500), parties, types=(MINIBUS,))
    ticket = OutsideMode("group", 0, 1, (0,), capacity=10, person_price=100.0, least_people=5)

    assert solve_with_modes(problem, [ticket], stop=SHORT).departures == ()
    four = replace(ticket, least_people=4)
    assert solve_with_modes(problem, [four], stop=SHORT).cost == 400


def test_a_party_no_coach_fits_rides_by_train_before_it_is_left_behind():
    problem = on_a_line((0, 500), [Party("big", 0, 1, 60, 0, 0)], types=FLEET)
    train = OutsideMode("train", 0, 1, (0,), capacity=100, unit_price=90_000.0)

    plan = solve_with_modes(problem, [train], stop=SHORT)

    assert plan.cost == 90_000
    assert check_modes(problem, [train], plan, verify_bound=True).ok
    left = solve_with_modes(problem, [replace(train, capacity=50)], stop=SHORT)
    assert [one.party for one in left.plan.unassigned] == ["big"]
    assert check_modes(problem, [replace(train, capacity=50)], left).ok


def test_a_party_that_may_be_split_rides_in_parts_or_whole_by_train():
    parties = [Party("big", 0, 1, 60, 0, 0, splittable=True), Party("few", 0, 1, 3, 0, 0)]
    problem = on_a_line((0, 500), parties, types=FLEET)
    train = OutsideMode("train", 0, 1, (0,), capacity=60, unit_price=100.0)

    plan = solve_with_modes(problem, [train], stop=SHORT)

    assert plan.departures == (Departure(0, 0, 1, ("big",)),)
    assert plan.cost == 100 + 900 + 4.5 * 500
    without = solve_with_modes(problem, [], stop=SHORT)
    assert without.cost == solve(problem, stop=SHORT).cost


def test_the_same_seed_and_iterations_give_the_same_plan():
    problem = family(80, 3)
    modes = [
        OutsideMode("carriage", 0, 60, (1, 3), capacity=60, unit_price=9000.0, feeder_km=120),
        OutsideMode("group", 5, 70, (2,), capacity=30, person_price=300.0, least_people=5),
    ]

    plans = [
        replace(p, plan=replace(p.plan, seconds=0.0))
        for p in (
            solve_with_modes(problem, modes, stop=Stop(iterations=20_000), seed=2) for _ in range(2)
        )
    ]

    assert plans[0] == plans[1]
    assert check_modes(problem, modes, plans[0], verify_bound=True).ok
    assert plans[0].cost <= solve(problem, stop=Stop(iterations=20_000), seed=2).cost + 1e-6


def by_train(*parties, day=2, units=1, mode=0):
    return ModalPlan(Plan(()), (Departure(mode, day, units, parties),))


A, B, C = "a", "b", "c"
COACH_FOR_B = Trip(0, 2, (1,), (3,), (B,))


@pytest.mark.parametrize(
    ("plan", "rule"),
    [
        (by_train(A, B, C, mode=1), "unknown-mode"),
        (by_train(A, B, C, day=3), "mode-day"),
        (by_train(A, B, C, "d"), "unknown-party"),
        (by_train(A, B, C, units=2), "mode-units"),
        (by_train(A, B, C, units=0), "mode-capacity"),
        (by_train(A, C), "party-missing"),
        (ModalPlan(Plan((COACH_FOR_B,)), by_train(A, B, C).departures), "unknown-party"),
        (ModalPlan(Plan(()), by_train(A, B, C).departures * 2), "departure-twice"),
        (replace(by_train(A, B, C), lower_bound=5000.0), "bound"),
    ],
)
def test_the_checker_names_what_is_broken(plan, rule):
    report = check_modes(three_villages_one_factory(), [TRAIN], plan)

    assert rule in {violation.rule for violation in report.violations}


@pytest.mark.parametrize(
    ("mode", "rule"),
    [
        (replace(TRAIN, capacity=17), "mode-capacity"),
        (replace(TRAIN, least_people=19), "mode-least"),
        (replace(TRAIN, feeder_km=19), "feeder"),
        (replace(TRAIN, days=(1,)), "mode-day"),
    ],
)
def test_the_checker_reads_every_field_of_a_mode(mode, rule):
    plan = by_train(A, B, C)
    assert check_modes(three_villages_one_factory(), [TRAIN], plan).ok

    report = check_modes(three_villages_one_factory(), [mode], plan)

    assert rule in {violation.rule for violation in report.violations}


def test_a_window_holds_in_a_train_too():
    trains = [replace(TRAIN, days=(2, 4))]

    report = check_modes(three_villages_one_factory(), trains, by_train(A, B, C, day=4))

    assert {(v.rule, v.party) for v in report.violations} == {("window", A), ("window", B)}


def test_nobody_is_left_behind_beside_a_free_seat():
    problem = on_a_line((0, 500), [Party("big", 0, 1, 60, 0, 0)], types=FLEET)
    train = OutsideMode("train", 0, 1, (0,), capacity=100)
    left = ModalPlan(Plan((), (Unassigned("big", "larger-than-any-vehicle", ""),)))

    (violation,) = check_modes(problem, [train], left).violations
    assert violation.rule == "needless-unassigned"
    assert check_modes(problem, [replace(train, least_people=61)], left).ok


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"start": 9}, "unknown-point"),
        ({"days": (1, 1)}, "bad-days"),
        ({"capacity": 0}, "bad-mode"),
        ({"units": -1}, "bad-mode"),
        ({"least_people": 21}, "bad-mode"),
        ({"person_price": math.nan}, "bad-price"),
    ],
)
def test_a_mode_that_makes_no_sense_is_refused(change, code):
    with pytest.raises(ProblemError) as refused:
        solve_with_modes(three_villages_one_factory(), [replace(TRAIN, **change)], stop=SHORT)

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"types": (replace(MINIBUS, available_per_day=3),)}, "limited-fleet"),
        ({"pins": Pins(alone=("a",))}, "pins-with-modes"),
        ({"published": Published()}, "pins-with-modes"),
    ],
)
def test_rules_that_are_not_kept_beside_modes_are_refused(change, code):
    with pytest.raises(ProblemError) as refusal:
        solve_with_modes(replace(three_villages_one_factory(), **change), (TRAIN,), stop=SHORT)

    assert refusal.value.code == code

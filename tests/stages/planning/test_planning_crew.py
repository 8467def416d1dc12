"""Who drives and where they rest, and what more drivers cost a plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.planning.pooling_cases import MINIBUS, on_a_line, three_villages_one_factory
from zhitong.planning import (
    ExtraDrivers,
    Limits,
    Party,
    ProblemError,
    Stop,
    check,
    check_certificate,
    lower_bound,
    solve,
)
from zhitong.planning.crew import Driving, Rest, duties, extra_drivers, timetable
from zhitong.planning.formats import problem_from_json, problem_to_json

SHORT = Stop(iterations=300)
SIX = datetime(2020, 3, 3, 6)
NO_LIMITS = Driving()
CODE = Driving(
    day_hours=4,
    night_hours=2,
    rest=timedelta(minutes=20),
    hours_in_24=8,
    banned=(time(2), time(5)),
    two_drivers_km=400,
)


def times(km, limits=NO_LIMITS, kmh=80):
    return timetable(km, start=SIX, kmh=kmh, stop_minutes=10, limits=limits)


def test_each_stop_is_later_than_the_one_before_by_the_wait_and_the_drive():
    assert times([0, 40, 120]).at == (
        SIX,
        SIX + timedelta(minutes=40),
        SIX + timedelta(minutes=110),
    )


def test_after_four_hours_the_driver_rests():
    # 400 km: 10 minutes' boarding, 4 hours, 20 minutes' rest, 1 hour.
    assert times([0, 400], CODE).at[-1] == SIX + timedelta(hours=5, minutes=30)


def test_the_coach_stands_still_between_two_and_five_at_night():
    reached = times([0, 1700], CODE).at[-1]

    assert reached > datetime(2020, 3, 4, 5)


@pytest.mark.parametrize(("km", "drivers"), [(300, 1), (400, 1), (401, 2), (1200, 2), (1700, 3)])
def test_two_drivers_above_400_km_and_more_for_a_long_day(km, drivers):
    assert times([0, km], CODE).drivers == drivers


@given(st.lists(st.integers(0, 800), min_size=1, max_size=5))
def test_planned_times_never_go_back(hops):
    km = [0]
    for hop in hops:
        km.append(km[-1] + hop)

    table = times(km, CODE)

    assert list(table.at) == sorted(table.at)
    assert len(table.at) == len(km)


def test_every_rest_is_told_with_its_place():
    # 10 minutes' boarding, then four hours of 80 km each, again and again
    table = times([0, 700], CODE)

    assert table.rests == (
        Rest(SIX + timedelta(hours=4, minutes=10), 320, timedelta(minutes=20), banned=False),
        Rest(SIX + timedelta(hours=8, minutes=30), 640, timedelta(minutes=20), banned=False),
    )


def test_the_banned_hours_are_one_long_rest():
    night = [rest for rest in times([0, 1700], CODE).rests if rest.banned]

    assert [(rest.at, rest.length) for rest in night] == [
        (datetime(2020, 3, 4, 2), timedelta(hours=3))
    ]


@given(st.integers(0, 3000), st.sampled_from((60, 80, 90)))
def test_nobody_drives_longer_than_allowed_between_rests(km, kmh):
    table = times([0, km], CODE, kmh=kmh)

    at = [0.0, *(rest.km for rest in table.rests), float(km)]
    assert at == sorted(at)
    assert all(b - a <= 4 * kmh + 1e-6 for a, b in pairwise(at))


def test_drivers_by_km_are_those_of_the_timetable():
    crew = extra_drivers(CODE, price=500, kmh=80)

    assert crew.above_km[0] == 400
    for km in (0, 399, 400, 401, 900, *(a + d for a in crew.above_km for d in (0, 1)), 3000):
        table = timetable([0, km], start=SIX, kmh=80, stop_minutes=0, limits=CODE)
        assert crew.drivers(km) == table.drivers


def test_without_rules_one_driver_goes_any_way():
    assert extra_drivers(NO_LIMITS, price=500, kmh=80) == ExtraDrivers((), 500)


def test_a_trip_too_long_for_one_driver_costs_one_more():
    problem = replace(three_villages_one_factory(), crew=ExtraDrivers((400,), 600.0))

    plan = solve(problem, stop=SHORT)

    assert plan.cost == 900 + 4.5 * 500 + 600
    assert check(problem, plan).ok
    assert check(replace(problem, crew=ExtraDrivers()), plan).cost == plan.cost - 600


def test_two_short_trips_are_better_than_one_that_needs_a_second_driver():
    parties = [Party("a", 0, 1, 4, 0, 0), Party("b", 1, 2, 4, 0, 0)]
    limits = Limits(pickup_hop_km=200, drop_hop_km=400)
    problem = on_a_line((0, 120, 500), parties, types=(MINIBUS,), limits=limits)
    together = 900 + 4.5 * 500
    apart = 2 * 900 + 4.5 * (120 + 380)

    assert solve(problem, stop=SHORT).cost == together
    for price, cost in ((800.0, together + 800), (1000.0, apart)):
        assert solve(replace(problem, crew=ExtraDrivers((400,), price)), stop=SHORT).cost == cost


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(100, 900), min_size=1, max_size=2, unique=True), st.integers(0, 900))
def test_the_bound_counts_drivers_and_its_proof_holds(above, price):
    problem = replace(
        three_villages_one_factory(), crew=ExtraDrivers(tuple(sorted(above)), float(price))
    )
    plan = solve(problem, stop=SHORT)

    bound = lower_bound(problem)

    assert bound.value <= plan.cost + 1e-6
    assert bound.value >= 900 + 4.5 * 500 + problem.crew.cost(500) - 1e-3
    assert check_certificate(problem, bound.proof).ok


def test_a_proof_that_forgets_nothing_fails_without_the_drivers():
    problem = replace(three_villages_one_factory(), crew=ExtraDrivers((400,), 600.0))
    proof = lower_bound(problem).proof

    assert check_certificate(problem, proof).ok
    assert not check_certificate(replace(problem, crew=ExtraDrivers()), proof).ok


def test_duties_of_a_plan_tell_times_drivers_and_rests():
    problem = three_villages_one_factory()
    plan = solve(problem, stop=SHORT)

    (table,) = duties(problem, plan, limits=CODE, first_day=SIX, kmh=80)

    assert table.at[0] == SIX + timedelta(days=plan.trips[0].day)
    assert (table.drivers, len(table.at), len(table.rests)) == (2, 4, 1)


@pytest.mark.parametrize(
    ("crew", "limits", "code"),
    [
        (ExtraDrivers((400, 300), 1.0), Limits(), "bad-crew"),
        (ExtraDrivers((-1,), 1.0), Limits(), "bad-crew"),
        (ExtraDrivers((400,), float("nan")), Limits(), "bad-price"),
        (ExtraDrivers((400,), 1.0), Limits(empty_return=True), "crew-on-return"),
    ],
)
def test_a_crew_that_makes_no_sense_is_refused(crew, limits, code):
    with pytest.raises(ProblemError) as refused:
        replace(three_villages_one_factory(), crew=crew, limits=limits)

    assert refused.value.code == code


def test_the_crew_is_written_and_read():
    problem = replace(three_villages_one_factory(), crew=ExtraDrivers((400, 1280), 600.0))

    assert problem_from_json(problem_to_json(problem)) == problem

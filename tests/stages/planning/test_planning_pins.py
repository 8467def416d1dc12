"""A planner's pins: kept by every plan, priced, bounded, judged; refused when nonsense."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.planning.pooling_cases import (
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
    Pins,
    Plan,
    ProblemError,
    Proof,
    Stop,
    Trip,
    check,
    check_certificate,
    formats,
    lower_bound,
    solve,
)

SHORT = Stop(iterations=300)
AB = Trip(1, 1, (1, 0), (3,), ("b", "a"))
"""Villages b and a in an order and a vehicle that no planner but a person chooses."""


def villages(**pins):
    return replace(three_villages_one_factory(), pins=Pins(**pins))


def rules_of(problem, plan):
    return {violation.rule for violation in check(problem, plan).violations}


def test_a_pinned_trip_stays_as_it_is_with_its_price_and_nobody_joins():
    problem = villages(trips=(AB,))

    plan = solve(problem, stop=SHORT)

    assert AB in plan.trips
    assert [trip.parties for trip in plan.trips if trip != AB] == [("c",)]
    assert plan.cost == (1300 + 6 * 520) + (900 + 4.5 * 460)
    assert plan.lower_bound == pytest.approx(plan.cost)
    assert check(problem, plan, verify_bound=True).ok


def test_a_pinned_trip_takes_its_vehicle_from_the_fleet():
    types = (replace(MINIBUS, available_per_day=1), COACH)
    only_day = tuple(replace(p, earliest=2, latest=2) for p in villages().parties)
    pinned = Trip(0, 2, (2,), (3,), ("c",))
    problem = replace(villages(trips=(pinned,)), types=types, parties=only_day)

    plan = solve(problem, stop=SHORT)

    assert [trip.type for trip in plan.trips if trip != pinned] == [1]
    assert check(problem, plan, verify_bound=True).ok


def test_a_party_leaves_on_the_day_it_is_pinned_to():
    problem = villages(days=(("a", 0),))

    plan = solve(problem, stop=SHORT)

    assert [trip.day for trip in plan.trips if "a" in trip.parties] == [0]
    assert plan.cost == optimum(problem).cost
    assert check(problem, plan, verify_bound=True).ok


def test_who_is_pinned_together_travels_together_though_it_costs_more():
    # the coach to both towns is dearer than two minibuses
    km = [[0, 300, 320], [300, 0, 190], [320, 190, 0]]
    parties = [Party(0, 0, 1, 19, 0, 0), Party(1, 0, 2, 16, 0, 0)]
    apart = replace(
        on_a_line((0, 300, 320), parties, types=(replace(COACH, per_km=20.0), MINIBUS)), km=km
    )
    apart = replace(apart, limits=replace(apart.limits, detour=1.6))
    problem = replace(apart, pins=Pins(together=((0, 1),)))

    plan = solve(problem, stop=SHORT)

    assert len(solve(apart, stop=SHORT).trips) == 2
    assert [set(trip.parties) for trip in plan.trips] == [{0, 1}]
    assert plan.cost == optimum(problem).cost
    assert check(problem, plan, verify_bound=True).ok


def test_three_together_share_a_trip_with_others_or_stay_behind_together():
    parties = [Party(k, k % 3, 3, 2, 0, 0) for k in range(6)]
    pins = Pins(together=((0, 1), (1, 2)))
    many = replace(on_a_line((0, 20, 40, 500), parties, types=(MINIBUS,)), pins=pins)
    none = replace(many, types=(replace(MINIBUS, capacity=6, available_per_day=1),))
    none = replace(none, apart=((0, 3), (0, 4), (0, 5)))

    shared, scarce = solve(many, stop=SHORT), solve(none, stop=SHORT)

    assert [set(trip.parties) for trip in shared.trips] == [set(range(6))]
    assert check(many, shared, verify_bound=True).ok
    assert {frozenset(t.parties) for t in scarce.trips} <= {
        frozenset({0, 1, 2}),
        frozenset({3, 4, 5}),
    }
    assert len(scarce.unassigned) == 3
    assert check(none, scarce, verify_bound=True).ok


def test_who_is_pinned_alone_shares_with_nobody():
    problem = villages(alone=("b",))

    plan = solve(problem, stop=SHORT)

    assert [trip.parties for trip in plan.trips if "b" in trip.parties] == [("b",)]
    assert plan.cost == optimum(problem).cost
    assert check(problem, plan, verify_bound=True).ok


def test_who_is_pinned_outside_pays_there():
    parties = tuple(replace(p, outside_price=9000.0) for p in villages().parties)
    problem = replace(villages(), parties=parties, pins=Pins(outside=("c",)))

    plan = solve(problem, stop=SHORT)

    assert plan.outside == ("c",)
    assert plan.cost == optimum(problem).cost
    assert check(problem, plan, verify_bound=True).ok


def test_everything_decided_leaves_nothing_to_plan():
    everyone = Trip(0, 2, (0, 1, 2), (3,), ("a", "b", "c"))
    problem = villages(trips=(everyone,))

    plan = solve(problem, stop=SHORT)

    assert (plan.trips, plan.cost) == ((everyone,), 900 + 4.5 * 500)
    assert plan.gap < 1e-6


def test_a_split_party_rides_its_pinned_trips():
    party = Party("big", 0, 1, 30, 0, 0, splittable=True)
    trips = tuple(Trip(0, 0, (0,), (1,), ("big",), (("big", 15),)) for _ in range(2))
    problem = replace(on_a_line((0, 500), [party], types=(MINIBUS,)), pins=Pins(trips=trips))

    plan = solve(problem, stop=SHORT)

    assert plan.trips == trips
    assert check(problem, plan, verify_bound=True).ok


@pytest.mark.parametrize(
    ("pins", "rule"),
    [
        (Pins(trips=(AB,)), "pinned-trip"),
        (Pins(days=(("a", 1),)), "pinned-day"),
        (Pins(together=(("a", "c"),)), "pinned-together"),
        (Pins(alone=("b",)), "pinned-alone"),
        (Pins(outside=("b",)), "pinned-outside"),
    ],
)
def test_the_checker_sees_a_pin_that_is_not_kept(pins, rule):
    parties = tuple(replace(p, outside_price=99.0) for p in villages().parties)
    plan = Plan((Trip(0, 2, (0, 1), (3,), ("a", "b")), Trip(0, 2, (2,), (3,), ("c",))))

    assert rules_of(replace(villages(), parties=parties), plan) == set()
    assert rules_of(replace(villages(), parties=parties, pins=pins), plan) == {rule}


def test_a_proof_may_price_riders_of_a_pinned_trip_no_higher_than_the_trip():
    problem = villages(trips=(AB,))
    cost = 1300 + 6 * 520

    assert check_certificate(problem, Proof((("a", cost), ("b", 0.0)))).ok
    certificate = check_certificate(problem, Proof((("a", cost), ("b", 1.0))))
    assert "more than the 4420 these cost" in certificate.flaws[0]


@pytest.mark.parametrize(
    ("pins", "code"),
    [
        (Pins(days=(("z", 1),)), "unknown-party"),
        (Pins(days=(("a", 3),)), "pin-outside-window"),
        (Pins(days=(("a", 1), ("a", 2))), "pins-contradict"),
        (Pins(outside=("a",)), "no-outside-price"),
        (Pins(outside=("c",), alone=("c",)), "pins-contradict"),
        (Pins(together=(("a", "a"),)), "pins-contradict"),
        (Pins(together=(("a", "b"),), alone=("b",)), "pins-contradict"),
        (Pins(together=(("a", "b"),), days=(("a", 0),)), "pins-contradict"),
        (Pins(together=(("a", "b"), ("b", "c")), days=(("a", 1), ("c", 3))), "pins-contradict"),
        (Pins(trips=(AB,), days=(("a", 2),)), "pins-contradict"),
        (Pins(trips=(AB,), alone=("a",)), "pins-contradict"),
        (Pins(trips=(AB,), together=(("a", "c"),)), "pins-contradict"),
        (Pins(trips=(AB, AB)), "pinned-part"),
    ],
)
def test_pins_that_make_no_sense_are_refused(pins, code):
    parties = tuple(
        replace(p, outside_price=99.0) if p.id == "c" else p for p in villages().parties
    )

    with pytest.raises(ProblemError) as refusal:
        replace(villages(), parties=parties, pins=pins)

    assert refusal.value.code == code


def test_who_is_to_be_kept_apart_cannot_be_pinned_together():
    with pytest.raises(ProblemError) as refusal:
        replace(villages(together=(("a", "b"), ("b", "c"))), apart=(("c", "a"),))

    assert refusal.value.code == "pins-contradict"


@pytest.mark.parametrize(
    ("problem", "code", "words"),
    [
        (villages(trips=(replace(AB, day=9),)), "pinned-trip", "leaves on day 9"),
        (villages(trips=(replace(AB, type=7),)), "pinned-trip", "no vehicle type 7"),
        (villages(trips=(replace(AB, pickups=(0, 2)),)), "pinned-trip", "does not stop"),
        (
            replace(villages(trips=(AB,)), types=(MINIBUS, replace(COACH, available_per_day=0))),
            "pinned-fleet",
            "0 exist",
        ),
        (
            replace(villages(together=(("a", "c"),)), types=(replace(MINIBUS, capacity=11),)),
            "pinned-together",
            "cannot share a trip",
        ),
        (
            replace(
                villages(together=(("a", "c"),)),
                parties=(
                    replace(villages().parties[0], size=60, splittable=True),
                    *villages().parties[1:],
                ),
            ),
            "pinned-together",
            "larger than every vehicle",
        ),
    ],
)
def test_pins_that_no_plan_can_keep_are_refused_before_planning(problem, code, words):
    with pytest.raises(ProblemError) as refusal:
        solve(problem, stop=SHORT)

    assert refusal.value.code == code
    assert words in str(refusal.value)


@st.composite
def pinned_problems(draw):
    """Small problems with pins that do not contradict each other (whoever would is left free)."""
    problem = draw(problems(most_parties=5, split=False))
    for party in problem.parties:
        pins = problem.pins
        kind = draw(st.sampled_from(("free", "free", "day", "alone", "outside", "pair", "trip")))
        if kind == "day":
            day = draw(st.integers(party.earliest, party.latest))
            pins = replace(pins, days=(*pins.days, (party.id, day)))
        elif kind == "alone":
            pins = replace(pins, alone=(*pins.alone, party.id))
        elif kind == "outside":
            pins = replace(pins, outside=(*pins.outside, party.id))
        elif kind == "pair":
            other = draw(st.sampled_from(problem.parties))
            pins = replace(pins, together=(*pins.together, (party.id, other.id)))
        elif kind == "trip":
            index = draw(st.integers(0, len(problem.types) - 1))
            stops = (party.origin,), (party.destination,)
            trip = Trip(index, draw(st.integers(party.earliest, party.latest)), *stops, (party.id,))
            pins = replace(pins, trips=(*pins.trips, trip))
        try:
            tried = replace(problem, pins=pins)
            solve(tried, stop=Stop(iterations=0))
        except ProblemError:
            continue
        problem = tried
    return problem


@settings(max_examples=80, deadline=None)
@given(pinned_problems())
def test_every_plan_keeps_every_pin_and_none_is_better_than_the_best(problem):
    plan = solve(problem, stop=Stop(iterations=300), seed=3)

    assert check(problem, plan, verify_bound=True).violations == ()
    assert worth(problem, plan) >= optimum(problem).worth - 1e-6
    bound = lower_bound(problem)
    assert bound.value <= optimum(problem, leave=False).worth + 1e-6
    assert check_certificate(problem, bound.proof).bound == pytest.approx(bound.value)


@pytest.mark.parametrize("parties", [300, 450])
def test_pins_hold_in_halves_of_a_large_problem(parties):
    whole = family(parties, 12)
    free = solve(whole, stop=Stop(iterations=4000), seed=1)
    shared = [trip for trip in free.trips if len(trip.parties) > 2]
    pins = Pins(
        trips=tuple(shared[:5]),
        days=tuple((trip.parties[0], trip.day) for trip in shared[5:10]),
        together=tuple(trip.parties for trip in free.trips if len(trip.parties) == 2)[:5],
        alone=tuple(trip.parties[-1] for trip in shared[10:13]),
    )
    problem = replace(whole, pins=pins)

    plan = solve(problem, stop=Stop(iterations=4000), seed=1)

    assert len(shared) >= 13
    assert len(pins.together) == 5
    assert check(problem, plan, verify_bound=True).violations == ()
    assert plan.cost < 1.1 * free.cost


def test_pins_come_back_from_a_file_and_old_files_have_none(tmp_path):
    parties = tuple(replace(p, outside_price=99.0) for p in villages().parties)
    pins = Pins((replace(AB, parties=("a",), pickups=(0,)),), (("b", 2),), (), ("b",), ("c",))
    problem = replace(villages(), parties=parties, pins=pins)
    formats.write_problem(tmp_path / "problem.json", problem)
    assert formats.read_problem(tmp_path / "problem.json") == problem

    document = formats.problem_to_json(villages())
    del document["pins"]
    assert formats.problem_from_json(document) == villages()


@pytest.mark.parametrize(
    ("garbled", "code"),
    [
        ({"trips": [{"type": 0}]}, "unreadable"),
        ({"days": [["a"]]}, "unreadable"),
        ({"days": [["a", 1.5]]}, "not-whole"),
        ({"together": [["a", "b", "c"]]}, "unreadable"),
        ({"somewhere": []}, "unknown-field"),
    ],
)
def test_garbled_pins_are_refused(garbled, code):
    document = {**formats.problem_to_json(villages()), "pins": garbled}

    with pytest.raises(ProblemError) as refusal:
        formats.problem_from_json(document)

    assert refusal.value.code == code

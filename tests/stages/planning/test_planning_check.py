"""Every rule of the checker is broken by a plan that breaks nothing else."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from stages.planning.pooling_cases import FLEET, MINIBUS, on_a_line, three_villages_one_factory
from zhitong.planning import Limits, Party, Plan, Trip, Unassigned, VehicleType, check

SHARED = Trip(0, 2, (0, 1, 2), (3,), ("a", "b", "c"))


def rules(problem, *trips, **plan):
    return {violation.rule for violation in check(problem, Plan(tuple(trips), **plan)).violations}


def test_the_shared_trip_of_three_villages_keeps_every_rule_and_is_priced():
    report = check(three_villages_one_factory(), Plan((SHARED,)))

    assert report.ok
    assert report.cost == 900 + 4.5 * 500


def test_an_empty_return_is_paid_and_does_not_count_as_a_ride():
    report = check(three_villages_one_factory(empty_return=True), Plan((SHARED,)))

    assert report.ok
    assert report.cost == 900 + 4.5 * 1000


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"type": 7}, "unknown-type"),
        ({"type": -1}, "unknown-type"),
        ({"pickups": (0, 1, 2, 9)}, "unknown-point"),
        ({"pickups": (0, 1, 2, -1)}, "unknown-point"),
        ({"parties": ("a", "b", "c", "z")}, "unknown-party"),
        ({"pickups": (0, 1, 2, 1)}, "repeated-stop"),
        ({"parts": (("z", 1),)}, "bad-part"),
        ({"parts": (("a", 0),)}, "bad-part"),
        ({"day": 1}, "window"),
        ({"day": 3}, "window"),
    ],
)
def test_one_wrong_field_breaks_one_rule(change, rule):
    broken = rules(three_villages_one_factory(), replace(SHARED, **change))

    assert broken - {"split", "part-sum"} == {rule}


def test_a_trip_needs_a_pickup_a_drop_and_a_party():
    assert rules(three_villages_one_factory(), SHARED, Trip(0, 2, (0,), (3,), ())) == {"empty-trip"}


def test_a_rider_without_their_stop_is_found():
    assert rules(three_villages_one_factory(), replace(SHARED, pickups=(1, 2))) == {"missing-stop"}


def test_a_stop_that_nobody_uses_is_found():
    problem = on_a_line((0, 20, 500), [Party("a", 0, 2, 5, 0, 0)])

    assert rules(problem, Trip(0, 0, (0, 1), (2,), ("a",))) == {"idle-stop"}


def test_the_number_of_pickups_is_limited():
    assert rules(three_villages_one_factory(max_pickups=2), SHARED) == {"max-pickups"}


def test_the_number_of_drops_is_limited():
    problem = on_a_line(
        (0, 500, 520),
        [Party("a", 0, 1, 5, 0, 0), Party("b", 0, 2, 5, 0, 0)],
        limits=Limits(max_drops=1),
    )

    assert rules(problem, Trip(0, 0, (0,), (1, 2), ("a", "b"))) == {"max-drops"}


def test_pickups_are_at_most_a_hop_apart_in_the_order_listed():
    problem = three_villages_one_factory(pickup_hop_km=20)

    assert check(problem, Plan((SHARED,))).ok
    # 0 -> 40 is too far, and the way back to 20 makes no ride too long
    assert rules(problem, replace(SHARED, pickups=(0, 2, 1))) == {"pickup-hop"}


def test_drops_are_at_most_a_hop_apart():
    problem = on_a_line(
        (0, 500, 620),
        [Party("a", 0, 1, 5, 0, 0), Party("b", 0, 2, 5, 0, 0)],
        limits=Limits(drop_hop_km=119),
    )

    assert rules(problem, Trip(0, 0, (0,), (1, 2), ("a", "b"))) == {"drop-hop"}


def test_seats_must_suffice():
    problem = three_villages_one_factory()
    small = replace(problem, types=(VehicleType("17 seats", 17, 900.0, 4.5), *FLEET[1:]))

    assert rules(small, SHARED) == {"capacity"}


@pytest.mark.parametrize(("ride", "kept"), [(130, True), (131, False)])
def test_a_ride_of_exactly_the_detour_is_kept(ride, kept):
    """1.3 x 100 is not exact in binary; the ride that equals it must pass, the next km must not."""
    far = ride - 100
    problem = replace(
        on_a_line((0, 0, 0), [Party("a", 0, 2, 5, 0, 0), Party("b", 1, 2, 5, 0, 0)]),
        km=[[0, far, 100], [far, 0, 100], [100, 100, 0]],
        limits=Limits(pickup_hop_km=50),
    )

    broken = rules(problem, Trip(0, 0, (0, 1), (2,), ("a", "b")))

    assert broken == (set() if kept else {"detour"})


def test_everybody_is_somewhere_exactly_once():
    problem = three_villages_one_factory()
    two = Trip(0, 2, (0, 1), (3,), ("a", "b"))

    assert rules(problem, two) == {"party-missing"}
    assert rules(problem, SHARED, Trip(0, 2, (2,), (3,), ("c",))) == {"party-twice"}
    assert "party-twice" in rules(problem, replace(SHARED, parties=("a", "b", "c", "c")))
    assert "party-twice" in rules(problem, SHARED, unassigned=(Unassigned("c", "by-hand", ""),))


def test_only_a_party_with_a_price_travels_outside():
    problem = three_villages_one_factory()
    two = Trip(0, 2, (0, 1), (3,), ("a", "b"))
    priced = replace(
        problem, parties=(*problem.parties[:2], replace(problem.parties[2], outside_price=700.0))
    )

    assert rules(problem, two, outside=("c",)) == {"outside"}
    assert check(priced, Plan((two,), outside=("c",))).cost == 900 + 4.5 * 500 + 700
    assert "unknown-party" in rules(problem, SHARED, outside=("z",))


def test_whoever_could_travel_alone_may_not_be_left():
    problem = three_villages_one_factory()
    two = Trip(0, 2, (0, 1), (3,), ("a", "b"))

    left = (Unassigned("c", "by-hand", "one day later"),)

    assert rules(problem, two, unassigned=left) == {"needless-unassigned"}


def test_a_party_is_split_only_if_it_may_be_and_its_parts_make_a_whole():
    def problem(splittable):
        return on_a_line(
            (0, 500), [Party("big", 0, 1, 30, 0, 0, splittable=splittable)], types=(MINIBUS,)
        )

    one = Trip(0, 0, (0,), (1,), ("big",), parts=(("big", 19),))
    two = replace(one, parts=(("big", 11),))

    assert rules(problem(True), one, two) == set()
    assert rules(problem(False), one, two) == {"split"}
    assert rules(problem(True), one, replace(two, parts=(("big", 10),))) == {"part-sum"}


def test_a_day_has_only_so_many_vehicles():
    problem = on_a_line(
        (0, 500),
        [Party("a", 0, 1, 15, 0, 1), Party("b", 0, 1, 15, 0, 1)],
        types=(replace(MINIBUS, available_per_day=1),),
    )
    a = Trip(0, 0, (0,), (1,), ("a",))
    b = replace(a, parties=("b",))

    assert rules(problem, a, b) == {"fleet"}
    assert rules(problem, a, replace(b, day=1)) == set()


def test_a_lower_bound_above_the_cost_is_a_lie():
    assert rules(three_villages_one_factory(), SHARED, lower_bound=3150.0) == set()
    assert rules(three_villages_one_factory(), SHARED, lower_bound=3151.0) == {"bound"}


def test_a_trip_that_cannot_be_priced_has_no_cost():
    assert check(three_villages_one_factory(), Plan((replace(SHARED, type=9),))).cost == math.inf

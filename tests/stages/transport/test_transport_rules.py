"""Seats, who gets a coach, what drivers must keep."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhitong.planning.crew import Driving
from zhitong.policies.operations import shipped
from zhitong.transport.rules import driving, least_people, seat_parties, worth_a_coach


def test_a_couple_sits_side_by_side_and_strangers_apart():
    assert seat_parties([2, 1, 1], front=9, spread=True) == [[1, 2], [4], [6]]


def test_without_a_load_cap_everybody_sits_in_front():
    assert seat_parties([2, 1, 1], front=9, spread=False) == [[1, 2], [3], [4]]


def test_the_last_spare_seats_are_used_before_the_kept_rows():
    assert seat_parties([1, 1, 1], front=4, spread=True) == [[1], [3], [4]]


def test_more_people_than_seats_is_refused():
    with pytest.raises(ValueError, match="5 people do not fit into 4 seats"):
        seat_parties([5], front=4, spread=False)


@given(st.lists(st.integers(1, 6), max_size=20), st.integers(0, 30), st.booleans())
def test_nobody_shares_a_seat_or_sits_in_the_kept_rows(sizes, spare, spread):
    front = sum(sizes) + spare

    seats = seat_parties(sizes, front=front, spread=spread)

    flat = [seat for party in seats for seat in party]
    assert [len(party) for party in seats] == sizes
    assert flat == sorted(set(flat))
    assert all(1 <= seat <= front for seat in flat)
    assert all(party[-1] - party[0] == len(party) - 1 for party in seats)


@pytest.mark.parametrize(
    ("people", "usable", "leaves"), [(1, 2, False), (4, 9, False), (5, 9, True), (13, 26, True)]
)
def test_half_the_usable_seats_make_a_coach(people, usable, leaves):
    assert worth_a_coach(people=people, usable=usable, least_share=0.5) is leaves


def test_nobody_gets_a_coach_alone_however_small_it_is():
    assert least_people(usable=1, least_share=0.5) == 2


def test_the_limits_are_read_from_the_profile():
    profile = next(one for one in shipped() if one["key"] == "2020-02-11")

    limits = driving(profile, origin="131121101", destination="5101")

    assert limits == Driving(
        day_hours=4,
        night_hours=2,
        rest=timedelta(minutes=20),
        hours_in_24=8,
        banned=(time(2), time(5)),
        two_drivers_km=400,
    )

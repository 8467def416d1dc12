"""Groups by day and city: nobody twice, never on a day that does not suit."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from zhitong.registry.grouping import Cohort, suggest

FIRST, LAST = date(2020, 3, 2), date(2020, 3, 8)


def cohort(
    to: str, start: int, days: int = 0, people: int = 1, origin: str = "131121101"
) -> Cohort:
    begin = FIRST + timedelta(days=start)
    return Cohort(to, begin, begin + timedelta(days=days), people, {origin: people})


def test_the_day_that_suits_most_is_taken_first() -> None:
    cohorts = [
        cohort("1101", 0, 2, 4),
        cohort("1101", 2, 2, 6, "131121102"),
        cohort("3301", 3, 0, 5),
    ]

    groups = suggest(cohorts, first=FIRST, last=LAST)

    assert [(one.city, one.day, one.people) for one in groups] == [
        ("1101", date(2020, 3, 4), 10),
        ("3301", date(2020, 3, 5), 5),
    ]
    assert groups[0].cohorts == tuple(cohorts[:2])
    assert groups[0].origins == [("131121102", 6), ("131121101", 4)]


def test_too_few_make_no_group() -> None:
    assert suggest([cohort("1101", 0, people=4)], first=FIRST, last=LAST) == []


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["1101", "1102", "3301"]), st.integers(-3, 9),
                  st.integers(0, 6), st.integers(1, 3)),
        max_size=60,
        unique_by=lambda one: one[:3],
    ),
    st.integers(1, 6),
)  # fmt: skip
def test_groups_keep_to_windows_and_nobody_goes_twice(drawn, least: int) -> None:
    cohorts = [cohort(*one) for one in drawn]

    groups = suggest(cohorts, first=FIRST, last=LAST, least=least)

    going = [one for group in groups for one in group.cohorts]
    assert len(going) == len(set(going)) and set(going) <= set(cohorts)
    for group in groups:
        assert FIRST <= group.day <= LAST
        assert group.people >= least
        for one in group.cohorts:
            assert one.earliest <= group.day <= one.latest
            assert one.city == group.city
    left = [one for one in cohorts if one not in set(going)]
    for city in {one.city for one in left}:
        for at in range(7):
            day = FIRST + timedelta(days=at)
            suits = [one for one in left if one.city == city and one.earliest <= day <= one.latest]
            assert sum(one.people for one in suits) < least

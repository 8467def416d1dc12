"""Groups by day and city: nobody twice, never on a day that does not suit."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from zhitong.registry.grouping import Wish, suggest

FIRST, LAST = date(2020, 3, 2), date(2020, 3, 8)


def wish(pk: int, to: str, start: int, days: int = 0, origin: str = "131121101") -> Wish:
    begin = FIRST + timedelta(days=start)
    return Wish(pk, origin, to, begin, begin + timedelta(days=days))


def test_the_day_that_suits_most_is_taken_first() -> None:
    people = [wish(at, "110105", 0, 2) for at in range(4)]
    people += [wish(at, "110108", 2, 2, "131121102") for at in range(4, 10)]
    people += [wish(at, "3301", 3) for at in range(10, 15)]

    groups = suggest(people, first=FIRST, last=LAST)

    assert [(one.destination, one.day, one.people) for one in groups] == [
        ("1101", date(2020, 3, 4), 10),
        ("3301", date(2020, 3, 5), 5),
    ]
    assert groups[0].origins == (("131121102", 6), ("131121101", 4))


def test_too_few_make_no_group() -> None:
    assert suggest([wish(1, "1101", 0)] * 4, first=FIRST, last=LAST) == []


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["110105", "110108", "330106"]), st.integers(-3, 9),
                  st.integers(0, 6)),
        max_size=60,
    ),
    st.integers(1, 6),
)  # fmt: skip
def test_groups_keep_to_windows_and_nobody_goes_twice(drawn, least: int) -> None:
    people = {at: wish(at, *one) for at, one in enumerate(drawn)}

    groups = suggest(people.values(), first=FIRST, last=LAST, least=least)

    going = [pk for group in groups for pk in group.wishes]
    assert len(going) == len(set(going))
    for group in groups:
        assert FIRST <= group.day <= LAST
        assert group.people >= least
        for one in (people[pk] for pk in group.wishes):
            assert one.earliest <= group.day <= one.latest
            assert one.destination.startswith(group.destination)
    left = [one for pk, one in people.items() if pk not in set(going)]
    for city in {one.destination[:4] for one in left}:
        for at in range(7):
            day = FIRST + timedelta(days=at)
            suits = [
                one
                for one in left
                if one.destination[:4] == city and one.earliest <= day <= one.latest
            ]
            assert len(suits) < least

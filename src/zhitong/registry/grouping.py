"""Who could leave together: groups by destination and day, as section S3 of the bulletin tells."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

LEAST = 5
CITY_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Wish:
    """One person's wish to travel: from where to where, between which days (both included)."""

    pk: int
    origin: str
    destination: str
    earliest: date
    latest: date


@dataclass(frozen=True, slots=True)
class Group:
    """People who could go the same day to the same city."""

    destination: str
    day: date
    wishes: tuple[int, ...]
    origins: tuple[tuple[str, int], ...]
    """Townships with their people, most first."""

    @property
    def people(self) -> int:
        return len(self.wishes)


def suggest(wishes: Iterable[Wish], *, first: date, last: date, least: int = LEAST) -> list[Group]:
    """Groups of at least so many, largest first; nobody is in two.

    For each city of destination, the day that suits most people is taken again and again, the
    earlier of equals, until too few are left.
    """
    by_city: dict[str, list[Wish]] = defaultdict(list)
    for wish in wishes:
        by_city[wish.destination[:CITY_DIGITS]].append(wish)
    groups = []
    for city, waiting in by_city.items():
        while len(waiting) >= least:
            day, people = _best_day(waiting, first, last)
            if people < least:
                break
            going = [one for one in waiting if one.earliest <= day <= one.latest]
            waiting = [one for one in waiting if not one.earliest <= day <= one.latest]
            origins = Counter(one.origin[:9] for one in going)
            groups.append(
                Group(
                    destination=city,
                    day=day,
                    wishes=tuple(one.pk for one in going),
                    origins=tuple(sorted(origins.items(), key=lambda one: (-one[1], one[0]))),
                )
            )
    return sorted(groups, key=lambda one: (-one.people, one.day, one.destination))


def _best_day(wishes: list[Wish], first: date, last: date) -> tuple[date, int]:
    """The day within bounds that most windows contain."""
    changes: Counter[date] = Counter()
    for window, people in Counter((one.earliest, one.latest) for one in wishes).items():
        begin, end = max(window[0], first), min(window[1], last)
        if begin <= end:
            changes[begin] += people
            changes[end + timedelta(days=1)] -= people
    best, most, running = first, 0, 0
    for day in sorted(changes):
        running += changes[day]
        if running > most:
            best, most = day, running
    return best, most

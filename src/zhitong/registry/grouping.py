"""Who could leave together: groups by destination and day, as section S3 of the bulletin tells.

Pure: no database. Whoever has the same city and the same days to choose from is alike here, so
wishes come counted, as `cohorts`; a province's 20,000 wishes are some hundred of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

LEAST = 5
CITY_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Cohort:
    """How many wish to reach one city between which days (both included), and from where."""

    city: str
    earliest: date
    latest: date
    people: int
    origins: Mapping[str, int] = field(default_factory=dict, compare=False)
    """People by township."""


@dataclass(frozen=True, slots=True)
class Group:
    """People who could go the same day to the same city: whole cohorts."""

    city: str
    day: date
    cohorts: tuple[Cohort, ...]

    @property
    def people(self) -> int:
        return sum(one.people for one in self.cohorts)

    @property
    def origins(self) -> list[tuple[str, int]]:
        """Townships with their people, most first."""
        added: Counter[str] = Counter()
        for one in self.cohorts:
            added.update(one.origins)
        return sorted(added.items(), key=lambda one: (-one[1], one[0]))


def suggest(
    cohorts: Iterable[Cohort], *, first: date, last: date, least: int = LEAST
) -> list[Group]:
    """Groups of at least so many, largest first; no cohort is in two.

    For each city, the day within bounds that suits most people is taken again and again, the
    earlier of equals, until too few are left.
    """
    by_city: dict[str, list[Cohort]] = defaultdict(list)
    for one in cohorts:
        by_city[one.city].append(one)
    groups = []
    for city, waiting in by_city.items():
        while waiting:
            day, people = _best_day(waiting, first, last)
            if people < least:
                break
            going = tuple(one for one in waiting if one.earliest <= day <= one.latest)
            waiting = [one for one in waiting if not one.earliest <= day <= one.latest]
            groups.append(Group(city, day, going))
    return sorted(groups, key=lambda one: (-one.people, one.day, one.city))


def _best_day(cohorts: list[Cohort], first: date, last: date) -> tuple[date, int]:
    """The day within bounds that most people can take."""
    changes: Counter[date] = Counter()
    for one in cohorts:
        begin, end = max(one.earliest, first), min(one.latest, last)
        if begin <= end:
            changes[begin] += one.people
            changes[end + timedelta(days=1)] -= one.people
    best, most, running = first, 0, 0
    for day in sorted(changes):
        running += changes[day]
        if running > most:
            best, most = day, running
    return best, most

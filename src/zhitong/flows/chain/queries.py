"""Reads of the chain: units and their days, totals, histories, flows."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Exists, F, OuterRef, QuerySet, Sum, TextField
from django.db.models.functions import Cast, Coalesce

from zhitong import places
from zhitong.flows.chain import storing
from zhitong.flows.chain.anomalies import LOOK_BACK, Anomaly, anomalies
from zhitong.flows.chain.deadlines import Clock, Mark
from zhitong.flows.chain.rules import ACCEPTED_BY, REPORTED, State, awaits
from zhitong.flows.models import Correction, Return
from zhitong.flows.reminding.timetables import clock_of
from zhitong.flows.stock import by_key
from zhitong.places import Category, Level

NO_COUNTS = by_key({})
_KEYS = tuple(NO_COUNTS)
_AS_JSON = str.maketrans("{}", "[]")
"""What PostgreSQL writes of an array of whole numbers, as JSON."""


class _Row(NamedTuple):
    """A return as lists need it."""

    state: str
    version: int
    submitted_at: datetime | None
    first_submitted_at: datetime | None
    counts: Sequence[int] | None
    registry_counts: Sequence[int] | None
    corrected: bool


_NOTHING = _Row(State.DRAFT.value, 0, None, None, None, None, False)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDay:
    """A township's day, reported or not. `categories` are as declared, `derived` the registry's."""

    unit: str
    state: State
    version: int
    submitted_at: datetime | None
    categories: Mapping[str, int]
    derived: Mapping[str, int]
    marks: frozenset[Mark]

    @property
    def reported(self) -> bool:
        return self.state in REPORTED

    @property
    def awaits(self) -> Level | None:
        """The level whose turn it is."""
        return awaits(self.unit, self.state)

    @property
    def total(self) -> int:
        return sum(self.categories.values())


def unit_days(*, division: str, about: date, now: datetime) -> list[UnitDay]:
    """Every township due in a division with its day, silent ones included; one query."""
    corrections = Correction.objects.filter(of=OuterRef("pk"))
    returns = Return.objects.filter(about=about, unit__within=division).order_by()
    rows = {
        unit: _Row(*row)
        for unit, *row in returns.values_list(
            "unit",
            "state",
            "version",
            "submitted_at",
            "first_submitted_at",
            "counts",
            "registry_counts",
            Exists(corrections),
        )
    }
    clock, due = clock_of(division), places.expected_townships(division)
    return [_unit_day(unit, about, rows.get(unit), clock=clock, now=now) for unit in due]


def totals(
    *, division: str, about: date, states: Collection[State] = REPORTED
) -> tuple[dict[str, int], dict[str, int]]:
    """Declared and derived figures of a division's returns in some states, added up."""
    rows = Return.objects.filter(about=about, unit__within=division, state__in=states).order_by()
    found = list(rows.values_list("counts", "registry_counts"))
    declared, derived = (_added(_by_key(row[at]) for row in found) for at in (0, 1))
    return declared, derived


def histories(*, division: str, first: date, last: date) -> dict[str, dict[date, dict[str, int]]]:
    """By township and day, the counts of what was reported in a range; one query."""
    found: dict[str, dict[date, dict[str, int]]] = {}
    rows = _reported(division, first, last)
    for unit, about, counts in rows.values_list("unit", "about", "counts"):
        found.setdefault(unit, {})[about] = _by_key(counts)
    return found


def trend(*, division: str, first: date, last: date) -> list[tuple[date, int, int]]:
    """By day: what was declared in all, and by how many units. Days without returns are absent."""
    first_of, *others = (F(f"counts__{at}") for at in range(len(Category)))
    people = Coalesce(Sum(sum(others, start=first_of)), 0)
    rows = _reported(division, first, last).order_by("about").values_list("about")
    return list(rows.annotate(people=people, units=Count("*")))


def _reported(division: str, first: date, last: date) -> QuerySet[Return]:
    return Return.objects.filter(
        about__range=(first, last), unit__within=division, state__in=REPORTED
    ).order_by()


def standing_with(
    *, division: str, about: date, level: Level, seen_at: datetime, accepted: bool = False
) -> tuple[dict[str, int], int]:
    """Versions of a division's returns that wait for a level, and how many changed after a moment.

    `accepted`: those that the level has accepted instead. A reviewer who decides on a whole
    division decides on what they saw of it then.
    """
    versions, changed = {}, 0
    rows = Return.objects.filter(about=about, unit__within=division).order_by()
    for unit, state, version, at in rows.values_list("unit", "state", "version", "changed_at"):
        if state == ACCEPTED_BY.get(level) if accepted else awaits(unit, State(state)) == level:
            if at <= seen_at:
                versions[unit] = version
            else:
                changed += 1
    return versions, changed


def anomalies_of(*, division: str, about: date) -> list[tuple[str, int, Anomaly]]:
    """Units whose figure of the day deserves a second look: unit, its total, what is odd."""
    found = []
    for unit, days in sorted(_lines(division, about, days=LOOK_BACK + 1).items()):
        found += [(unit, sum(days[-1] or ()), one) for one in anomalies(days)]
    return found


def registry_counts(*, unit: str, about: date) -> dict[str, int]:
    """What the registry counts for a township now: what its form is prefilled with."""
    return dict(storing.derived(division=unit, about=about).get(unit, NO_COUNTS))


def _lines(division: str, about: date, *, days: int) -> dict[str, list[tuple[int, ...] | None]]:
    """By township, its counts on so many days up to one, None where it did not report; one query.

    A row a township, its days as text that one call reads: a province has 34,000 of them, and the
    driver would make each array and each date on its own.
    """
    first = about - timedelta(days=days - 1)
    rows = _reported(division, first, about).filter(counts__isnull=False).values_list("unit")
    dates, all_counts = (
        Cast(ArrayAgg(column, order_by="about"), TextField()) for column in ("about", "counts")
    )
    at = {(first + timedelta(days=back)).isoformat(): back for back in range(days)}
    found = {}
    for unit, reported, counts in rows.annotate(dates=dates, all_counts=all_counts):
        line: list[tuple[int, ...] | None] = [None] * days
        counted = json.loads(counts.translate(_AS_JSON))
        for day, five in zip(reported[1:-1].split(","), counted, strict=True):
            line[at[day]] = tuple(five)
        found[unit] = line
    return found


def _unit_day(unit: str, about: date, row: _Row | None, *, clock: Clock, now: datetime) -> UnitDay:
    row = row or _NOTHING
    declared, derived = _by_key(row.counts), _by_key(row.registry_counts)
    state = State(row.state)
    first = row.first_submitted_at
    marks = {
        Mark.MISSING: clock.is_missing(
            unit=unit, about=about, state=state, ever_submitted=first is not None, now=now
        ),
        Mark.LATE: clock.is_late(unit=unit, about=about, first_submitted_at=first),
        Mark.RETURNED: state == State.RETURNED,
        Mark.CORRECTED: row.corrected,
        Mark.DIFFERS: state in REPORTED and declared != derived,
    }
    return UnitDay(
        unit=unit,
        state=state,
        version=row.version,
        submitted_at=row.submitted_at,
        categories=declared,
        derived=derived,
        marks=frozenset(mark for mark, holds in marks.items() if holds),
    )


def _by_key(counts: Sequence[int] | None) -> dict[str, int]:
    """Counts in the order of the categories, by key."""
    return dict(zip(_KEYS, counts, strict=True)) if counts else dict(NO_COUNTS)


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    result = dict(NO_COUNTS)
    for one in counts:
        for key, count in one.items():
            result[key] += count
    return result

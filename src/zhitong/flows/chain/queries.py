"""Reads of the chain: completeness first, then totals; histories, flows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Sum
from django.db.models.functions import Coalesce

from zhitong import places
from zhitong.flows.chain import storing
from zhitong.flows.chain.anomalies import LOOK_BACK, Anomaly, anomalies
from zhitong.flows.chain.deadlines import Clock, Mark
from zhitong.flows.chain.rules import ACCEPTED_BY, REPORTED, State, awaits
from zhitong.flows.models import Correction, Return
from zhitong.flows.reminding.timetables import clock_of
from zhitong.flows.stock import Coverage, by_key
from zhitong.offices.models import Department, Organisation
from zhitong.places import Category, Level

NO_COUNTS = by_key({})
_KEYS = tuple(NO_COUNTS)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The units of a division taken together: only what is reported counts."""

    division: str
    coverage: Coverage
    categories: Mapping[str, int]
    derived: Mapping[str, int]
    states: Mapping[State, int]
    marks: Mapping[Mark, int]
    waiting: Mapping[Level | None, int]
    """How many returns wait for a level; the township's own are those that can still be edited."""

    @property
    def total(self) -> int:
        return sum(self.categories.values())

    @property
    def difference(self) -> int:
        """What is declared beyond what the registry counts for the same units."""
        return self.total - sum(self.derived.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Chase:
    """An office to call: a unit with the state of its return, or one at which returns wait."""

    division: str
    state: State | None
    waiting: int
    overdue: bool
    office: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """A division's day with every child; `units` are the townships when these are the children."""

    about: date
    whole: Summary
    children: tuple[Summary, ...]
    units: tuple[UnitDay, ...] = field(default=())


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


def completeness(*, division: str, about: date, now: datetime) -> Completeness:
    """Who is due, has reported, is late, missing or sent back; then what it comes to."""
    units = unit_days(division=division, about=about, now=now)
    children = [child.code for child in places.children(division)]
    return Completeness(
        about=about,
        whole=summed(division, units),
        children=tuple(
            one
            for child in children
            for one in (summed(child, [unit for unit in units if unit.unit.startswith(child)]),)
            if one.coverage.due
        ),
        units=tuple(units) if children and len(children[0]) == 9 else (),
    )


def summed(division: str, units: Sequence[UnitDay]) -> Summary:
    """A division's day as the sum of its units'."""
    reported = [unit for unit in units if unit.reported]
    return Summary(
        division=division,
        coverage=Coverage(len(reported), len(units)),
        categories=_added(unit.categories for unit in reported),
        derived=_added(unit.derived for unit in reported),
        states=Counter(unit.state for unit in units),
        marks=Counter(mark for unit in units for mark in unit.marks),
        waiting=Counter(unit.awaits for unit in units),
    )


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
    people = sum(Coalesce(F(f"counts__{at}"), 0) for at in range(len(Category)))
    rows = _reported(division, first, last).order_by("about").values_list("about")
    return list(rows.annotate(people=Sum(people), units=Count("pk")))


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
    first = _back(about, LOOK_BACK + 1)
    known = histories(division=division, first=first, last=about)
    found = []
    for unit in sorted(known):
        days = _in_order(known, unit, about, LOOK_BACK + 1)
        found += [(unit, sum(days[-1] or ()), one) for one in anomalies(days)]
    return found


def chase_list(*, division: str, about: date, now: datetime) -> list[Chase]:
    """Offices that owe something for a day, lowest level first: units that are silent or have a
    return to mend, then offices at which returns wait for review; with the numbers to call."""
    owing: Counter[tuple[str, State | None]] = Counter()
    for day in unit_days(division=division, about=about, now=now):
        level = day.awaits
        if level == Level.TOWNSHIP:
            owing[day.unit, day.state] = 1
        elif level:
            owing[day.unit[: level.digits], None] += 1
    rows = Organisation.objects.filter(
        department=Department.HUMAN_RESOURCES, division__in={code for code, _ in owing}
    )
    offices = {row.division: row for row in rows}
    clock = clock_of(division)
    found = []
    for (code, state), count in owing.items():
        level = places.get(code).level
        office = offices.get(code)
        found.append(
            Chase(
                division=code,
                state=state,
                waiting=0 if state else count,
                overdue=now > clock.deadline(division=code, about=about, level=level),
                office=office.name if office else "",
                phone=office.phone if office else "",
            )
        )
    return sorted(found, key=lambda one: (-len(one.division), one.division))


def registry_counts(*, unit: str, about: date) -> dict[str, int]:
    """What the registry counts for a township now: what its form is prefilled with."""
    return dict(storing.derived(division=unit, about=about).get(unit, NO_COUNTS))


def _back(about: date, days: int) -> date:
    return about - timedelta(days=days - 1)


def _in_order(
    known: Mapping[str, Mapping[date, Mapping[str, int]]], unit: str, about: date, days: int
) -> list[tuple[int, ...] | None]:
    mine = known.get(unit, {})
    line = [_back(about, days) + timedelta(days=at) for at in range(days)]
    return [tuple(mine[day].values()) if day in mine else None for day in line]


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

"""How complete a day is: who is due and has reported, then what it comes to, one level down.

A county's townships are looked at one by one. Above, the database counts returns that are alike,
by county and state: looking at a province's 2,246 one by one takes longer than the whole page.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

from django.db.models import Count, Exists, F, Min, OuterRef, Q, Sum
from django.db.models.functions import Coalesce, Substr

from zhitong import places
from zhitong.flows.chain.deadlines import Mark
from zhitong.flows.chain.queries import NO_COUNTS, UnitDay, unit_days
from zhitong.flows.chain.rules import EDITABLE, REPORTED, State, awaits
from zhitong.flows.models import Correction, Return
from zhitong.flows.reminding.timetables import clock_of
from zhitong.flows.stock import Coverage
from zhitong.places import Category, Level

_KEYS = tuple(NO_COUNTS)


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
class Completeness:
    """A division's day with every child; `units` are the townships when these are the children."""

    about: date
    whole: Summary
    children: tuple[Summary, ...]
    units: tuple[UnitDay, ...] = field(default=())


class _Alike(NamedTuple):
    """Returns of one state in one line of offices, added up; counts in the order of categories."""

    unit: str
    """One of them."""
    state: State
    returns: int
    declared: Sequence[int]
    derived: Sequence[int]
    marks: Mapping[Mark, int]
    awaits: Level | None


def completeness(*, division: str, about: date, now: datetime) -> Completeness:
    """Who is due, has reported, is late, missing or sent back; then what it comes to."""
    children = [child.code for child in places.children(division)]
    units: list[UnitDay] = []
    digits = len(children[0]) if children else 0
    if digits in (Level.CITY.digits, Level.COUNTY.digits):
        alike = _counted(division, about, now)
    else:
        units = unit_days(division=division, about=about, now=now)
        alike = [_alone(unit) for unit in units]
    within: dict[str, list[_Alike]] = defaultdict(list)
    for one in alike:
        within[one.unit[:digits]].append(one)
    summaries = [_summary(child, within[child]) for child in children]
    return Completeness(
        about=about,
        whole=_summary(division, alike),
        children=tuple(one for one in summaries if one.coverage.due),
        units=tuple(units) if digits == Level.TOWNSHIP.digits else (),
    )


def summed(division: str, units: Iterable[UnitDay]) -> Summary:
    """A division's day as the sum of its units'."""
    return _summary(division, [_alone(unit) for unit in units])


def _counted(division: str, about: date, now: datetime) -> list[_Alike]:
    """All units due in a division, by county and state; two queries."""
    due = places.expected_townships(division)
    deadline = clock_of(division).deadline(division=division, about=about, level=Level.TOWNSHIP)
    corrections = Correction.objects.filter(of=OuterRef("pk"))
    places_of = range(len(Category))
    rows = (
        Return.objects.filter(about=about, unit__within=division)
        .order_by()
        .values_list(Substr("unit", 1, Level.COUNTY.digits), "state")
        .annotate(
            one=Min("unit"),
            returns=Count("pk"),
            silent=Count("pk", filter=Q(first_submitted_at=None)),
            late=Count("pk", filter=Q(first_submitted_at__gt=deadline)),
            corrected=Count("pk", filter=Exists(corrections)),
            differs=Count("pk", filter=Q(counts__isnull=False) & ~Q(counts=F("registry_counts"))),
            **{f"declared_{at}": Sum(Coalesce(F(f"counts__{at}"), 0)) for at in places_of},
            **{f"derived_{at}": Sum(Coalesce(F(f"registry_counts__{at}"), 0)) for at in places_of},
        )
    )
    overdue = now > deadline
    found, begun = [], Counter[str]()
    for county, name, unit, returns, silent, late, corrected, differs, *counts in rows:
        state = State(name)
        begun[county] += returns
        marks = {
            Mark.MISSING: silent if overdue and state in EDITABLE else 0,
            Mark.LATE: late,
            Mark.RETURNED: returns if state == State.RETURNED else 0,
            Mark.CORRECTED: corrected,
            Mark.DIFFERS: differs if state in REPORTED else 0,
        }
        size = len(Category)
        turn = awaits(unit, state)
        found.append(_Alike(unit, state, returns, counts[:size], counts[size:], marks, turn))
    nothing = (0,) * len(Category)
    for county, units in groupby(due, key=lambda unit: unit[: Level.COUNTY.digits]):
        unit, *others = units
        if (silent := 1 + len(others) - begun[county]) > 0:
            marks = {Mark.MISSING: silent if overdue else 0}
            turn = awaits(unit, State.DRAFT)
            found.append(_Alike(unit, State.DRAFT, silent, nothing, nothing, marks, turn))
    return found


def _alone(day: UnitDay) -> _Alike:
    declared, derived = tuple(day.categories.values()), tuple(day.derived.values())
    marks = dict.fromkeys(day.marks, 1)
    return _Alike(day.unit, day.state, 1, declared, derived, marks, day.awaits)


def _summary(division: str, alike: Sequence[_Alike]) -> Summary:
    states, marks = Counter[State](), Counter[Mark]()
    waiting = Counter[Level | None]()
    for one in alike:
        states[one.state] += one.returns
        marks.update(one.marks)
        waiting[one.awaits] += one.returns
    reported = [one for one in alike if one.state in REPORTED]
    return Summary(
        division=division,
        coverage=Coverage(sum(one.returns for one in reported), states.total()),
        categories=_by_key([one.declared for one in reported]),
        derived=_by_key([one.derived for one in reported]),
        states=states,
        marks=+marks,
        waiting=waiting,
    )


def _by_key(rows: Sequence[Sequence[int]]) -> dict[str, int]:
    """Columns added up, by category key."""
    added = map(sum, zip(*rows, strict=True)) if rows else NO_COUNTS.values()
    return dict(zip(_KEYS, added, strict=True))

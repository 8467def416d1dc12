"""What units declare as the report that the registry's counts make: the same shape, same maps.

A total holds what was submitted and not sent back, with its coverage. Earlier days are what was
declared then; None when nothing was.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Sum
from django.db.models.functions import Substr

from zhitong import places
from zhitong.flows.chain.rules import REPORTED, State
from zhitong.flows.models import Return
from zhitong.flows.report import subject
from zhitong.flows.rules import days_of
from zhitong.flows.stock import Coverage, Report, Stock, by_key
from zhitong.places import Category, Level

_AT = range(len(Category))
_NOTHING = (0, [0] * len(Category))


@dataclass(frozen=True, slots=True)
class Declared:
    """A declared report, and what the registry counted for the same units, by division."""

    report: Report
    derived: Mapping[str, int]

    def difference(self, division: str) -> int:
        """What a division declares beyond the registry; its own or a child's code."""
        lines = (self.report, *self.report.children)
        total = next(one.total for one in lines if one.division == division)
        return total - self.derived.get(division, 0)


def declared(*, division: str, about: date, states: Collection[State] = REPORTED) -> Declared:
    """A division's declared day with its children, the day before and the year before; one query.

    `states` are the returns that count. Raises `UnknownPlace`, `rules.DayOutOfRange`.
    """
    code = subject(division)
    days = days_of(about)
    children = [child.code for child in places.children(code)]
    digits = min(len(children[0]) if children else len(code), Level.TOWNSHIP.digits)
    rows = (
        Return.objects.filter(about__in=days, unit__within=code, state__in=states)
        .order_by()
        .values_list("about", Substr("unit", 1, digits))
        .annotate(
            units=Count("pk"),
            **{f"declared_{at}": Sum(f"counts__{at}") for at in _AT},
            **{f"derived_{at}": Sum(f"registry_counts__{at}") for at in _AT},
        )
    )
    found: dict[tuple[date, str], tuple[int, list[int]]] = {}
    derived: dict[str, int] = {}
    for day, part, units, *sums in rows:
        found[day, part] = units, [one or 0 for one in sums[: len(_AT)]]
        if day == about:
            derived[part] = sum(one or 0 for one in sums[len(_AT) :])
    parts = [child for child in children if places.expected_townships(child)] or [code]
    lines = {part: _report(part, days, found) for part in parts}
    if code in lines:
        return Declared(lines[code], derived)
    whole = _added(code, days, list(lines.values()))
    return Declared(whole, derived | {code: sum(derived.values())})


def _report(
    code: str,
    days: tuple[date, date, date],
    found: Mapping[tuple[date, str], tuple[int, list[int]]],
) -> Report:
    due = len(places.expected_townships(code))
    today, *earlier = (
        Stock(
            division=code,
            about=day,
            categories=by_key({one.value: counts[one.value - 1] for one in Category}),
            coverage=Coverage(units, due),
        )
        for day in days
        for units, counts in (found.get((day, code), _NOTHING),)
    )
    return _of(today, earlier, ())


def _added(code: str, days: tuple[date, date, date], children: list[Report]) -> Report:
    """A parent as the sum of its children; so that no level disagrees with those below it."""

    def stock(at: int, day: date) -> Stock:
        found = [(one, one.day_before, one.year_before)[at] for one in children]
        known = [one for one in found if one is not None]
        return Stock(
            division=code,
            about=day,
            categories={key: sum(one.categories[key] for one in known) for key in by_key({})},
            coverage=Coverage(
                sum(one.coverage.reported for one in known),
                sum(one.coverage.due for one in children),
            ),
        )

    today, *earlier = (stock(at, day) for at, day in enumerate(days))
    return _of(today, earlier, tuple(children))


def _of(today: Stock, earlier: list[Stock], children: tuple[Report, ...]) -> Report:
    before, a_year_before = (one if one.coverage.reported else None for one in earlier)
    return Report(
        division=today.division,
        about=today.about,
        categories=today.categories,
        coverage=today.coverage,
        day_before=before,
        year_before=a_year_before,
        children=children,
    )

"""Counting what items derive from the registry: one pass over the spells, one over the wishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection

from zhitong.flows.catalogue.derivable import Derivation, Measure, years
from zhitong.offices.walls import over_the_wall

_FROM = {
    Measure.SPELLS: (
        "SELECT substr(s.home, 1, 9), {counts} FROM registry_spell s {people}"
        " WHERE s.started <= %(about)s AND (s.ended IS NULL OR s.ended > %(about)s)"
        " AND s.home ~>=~ %(first)s AND s.home ~<~ %(end)s AND length(s.home) >= 9 GROUP BY 1"
    ),
    Measure.DEPARTURES: (
        "SELECT substr(w.home, 1, 9), {counts} FROM registry_departure d"
        " JOIN registry_worker w ON w.id = d.worker_id"
        " WHERE d.latest >= %(about)s"
        " AND w.home ~>=~ %(first)s AND w.home ~<~ %(end)s AND length(w.home) >= 9 GROUP BY 1"
    ),
}
_JOIN = "JOIN registry_worker w ON w.id = s.worker_id"


@over_the_wall
def derived(
    *, division: str, about: date, derivations: Mapping[str, Derivation]
) -> dict[str, dict[str, int]]:
    """By township, what the registry counts for each item code; townships without any are absent.

    Callers have checked that the division is the reader's. Like `chain.storing.derived` this counts
    people behind the wall and shows none.
    """
    found: dict[str, dict[str, int]] = {}
    for measure in Measure:
        mine = {code: one for code, one in derivations.items() if one.measure == measure}
        if not mine:
            continue
        text, values = _statement(measure, list(mine.values()), about)
        values |= {"about": about, "first": division, "end": f"{division}:"}
        with connection.cursor() as cursor:
            cursor.execute(text, values)
            for unit, *counts in cursor.fetchall():
                found.setdefault(unit, {}).update(zip(mine, counts, strict=True))
    return found


def _statement(
    measure: Measure, derivations: Sequence[Derivation], about: date
) -> tuple[str, dict[str, Any]]:
    values: dict[str, Any] = {}
    counts = []
    for at, one in enumerate(derivations):
        terms = [
            _condition(measure, key, value, about, name=f"v{at}_{key}", values=values)
            for key, value in one.where.items()
        ]
        counts.append(f"count(*) FILTER (WHERE {' AND '.join(terms) or 'true'})")
    people = _JOIN if any(one.where.keys() & {"sex", "age"} for one in derivations) else ""
    return _FROM[measure].format(counts=", ".join(counts), people=people), values


def _condition(
    measure: Measure, key: str, value: str, about: date, *, name: str, values: dict[str, Any]
) -> str:
    """SQL of one dimension; its values go into `values` under names that begin with `name`."""
    match key:
        case "age":
            low, high = years(value)
            values[f"{name}_born_by"] = _years_before(about, low)
            values[f"{name}_born_after"] = _years_before(about, high + 1)
            return f"(w.born <= %({name}_born_by)s AND w.born > %({name}_born_after)s)"
        case "status" | "category":
            values[name] = int(value)
            return f"s.{key} = %({name})s"
        case "destination":
            values[name] = value
            column = "s.work" if measure == Measure.SPELLS else "d.destination"
            return f"substr({column}, 1, 2) = %({name})s"
        case "occupation":
            values[name] = value
            return f"substr(s.occupation, 1, 1) = %({name})s"
    values[name] = value
    return f"{'w' if key == 'sex' else 'd'}.{key} = %({name})s"


def _years_before(day: date, count: int) -> date:
    """The same day so many years earlier; born on 02-29, one is a year older on 03-01."""
    year = max(1, day.year - count)
    if (day.month, day.day) == (2, 29) and not _leap(year):
        return date(year, 2, 28)
    return day.replace(year=year)


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)

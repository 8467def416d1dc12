"""The five-category report, counted from spells by `report.sql`.

The text is the only definition of the figures: `counted` runs it on the platform's database,
`files` runs it over survey files. What differs between the two engines is here and nowhere else:
how a parameter is written and where `spells` comes from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from django.db import connection

from zhitong import places
from zhitong.flows.coverage import Reporting, reporting
from zhitong.flows.rules import Days, days_of
from zhitong.flows.stock import Report, Stock, by_key
from zhitong.kernel.errors import UserError
from zhitong.places import Level
from zhitong.registry.models import Spell

Counts = Mapping[str, tuple[Mapping[int, int], Mapping[int, int], Mapping[int, int]]]
"""By division: counts by category number, for each of the three days."""


class UnknownPlace(UserError):
    """The division asked for does not exist."""


def report(*, division: str, about: date) -> Report:
    """Count one division and its children from the spells as they are now.

    `division` may be padded (130000). Raises `UnknownPlace`, `rules.DayOutOfRange`.
    """
    code = subject(division)
    days = days_of(about)
    counts = counted(division=code, days=days, finest=finest_below(code))
    return compose(code, days=days, counts=counts, known=reporting(division=code, days=days))


def subject(division: str) -> str:
    """The canonical code of what somebody wants reported. Raises `UnknownPlace`."""
    try:
        code = places.canonical(division)
    except places.PlaceError as failure:
        raise UnknownPlace(str(failure), code=failure.code) from failure
    if len(code) > Level.TOWNSHIP.digits:
        raise UnknownPlace(
            f"日报最细统计到乡镇（街道），{code}是村级代码，请改用{code[:9]}。",
            code="below-township",
        )
    return code


def finest_below(code: str) -> int:
    """Digits of the level that a report on `code` lists: its children's, its own without any."""
    return max((len(child.code) for child in places.children(code)), default=len(code))


def counted(*, division: str, days: Days, finest: int, coarsest: int | None = None) -> Counts:
    """Run the report's text over the registry.

    Levels go from `coarsest` (the division's own by default) to `finest`, in digits.
    """
    table = connection.ops.quote_name(Spell._meta.db_table)
    text = (
        f"WITH spells AS (SELECT home, category, status, started, ended FROM {table}) "  # noqa: S608
        + statement("%({})s")
    )
    with connection.cursor() as cursor:
        cursor.execute(text, parameters(division, days, finest=finest, coarsest=coarsest))
        return gathered(cursor.fetchall())


@cache
def statement(style: str) -> str:
    """`report.sql` with its parameters in a driver's style: `%({})s` for psycopg, `${}` for DuckDB.

    psycopg wants literal per cent signs doubled.
    """
    text = (files("zhitong.flows") / "report.sql").read_text(encoding="utf-8")
    text = re.sub(r"--.*", "", text)
    if "%" in style:
        text = text.replace("%", "%%")
    return re.sub(r":(\w+)", lambda found: style.format(found[1]), text)


def parameters(
    division: str, days: Days, *, finest: int, coarsest: int | None = None
) -> dict[str, Any]:
    """What the statement is executed with; codes of `coarsest` to `finest` digits are counted.

    The division itself is the coarsest unless told otherwise.
    """
    coarsest = len(division) if coarsest is None else coarsest
    return {"division": division, "coarsest": coarsest, "finest": finest, **days._asdict()}


def gathered(rows: Iterable[tuple[str, int, int, int, int]]) -> Counts:
    """The statement's rows (division, category, three counts) by division and day."""
    counts: dict[str, tuple[dict[int, int], dict[int, int], dict[int, int]]] = {}
    for division, category, *figures in rows:
        for day, figure in zip(counts.setdefault(division, ({}, {}, {})), figures, strict=True):
            day[category] = figure
    return counts


def compose(code: str, *, days: Days, counts: Counts, known: Reporting) -> Report:
    """A report on `code` with its children, from counts and what is known of the reporting."""

    def one(division: str, children: tuple[Report, ...] = ()) -> Report:
        stocks = [
            Stock(
                division=division,
                about=day,
                categories=by_key(figures),
                coverage=known.of(division, day),
            )
            for day, figures in zip(days, counts.get(division, ({}, {}, {})), strict=True)
        ]
        about, day_before, year_before = stocks
        return Report(
            division=division,
            about=about.about,
            categories=about.categories,
            coverage=about.coverage,
            day_before=day_before if day_before.known else None,
            year_before=year_before if year_before.known else None,
            children=children,
        )

    return one(code, tuple(one(child.code) for child in places.children(code)))

"""Storing a day's figures, so that pages need not count."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from zhitong import places
from zhitong.config import locks
from zhitong.flows.coverage import reporting
from zhitong.flows.models import DailyFigure, DailyFlow
from zhitong.flows.report import counted
from zhitong.flows.rules import days_of
from zhitong.flows.stock import by_key
from zhitong.kernel import journal
from zhitong.kernel.progress import Progress, Silent
from zhitong.places import Category, Level
from zhitong.registry.models import Spell

_COLUMNS = (
    "about",
    "division",
    *(one.key for one in Category),
    "townships_due",
    "townships_reported",
    "computed_at",
)


@transaction.atomic
def store_day(*, about: date, now: datetime, actor: Any | None = None) -> int:
    """Replace the stored figures of one day; returns how many divisions now have one.

    Every province, city, county and township of each province that has workers or reports on the
    day gets its row, zeros included. All levels come from one pass over the spells.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)", [locks.STORED_DAY, about.toordinal()]
        )
    days = days_of(about)
    counts = counted(division="", days=days, coarsest=2, finest=9)
    known = reporting(division="", days=[about])
    present = {code[:2] for code, (today, *_) in counts.items() if any(today.values())}
    rows = [
        (about, code, *by_key(counts.get(code, ({},))[0]).values(), seen.due, seen.reported, now)
        for province in sorted(present | known.provinces)
        for code in (province, *_below(province))
        for seen in (known.of(code, about),)
    ]
    DailyFigure.objects.filter(about=about).delete()
    columns = ", ".join(_COLUMNS)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {DailyFigure._meta.db_table} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
    _store_flows(about)
    journal.record(
        actor=actor,
        verb="figures.stored",
        subject=f"day:{about}",
        now=now,
        details={"divisions": len(rows)},
    )
    return len(rows)


def store_days(
    *,
    days: Iterable[date],
    now: datetime,
    actor: Any | None = None,
    progress: Progress = Silent(),  # noqa: B008 - has no state
) -> None:
    """`store_day` for several days, each in a transaction of its own."""
    wanted = sorted(set(days))
    progress.step("计算日报", len(wanted))
    for day in wanted:
        store_day(about=day, now=now, actor=actor)
        progress.advance()


def _store_flows(about: date) -> None:
    """Replace the day's flows from home county to province of work, in one pass over the spells."""
    flows, spells = (
        connection.ops.quote_name(model._meta.db_table) for model in (DailyFlow, Spell)
    )
    DailyFlow.objects.filter(about=about).delete()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {flows} (about, home, destination, people)
            SELECT %(about)s, substr(home, 1, 6), substr(work, 1, 2), count(*)
            FROM {spells}
            WHERE status = 1 AND started <= %(about)s AND (ended IS NULL OR ended > %(about)s)
            GROUP BY 2, 3
            """,  # noqa: S608
            {"about": about},
        )


def _below(province: str) -> Iterable[str]:
    for level in (Level.CITY, Level.COUNTY, Level.TOWNSHIP):
        for division in places.descendants(province, level):
            yield division.code

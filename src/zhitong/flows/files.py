"""The same report straight from survey files, without a database: `report.sql` run by DuckDB.

Rows are read and judged as the registry would: what it would refuse is not counted, and of rows
with one identity number the first counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path

import duckdb
import polars as pl

from zhitong import places
from zhitong.flows.coverage import Reporting
from zhitong.flows.report import (
    Counts,
    compose,
    finest_below,
    gathered,
    parameters,
    statement,
    subject,
)
from zhitong.flows.rules import Days, days_of
from zhitong.flows.stock import Report
from zhitong.registry import checks, cover, days
from zhitong.registry.survey import COVER, QUESTIONS, SHEET
from zhitong.registry.tables import read_table

_KEPT = ("identity", "home", "category", "status", "started")


def report_from_files(paths: Iterable[Path], *, division: str, about: date) -> Report:
    """The report that the registry would give had it admitted these files, in this order.

    xlsx, xls, csv and parquet, headings in Chinese or English, places by name or code. A file
    speaks of the day on its sheet 报送情况 or in its name, else of `about`. Raises
    `registry.tables.UnreadableFile`, `flows.report.UnknownPlace`.
    """
    code = subject(division)
    read = [_read(Path(path), about) for path in paths]
    spells = (
        pl.concat([one.spells for one in read])
        .unique("identity", keep="first", maintain_order=True)
        .drop("identity")
        .with_columns(pl.lit(None, pl.Date).alias("ended"))
        if read
        else _NOTHING
    )
    looked_at = days_of(about)
    counts = counted_in(spells, division=code, days=looked_at, finest=finest_below(code))
    known = Reporting(
        due=places.expected_townships(code[:9]),
        reported=chain.from_iterable(one.reported for one in read),
    )
    return compose(code, days=looked_at, counts=counts, known=known)


def counted_in(spells: pl.DataFrame, *, division: str, days: Days, finest: int) -> Counts:
    """Run the report's text over a frame.

    `spells` has the columns home (canonical code), category (1 to 5, null when not at work),
    status (1: at work), started and ended (dates; null: open).
    """
    with duckdb.connect() as engine:
        engine.register("spells", spells.to_arrow())
        asked = parameters(division, days, finest=finest)
        return gathered(engine.execute(statement("${}"), asked).fetchall())


@dataclass(frozen=True, slots=True)
class _Read:
    """What one file says: its good rows, and the townships it speaks for on its day."""

    spells: pl.DataFrame
    reported: set[tuple[date, str]]


_NOTHING = pl.DataFrame(
    schema={
        "home": pl.String,
        "category": pl.Int16,
        "status": pl.Int16,
        "started": pl.Date,
        "ended": pl.Date,
    }
)


def _read(path: Path, about: date) -> _Read:
    table = read_table(path, headings=QUESTIONS, sheet=SHEET, also=(COVER,))
    told = cover.read(table.others[COVER]) if COVER in table.others else None
    day = (told and told.about) or days.day_in_name(path.name) or about
    good = checks.check(table, about=day).good
    townships = set(told.townships) if told and told.townships else _homes(good)
    return _Read(good.select(_KEPT), {(day, township) for township in townships})


def _homes(good: pl.DataFrame) -> set[str]:
    return {home for home in good["home"].str.slice(0, 9).unique() if len(home) == 9}

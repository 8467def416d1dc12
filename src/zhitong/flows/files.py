"""The same report over survey files, without a database: `report.sql` run by DuckDB."""

from __future__ import annotations

import duckdb
import polars as pl

from zhitong.flows.report import Counts, gathered, parameters, statement
from zhitong.flows.rules import Days


def counted_in(spells: pl.DataFrame, *, division: str, days: Days, finest: int) -> Counts:
    """Run the report's text over a frame.

    `spells` has the columns home (canonical code), category (1 to 5, null when not at work),
    status (1: at work), started and ended (dates; null: open).
    """
    with duckdb.connect() as engine:
        engine.register("spells", spells.to_arrow())
        asked = parameters(division, days, finest=finest)
        return gathered(engine.execute(statement("${}"), asked).fetchall())

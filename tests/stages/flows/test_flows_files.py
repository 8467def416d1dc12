"""DuckDB over a frame, PostgreSQL over records: one text, one answer."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from zhitong.flows.files import counted_in
from zhitong.flows.rules import days_of

DAY = date(2020, 3, 2)
HOMES = ("131121102", "131121202", "131124100", "130102001", "131121", "110105001")
spells = st.tuples(
    st.sampled_from(HOMES),
    st.integers(1, 5),
    st.sampled_from((1, 1, 2)),
    st.integers(-380, 5),
    st.one_of(st.none(), st.integers(1, 380)),
)
SCHEMA = {
    "home": pl.String,
    "category": pl.Int16,
    "status": pl.Int16,
    "started": pl.Date,
    "ended": pl.Date,
}


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(spells, max_size=40))
def test_duckdb_counts_what_a_loop_counts(rows):
    days = days_of(DAY)
    world = [
        (
            home,
            category if status == 1 else None,
            status,
            (started := DAY + timedelta(days=start)),
            None if length is None else started + timedelta(days=length),
        )
        for home, category, status, start, length in rows
    ]
    counts = counted_in(
        pl.DataFrame(world, schema=SCHEMA, orient="row"), division="13", days=days, finest=6
    )
    for code in ("13", "1311", "131121"):
        for day, found in zip(days, counts.get(code, ({}, {}, {})), strict=True):
            for category in range(1, 6):
                expected = sum(
                    home.startswith(code)
                    and (kind, status) == (category, 1)
                    and started <= day
                    and (ended is None or ended > day)
                    for home, kind, status, started, ended in world
                )
                assert found.get(category, 0) == expected

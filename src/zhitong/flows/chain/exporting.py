"""Declared figures as a table for programs: one line a unit, day and figure, CSV or Parquet.

However many lines, those of one day are held in memory: some twenty thousand in a large province.
Figures are no personal data; reasons are what units wrote.
"""

from __future__ import annotations

import csv
from contextlib import AbstractContextManager
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection

from zhitong import places
from zhitong.flows.chain.refusals import refusal
from zhitong.places import Category

LONGEST = 92
"""Days that one file holds at most."""
COLUMNS = pa.schema(
    [
        ("date", pa.date32()),
        ("division", pa.string()),
        ("province", pa.string()),
        ("city", pa.string()),
        ("county", pa.string()),
        ("township", pa.string()),
        ("state", pa.string()),
        ("figure", pa.string()),
        ("name", pa.string()),
        ("declared", pa.int64()),
        ("derived", pa.int64()),
        ("reason", pa.string()),
    ]
)
# `figure` is a category's number, or an item's code with its name.
_ROWS = """
    SELECT r.about, r.unit, r.state, f.category, NULL, NULL,
           coalesce(f.declared, f.derived), f.derived, f.reason
    FROM flows_return r JOIN flows_figure f ON f.of_id = r.id
    WHERE r.about = %(about)s AND r.unit ~>=~ %(from)s AND r.unit ~<~ %(to)s
    UNION ALL
    SELECT r.about, r.unit, r.state, 6, i.code, i.name_zh,
           coalesce(a.declared, a.derived), a.derived, a.reason
    FROM flows_return r JOIN flows_answer a ON a.of_id = r.id JOIN flows_item i ON i.id = a.item_id
    WHERE r.about = %(about)s AND r.unit ~>=~ %(from)s AND r.unit ~<~ %(to)s
    ORDER BY 2, 4, 5
"""
Row = tuple[Any, ...]


def write(path: Path, *, division: str, first: date, last: date, form: str) -> int:
    """Every return of a division's units in some days, drafts included; returns how many lines.

    Raises `Refusal` for days in the wrong order or too many.
    """
    if not first <= last or (last - first).days >= LONGEST:
        raise refusal("export-too-long", most=LONGEST)
    lines = 0
    with _Parquet(path) if form == "parquet" else _Csv(path) as sink:
        for day in range((last - first).days + 1):
            rows = _rows(division, first + timedelta(days=day))
            if rows:
                sink.add([_line(row) for row in rows])
            lines += len(rows)
    return lines


def _rows(division: str, about: date) -> list[Row]:
    code = division[:9]
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, {"about": about, "from": code, "to": f"{code}:"})
        return list(cursor.fetchall())


def _line(row: Row) -> Row:
    about, unit, state, category, code, name, declared, derived, reason = row
    one = None if code else Category(category)
    return (
        about,
        unit,
        *_names(unit),
        state,
        one.key if one else code,
        one.label if one else name,
        declared,
        derived,
        reason,
    )


@lru_cache(maxsize=4096)
def _names(unit: str) -> tuple[str, ...]:
    """Province, city, county and township by name; a level that a place lacks is empty."""
    line = [places.find(unit[:digits]) for digits in (2, 4, 6, 9)]
    return tuple("" if place is None or place.pseudo else place.name for place in line)


class _Csv(AbstractContextManager["_Csv"]):
    """Comma separated, readable by Excel."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(COLUMNS.names)

    def add(self, rows: list[Row]) -> None:
        # A reason that a spreadsheet would take for a formula is only text.
        self._writer.writerows(
            (*row[:-1], f"'{row[-1]}" if row[-1][:1] in ("=", "+", "-", "@", "\t") else row[-1])
            for row in rows
        )

    def __exit__(self, *failure: Any) -> None:
        self._file.close()


class _Parquet(AbstractContextManager["_Parquet"]):
    """One row group a day."""

    def __init__(self, path: Path) -> None:
        self._writer = pq.ParquetWriter(path, COLUMNS, compression="zstd")

    def add(self, rows: list[Row]) -> None:
        columns = zip(*rows, strict=True)
        arrays = [pa.array(one, field.type) for one, field in zip(columns, COLUMNS, strict=True)]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=COLUMNS))

    def __exit__(self, *failure: Any) -> None:
        self._writer.close()

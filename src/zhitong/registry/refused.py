"""Rows that an earlier batch refused, back to the clerk once more.

Cells come out of the file, which is the same to the byte; faults out of the registry, so that the
sentences are those of the first time even when rules have changed since.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from zhitong.registry import preparing
from zhitong.registry.models import Batch, RowError
from zhitong.registry.returned import ReturnedWorkbook
from zhitong.registry.review import FAULTS
from zhitong.registry.tables import read_part


@dataclass(frozen=True, kw_only=True)
class Refused:
    """See `returned.RefusedRows`."""

    about: dt.date
    returned: pl.DataFrame
    faults: pl.DataFrame
    titles: tuple[str, ...]
    keys: Mapping[int, str]
    sheet: str | None


def write_again(batch: Batch, path: Path, book: ReturnedWorkbook) -> None:
    """Fill and finish `book` with the refused rows of `batch`, which `path` is a copy of."""
    source = preparing.open_survey(path)
    try:
        before = 0
        for part in source.parts:
            table = read_part(source, part)
            faults = _faults(batch, before, before + table.records)
            book.add(
                Refused(
                    about=batch.about,
                    returned=table.original.join(
                        faults.select("row").unique(), on="row", how="semi"
                    ),
                    faults=faults,
                    titles=table.titles,
                    keys=table.keys,
                    sheet=table.sheet,
                ),
                before=before,
            )
            before += table.records
    finally:
        source.close()
    book.finish()


def _faults(batch: Batch, before: int, last: int) -> pl.DataFrame:
    """Faults of the rows after `before` up to `last`, numbered from there."""
    found = RowError.objects.filter(batch=batch, row__gt=before, row__lte=last)
    return pl.DataFrame(
        [
            (row - before, *others)
            for row, *others in found.values_list("row", "column", "code", "sentence")
        ],
        schema=FAULTS,
        orient="row",
    )

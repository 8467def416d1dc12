"""Parquet files as grids of strings, by ranges of rows."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from django.utils.translation import gettext_noop

from zhitong.registry.grids import Grid, tidied
from zhitong.registry.unreadable import UnreadableFile

ROWS = 100_000


def _broken(path: Path) -> UnreadableFile:
    return UnreadableFile(
        gettext_noop("文件“{name}”不完整或已损坏，打不开；请重新导出后发送。"),
        code="corrupt-parquet",
        name=path.name,
    )


def titles(path: Path) -> list[str]:
    try:
        return list(pq.read_schema(path).names)
    except (pa.ArrowException, OSError) as failure:
        raise _broken(path) from failure


def ranges(path: Path) -> list[tuple[int, int]]:
    """(first row, end) of stretches that fit into memory."""
    try:
        total = pq.read_metadata(path).num_rows
    except (pa.ArrowException, OSError) as failure:
        raise _broken(path) from failure
    return [(at, min(at + ROWS, total)) for at in range(0, total, ROWS)] or [(0, 0)]


def grid(path: Path, start: int, stop: int, *, exact: set[int]) -> Grid:
    """Rows `start` to `stop`; floats in a column of `exact` are marked as `number-lost`."""
    try:
        frame = pl.scan_parquet(path).slice(start, stop - start).collect()
    except (pl.exceptions.PolarsError, OSError) as failure:
        raise _broken(path) from failure
    spoiled: list[tuple[int, int, str]] = []
    texts = []
    for at, name in enumerate(frame.columns):
        column = frame[name]
        if column.dtype.is_float():
            if at in exact:
                rows = column.is_not_null().arg_true().to_list()
                spoiled.extend((row, at, "number-lost") for row in rows)
            whole = column.cast(pl.Int64, strict=False)
            same = whole.cast(pl.Float64) == column.cast(pl.Float64)
            column = whole.cast(pl.String).zip_with(same.fill_null(False), column.cast(pl.String))
        elif column.dtype.is_nested() or column.dtype == pl.Binary:
            raise UnreadableFile(
                gettext_noop("文件“{name}”的列“{column}”不是文本、数字或日期；请转成文本后再报。"),
                code="column-type",
                name=path.name,
                column=name,
            )
        texts.append(column.cast(pl.String).alias(str(at)))
    return Grid(cells=tidied(pl.DataFrame(texts)), spoiled=spoiled)

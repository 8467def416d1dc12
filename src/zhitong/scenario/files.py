"""Survey files as they arrive: a workbook by county, csv in two encodings, parquet."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import polars as pl
import xlsxwriter

from zhitong.scenario import operated
from zhitong.scenario.targets import DAY
from zhitong.scenario.writing import COLUMNS

STREAMED_ROWS = 5000


class Form(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"
    PARQUET = "parquet"


class Encoding(StrEnum):
    UTF8 = "utf-8"
    UTF8_BOM = "utf-8-sig"
    GB18030 = "gb18030"


class Township(NamedTuple):
    """A line of the sheet of reports: a township and its number of rows, zero included."""

    code: str
    name: str
    rows: int


def write_workbook(path: Path, frame: pl.DataFrame, reported: Sequence[Township]) -> None:
    """The survey form filled in; the same content gives the same bytes."""
    book = _book(path, small=len(frame) < STREAMED_ROWS)
    bold = book.add_format({"bold": True})
    text = book.add_format({"num_format": "@"})
    sheet = book.add_worksheet("摸底调查")
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, len(COLUMNS) - 1, 16, text)
    sheet.write_row(0, 0, list(COLUMNS.values()), bold)
    for number, row in enumerate(frame.iter_rows(), start=1):
        for column, cell in enumerate(row):
            if cell is not None:
                sheet.write_string(number, column, cell)
    summary = book.add_worksheet("报送情况")
    summary.write_row(0, 0, ["报送日期"], bold)
    summary.write_datetime(
        0, 1, date(DAY.year, DAY.month, DAY.day), book.add_format({"num_format": "yyyy-mm-dd"})
    )
    summary.write_row(2, 0, ["乡镇代码", "乡镇", "人数"], bold)
    for line, township in enumerate(reported, start=3):
        summary.write_row(line, 0, [township.code, township.name])
        summary.write_number(line, 2, township.rows)
    book.close()


def write_log_workbook(path: Path, frame: pl.DataFrame) -> None:
    """The log of trips as a workbook with one sheet."""
    book = _book(path, small=True)
    sheet = book.add_worksheet("已开行车次")
    sheet.write_row(0, 0, list(operated.COLUMNS.values()), book.add_format({"bold": True}))
    for number, row in enumerate(frame.iter_rows(), start=1):
        for column, cell in enumerate(row):
            if cell is not None:
                sheet.write_string(number, column, cell)
    book.close()


def _book(path: Path, *, small: bool) -> xlsxwriter.Workbook:
    book = xlsxwriter.Workbook(path, {"in_memory" if small else "constant_memory": True})
    # The clock would make every writing another file.
    book.set_properties({"created": datetime.combine(DAY, datetime.min.time())})
    return book


def write_csv(path: Path, frame: pl.DataFrame, encoding: Encoding) -> None:
    buffer = io.BytesIO()
    frame.rename(COLUMNS).write_csv(buffer)
    content = buffer.getvalue()
    if encoding != Encoding.UTF8:
        content = content.decode().encode(encoding)
    path.write_bytes(content)


def write_parquet(path: Path, frame: pl.DataFrame) -> None:
    frame.write_parquet(path, compression="zstd", statistics=False)


def write_log_csv(path: Path, frame: pl.DataFrame) -> None:
    frame.rename(operated.COLUMNS).write_csv(path)

"""Survey files that are no workbooks (csv in two encodings, parquet), and the log of trips."""

from __future__ import annotations

import io
from datetime import datetime, time
from enum import StrEnum
from pathlib import Path

import polars as pl
import xlsxwriter

from zhitong.registry.survey import QUESTIONS
from zhitong.scenario import operated
from zhitong.scenario.targets import DAY


class Form(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"
    PARQUET = "parquet"


class Encoding(StrEnum):
    UTF8 = "utf-8"
    UTF8_BOM = "utf-8-sig"
    GB18030 = "gb18030"


def write_log_workbook(path: Path, frame: pl.DataFrame) -> None:
    """The log of trips as a workbook with one sheet."""
    book = xlsxwriter.Workbook(path, {"in_memory": True})
    # The clock would make every writing another file.
    book.set_properties({"created": datetime.combine(DAY, time())})
    sheet = book.add_worksheet(operated.SHEET)
    sheet.write_row(0, 0, list(operated.COLUMNS.values()), book.add_format({"bold": True}))
    for number, row in enumerate(frame.iter_rows(), start=1):
        for column, cell in enumerate(row):
            if cell is not None:
                sheet.write_string(number, column, cell)
    book.close()


def write_csv(path: Path, frame: pl.DataFrame, encoding: Encoding) -> None:
    buffer = io.BytesIO()
    frame.rename({key: one.heading for key, one in QUESTIONS.items()}).write_csv(buffer)
    content = buffer.getvalue()
    if encoding != Encoding.UTF8:
        content = content.decode().encode(encoding)
    path.write_bytes(content)


def write_parquet(path: Path, frame: pl.DataFrame) -> None:
    frame.write_parquet(path, compression="zstd", statistics=False)


def write_log_csv(path: Path, frame: pl.DataFrame) -> None:
    frame.rename(operated.COLUMNS).write_csv(path)

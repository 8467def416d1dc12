"""Survey rows that are right in every cell, and the ways to write them into files."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

import openpyxl
import polars as pl
from django.apps import apps

from zhitong.registry.identity import check_digit
from zhitong.registry.survey import QUESTIONS, SHEET

ABOUT = dt.date(2020, 3, 2)
HEADINGS = {key: question.heading for key, question in QUESTIONS.items()}


def identity_of(number: int, *, born: str = "19900101", place: str = "131121") -> str:
    """A valid number; the sequence is `number`."""
    head = f"{place}{born}{number:03d}"
    return head + check_digit(head)


def person(number: int = 1, **cells: str) -> dict[str, str]:
    """A worker of 枣强 who works in Beijing; `cells` by key."""
    return {
        "name": "张小三",
        "identity": identity_of(number),
        "phone": f"138123{number:05d}",
        "home": "河北省衡水市枣强县恩察镇",
        "address": "王庄村3号",
        "status": "在岗",
        "started": "2020-02-20",
        "work": "北京市朝阳区",
        "consent": "是",
    } | cells


def traveller(number: int = 1, **cells: str) -> dict[str, str]:
    """A worker at home who wants to leave for Beijing."""
    return (
        person(
            number,
            status="在家待岗",
            started="",
            earliest="2020-03-04",
            latest="2020-03-06",
            mode="包车",
        )
        | cells
    )


def titled(rows: list[dict[str, str]]) -> list[list[str]]:
    """Heading row and rows, every column of the form."""
    return [list(HEADINGS.values()), *([row.get(key, "") for key in HEADINGS] for row in rows)]


def write_xlsx(path: Path, rows: list[dict[str, str]], *, sheet: str = SHEET) -> Path:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in titled(rows):
        book.active.append([cell or None for cell in row])
    book.save(path)
    return path


def csv_text(rows: list[dict[str, str]], *, separator: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(titled(rows))
    return out.getvalue()


def write_csv(path: Path, rows: list[dict[str, str]], *, encoding: str = "utf-8") -> Path:
    path.write_bytes(csv_text(rows).encode(encoding))
    return path


def write_parquet(path: Path, rows: list[dict[str, str]]) -> Path:
    head, *cells = titled(rows)
    pl.DataFrame(cells, schema=head, orient="row").write_parquet(path)
    return path


def counts() -> dict[str, int]:
    """Rows of every table of the registry, and of the journal."""
    models = [
        *apps.get_app_config("registry").get_models(),
        *apps.get_app_config("kernel").get_models(),
    ]
    return {model.__name__: model.objects.count() for model in models}

"""The survey form as a workbook: empty for clerks to fill in, or filled with given rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from pathlib import Path

import polars as pl
import xlsxwriter
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from zhitong import places
from zhitong.registry import occupations
from zhitong.registry.cover import COUNT_LABEL, DAY_LABEL
from zhitong.registry.survey import COVER, NOTES, QUESTIONS, SHEET

LISTS = "选项"
ROWS = 5_000
"""Rows of the empty form that have dropdowns."""
COVER_TITLES = ("乡镇代码", "乡镇", COUNT_LABEL)
COVER_FIRST = 3
"""Row of the first township on the cover, from 0."""

_RULES = (
    "一人一行，从第 2 行起填写；不要改动表头，不要合并单元格，不要使用公式。",
    "带 * 的列必须填写。",
    "身份证号、手机号等列已设为文本格式；从别处粘贴时请选“只粘贴值”，避免变成科学计数法。",
    "地名写“省市县乡”全称，或填区划代码；户籍地可从下拉框选择。",
    "日期写成 2020-03-02 的样子。",
    f"“{COVER}”表：填写报送日期；每个乡镇填写人数，没有人的填 0（表示零报告），未报送的留空。",
    "报送后，有错误的行会退回：红色单元格有批注，最后一列写明原因；改正后把退回表直接再报即可。",
    "同一份文件重复报送不会重复登记；同一身份证号再次出现，由工作人员决定保留或更新。",
)


def write_template(path: Path, *, county: str | None = None) -> None:
    """The empty form. With `county` (a division code), its townships are ready to choose.

    Raises `places.PlaceError` for a code that is none.
    """
    townships = [places.get(code) for code in places.expected_townships(county)] if county else []
    book = xlsxwriter.Workbook(path)
    lists = {"occupation": occupations.finest()}
    if townships:
        lists["home"] = [one.full_name for one in townships]
    survey = _survey_sheet(book, listed=lists)
    _cover_sheet(book, None, {one.code: None for one in townships})
    _notes_sheet(book)
    _dropdowns(book, survey, lists)
    book.close()


def write_survey(
    path: Path, frame: pl.DataFrame, *, about: dt.date, townships: Mapping[str, int]
) -> None:
    """The form filled in. `frame` has keys of `survey.QUESTIONS` as columns of strings;
    `townships`: code -> people reported. The same content gives the same bytes."""
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    book.set_properties({"created": dt.datetime.combine(about, dt.time())})
    sheet = _survey_sheet(book)
    rows = frame.select(
        pl.col(key) if key in frame.columns else pl.lit(None, pl.String).alias(key)
        for key in QUESTIONS
    )
    write = sheet.write_string
    for line, row in enumerate(rows.iter_rows(), start=1):
        for at, cell in enumerate(row):
            if cell is not None:
                write(line, at, cell)
    _cover_sheet(book, about, townships)
    _notes_sheet(book)
    book.close()


def _survey_sheet(book: Workbook, *, listed: Collection[str] = ()) -> Worksheet:
    """`listed`: columns that get their dropdown later."""
    sheet = book.add_worksheet(SHEET)
    text = book.add_format({"num_format": "@"})
    need = book.add_format({"bold": True, "bg_color": "#FCE4D6", "border": 1})
    free = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1})
    sheet.freeze_panes(1, 1)
    for at, (key, question) in enumerate(QUESTIONS.items()):
        sheet.set_column(at, at, question.width, text)
        title = question.heading + ("*" if question.required else "")
        sheet.write_string(0, at, title, need if question.required else free)
        if question.choices:
            sheet.data_validation(
                1, at, ROWS, at, {"validate": "list", "source": list(question.choices)}
            )
        elif question.text and key not in listed:
            sheet.data_validation(
                1, at, ROWS, at,
                {"validate": "any", "input_title": question.heading,
                 "input_message": question.help},
            )  # fmt: skip
    return sheet


def _cover_sheet(
    book: Workbook, about: dt.date | None, townships: Mapping[str, int | None]
) -> None:
    sheet = book.add_worksheet(COVER)
    bold = book.add_format({"bold": True, "bg_color": "#FCE4D6", "border": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd", "border": 1, "align": "left"})
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 36)
    sheet.set_column(2, 2, 10)
    sheet.write_string(0, 0, DAY_LABEL, bold)
    if about:
        sheet.write_datetime(0, 1, dt.datetime.combine(about, dt.time()), day)
    else:
        sheet.write_blank(0, 1, None, day)
        sheet.data_validation(
            0, 1, 0, 1,
            {"validate": "date", "criteria": ">", "value": dt.date(2000, 1, 1),
             "error_title": DAY_LABEL, "error_message": "请填写日期，如 2020-03-02"},
        )  # fmt: skip
    for at, title in enumerate(COVER_TITLES):
        sheet.write_string(COVER_FIRST - 1, at, title, bold)
    for line, (code, people) in enumerate(townships.items(), start=COVER_FIRST):
        sheet.write_string(line, 0, code)
        sheet.write_string(line, 1, places.full_name(code))
        if people is not None:
            sheet.write_number(line, 2, people)


def _notes_sheet(book: Workbook) -> None:
    sheet = book.add_worksheet(NOTES)
    bold = book.add_format({"bold": True})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 70, wrapped)
    for line, rule in enumerate(_RULES):
        sheet.write_number(line, 0, line + 1)
        sheet.write_string(line, 1, rule, wrapped)
    start = len(_RULES) + 1
    sheet.write_row(start, 0, ("列", "说明"), bold)
    for line, question in enumerate(QUESTIONS.values(), start=start + 1):
        sheet.write_string(line, 0, question.heading + ("*" if question.required else ""))
        choices = f"（{'、'.join(question.choices)}）" if question.choices else ""
        sheet.write_string(line, 1, question.help + choices, wrapped)


def _dropdowns(book: Workbook, survey: Worksheet, lists: Mapping[str, list[str]]) -> None:
    """Long lists stand on a hidden sheet; a dropdown may still be left for free text."""
    sheet = book.add_worksheet(LISTS)
    sheet.hide()
    order = list(QUESTIONS)
    for at, (key, values) in enumerate(lists.items()):
        sheet.write_column(0, at, values)
        letter = chr(ord("A") + at)
        survey.data_validation(
            1, order.index(key), ROWS, order.index(key),
            {"validate": "list", "source": f"={LISTS}!${letter}$1:${letter}${len(values)}",
             "error_type": "information", "error_title": QUESTIONS[key].heading,
             "error_message": QUESTIONS[key].help},
        )  # fmt: skip

"""The list of accounts as a file: the form to fill in, and the answer with the links."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from django.contrib.auth.models import User

from zhitong import places
from zhitong.kernel.errors import UserError
from zhitong.offices import roster
from zhitong.offices.models import OF_THE_STATE, Role
from zhitong.registry.tables import Column, read_table

SHEET = "账号名单"
MOST_ROWS = 20_000
COLUMNS: dict[str, Column] = {
    "division": Column(heading="区划", required=True),
    "username": Column(heading="用户名", required=True),
    "name": Column(heading="姓名"),
    "department": Column(heading="部门"),
    "roles": Column(heading="岗位"),
    "phone": Column(heading="机构电话", exact=True),
}
_WIDTHS = {"division": 16, "username": 22, "name": 14, "department": 22, "roles": 22, "phone": 18}
NOTES = (
    "一行一个账号。同一份名单可以重复上传，已有的账号不变。",
    "区划：代码（如 131121101）或全称。",
    "用户名：3 至 50 位字母、数字、点、横线或下划线。",
    f"部门：{'、'.join(one.label for one in OF_THE_STATE)}；不填为人力资源和社会保障。",
    f"岗位：{'、'.join(Role.labels)}，用顿号分开；不填时乡级为录入、查阅，县级为审核、查阅，"
    "市级以上为审批、查阅。",
)


class TooLong(UserError):
    """More accounts than one list may hold."""

    code = "list-too-long"


def template(*, division: str) -> bytes:
    """The form, with a line for every township of a division."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = _sheet(book, SHEET, [one.heading for one in COLUMNS.values()])
        for at, key in enumerate(COLUMNS):
            sheet.set_column(at, at, _WIDTHS[key])
        for line, one in enumerate(_units(division), 1):
            sheet.write_string(line, 0, one.code)
            sheet.write_string(line, 1, f"zt{one.code}")
        notes = book.add_worksheet("填表说明")
        notes.set_column(0, 0, 100)
        for line, note in enumerate(NOTES):
            notes.write_string(line, 0, note)
    return stream.getvalue()


def admit(*, path: Path, by: User | None, now: datetime) -> roster.Outcome:
    """Open the accounts of a file, all or none. Raises `UnreadableFile` and `TooLong`."""
    table = read_table(path, headings=COLUMNS)
    if table.frame.height > MOST_ROWS:
        raise TooLong(f"一份名单最多 {MOST_ROWS} 行，请分成几份。")
    lines = [
        roster.Line(row=row.pop("row"), **{key: _cell(value) for key, value in row.items()})
        for row in table.frame.iter_rows(named=True)
    ]
    return roster.appoint(lines=lines, by=by, now=now)


def answer(outcome: roster.Outcome, *, link: Callable[[str], str]) -> bytes:
    """The workbook that goes back: a link for each new account, or what is wrong in which row."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_urls": False}) as book:
        if outcome.faults:
            _faults(book, outcome)
        else:
            _links(book, outcome, link)
    return stream.getvalue()


def _faults(book: Any, outcome: roster.Outcome) -> None:
    sheet = _sheet(book, "需修改", ["行号", "列", "原因"])
    sheet.set_column(2, 2, 80)
    for line, fault in enumerate(outcome.faults, 1):
        sheet.write_number(line, 0, fault.row)
        sheet.write_string(line, 1, COLUMNS[fault.key].heading)
        sheet.write_string(line, 2, fault.sentence)


def _links(book: Any, outcome: roster.Outcome, link: Callable[[str], str]) -> None:
    sheet = _sheet(book, "邀请链接", ["用户名", "机构", "邀请链接（7 天内有效，只能使用一次）"])
    sheet.set_column(2, 2, 90)
    for line, one in enumerate(outcome.opened, 1):
        sheet.write_string(line, 0, one.username)
        sheet.write_string(line, 1, one.organisation)
        sheet.write_string(line, 2, link(one.token) if one.token else "账号已存在，未变动")


def _units(code: str) -> list[places.Division]:
    """The townships of a division that have an office, or the division itself."""
    return [places.get(one) for one in places.expected_townships(code) or [code]]


def _cell(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _sheet(book: Any, name: str, headings: Sequence[str]) -> Any:
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(headings) - 1, 20, book.add_format({"num_format": "@"}))
    for at, heading in enumerate(headings):
        sheet.write_string(0, at, heading, bold)
    return sheet

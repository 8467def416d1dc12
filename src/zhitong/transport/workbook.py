"""Manifests as a workbook: an index, then one sheet a trip."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import xlsxwriter
from xlsxwriter.workbook import Workbook

from zhitong.transport.documents import (
    chinese_day,
    chinese_time,
    kilometres,
    notice,
    readable_lists,
    reader_name,
    seats_line,
    vehicle,
    version,
)
from zhitong.transport.lists import TripList
from zhitong.transport.models import Trip

INDEX = "目录"
INDEX_COLUMNS = ("序号", "车次编号", "出行日期", "出发地", "目的地", "人数", "里程", "车型", "版本")
STOP_COLUMNS = ("序号", "类别", "停靠点", "计划时间", "里程（公里）", "人数")
PERSON_COLUMNS = (
    "座位",
    "姓名",
    "证件号码",
    "联系电话",
    "上车地点",
    "下车地点",
    "特殊需求",
    "签到",
)
SIGNATURES = ("驾驶员签字", "车长签字", "出发地移交签字", "目的地接收签字")
WIDTHS = (7, 14, 24, 16, 24, 24, 16, 10)


def manifest_xlsx(
    *, trips: Iterable[Trip], reader: Any | None, now: datetime, reveal: bool = False
) -> bytes:
    """The manifests of trips as xlsx, masked unless `reveal` (see `documents.manifest_pdf`)."""
    lists = readable_lists(trips=trips, reader=reader, now=now, reveal=reveal)
    mark = notice(reader_name(reader), now)
    buffer = io.BytesIO()
    # Text stays text: a name that begins with "=" is no formula. Nothing is spilled to disk.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        names = _sheet_names(lists)
        _index(book, lists, names, mark)
        for one, name in zip(lists, names, strict=True):
            _sheet(book, one, name, mark)
    return buffer.getvalue()


def _sheet_names(lists: list[TripList]) -> list[str]:
    """At most 31 characters, none that Excel forbids, no name twice."""
    names: list[str] = []
    for at, one in enumerate(lists, start=1):
        name = "".join("_" if sign in "[]:*?/\\'" else sign for sign in one.trip.number)[:31]
        taken = {other.casefold() for other in (INDEX, *names)}
        names.append(f"{name[:24]}({at})" if name.casefold() in taken else name)
    return names


def _index(book: Workbook, lists: list[TripList], names: list[str], mark: str) -> None:
    sheet = book.add_worksheet(INDEX)
    heading = book.add_format({"bold": True, "bg_color": "#EEF2F7", "border": 1})
    link = book.add_format({"font_color": "#1D4ED8", "underline": 1})
    for column, (title, width) in enumerate(
        zip(INDEX_COLUMNS, (6, 22, 16, 22, 22, 8, 12, 26, 10), strict=True)
    ):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, title, heading)
    for row, (one, name) in enumerate(zip(lists, names, strict=True), start=1):
        trip = one.trip
        sheet.write_number(row, 0, row)
        sheet.write_url(row, 1, f"internal:'{name}'!A1", link, trip.number)
        sheet.write_string(row, 2, chinese_day(trip.day))
        sheet.write_string(row, 3, one.origin)
        sheet.write_string(row, 4, one.destination)
        sheet.write_number(row, 5, len(one.people))
        sheet.write_string(row, 6, kilometres(trip))
        sheet.write_string(row, 7, vehicle(trip))
        sheet.write_string(row, 8, version(one))
    sheet.write_string(len(lists) + 2, 0, mark)
    sheet.freeze_panes(1, 0)


def _sheet(book: Workbook, one: TripList, name: str, mark: str) -> None:
    trip = one.trip
    title = book.add_format({"bold": True, "font_size": 16})
    heading = book.add_format({"bold": True, "bg_color": "#EEF2F7", "border": 1})
    cell = book.add_format({"border": 1})
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L{mark.replace('&', '&&')}&R第 &P 页　共 &N 页")
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, f"乘车名单　{trip.title}", title)
    sheet.write_string(1, 0, f"{trip.number}　{version(one)}")
    facts = (
        (f"出行日期：{chinese_day(trip.day)}", f"车型：{vehicle(trip)}", f"车牌号：{trip.plate}"),
        (f"承运单位：{trip.carrier}", f"人数：{len(one.people)}", f"里程：{kilometres(trip)}"),
    )
    for row, some in enumerate(facts, start=2):
        for column, text in zip((0, 3, 5), some, strict=True):
            sheet.write_string(row, column, text)
    sheet.write_string(4, 0, seats_line(trip))
    row = 6
    sheet.write_row(row, 0, STOP_COLUMNS, heading)
    for at, stop in enumerate(one.stops, start=1):
        when = chinese_time(stop.at) if stop.at else ""
        sheet.write_row(row + at, 0, (at, stop.kind, stop.place, when, stop.km, stop.people), cell)
    row += len(one.stops) + 2
    sheet.write_row(row, 0, PERSON_COLUMNS, heading)
    for at, person in enumerate(one.people, start=1):
        line = (
            person.seat,
            person.name,
            person.identity,
            person.phone,
            person.pickup,
            person.drop,
            person.needs,
            "",
        )
        for column, text in enumerate(line):
            sheet.write_string(row + at, column, text, cell)
    row += len(one.people) + 2
    for column, text in zip((0, 2, 4, 6), SIGNATURES, strict=True):
        sheet.write_string(row, column, f"{text}：")
    sheet.write_string(row + 2, 0, mark)

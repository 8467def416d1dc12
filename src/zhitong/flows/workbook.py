"""The daily report as the workbook that offices file: one row a child division, totals below."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from zhitong import places
from zhitong.flows.stock import Report, Stock
from zhitong.places import Category

FONT = "宋体"
NUMBER = "#,##0"
CHANGE = "+#,##0;-#,##0;0"
UNKNOWN = "—"

Value = int | str | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, the heading it stands under, its width, and what it shows."""

    heading: str
    value: Callable[[Report], Value]
    over: str = ""
    width: int = 11
    style: str = "number"


def _category(key: str) -> Callable[[Report], Value]:
    return lambda line: line.categories[key]


def _change(line: Report, earlier: Stock | None) -> Value:
    return line.total - earlier.total if earlier and earlier.comparable else None


COLUMNS = (
    *(Column(one.label, _category(one.key), over="按务工地分") for one in Category),
    Column("省内合计", lambda line: line.within_province, style="sum"),
    Column("省外", lambda line: line.outside_province),
    Column("总计", lambda line: line.total, style="sum"),
    Column("已报", lambda line: line.coverage.reported, over="报送乡镇", width=8),
    Column("应报", lambda line: line.coverage.due, over="报送乡镇", width=8),
    Column("较前日", lambda line: _change(line, line.day_before), over="增减", style="change"),
    Column("较上年同期", lambda line: _change(line, line.year_before), over="增减", style="change"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What the workbook says of a report; `notes` stand at its foot."""

    title: str
    columns: Sequence[Column]
    notes: Callable[[Report], Sequence[str]]


def write_report(path: Path, *, report: Report, layout: Layout | None = None) -> Path:
    """Write one report (from `report.report` or `queries.stored`) to `path`; returns it.

    Children come in the order of their codes; homes known no finer than the division itself have a
    line of their own, so that every column adds up to the last line. `layout` is that of counts
    from the registry unless told otherwise.
    """
    layout = layout or COUNTED
    title = places.full_name(report.division) + layout.title
    with xlsxwriter.Workbook(path, {"in_memory": True}) as book:
        book.set_properties({"title": title, "created": _midnight(report.about)})
        sheet = book.add_worksheet("务工日报")
        styles = {name: book.add_format(style) for name, style in STYLES.items()}
        first = _head(sheet, styles, report, layout, title)
        lines = [(places.get(child.division).name, child) for child in report.children]
        if any(report.unplaced.values()):
            lines.append(("未细分到下级", _rest(report)))
        at = first
        for name, line in lines:
            _line(sheet, styles, at, name, line, layout, bold=False)
            at += 1
        _line(sheet, styles, at, "合计", report, layout, bold=True)
        _foot(sheet, styles, at + 1, report, layout)
        _print_setup(sheet, report, head_rows=(first - 2, first - 1))
    return path


def _head(
    sheet: Worksheet, styles: Mapping[str, Any], report: Report, layout: Layout, title: str
) -> int:
    """Title, unit and day, and the two rows of headings; returns the first row of figures."""
    columns = layout.columns
    last = len(columns)
    sheet.set_column(0, 0, 20)
    for at, column in enumerate(columns, 1):
        sheet.set_column(at, at, column.width)
    sheet.set_row(0, 34)
    sheet.merge_range(0, 0, 0, last, title, styles["title"])
    sheet.merge_range(1, 0, 1, 5, f"填报单位：{places.full_name(report.division)}", styles["left"])
    sheet.merge_range(1, 6, 1, 9, f"日期：{report.about.isoformat()}", styles["middle"])
    sheet.merge_range(1, 10, 1, last, "单位：人", styles["right"])
    sheet.set_row(1, 20)
    sheet.merge_range(2, 0, 3, 0, "地区", styles["heading"])
    for first, final, over in _groups(columns):
        if not over:
            sheet.merge_range(2, first, 3, first, columns[first - 1].heading, styles["heading"])
            continue
        if first == final:
            sheet.write(2, first, over, styles["heading"])
        else:
            sheet.merge_range(2, first, 2, final, over, styles["heading"])
        for at in range(first, final + 1):
            sheet.write(3, at, columns[at - 1].heading, styles["heading"])
    return 4


def _groups(columns: Sequence[Column]) -> list[tuple[int, int, str]]:
    """Neighbouring columns under one heading: first and last sheet column, and the heading."""
    groups: list[tuple[int, int, str]] = []
    for at, column in enumerate(columns, 1):
        if groups and column.over and groups[-1][2] == column.over:
            groups[-1] = (groups[-1][0], at, column.over)
        else:
            groups.append((at, at, column.over))
    return groups


def _line(
    sheet: Worksheet,
    styles: Mapping[str, Any],
    at: int,
    name: str,
    line: Report,
    layout: Layout,
    *,
    bold: bool,
) -> None:
    weight = "_total" if bold else ""
    sheet.write_string(at, 0, name, styles[f"name{weight}"])
    for column, shown in enumerate(layout.columns, 1):
        style = styles[f"{shown.style}{weight}"]
        value = shown.value(line)
        if value is None:
            sheet.write_string(at, column, UNKNOWN, style)
        else:
            sheet.write_number(at, column, int(value), style)


def _rest(report: Report) -> Report:
    """The workers that no child holds, as a line; nobody reports for them."""
    return Report(
        division=report.division,
        about=report.about,
        categories=report.unplaced,
        coverage=type(report.coverage)(0, 0),
        day_before=None,
        year_before=None,
    )


def _foot(
    sheet: Worksheet, styles: Mapping[str, Any], at: int, report: Report, layout: Layout
) -> None:
    for shift, note in enumerate(layout.notes(report)):
        sheet.merge_range(at + shift, 0, at + shift, len(layout.columns), note, styles["note"])


def _notes(report: Report) -> Sequence[str]:
    share = report.coverage.reported / report.coverage.due if report.coverage.due else 0
    before, a_year_before = (
        f"{earlier.about.isoformat()}（已报/应报 {earlier.coverage}）" if earlier else "无资料"
        for earlier in (report.day_before, report.year_before)
    )
    return (
        "注：1. 在岗人数按户籍地统计，按务工地分为五类；省内合计为前四类之和，省外即跨省。",
        f"2. 已报、应报为当日已报送和应报送的乡镇（街道）数，零报告计为已报；报送率 {share:.1%}，"
        "未报送的不作估计。",
        f"3. 对比日按现有就业登记推算：前日 {before}，上年同期 {a_year_before}；"
        f"“{UNKNOWN}”表示没有资料，或对比日无上报、不可比。",
    )


COUNTED = Layout(title="农民工务工情况日报表", columns=COLUMNS, notes=_notes)


def _print_setup(sheet: Worksheet, report: Report, *, head_rows: Sequence[int]) -> None:
    sheet.freeze_panes(head_rows[1] + 1, 1)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.center_horizontally()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(*head_rows)
    sheet.set_footer(
        f"&L{places.full_name(report.division)} {report.about.isoformat()}&R第&P页 共&N页"
    )
    sheet.hide_gridlines(2)


def _midnight(day: date) -> datetime:
    """A moment that does not move: the same report gives the same file."""
    return datetime(day.year, day.month, day.day)


_CELL = {"font_name": FONT, "font_size": 11, "valign": "vcenter"}
_BOXED = {**_CELL, "border": 1, "border_color": "#7F7F7F"}
_NUMERIC = {**_BOXED, "align": "right", "indent": 0}
_PLAIN = {
    "name": {**_BOXED, "align": "left"},
    "number": {**_NUMERIC, "num_format": NUMBER},
    "sum": {**_NUMERIC, "num_format": NUMBER, "bold": True},
    "change": {**_NUMERIC, "num_format": CHANGE},
}
STYLES: dict[str, dict[str, Any]] = {
    "title": {**_CELL, "font_size": 18, "bold": True, "align": "center"},
    "left": {**_CELL, "align": "left"},
    "middle": {**_CELL, "align": "center"},
    "right": {**_CELL, "align": "right"},
    "heading": {
        **_BOXED,
        "bold": True,
        "align": "center",
        "text_wrap": True,
        "bg_color": "#EEF2F6",
    },
    "note": {**_CELL, "font_size": 9, "align": "left", "font_color": "#444444"},
    **_PLAIN,
    **{
        f"{name}_total": {**style, "bold": True, "bg_color": "#F7F7F7", "top": 2}
        for name, style in _PLAIN.items()
    },
}

"""Which row of a table is its heading, and which of the asked columns it names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_noop

from zhitong.registry.unreadable import UnreadableFile

HEAD_ROWS = 10
"""The heading is among so many rows."""

MAX_COLUMNS = 500


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column that a table may have: its heading as printed in the form.

    `required`: without it the file is sent back. `exact`: long digits that a number cell loses.
    `prose`: free text, which may hold line breaks.
    """

    heading: str
    required: bool = False
    exact: bool = False
    prose: bool = False


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where the heading stands (row from 0), and what it says."""

    row: int
    titles: tuple[str, ...]
    keys: Mapping[int, str]
    """Position of a column -> its key."""


def _plain(title: str) -> str:
    """A heading without spaces, stars and remarks in brackets: “身份证号 *（必填）” -> 身份证号."""
    plain = re.sub(r"[\s*]", "", unicodedata.normalize("NFKC", title))
    return re.sub(r"[(\[].*?[)\]]", "", plain).lower()


def best_layout(rows: list[list[str]], headings: Mapping[str, Column]) -> Layout:
    """The row of the first ten that names most columns."""
    known = {_plain(column.heading): key for key, column in headings.items()}
    known |= {key.lower(): key for key in headings}
    best = Layout(row=0, titles=(), keys={})
    for at, row in enumerate(rows[:HEAD_ROWS]):
        keys = {
            place: known[_plain(cell)] for place, cell in enumerate(row) if _plain(cell) in known
        }
        if len(keys) > len(best.keys):
            best = Layout(row=at, titles=tuple(cell.strip() for cell in row), keys=keys)
    return best


def missing(layout: Layout, headings: Mapping[str, Column]) -> list[str]:
    """Headings of the required columns that are not there."""
    present = set(layout.keys.values())
    return [
        column.heading for key, column in headings.items() if column.required and key not in present
    ]


def layout_of(
    rows: list[list[str]],
    headings: Mapping[str, Column],
    path: Path,
    merged: Collection[int] = (),
) -> Layout:
    """The heading among the first ``rows``, checked: raises `UnreadableFile`."""
    layout = best_layout(rows, headings)
    check_layout(layout, headings, path, merged)
    return layout


def check_layout(
    layout: Layout, headings: Mapping[str, Column], path: Path, merged: Collection[int] = ()
) -> None:
    """Raise `UnreadableFile` for a heading that does not do. `merged`: rows with merged cells."""
    if not layout.keys:
        raise UnreadableFile(
            gettext_noop(
                "文件“{name}”前 {rows} 行中没有认得出的表头；请使用填报模板，表头一行、不要改名。"
            ),
            code="no-heading",
            name=path.name,
            rows=HEAD_ROWS,
        )
    if len(layout.titles) > MAX_COLUMNS:
        raise UnreadableFile(
            gettext_noop("文件“{name}”有 {columns} 列，超出限度，未读取；请删除多余的列。"),
            code="too-many-columns",
            name=path.name,
            columns=f"{len(layout.titles):,}",
        )
    if absent := missing(layout, headings):
        raise UnreadableFile(
            gettext_noop(
                "文件“{name}”缺少必填列：{columns}；"
                "表头中有合并的单元格，盖住了后面的列；请取消合并，每列各写一个列名。"
            )
            if layout.row in merged
            else gettext_noop("文件“{name}”缺少必填列：{columns}；请按模板补上这些列后重新报送。"),
            code="missing-column",
            name=path.name,
            columns="、".join(absent),
        )
    keys = list(layout.keys.values())
    if twice := sorted({headings[key].heading for key in keys if keys.count(key) > 1}):
        raise UnreadableFile(
            gettext_noop("文件“{name}”中这些列出现了不止一次：{columns}；请只保留一列。"),
            code="column-twice",
            name=path.name,
            columns="、".join(twice),
        )

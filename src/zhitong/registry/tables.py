"""One robust reader for what offices send: xlsx, xls, csv, parquet -> frames of strings.

`open_table` looks at a file and says in which parts it can be read; `read_part` reads one of them,
in this process or another; `read_table` does both. Every fault of the file as a whole is an
`UnreadableFile`; doubtful cells are listed beside the frame and are the caller's to refuse.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl
from django.utils.translation import gettext_noop

from zhitong.kernel.sentences import Sentence
from zhitong.registry import delimited, kinds, parquets, workbooks
from zhitong.registry.delimited import Delimited
from zhitong.registry.grids import Grid
from zhitong.registry.headings import (
    HEAD_ROWS,
    Column,
    Layout,
    best_layout,
    check_layout,
    layout_of,
    missing,
)
from zhitong.registry.unreadable import UnreadableFile

__all__ = [
    "Column",
    "Part",
    "Source",
    "Table",
    "UnreadableFile",
    "open_table",
    "read_part",
    "read_table",
]

_OF_THE_ROW = ("row-too-long", "swallowed-rows")
"""Codes that matter in a column nobody asked for, too: other cells of the row are wrong with it."""
SPOILED = {"row": pl.UInt32, "key": pl.String, "code": pl.String}


@dataclass(frozen=True, kw_only=True)
class Part:
    """A stretch of a file that is read at once: bytes of a csv, rows of a parquet file."""

    start: int = 0
    stop: int = 0
    first: bool = True


@dataclass(frozen=True, kw_only=True)
class Source:
    """An opened file: what it is, and its parts in order. Can be sent to another process."""

    path: Path
    kind: str
    """xlsx, xls, csv or parquet."""
    headings: Mapping[str, Column]
    sheet: str | None
    also: tuple[str, ...]
    parts: tuple[Part, ...]
    layout: Layout | None = None
    text: Delimited | None = None
    separator: str = ","

    def close(self) -> None:
        if self.text and self.text.temporary:
            self.text.path.unlink(missing_ok=True)


@dataclass(frozen=True, kw_only=True)
class Table:
    """One part of a file.

    `frame` has `row` (UInt32: the record's number in its part, from 1, heading and titles
    included) and a String column for every key found; rows without any known cell are left out.
    `original` has `row` and every column of the sheet, named by its position, with its heading in
    `titles`. `spoiled` is (row, key, code) of cells that must not be believed. `records` counts
    all records, blank ones included. `others` holds the sheets asked for by name with `also`.
    """

    frame: pl.DataFrame
    original: pl.DataFrame
    titles: tuple[str, ...]
    keys: Mapping[int, str]
    spoiled: pl.DataFrame
    records: int
    sheet: str | None = None
    others: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    @property
    def ignored(self) -> tuple[str, ...]:
        """Headings that nobody asked for."""
        return tuple(title for at, title in enumerate(self.titles) if title and at not in self.keys)


def read_table(
    path: Path,
    *,
    headings: Mapping[str, Column],
    sheet: str | None = None,
    also: tuple[str, ...] = (),
) -> Table:
    """The whole file at once; `row` counts through it."""
    with opened(path, headings=headings, sheet=sheet, also=also) as source:
        tables, before = [], 0
        for part in source.parts:
            tables.append(_shifted(read_part(source, part), before))
            before += tables[-1].records
    if len(tables) == 1:
        return tables[0]
    return replace(
        tables[0],
        frame=pl.concat([one.frame for one in tables]),
        original=pl.concat([one.original for one in tables]),
        spoiled=pl.concat([one.spoiled for one in tables]),
        records=before,
    )


def _shifted(table: Table, rows: int) -> Table:
    if rows == 0:
        return table
    later = pl.col("row") + pl.lit(rows, pl.UInt32)
    return replace(
        table,
        frame=table.frame.with_columns(later),
        original=table.original.with_columns(later),
        spoiled=table.spoiled.with_columns(later),
    )


@contextmanager
def opened(
    path: Path,
    *,
    headings: Mapping[str, Column],
    sheet: str | None = None,
    also: tuple[str, ...] = (),
) -> Iterator[Source]:
    source = open_table(path, headings=headings, sheet=sheet, also=also)
    try:
        yield source
    finally:
        source.close()


def open_table(
    path: Path,
    *,
    headings: Mapping[str, Column],
    sheet: str | None = None,
    also: tuple[str, ...] = (),
) -> Source:
    """What the file is, by its content. The caller closes the source. Raises `UnreadableFile`."""
    kind = kinds.kind_of(path)
    source = Source(
        path=path, kind=kind, headings=headings, sheet=sheet, also=also, parts=(Part(),)
    )
    if kind in ("xlsx", "xls"):
        return source
    if kind == "parquet":
        titles = parquets.titles(path)
        layout = layout_of([titles], headings, path)
        ranges = parquets.ranges(path)
        parts = tuple(Part(start=a, stop=b, first=not at) for at, (a, b) in enumerate(ranges))
        return replace(source, parts=parts, layout=layout)
    text = delimited.open_delimited(path)
    try:
        head = text.head()
        layouts = {
            separator: best_layout(delimited.head_rows(head, separator), headings)
            for separator in delimited.SEPARATORS
        }
        separator = max(layouts, key=lambda one: len(layouts[one].keys))
        layout = layouts[separator]
        check_layout(layout, headings, path)
        parts = tuple(
            Part(start=start, stop=stop, first=not at)
            for at, (start, stop) in enumerate(text.cuts())
        )
    except UnreadableFile:
        if text.temporary:
            text.path.unlink()
        raise
    return replace(source, parts=parts, layout=layout, text=text, separator=separator)


def read_part(source: Source, part: Part) -> Table:
    """Read one part. Raises `UnreadableFile`."""
    if source.kind in ("xlsx", "xls"):
        return _read_workbook(source)
    layout = source.layout
    if layout is None:
        raise ValueError("a source without a heading")
    if source.text:
        grid = source.text.grid(
            (part.start, part.stop),
            separator=source.separator,
            width=len(layout.titles),
            prose={at for at, key in layout.keys.items() if source.headings[key].prose},
        )
        return _table(grid, layout, skip=layout.row + 1 if part.first else 0, before=0)
    exact = {at for at, key in layout.keys.items() if source.headings[key].exact}
    grid = parquets.grid(source.path, part.start, part.stop, exact=exact)
    return _table(grid, layout, skip=0, before=1 if part.first else 0)


def _read_workbook(source: Source) -> Table:
    workbook = (workbooks.NewWorkbook if source.kind == "xlsx" else workbooks.OldWorkbook)(
        source.path
    )
    try:
        name, grid = _sheet(workbook, source)
        merged = {row for row, _, code in grid.spoiled if code == "merged-cell"}
        layout = layout_of(_head(grid), source.headings, source.path, merged)
        table = _table(grid, layout, skip=layout.row + 1, before=0)
        others = {
            other: _shown(workbook, other, source).cells
            for other in source.also
            if other in workbook.names and other != name
        }
    finally:
        workbook.close()
    return replace(table, sheet=name, others=others)


def _sheet(workbook: workbooks.Workbook, source: Source) -> tuple[str, Grid]:
    """The sheet by its name, else the only one that has the required headings.

    Hidden sheets are not read, see `_shown`.
    """
    if source.sheet in workbook.visible:
        return source.sheet, workbook.grid(source.sheet)
    if source.sheet not in workbook.names and len(workbook.visible) == 1:
        return workbook.visible[0], workbook.grid(workbook.visible[0])
    found = {}
    for name in workbook.visible:
        grid = workbook.grid(name)
        if not missing(best_layout(_head(grid), source.headings), source.headings):
            found[name] = grid
    if len(found) == 1:
        return next(iter(found.items()))
    if not found and source.sheet in workbook.names:
        return source.sheet, _shown(workbook, source.sheet, source)
    listed = "、".join(f"“{name}”" for name in workbook.visible[:20])
    raise UnreadableFile(
        gettext_noop(
            "文件“{name}”中有几张表都像{sheet}工作表；现有工作表：{listed}。"
            "请把数据放在{sheet}工作表中，表头与模板一致。"
        )
        if found
        else gettext_noop(
            "文件“{name}”中没有找到{sheet}工作表；现有工作表：{listed}。"
            "请把数据放在{sheet}工作表中，表头与模板一致。"
        ),
        code="wrong-sheet",
        name=source.path.name,
        sheet=f"“{source.sheet}”" if source.sheet else Sentence(gettext_noop("要填报的")),
        listed=listed,
    )


def _shown(workbook: workbooks.Workbook, name: str, source: Source) -> Grid:
    """A sheet that the clerk sees: neither people nor a day nor zero reports come from another."""
    if name not in workbook.visible:
        raise UnreadableFile(
            gettext_noop(
                "文件“{name}”中的“{sheet}”工作表是隐藏的，没有读取；"
                "请取消隐藏，核对内容后重报；不用的请删去。"
            ),
            code="hidden-sheet",
            name=source.path.name,
            sheet=name,
        )
    return workbook.grid(name)


def _head(grid: Grid) -> list[list[str]]:
    width = max((int(name) for name in grid.cells.columns), default=-1) + 1
    rows = []
    for record in grid.cells.head(HEAD_ROWS).iter_rows(named=True):
        rows.append([record.get(str(at)) or "" for at in range(width)])
    return rows


def _table(grid: Grid, layout: Layout, *, skip: int, before: int) -> Table:
    """Cut the heading off, name the columns, drop blank rows.

    `before`: records that stand before the grid's first row without being in it.
    """
    cells = grid.cells.with_row_index("row", offset=1 + before).slice(skip)
    keys = {at: key for at, key in layout.keys.items() if str(at) in cells.columns}
    absent = [key for at, key in layout.keys.items() if at not in keys]
    known = cells.select(
        "row",
        *(pl.col(str(at)).alias(key) for at, key in keys.items()),
        *(pl.lit(None, pl.String).alias(key) for key in absent),
    )
    filled = known.select(pl.any_horizontal(pl.exclude("row").is_not_null()).alias("filled"))[
        "filled"
    ]
    frame, original = known.filter(filled), cells.filter(filled)
    last = keys[max(keys)] if keys else ""
    spoiled = pl.DataFrame(
        [
            (row + 1 + before, keys.get(column, last), code)
            for row, column, code in grid.spoiled
            if row >= skip and (column in keys or code in _OF_THE_ROW)
        ],
        schema=SPOILED,
        orient="row",
    ).join(frame.select("row"), on="row", how="semi")
    return Table(
        frame=frame,
        original=original,
        titles=layout.titles,
        keys=layout.keys,
        spoiled=spoiled,
        records=grid.cells.height + before,
    )

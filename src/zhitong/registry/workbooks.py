"""Excel workbooks, new (xlsx) and old (xls), as grids of strings."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path

import fastexcel
import polars as pl
import python_calamine
from django.utils.translation import gettext_noop

from zhitong.registry import archives
from zhitong.registry.grids import Grid, tidied
from zhitong.registry.unreadable import UnreadableFile

MAX_XLS_BYTES = 256 * 2**20
EXACT = 10**15  # Excel keeps fifteen digits of a number


@dataclass(kw_only=True)
class Workbook:
    """An open workbook. `grid` reads one sheet whole; raises `UnreadableFile`."""

    path: Path
    names: list[str]
    visible: list[str]

    def grid(self, name: str) -> Grid:
        raise NotImplementedError

    def close(self) -> None:
        pass


class NewWorkbook(Workbook):
    """xlsx and xlsm."""

    def __init__(self, path: Path) -> None:
        self._archive = archives.Archive(path)
        try:
            self._parts = self._archive.sheets()
            self._archive.check_strings()
            self._reader = fastexcel.read_excel(str(path))
        except fastexcel.FastExcelError as failure:
            self._archive.close()
            raise archives.corrupt(path) from failure
        except UnreadableFile:
            self._archive.close()
            raise
        hidden = self._archive.hidden
        super().__init__(
            path=path,
            names=list(self._parts),
            visible=[name for name in self._parts if name not in hidden],
        )

    def close(self) -> None:
        self._archive.close()

    def grid(self, name: str) -> Grid:
        scan = self._archive.scan(self._parts[name])
        try:
            sheet = self._reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
            places = [column.absolute_index for column in sheet.available_columns()]
            cells = sheet.to_polars()
        except fastexcel.FastExcelError as failure:
            raise archives.corrupt(self.path) from failure
        cells = cells.rename(dict(zip(cells.columns, map(str, places), strict=True)))
        cells, broken = unescaped(cells)
        spoiled = scan.spoiled + broken + _hidden_by_merging(scan.merged)
        return Grid(cells=tidied(cells), spoiled=spoiled)


class OldWorkbook(Workbook):
    """xls."""

    def __init__(self, path: Path) -> None:
        if path.stat().st_size > MAX_XLS_BYTES:
            raise UnreadableFile(
                gettext_noop("文件“{name}”太大，不像一份 .xls 调查表；请另存为 .xlsx。"),
                code="too-large",
                name=path.name,
            )
        try:
            self._reader = python_calamine.CalamineWorkbook.from_path(path)
        except python_calamine.PasswordError as failure:
            raise UnreadableFile(
                gettext_noop("文件“{name}”设有密码，读不出内容；请取消密码后重新保存。"),
                code="password",
                name=path.name,
            ) from failure
        except (python_calamine.CalamineError, OSError, ValueError) as failure:
            raise archives.corrupt(path) from failure
        super().__init__(
            path=path,
            names=self._reader.sheet_names,
            visible=[
                sheet.name
                for sheet in self._reader.sheets_metadata
                if sheet.visible == python_calamine.SheetVisibleEnum.Visible
            ],
        )

    def grid(self, name: str) -> Grid:
        try:
            sheet = self._reader.get_sheet_by_name(name)
            rows = sheet.to_python(skip_empty_area=False)
        except python_calamine.CalamineError as failure:
            raise archives.corrupt(self.path) from failure
        spoiled = []
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, (int, float)) and abs(value) >= EXACT:
                    spoiled.append((at, column, "number-lost"))
                elif isinstance(value, str) and value in _ERROR_VALUES:
                    spoiled.append((at, column, "error-value"))
        width = max(map(len, rows), default=0)
        texts = [[_as_seen(value) for value in row] for row in rows]
        cells = pl.DataFrame(
            texts, schema={str(at): pl.String for at in range(width)}, orient="row"
        )
        merged = [(*first, *last) for first, last in sheet.merged_cell_ranges or []]
        return Grid(cells=tidied(cells), spoiled=spoiled + _hidden_by_merging(merged))


_SURROGATE = r"_x([Dd][89A-Fa-f][0-9A-Fa-f]{2})_"


def unescaped(cells: pl.DataFrame) -> tuple[pl.DataFrame, list[tuple[int, int, str]]]:
    """Characters beyond the first plane that were written as two escapes `_xHHHH_` (ECMA-376,
    22.9.2.19), put together; half of one makes a `broken-character`, see `Grid.spoiled`.

    The reader has undone all other escapes, `_x005F_` of an underscore too, but leaves these.
    """
    spoiled: list[tuple[int, int, str]] = []
    for name in cells.columns:
        column = cells[name]
        escaped = column.str.contains(_SURROGATE).fill_null(False)
        if not escaped.any():
            continue
        meant = {text: _unescape(text) for text in column.filter(escaped).unique()}
        spoiled.extend(
            (row, int(name), "broken-character")
            for row in escaped.arg_true()
            if meant[column[row]] is None
        )
        whole = {text: one for text, one in meant.items() if one is not None}
        cells = cells.with_columns(column.replace(list(whole), list(whole.values())).alias(name))
    return cells, spoiled


def _unescape(text: str) -> str | None:
    units = re.sub(_SURROGATE, lambda code: chr(int(code[1], 16)), text)
    try:
        return units.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        return None


_ERROR_VALUES = {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"}


def _as_seen(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    return str(value)


def _hidden_by_merging(merged: list[tuple[int, int, int, int]]) -> list[tuple[int, int, str]]:
    """Cells that a merged range shows full and leaves empty: all but its first."""
    return [
        (row, column, "merged-cell")
        for first_row, first_column, last_row, last_column in merged
        for row in range(first_row, min(last_row, first_row + 1000) + 1)
        for column in range(first_column, min(last_column, first_column + 100) + 1)
        if (row, column) != (first_row, first_column)
    ]

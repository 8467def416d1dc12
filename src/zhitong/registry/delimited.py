"""CSV files of any size: encoding, separator, and cuts between records.

A file that is not utf-8 is rewritten as utf-8 beside the system's temporary files, so that every
part of it can be read on its own.
"""

from __future__ import annotations

import codecs
import csv
import io
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from django.utils.translation import gettext_noop

from zhitong.registry.grids import Grid, tidied
from zhitong.registry.unreadable import UnreadableFile

BLOCK = 16 * 2**20
SEPARATORS = ",;\t，"
HEAD_LINES = 10
MAX_COLUMNS = 500


@dataclass(frozen=True, kw_only=True)
class Delimited:
    """A csv file that can be read in parts. `temporary`: it is our copy, to be deleted."""

    path: Path
    name: str
    temporary: bool
    start: int
    """Where the first record begins, after the byte order mark."""

    def head(self) -> bytes:
        """The first records, enough to find the heading."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            return b"".join(file.readline(2**20) for _ in range(HEAD_LINES * 3))

    def cuts(self) -> list[tuple[int, int]]:
        """Byte ranges of about BLOCK bytes that begin and end between two records."""
        found, start, odd = [], self.start, False
        with self.path.open("rb") as file:
            file.seek(start)
            at = start
            while block := file.read(BLOCK):
                cut = _last_end(block, odd)
                if cut >= 0:
                    found.append((start, at + cut))
                    start = at + cut
                odd ^= block.count(b'"') % 2 == 1
                at += len(block)
        if at > start:
            found.append((start, at))
        return found

    def grid(
        self, cut: tuple[int, int], *, separator: str, width: int, prose: Collection[int]
    ) -> Grid:
        """The records of one range. Cells beyond `width` in a record spoil its last one.

        Only columns of `prose` may hold line breaks.
        """
        with self.path.open("rb") as file:
            file.seek(cut[0])
            data = file.read(cut[1] - cut[0])
        names = [str(at) for at in range(width + 1)]
        try:
            cells = pl.read_csv(
                data,
                has_header=False,
                separator=separator,
                schema=dict.fromkeys(names, pl.String),
                missing_columns="insert",
                extra_columns="ignore",
                truncate_ragged_lines=True,
                empty_string_is_null=True,
            )
        except pl.exceptions.PolarsError as failure:
            raise UnreadableFile(
                gettext_noop(
                    "文件“{name}”不是规整的 CSV（多半是引号没有成对）；"
                    "请用 Excel 打开检查后另存为 .xlsx 再报。"
                ),
                code="bad-csv",
                name=self.name,
            ) from failure
        swallowed = _line_breaks(cells, separator, width, prose) if b'"' in data else []
        cells = tidied(cells)
        longer = cells.select(pl.arg_where(pl.col(names[-1]).is_not_null())).to_series()
        return Grid(
            cells=cells.drop(names[-1]),
            spoiled=[*swallowed, *((row, width - 1, "row-too-long") for row in longer.to_list())],
        )


def _line_breaks(
    cells: pl.DataFrame, separator: str, width: int, prose: Collection[int]
) -> list[tuple[int, int, str]]:
    """(row, column, code) of cells that two stray quotes made out of several records.

    From one column of a record to the same or a later one of another stand at least as many
    separators as in a heading; to an earlier one fewer, but then the record is too long.
    """
    found = []
    for at, name in enumerate(cells.columns):
        column = cells[name].str.strip_chars()
        for row in column.str.contains("\n", literal=True).fill_null(False).arg_true():
            if column[row].count(separator) >= max(width - 1, 1):
                found.append((row, min(at, width - 1), "swallowed-rows"))
            elif at not in prose:
                found.append((row, min(at, width - 1), "line-break"))
    return found


def _last_end(block: bytes, odd: bool) -> int:
    """Where the last record that ends in `block` ends, -1 if none does.

    `odd`: the block begins inside quotes.
    """
    end = len(block)
    quotes = block.count(b'"') + odd
    while (newline := block.rfind(b"\n", 0, end)) >= 0:
        quotes -= block.count(b'"', newline, end)
        if quotes % 2 == 0:
            return newline + 1
        end = newline
    return -1


def open_delimited(path: Path) -> Delimited:
    """Find out the encoding. Raises `UnreadableFile` (`encoding`, `not-a-table`)."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _rewritten(path, "utf-16")
    if b"\0" in head:
        raise UnreadableFile(
            gettext_noop("文件“{name}”不是表格；请用填报模板（.xlsx）或 CSV 报送。"),
            code="not-a-table",
            name=path.name,
        )
    start = 0
    while head.startswith(codecs.BOM_UTF8, start):  # some programs add one to one that is there
        start += len(codecs.BOM_UTF8)
    if _decodes(path, "utf-8"):
        old_lines = b"\r" in head and b"\n" not in head
        if old_lines:
            return _rewritten(path, "utf-8-sig")
        return Delimited(path=path, name=path.name, temporary=False, start=start)
    return _rewritten(path, "gb18030")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _rewritten(path: Path, encoding: str) -> Delimited:
    copy = Path(tempfile.mkstemp(prefix="zhitong-", suffix=".csv")[1])
    try:
        with (
            path.open(encoding=encoding, newline=None) as source,
            copy.open("w", encoding="utf-8", newline="\n") as target,
        ):
            target.write(source.read(BLOCK).lstrip("\ufeff"))
            while block := source.read(BLOCK):
                target.write(block)
    except UnicodeError as failure:
        copy.unlink()
        raise UnreadableFile(
            gettext_noop(
                "文件“{name}”的文字编码认不出来；请在 Excel 中另存为“CSV UTF-8”或 .xlsx 再报。"
            ),
            code="encoding",
            name=path.name,
        ) from failure
    return Delimited(path=copy, name=path.name, temporary=True, start=0)


def head_rows(head: bytes, separator: str) -> list[list[str]]:
    """The first records as lists of texts."""
    text = head.decode("utf-8", errors="ignore").replace("\0", "")
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            rows.append(row)
            if len(rows) == HEAD_LINES:
                break
    except csv.Error:
        return rows
    return rows

"""The workbook that goes back to the clerk: refused rows only, wrong cells marked and explained.

It can be mended and sent again as it is: the same columns in the same order, two more at the end
that are ignored on the way in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import polars as pl
import xlsxwriter
from django.utils.translation import gettext_noop
from xlsxwriter.exceptions import FileCreateError

from zhitong.kernel.errors import UserError
from zhitong.registry.cover import DAY_LABEL
from zhitong.registry.received import LONGEST_NAME, cut_name, reason
from zhitong.registry.survey import COVER, EXPLANATION, QUESTIONS, SHEET

ROW_TITLE = "原行号"
SUFFIX = "-退回.xlsx"
DIGITS = 8
"""Of the digest, in the name of the workbook."""
MAX_ROWS = 1_000_000
MAX_COMMENTS = 2_000  # Excel draws each of them; the last column explains every row anyway
LITTLE = 5_000
_LONGEST_CELL = 32_767


class RefusedRows(Protocol):
    """Refused rows of a part as `preparing.Prepared` has them."""

    @property
    def about(self) -> dt.date: ...
    @property
    def returned(self) -> pl.DataFrame: ...
    @property
    def faults(self) -> pl.DataFrame: ...
    @property
    def titles(self) -> tuple[str, ...]: ...
    @property
    def keys(self) -> Mapping[int, str]: ...
    @property
    def sheet(self) -> str | None: ...


class ReturnedWorkbook:
    """Written while parts arrive, in the order of the file; nothing is left unless it is kept.

    `finish` writes all of it under a draft's name, before the batch is committed; `keep` only
    gives it its name, afterwards. Raises `UserError` (`returned-workbook`).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.left_out = 0
        self._draft = draft_of(path)
        self._book: xlsxwriter.Workbook | None = None
        self._line = 0
        self._comments = 0
        self._finished = False

    def add(self, prepared: RefusedRows, *, before: int) -> None:
        """Append the refused rows of a part; `before` rows of the file stand before it."""
        if prepared.returned.height == 0:
            return
        with writing(self.path.parent):
            self._append(prepared, before)

    def finish(self) -> None:
        """Put everything on the disk; the last thing that can fail for want of room."""
        if self._book is None:
            return
        book, self._book = self._book, None
        with writing(self.path.parent):
            book.close()
        self._finished = True

    def keep(self) -> Path | None:
        """Give the finished file its name; None when no row was refused."""
        if not self._finished:
            return None
        self._draft.replace(self.path)
        return self.path

    def discard(self) -> None:
        if self._book is not None:
            with suppress(OSError, FileCreateError):  # its temporary files go when it is closed
                self._book.close()
            self._book = None
        with suppress(OSError):
            self._draft.unlink(missing_ok=True)

    def _append(self, prepared: RefusedRows, before: int) -> None:
        if self._book is None:
            self._open(prepared)
        marks: dict[int, dict[str, str]] = {}
        for row, key, _, sentence in prepared.faults.iter_rows():
            marks.setdefault(row, {})[key] = sentence
        places = {key: at for at, key in prepared.keys.items()}
        for row, *cells in prepared.returned.iter_rows():
            if self._line >= MAX_ROWS:
                self.left_out += 1
                continue
            self._line += 1
            self._write(cells, marks[row], places, row + before)

    def _open(self, prepared: RefusedRows) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Temporary files cost more than they save while there is little to hold.
        long = prepared.returned.height > LITTLE
        book = xlsxwriter.Workbook(
            self._draft, {"constant_memory": True} if long else {"in_memory": True}
        )
        self._text = book.add_format({"num_format": "@"})
        self._wrong = book.add_format(
            {"num_format": "@", "bg_color": "#FFD9D9", "border": 1, "border_color": "#C00000"}
        )
        self._why = book.add_format({"font_color": "#C00000", "text_wrap": True, "valign": "top"})
        heading = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1})
        self._sheet = book.add_worksheet(prepared.sheet or SHEET)
        self._sheet.freeze_panes(1, 0)
        self._width = len(prepared.titles)
        self._sheet.set_column(0, max(self._width - 1, 0), 14, self._text)
        self._sheet.set_column(self._width, self._width, 8)
        self._sheet.set_column(self._width + 1, self._width + 1, 80)
        for at, title in enumerate((*prepared.titles, ROW_TITLE, EXPLANATION)):
            self._sheet.write_string(0, at, title, heading)
        for at, key in prepared.keys.items():
            if choices := QUESTIONS[key].choices:
                self._sheet.data_validation(
                    1, at, MAX_ROWS, at, {"validate": "list", "source": list(choices)}
                )
        write_cover(book, prepared.about)
        self._book = book

    def _write(
        self, cells: list[str | None], faults: dict[str, str], places: dict[str, int], row: int
    ) -> None:
        wrong = {places[key]: sentence for key, sentence in faults.items() if key in places}
        for at, cell in enumerate(cells):
            style = self._wrong if at in wrong else self._text
            if cell is not None:
                self._sheet.write_string(self._line, at, cell[:_LONGEST_CELL], style)
            elif at in wrong:
                self._sheet.write_blank(self._line, at, None, style)
            if at in wrong and self._comments < MAX_COMMENTS:
                self._comments += 1
                self._sheet.write_comment(self._line, at, wrong[at], {"x_scale": 2})
        self._sheet.write_number(self._line, self._width, row)
        self._sheet.write_string(self._line, self._width + 1, " ".join(faults.values()), self._why)


def write_cover(book: xlsxwriter.Workbook, about: dt.date) -> None:
    """The sheet 报送情况 with the day alone: what is mended belongs to the day it was sent for."""
    sheet = book.add_worksheet(COVER)
    sheet.set_column(0, 1, 16)
    sheet.write_string(0, 0, DAY_LABEL)
    sheet.write_datetime(0, 1, about, book.add_format({"num_format": "yyyy-mm-dd"}))


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Failures of the disk as a sentence for the one who sent the file."""
    try:
        yield
    except (OSError, FileCreateError) as failure:
        raise UserError(
            gettext_noop(
                "退回表写不进“{folder}”：{why}；请检查磁盘和权限后重报，这次没有登记任何内容。"
            ),
            code="returned-workbook",
            folder=folder,
            why=reason(failure),
        ) from failure


def path_for(folder: Path, filename: str, digest: bytes) -> Path:
    """The same for the same bytes, and for no others: files of many offices have one name."""
    ending = f"-{digest.hex()[:DIGITS]}{SUFFIX}"
    room = LONGEST_NAME - len(draft_of(Path(ending)).name.encode())
    return folder / (cut_name(Path(filename).stem, room) + ending)


def draft_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.draft")

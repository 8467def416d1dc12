"""The log that goes back: refused rows only, wrong cells marked and explained, ready to mend."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import xlsxwriter

from zhitong.registry.returned import ROW_TITLE, draft_of, writing
from zhitong.registry.survey import EXPLANATION
from zhitong.registry.tables import Table
from zhitong.transport.logs import KINDS, SHEET, Fault

_LONGEST_CELL = 32_767


def write_returned(path: Path, table: Table, faults: Sequence[Fault]) -> None:
    """Write the refused rows beside their sentences; the file can be mended and sent again.

    Raises `UserError` (`returned-workbook`) when the disk does not take it, and leaves nothing.
    """
    draft = draft_of(path)
    try:
        with writing(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(draft, table, faults)
            draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def _write(path: Path, table: Table, faults: Sequence[Fault]) -> None:
    marks: dict[int, dict[str, str]] = defaultdict(dict)
    for fault in faults:
        marks[fault.row][fault.key] = fault.sentence
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        text = book.add_format({"num_format": "@"})
        wrong = book.add_format({"num_format": "@", "bg_color": "#FFD9D9", "border": 1})
        why = book.add_format({"font_color": "#C00000", "text_wrap": True, "valign": "top"})
        heading = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1})
        sheet = book.add_worksheet(SHEET)
        sheet.freeze_panes(1, 0)
        width = len(table.titles)
        sheet.set_column(0, max(width - 1, 0), 16, text)
        sheet.set_column(width + 1, width + 1, 80)
        for at, title in enumerate((*table.titles, ROW_TITLE, EXPLANATION)):
            sheet.write_string(0, at, title, heading)
        for at, key in table.keys.items():
            if key == "kind":
                choices = [word for word in KINDS if not word.isascii()]
                validation = {"validate": "list", "source": choices}
                sheet.data_validation(1, at, max(len(marks), 1), at, validation)
        line = 0
        for row, *cells in table.original.iter_rows():
            if row not in marks:
                continue
            line += 1
            for at, cell in enumerate(cells):
                sentence = marks[row].get(table.keys.get(at, ""))
                sheet.write_string(
                    line, at, (cell or "")[:_LONGEST_CELL], wrong if sentence else text
                )
                if sentence:
                    sheet.write_comment(line, at, sentence, {"x_scale": 2})
            sheet.write_number(line, width, row)
            sheet.write_string(line, width + 1, " ".join(marks[row].values()), why)

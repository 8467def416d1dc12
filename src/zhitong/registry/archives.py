"""Looking into an xlsx before a reader is let loose on it.

An xlsx is a zip of XML. What a spreadsheet reader would swallow whole is first streamed through
here in small blocks: zip bombs and sheets too wide for memory are refused, and the cells that a
reader shows wrongly are listed (numbers too long to be exact, formulas nobody has computed, error
values, merged ranges).
"""

from __future__ import annotations

import html
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext_noop

from zhitong.registry.unreadable import UnreadableFile

MAX_ENTRIES = 5_000
MAX_UNCOMPRESSED = 1536 * 2**20  # a full sheet of 1,048,576 survey rows takes about 800 MiB
MAX_RATIO = 250  # a sheet of equal rows reaches 100; deflate itself ends at 1,032
RATIO_MATTERS_FROM = 32 * 2**20
MAX_COLUMNS = 500
MAX_CELLS = 60_000_000  # the reader takes 24 bytes for each cell of the rectangle, empty or not

_BLOCK = 8 * 2**20
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


@dataclass(kw_only=True)
class Scan:
    """What one worksheet holds that a reader does not tell. Rows and columns count from 0."""

    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """First row, first column, last row, last column of each merged range."""
    spoiled: list[tuple[int, int, str]] = field(default_factory=list)
    """Row, column, code: `number-lost`, `formula-without-value`, `error-value`."""


def corrupt(path: Path) -> UnreadableFile:
    return UnreadableFile(
        gettext_noop(
            "文件“{name}”不完整或已损坏，打不开；请在 Excel 中重新另存为 .xlsx，或请对方重新发送。"
        ),
        code="corrupt-workbook",
        name=path.name,
    )


class Archive:
    """An xlsx opened as the zip it is, within limits. Raises `UnreadableFile`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.hidden = set[str]()
        """Names of the sheets that Excel does not show; known after `sheets`."""
        try:
            self._zip = zipfile.ZipFile(path)
        except _BROKEN as failure:
            raise corrupt(path) from failure
        entries = self._zip.infolist()
        declared = sum(entry.file_size for entry in entries)
        packed = max(sum(entry.compress_size for entry in entries), 1)
        if (
            len(entries) > MAX_ENTRIES
            or declared > MAX_UNCOMPRESSED
            or (declared > RATIO_MATTERS_FROM and declared / packed > MAX_RATIO)
        ):
            raise UnreadableFile(
                gettext_noop(
                    "文件“{name}”解压后有 {megabytes} MB，超出限度，未读取；"
                    "请删除多余的空行和图片后另存，或把数据分成几个文件。"
                ),
                code="zip-bomb",
                name=path.name,
                megabytes=f"{declared / 2**20:,.0f}",
            )
        if any(entry.flag_bits & 1 for entry in entries):
            raise UnreadableFile(
                gettext_noop("文件“{name}”设有密码，读不出内容；请取消密码后重新保存。"),
                code="password",
                name=path.name,
            )

    def close(self) -> None:
        self._zip.close()

    def sheets(self) -> dict[str, str]:
        """Names of the worksheets in their order, with the part of the zip that holds each."""
        workbook = self._text("xl/workbook.xml")
        relations = {
            one["Id"]: one.get("Target", "")
            for one in _tags(self._text("xl/_rels/workbook.xml.rels"), "Relationship")
            if "Id" in one
        }
        found = {}
        for sheet in _tags(workbook, "sheet"):
            ident = next((value for key, value in sheet.items() if key.endswith(":id")), "")
            target = relations.get(ident, "")
            part = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            if part in self._zip.NameToInfo:
                name = html.unescape(sheet.get("name", ""))
                found[name] = part
                if sheet.get("state", "visible") != "visible":
                    self.hidden.add(name)
        if not found:
            raise corrupt(self.path)
        return found

    def check_strings(self) -> None:
        """Unpack the shared texts once, to see that they are what the directory says."""
        if "xl/sharedStrings.xml" in self._zip.NameToInfo:
            for _ in self._blocks("xl/sharedStrings.xml", end=b">"):
                pass

    def scan(self, part: str) -> Scan:
        """Stream one worksheet; raises `too-many-columns` when no reader could hold it."""
        scan, marks, deepest, columns = Scan(), None, 0, set[bytes]()
        for block in self._blocks(part, end=b"</c>"):
            if marks is None:
                marks = _Marks(block)
            if marks.beyond_z.search(block):
                columns.update(marks.filled.findall(block))
            deepest = max(deepest, marks.last_row(block))
            if b't="e"' in block or marks.formula.search(block):
                scan.spoiled.extend(marks.uncomputed(block))
            scan.spoiled.extend(marks.long_numbers(block))
            scan.merged.extend(marks.merged(block))
        width = 1 + max((column_number(letters) for letters in columns), default=25)
        if width > MAX_COLUMNS or width * deepest > MAX_CELLS:
            raise UnreadableFile(
                gettext_noop(
                    "文件“{name}”的工作表有 {columns} 列、{rows} 行，超出限度，未读取；"
                    "请删除表格右侧和下方多余的内容后重新保存。"
                ),
                code="too-many-columns",
                name=self.path.name,
                columns=f"{width:,}",
                rows=f"{deepest:,}",
            )
        return scan

    def _text(self, part: str) -> str:
        try:
            return b"".join(self._blocks(part, end=b">")).decode("utf-8-sig")
        except UnicodeDecodeError as failure:
            raise corrupt(self.path) from failure

    def _blocks(self, part: str, *, end: bytes) -> Iterator[bytes]:
        """The unpacked bytes of a part, cut after an `end` so that no cell is torn apart.

        `zipfile` reads no more than the directory declares and checks the sum at the end: a part
        that lies about its size is found out here.
        """
        rest = b""
        try:
            with self._zip.open(part) as stream:
                while block := stream.read(_BLOCK):
                    block = rest + block
                    cut = block.rfind(end) + len(end)
                    if cut < len(end):
                        if len(block) > 4 * _BLOCK:
                            raise corrupt(self.path)
                        rest = block
                        continue
                    rest = block[cut:]
                    yield block[:cut]
        except (*_BROKEN, KeyError) as failure:
            raise corrupt(self.path) from failure
        if rest:
            yield rest


class _Marks:
    """Patterns of one worksheet; some programs put a namespace prefix before every tag."""

    def __init__(self, head: bytes) -> None:
        named = re.search(rb"<(\w+:)?worksheet\b", head)
        p = re.escape(named[1] or b"") if named else b""
        self.cell = b"<" + p + b'c r="'
        self.cell_end = b"</" + p + b"c>"
        self.formula = re.compile(b"<" + p + b"f[ />]")
        self.beyond_z = re.compile(b"<" + p + rb'c r="[A-Z]{2,}\d+"[^>/]*>')
        self.filled = re.compile(b"<" + p + rb'c r="([A-Z]+)\d+"[^>/]*>')
        self._whole = re.compile(
            b"<" + p + rb'c r="([A-Z]+)(\d+)"([^>/]*)>(.*?)</' + p + b"c>", re.DOTALL
        )
        self._value = re.compile(b"<" + p + rb"v>[^<]")
        self._long = re.compile(
            b"<" + p + rb"v>(?:\d{16,}(?:\.\d*)?|\d(?:\.\d+)?[eE]\+?(?:1[5-9]|[2-9]\d))<"
        )
        self._opening = re.compile(b"<" + p + rb'c r="([A-Z]+)(\d+)"([^>/]*)>')
        self._merge = re.compile(
            b"<" + p + rb'mergeCell ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"',
        )

    def last_row(self, block: bytes) -> int:
        """Number of the last row with a filled cell, 0 without one."""
        at = block.rfind(self.cell, 0, max(block.rfind(self.cell_end), 0))
        opening = self._opening.match(block, at) if at >= 0 else None
        return int(opening[2]) if opening else 0

    def uncomputed(self, block: bytes) -> Iterator[tuple[int, int, str]]:
        for cell in self._whole.finditer(block):
            letters, row, attributes, content = cell.groups()
            if b't="e"' in attributes:
                code = "error-value"
            elif self.formula.search(content) and not (
                self._value.search(content) or b't="str"' in attributes
            ):
                code = "formula-without-value"
            else:
                continue
            yield int(row) - 1, column_number(letters), code

    def long_numbers(self, block: bytes) -> Iterator[tuple[int, int, str]]:
        for number in self._long.finditer(block):
            at = block.rfind(self.cell, 0, number.start())
            opening = self._opening.match(block, at) if at >= 0 else None
            if opening and not re.search(rb't="(?!n")', opening[3]):
                yield int(opening[2]) - 1, column_number(opening[1]), "number-lost"

    def merged(self, block: bytes) -> Iterator[tuple[int, int, int, int]]:
        for one in self._merge.finditer(block):
            yield (
                int(one[2]) - 1,
                column_number(one[1]),
                int(one[4]) - 1,
                column_number(one[3]),
            )


def column_number(letters: bytes) -> int:
    """A -> 0, Z -> 25, AA -> 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def column_letters(number: int) -> str:
    """0 -> A, 26 -> AA."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _tags(text: str, name: str) -> Iterator[dict[str, str]]:
    """Attributes of every `<name .../>`: two tiny files of known shape need no XML parser."""
    for tag in re.finditer(rf"<(?:\w+:)?{name}\s([^>]*?)/?>", text):
        yield {
            key: value or other
            for key, value, other in re.findall(
                r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag[1]
            )
        }

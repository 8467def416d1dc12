"""Villages: optional, 620,573 rows, read on demand from the published `villages.csv`."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

from zhitong.places.division import PlaceError

_SUFFIXES = ("村民委员会", "居民委员会", "社区居委会", "村委会", "居委会", "社区", "村")


class UnreadableVillages(PlaceError):
    """A village file with a fault; nothing of it was taken."""

    code = "unreadable-villages"

    def __init__(self, path: str | Path, fault: str) -> None:
        super().__init__(f"村级区划文件“{Path(path).name}”无法读取：{fault}。")


class _Villages(NamedTuple):
    names: dict[str, str]
    codes: list[str]
    edition: int


_loaded = _Villages({}, [], 0)


def load_villages(path: str | Path, *, within: str = "") -> int:
    """Take village names from a file with the columns `code` and `name`; return how many.

    `within` (a canonical code) keeps one province, city or county: the whole country needs
    about 150 MB. A later call replaces what an earlier one loaded; a file with a fault changes
    nothing. Raises UnreadableVillages, or OSError when there is no such file.
    """
    global _loaded
    names: dict[str, str] = {}
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            if next(rows, [])[:2] != ["code", "name"]:
                raise UnreadableVillages(path, "前两列应为 code 和 name")
            for number, row in enumerate(rows, 2):
                if len(row) < 2 or len(row[0]) != 12 or not row[0].isdigit():
                    raise UnreadableVillages(path, f"第 {number} 行不是 12 位代码和名称")
                if row[0].startswith(within):
                    names[row[0]] = row[1]
    except UnicodeDecodeError:
        raise UnreadableVillages(path, "不是 UTF-8 编码") from None
    _loaded = _Villages(names, sorted(names), _loaded.edition + 1)
    return len(names)


def names() -> dict[str, str]:
    """12-digit code -> name; empty until villages are loaded."""
    return _loaded.names


def codes() -> list[str]:
    return _loaded.codes


def edition() -> int:
    """Grows with every import, so that caches notice."""
    return _loaded.edition


def short_name(name: str) -> str:
    """东王庄村村委会 -> 东王庄."""
    short = name
    for suffix in _SUFFIXES:
        if short.endswith(suffix) and len(short) > len(suffix):
            short = short.removesuffix(suffix)
    return short

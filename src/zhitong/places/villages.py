"""Villages: optional, 620,573 rows, read on demand from the published `villages.csv`."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

_SUFFIXES = ("村民委员会", "居民委员会", "社区居委会", "村委会", "居委会", "社区", "村")


class _Villages(NamedTuple):
    names: dict[str, str]
    codes: list[str]
    edition: int


_loaded = _Villages({}, [], 0)


def load_villages(path: str | Path, *, within: str = "") -> int:
    """Take village names from a file with the columns `code` and `name`; return how many.

    `within` (a canonical code) keeps one province, city or county: the whole country needs
    about 150 MB. A later call replaces what an earlier one loaded.
    """
    global _loaded
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        heading = next(rows, [])
        if heading[:2] != ["code", "name"]:
            raise ValueError(f"{path}: the first two columns must be code and name")
        names = {row[0]: row[1] for row in rows if row[0].startswith(within)}
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

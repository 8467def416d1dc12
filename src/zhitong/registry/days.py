"""Days as clerks write them."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from functools import lru_cache

import polars as pl

FIRST, LAST = dt.date(1900, 1, 1), dt.date(2100, 12, 31)
_EXCEL_ZERO = dt.date(1899, 12, 30)
_SERIAL = re.compile(r"[2-7]\d{4}(\.\d+)?")  # 1954 to 2119, as Excel counts days
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_PARTED = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?"
    r"(?:[T ]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
)


@lru_cache(maxsize=16384)
def day(text: str) -> dt.date | None:
    """2020-3-2, 2020/03/02, 2020.3.2, 20200302, 2020年3月2日, 43892 (an Excel serial) -> a day.

    None for what is not one whole day between 1900 and 2100: a year of two digits or a missing
    year is not guessed.
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace("—", "-").replace("–", "-")
    if _SERIAL.fullmatch(plain):
        return _EXCEL_ZERO + dt.timedelta(days=int(plain[:5]))
    parts = _COMPACT.fullmatch(plain) or _PARTED.fullmatch(plain)
    if not parts:
        return None
    try:
        found = dt.date(*map(int, parts.groups()))
    except ValueError:
        return None
    return found if FIRST <= found <= LAST else None


def days(column: pl.Series) -> pl.Series:
    """`day` of a column: Date, null where it is none."""
    distinct = column.drop_nulls().unique()
    return column.replace_strict(
        distinct, [day(text) for text in distinct], default=None, return_dtype=pl.Date
    )


def day_in_name(name: str) -> dt.date | None:
    """The only day that a file's name speaks of: 枣强县2020-03-02.csv."""
    plain = unicodedata.normalize("NFKC", name)
    found = {
        day("-".join(match.groups()))
        for pattern in (
            r"(?<!\d)(\d{4})[-/.年_](\d{1,2})[-/.月_](\d{1,2})(?!\d)",
            r"(?<!\d)(\d{4})(\d{2})(\d{2})(?!\d)",
        )
        for match in re.finditer(pattern, plain)
    } - {None}
    return found.pop() if len(found) == 1 else None

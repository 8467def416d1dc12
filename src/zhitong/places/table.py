"""The table of divisions, read once from `data/divisions.csv.gz` when it is first asked for.

Lines stay text until somebody wants one: 44,703 objects would take ten times the time to read.
"""

from __future__ import annotations

import gzip
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from zhitong.places import villages
from zhitong.places.division import (
    LEVEL_OF_DIGITS,
    BadCode,
    Division,
    Level,
    Trait,
    UnknownDivision,
)
from zhitong.places.exemptions import TRAITS, exemption_of

_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")
# Development zones, the districts of 大兴安岭 (加格达奇 ...) and 大柴旦 are not in GB/T 2260.
_STATISTICAL_COUNTY = re.compile(r"\d{4}7[1-9]|23276[1-4]|632857")
_STATISTICAL_TOWNSHIP = re.compile(r"\d{6}[45]\d\d")
PSEUDO_CITY = re.compile(r"(?:11|12|31|50)0[12]|\d\d90")


class Row(NamedTuple):
    """A line of the file; `short` is empty when it equals `name`."""

    code: str
    name: str
    short: str
    pinyin: str
    lat: str
    lon: str
    approximate: str


class Table(NamedTuple):
    lines: dict[str, str]
    """Code -> line of the file; the builder sees to it that no field needs quotes."""
    codes: dict[Level, list[str]]
    """Sorted, without villages."""


@cache
def table() -> Table:
    packed = (Path(__file__).parent / "data/divisions.csv.gz").read_bytes()
    lines = gzip.decompress(packed).decode().splitlines()[1:]
    rows = {line[: line.index(",")]: line for line in lines}
    codes: dict[Level, list[str]] = {level: [] for level in Level if level != Level.VILLAGE}
    for code in rows:
        codes[LEVEL_OF_DIGITS[len(code)]].append(code)
    return Table(rows, {level: sorted(found) for level, found in codes.items()})


def row_of(code: str) -> Row:
    """The line of a province, city, county or township. Raises KeyError."""
    return Row(*table().lines[code].split(","))


def canonical(text: str) -> str:
    """The significant digits of a division code: "130000" and "130000000000" are "13".

    Trailing zero groups go until a code of the table is left, so "441900" (the one county of
    东莞) stays as it is. A village's code is taken when its township is known.
    Raises BadCode when `text` is not a code, UnknownDivision when the table does not hold it.
    """
    code = str(text).strip().translate(_FULL_WIDTH)
    if not (code.isascii() and code.isdigit() and 2 <= len(code) <= 12):
        raise BadCode(text)
    if exists(code):
        return code
    for digits in (9, 6, 4, 2):
        padded = len(code) > digits and not code[digits:].strip("0")
        if padded and code[:digits] in table().lines:
            return code[:digits]
    if len(code) not in LEVEL_OF_DIGITS:
        raise BadCode(text)
    raise UnknownDivision(text)


def exists(code: str) -> bool:
    """Whether `code`, already canonical, names a division."""
    if code in table().lines:
        return True
    if len(code) != 12 or code[9:] == "000" or code[:9] not in table().lines:
        return False
    if codes_within(code[:9], Level.VILLAGE):
        return code in villages.names()
    return code.isascii() and code.isdigit()


def get(code: str) -> Division:
    """The division of a code, padded or not. Raises BadCode or UnknownDivision."""
    return _division(canonical(code), villages.edition())


def find(code: str) -> Division | None:
    """Like `get`, None instead of an error."""
    try:
        return get(code)
    except (BadCode, UnknownDivision):
        return None


# Sized for every division above villages; `edition` renews what a village import has changed.
@lru_cache(maxsize=65536)
def _division(code: str, edition: int) -> Division:
    level = LEVEL_OF_DIGITS[len(code)]
    above = None
    if level > Level.PROVINCE:
        above = _division(code[: Level(level - 1).digits], edition)
    if level == Level.VILLAGE:
        name = villages.names().get(code, "")
        row = Row(code, name, villages.short_name(name), "", "", "", "")
    else:
        row = row_of(code)
    lat, lon, approximate = None, None, bool(row.approximate)
    if row.lat:
        lat, lon = float(row.lat), float(row.lon)
    elif above:
        lat, lon, approximate = above.lat, above.lon, True
    return Division(
        code=code,
        level=level,
        name=row.name,
        short=row.short or row.name,
        parent=above.code if above else None,
        pinyin=row.pinyin,
        lat=lat,
        lon=lon,
        approximate=approximate,
        traits=_traits(code, row.name),
        full_name=_full_name(row.name, above, edition),
    )


def _full_name(name: str, above: Division | None, edition: int) -> str:
    if above is None:
        return name
    if above.pseudo and above.parent:
        return _division(above.parent, edition).full_name + name
    if above.no_counties and above.name == name:
        return above.full_name  # the one county of 东莞 carries the city's name
    return above.full_name + name


def _traits(code: str, name: str) -> Trait:
    traits = Trait.NONE
    if row := exemption_of(code):
        traits |= TRAITS[row.kind]
    if _STATISTICAL_COUNTY.fullmatch(code) or _STATISTICAL_TOWNSHIP.fullmatch(code):
        traits |= Trait.STATISTICAL
    if PSEUDO_CITY.fullmatch(code):
        traits |= Trait.PSEUDO
    if len(code) == 6 and row and row.kind == "no-counties":
        traits |= Trait.PSEUDO
    if name.startswith("兵团"):
        traits |= Trait.CORPS
    return traits


def _within(codes: list[str], scope: str) -> list[str]:
    """The part of a sorted list that starts with `scope`."""
    return codes[bisect_left(codes, scope) : bisect_right(codes, scope + ":")]


def codes_within(scope: str, level: Level) -> list[str]:
    """Codes of `level` inside `scope` ("" for the country), sorted; `scope` counts as inside."""
    if level == Level.VILLAGE:
        return _within(villages.codes(), scope)
    return _within(table().codes[level], scope)


def descendants(code: str, level: Level) -> Iterator[Division]:
    """Divisions of `level` below `code`, in order of code."""
    scope = canonical(code)
    return (get(one) for one in codes_within(scope, level) if one != scope)


def children(code: str) -> list[Division]:
    """Divisions one level below; villages only when they were loaded."""
    above = get(code)
    if above.level == Level.VILLAGE:
        return []
    return list(descendants(above.code, Level(above.level + 1)))


def ancestors(code: str) -> list[Division]:
    """From the province down to the parent."""
    found: list[Division] = []
    parent = get(code).parent
    while parent:
        found.append(get(parent))
        parent = found[-1].parent
    return found[::-1]


def provinces() -> list[Division]:
    return [get(code) for code in table().codes[Level.PROVINCE]]


def full_name(code: str) -> str:
    """河北省衡水市枣强县, without levels that exist in the codes only."""
    return get(code).full_name


def coordinates(code: str) -> tuple[float, float, bool]:
    """(latitude, longitude, approximate) of a division's seat, WGS-84 degrees."""
    division = get(code)
    if division.lat is None or division.lon is None:
        raise UnknownDivision(code)
    return division.lat, division.lon, division.approximate


def expected_townships(code: str) -> list[str]:
    """Codes of the townships below `code` (or itself) that are due to report.

    Statistical townships (farms, parks: township part 400-599) have no office and owe no report;
    a real township inside a development zone does.
    """
    return list(_reporting(canonical(code)))


# Asked for every child of a division on every page; nine of ten answers are short.
@lru_cache(maxsize=4096)
def _reporting(code: str) -> tuple[str, ...]:
    return tuple(
        one
        for one in codes_within(code, Level.TOWNSHIP)
        if not _STATISTICAL_TOWNSHIP.fullmatch(one)
    )

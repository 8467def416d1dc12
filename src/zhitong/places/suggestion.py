"""Completions while somebody types a place."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from zhitong.places.division import Division, Level
from zhitong.places.names import normalised
from zhitong.places.resolution import resolve
from zhitong.places.table import canonical, codes_within, get, row_of


class _Keys(NamedTuple):
    code: str
    name: str
    letters: str
    initials: str


def suggest(prefix: str, *, within: str | None = None, limit: int = 10) -> list[Division]:
    """Divisions whose name, pinyin ("zaoq") or initials ("zq") begin with `prefix`.

    The exact name leads, then higher levels. With `within` only its inside; without, townships are
    offered for Chinese text only, since two letters would name thousands. Text that begins with a
    whole place goes on inside it: 枣强县王 offers 王均乡.
    """
    wanted = normalised(prefix).lower()
    scope = canonical(within) if within else ""
    if not wanted:
        return []
    if wanted.isascii() and wanted.isdigit():
        return [get(code) for code in _codes_from(wanted, scope)[:limit]]
    found = _beginning(wanted, scope, limit)
    if not found and (begun := resolve(prefix, within=within)).rest and begun.code:
        found = _beginning(begun.rest, begun.code, limit)
    found.sort(
        key=lambda one: (wanted not in (one.name, one.short), one.level, one.statistical, one.code)
    )
    return found[:limit]


def _beginning(wanted: str, scope: str, limit: int) -> list[Division]:
    """Divisions inside `scope` that begin with `wanted`, level by level until there are enough."""
    chinese = not wanted.isascii()
    levels = [Level.PROVINCE, Level.CITY, Level.COUNTY]
    if scope or chinese:
        levels.append(Level.TOWNSHIP)
    found: list[Division] = []
    for level in levels:
        for keys in _keys(level, scope[:2]):
            written = (keys.name,) if chinese else (keys.letters, keys.initials)
            if keys.code.startswith(scope) and any(one.startswith(wanted) for one in written):
                found.append(get(keys.code))
        if len(found) >= limit:
            break
    return found


def _codes_from(digits: str, within: str) -> list[str]:
    """Codes that begin with the digits, from the level that they reach."""
    for level in (Level.PROVINCE, Level.CITY, Level.COUNTY, Level.TOWNSHIP):
        if level.digits >= len(digits):
            return [code for code in codes_within(digits, level) if code.startswith(within)]
    return []


@cache
def _keys(level: Level, province: str) -> list[_Keys]:
    """Search keys of one level of a province ("" for the country).

    Of a city without counties only its county-level unit is offered, as `resolve` would answer.
    """
    keys = []
    for code in codes_within(province, level):
        division = get(code) if level == Level.CITY else None
        if division and (division.pseudo or division.no_counties):
            continue
        row = row_of(code)
        syllables = row.pinyin.split()
        keys.append(_Keys(code, row.name, "".join(syllables), "".join(one[0] for one in syllables)))
    return keys

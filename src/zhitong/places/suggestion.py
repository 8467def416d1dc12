"""Completions while somebody types a place."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from zhitong.places.division import Division, Level
from zhitong.places.names import normalised
from zhitong.places.table import codes_within, get, row_of


class _Keys(NamedTuple):
    code: str
    name: str
    letters: str
    initials: str


def suggest(prefix: str, *, within: str | None = None, limit: int = 10) -> list[Division]:
    """Divisions whose name, pinyin ("zaoq") or initials ("zq") begin with `prefix`.

    Higher levels first. With `within` (a canonical code) only its inside; without, townships are
    offered for Chinese text only, since two letters would name thousands.
    """
    wanted = normalised(prefix).lower()
    if not wanted:
        return []
    if wanted.isascii() and wanted.isdigit():
        return [get(code) for code in _codes_from(wanted, within or "")[:limit]]
    chinese = not wanted.isascii()
    found: list[Division] = []
    levels = [Level.PROVINCE, Level.CITY, Level.COUNTY]
    if within or chinese:
        levels.append(Level.TOWNSHIP)
    for level in levels:
        for keys in _keys(level, (within or "")[:2]):
            if within and not keys.code.startswith(within):
                continue
            hit = (
                keys.name.startswith(wanted)
                if chinese
                else keys.letters.startswith(wanted) or keys.initials.startswith(wanted)
            )
            if hit and not (division := get(keys.code)).pseudo:
                found.append(division)
        if len(found) >= limit:
            break
    # The exact name leads whatever its level: 枣强 before 枣强镇.
    found.sort(
        key=lambda one: (wanted not in (one.name, one.short), one.level, one.statistical, one.code)
    )
    return found[:limit]


def _codes_from(digits: str, within: str) -> list[str]:
    """Codes that begin with the digits, from the level that they reach."""
    for level in (Level.PROVINCE, Level.CITY, Level.COUNTY, Level.TOWNSHIP):
        if level.digits >= len(digits):
            return [code for code in codes_within(digits, level) if code.startswith(within)]
    return []


@cache
def _keys(level: Level, province: str) -> list[_Keys]:
    """Search keys of one level of a province ("" for the country)."""
    keys = []
    for code in codes_within(province, level):
        row = row_of(code)
        syllables = row.pinyin.split()
        keys.append(_Keys(code, row.name, "".join(syllables), "".join(one[0] for one in syllables)))
    return keys

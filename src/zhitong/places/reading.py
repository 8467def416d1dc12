"""Reading a text as a chain of place names, each inside the one before; levels may be skipped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from zhitong.places import villages
from zhitong.places.division import Level
from zhitong.places.names import Kind, Name, all_townships_book, township_book, upper_book
from zhitong.places.table import codes_within, row_of


class Reading(NamedTuple):
    """One way to read a text up to `end`."""

    end: int
    code: str
    kind: Kind
    """How the last name names."""
    worst: Kind
    """The least exact name on the way."""
    area: str
    """Not empty when the last name covers several divisions, each with a reading of its own."""


def readings_of(plain: str, level: Level) -> list[Reading]:
    """Every chain that a normalised text begins with, partial ones included.

    Townships anywhere are tried last: when no other reading explains the whole text or reaches a
    township, or when one is asked for by `level`.
    """
    found: list[Reading] = []
    for end, names in upper_book().at(plain, 0):
        _follow(plain, end, names, Kind.FULL, found)
    understood = any(one.end == len(plain) or len(one.code) > 6 for one in found)
    if understood and level < Level.TOWNSHIP:
        return found
    for end, names in all_townships_book().at(plain, 0):
        # A bare short name of a township counts only as the whole text.
        whole = end == len(plain)
        told = names if whole else [name for name in names if name.kind == Kind.FULL]
        _follow(plain, end, told, Kind.FULL, found)
    return found


def formal_reading(plain: str) -> Reading | None:
    """The one chain of exact names down to a township, as in an address written in full.

    None when the text is anything else. It says what `readings_of` would say and spares most
    texts of a column that search.
    """
    end, scope = 0, ""
    while len(scope) < 6:
        step = _formal_step(plain, end, scope)
        if step is None:
            return None
        end, scope = step
    for after, names in township_book(scope).at(plain, end):
        if len(names) == 1 and names[0].kind == Kind.FULL:
            return Reading(after, names[0].code, Kind.FULL, Kind.FULL, "")
    return None


def _formal_step(plain: str, start: int, scope: str) -> tuple[int, str] | None:
    """(end, code) of the longest exact name inside `scope`; None if there is none, or several."""
    for end, names in upper_book().at(plain, start):
        codes = [
            name.code
            for name in names
            if name.kind == Kind.FULL
            and len(name.code) > len(scope)
            and name.code.startswith(scope)
        ]
        if codes:
            return (end, codes[0]) if len(codes) == 1 else None
    return None


# A short name right before one of these was part of a longer word: 南京路, 枣强市, 张庄村.
_WORD_GOES_ON = frozenset("省市区县旗盟州乡镇村庄屯路街道巷弄社组号大")


def cuts_a_word(plain: str, reading: Reading) -> bool:
    """Whether the text goes on in a way that makes the last name doubtful."""
    return reading.kind == Kind.SHORT and plain[reading.end : reading.end + 1] in _WORD_GOES_ON


def _follow(plain: str, end: int, names: Iterable[Name], worst: Kind, found: list[Reading]) -> None:
    """Add the readings that end with one of `names` at `end`, and those that go on from there."""
    for name in names:
        below = worst if worst > name.kind else name.kind
        found.append(Reading(end, name.code, name.kind, below, name.area))
        if end < len(plain):
            _enter(plain, end, name, below, found)


def _enter(plain: str, start: int, above: Name, worst: Kind, found: list[Reading]) -> None:
    """Add the readings of the text from `start` on as places inside `above`."""
    scope = above.code
    if len(scope) == 9:
        _enter_township(plain, start, scope, worst, found)
        return
    if len(scope) < 6 or above.area:
        # 雄安新区容城县 names one of the counties that the area's name stands for.
        shortest = len(scope) + (0 if above.area else 1)
        for end, names in upper_book().at(plain, start):
            for name in names:
                if (
                    len(name.code) >= shortest
                    and name.code.startswith(scope)
                    and not (above.area and name.area)
                ):
                    _follow(plain, end, (name,), worst, found)
    _enter_county(plain, start, scope, worst, found)


def _enter_county(plain: str, start: int, scope: str, worst: Kind, found: list[Reading]) -> None:
    """Townships of a county; or of a city or province, when the text skips what is between."""
    understood = False
    for end, names in township_book(scope).at(plain, start):
        for name in names:
            if name.kind == Kind.SHORT and (
                len(scope) == 2 or plain[end : end + 1] in _WORD_GOES_ON
            ):
                continue  # 大营村 is a village, perhaps of another township than 大营镇
            understood = True
            _follow(plain, end, (name,), worst, found)
        if not understood and plain[end : end + 1] in ("乡", "镇"):
            # 王均镇 for 王均乡: townships become towns oftener than tables are renewed.
            for name in names:
                if row_of(name.code).name[-1] in "乡镇":
                    _follow(plain, end + 1, (name._replace(kind=Kind.OLD),), worst, found)


def _enter_township(plain: str, start: int, scope: str, worst: Kind, found: list[Reading]) -> None:
    """Villages, when they are loaded."""
    known = villages.names()
    for code in codes_within(scope, Level.VILLAGE) if known else ():
        short = villages.short_name(known[code])
        for written in (known[code], short + "村", short + "社区", short):
            if plain.startswith(written, start):
                kind = Kind.SHORT if written == short else Kind.FULL
                reading = Reading(start + len(written), code, kind, max(worst, kind), "")
                if not cuts_a_word(plain, reading):
                    found.append(reading)
                break

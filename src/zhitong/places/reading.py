"""Reading a text as a chain of place names, each inside the one before; levels may be skipped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from zhitong.places import villages
from zhitong.places.division import Level
from zhitong.places.names import Kind, Name, all_townships_book, township_book, upper_book
from zhitong.places.table import codes_within, table


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


def readings_of(plain: str) -> Iterator[Reading]:
    """Every chain that a text without spaces begins with, partial ones included."""
    for end, names in upper_book().at(plain, 0):
        yield from _followed(plain, end, names, Kind.FULL)
    for end, names in all_townships_book().at(plain, 0):
        # A bare short name of a township counts only as the whole text.
        whole = end == len(plain)
        told = names if whole else [name for name in names if name.kind == Kind.FULL]
        yield from _followed(plain, end, told, Kind.FULL)


# A short name right before one of these was part of a longer word: 南京路, 枣强市, 张庄村.
_WORD_GOES_ON = frozenset("省市区县旗盟州乡镇村庄屯路街道巷弄社组号大")


def cuts_a_word(plain: str, reading: Reading) -> bool:
    """Whether the text goes on in a way that makes the last name doubtful."""
    return reading.kind == Kind.SHORT and plain[reading.end : reading.end + 1] in _WORD_GOES_ON


def _followed(plain: str, end: int, names: Iterable[Name], worst: Kind) -> Iterator[Reading]:
    for name in names:
        below = max(worst, name.kind)
        yield Reading(end, name.code, name.kind, below, name.area)
        if end < len(plain):
            yield from _inside(plain, end, name, below)


def _inside(plain: str, start: int, above: Name, worst: Kind) -> Iterator[Reading]:
    """Readings of the text from `start` on as places inside `above`."""
    scope = above.code
    if len(scope) == 9:
        yield from _villages_inside(plain, start, scope, worst)
        return
    if len(scope) < 6 or above.area:
        # 雄安新区容城县 names one of the counties that the area's name stands for.
        shortest = len(scope) + (0 if above.area else 1)
        for end, names in upper_book().at(plain, start):
            deeper = [
                name
                for name in names
                if len(name.code) >= shortest
                and name.code.startswith(scope)
                and not (above.area and name.area)
            ]
            yield from _followed(plain, end, deeper, worst)
    yield from _townships_inside(plain, start, scope, worst)


def _townships_inside(plain: str, start: int, scope: str, worst: Kind) -> Iterator[Reading]:
    if len(scope) == 2:
        for end, names in all_townships_book().at(plain, start):
            full = [one for one in names if one.kind == Kind.FULL and one.code.startswith(scope)]
            yield from _followed(plain, end, full, worst)
        return
    understood = False
    for end, names in township_book(scope).at(plain, start):
        for reading in _followed(plain, end, names, worst):
            if not cuts_a_word(plain, reading):
                understood = True
                yield reading
        if not understood and plain[end : end + 1] in ("乡", "镇"):
            # 王均镇 for 王均乡: townships become towns oftener than tables are renewed.
            renamed = [one for one in names if table().rows[one.code].name[-1] in "乡镇"]
            yield from _followed(
                plain, end + 1, [one._replace(kind=Kind.OLD) for one in renamed], worst
            )


def _villages_inside(plain: str, start: int, scope: str, worst: Kind) -> Iterator[Reading]:
    known = villages.names()
    for code in codes_within(scope, Level.VILLAGE) if known else ():
        short = villages.short_name(known[code])
        for written in (known[code], short + "村", short + "社区", short):
            if plain.startswith(written, start):
                kind = Kind.SHORT if written == short else Kind.FULL
                reading = Reading(start + len(written), code, kind, max(worst, kind), "")
                if not cuts_a_word(plain, reading):
                    yield reading
                break

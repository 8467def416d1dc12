"""Every name a division goes by, as look-up tables for `resolution` and `suggestion`."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Iterator
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import NamedTuple

from zhitong.places.division import Level
from zhitong.places.table import PSEUDO_CITY, codes_within, table

_DATA = Path(__file__).parent / "data"


class Kind(IntEnum):
    """How a name names; the smaller wins when two divisions answer to the same text."""

    FULL = 0
    SHORT = 1
    OLD = 2


class Name(NamedTuple):
    code: str
    kind: Kind
    area: str = ""
    """Not empty when the name covers several divisions together (雄安新区)."""


class Book(NamedTuple):
    """Names of one part of the table."""

    names: dict[str, tuple[Name, ...]]
    lengths: dict[str, tuple[int, ...]]
    """First character -> lengths of the names that begin with it, longest first."""

    def at(self, text: str, start: int) -> Iterator[tuple[int, tuple[Name, ...]]]:
        """(end, names) for every name in `text` that begins at `start`, longest first."""
        for length in self.lengths.get(text[start : start + 1], ()):
            end = start + length
            if end <= len(text) and (found := self.names.get(text[start:end])):
                yield end, found


def _book(entries: Iterable[tuple[str, Name]]) -> Book:
    names: dict[str, list[Name]] = {}
    for text, name in entries:
        held = names.setdefault(text, [])
        if all(other.code != name.code or other.kind > name.kind for other in held):
            held.append(name)
    lengths: dict[str, set[int]] = {}
    for text in names:
        lengths.setdefault(text[0], set()).add(len(text))
    return Book(
        {text: tuple(held) for text, held in names.items()},
        {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()},
    )


@cache
def upper_book() -> Book:
    """Provinces, cities and counties: full, short, spoken and former names."""
    return _book(_upper_names())


def _upper_names() -> Iterator[tuple[str, Name]]:
    held = table()
    for level in (Level.PROVINCE, Level.CITY, Level.COUNTY):
        for code in held.codes[level]:
            row = held.rows[code]
            if len(code) == 4 and PSEUDO_CITY.fullmatch(code):
                continue
            yield row.name, Name(code, Kind.FULL)
            if row.short:
                yield row.short, Name(code, Kind.SHORT)
            for ending, spoken in _SPOKEN_TYPES.items():
                if row.name.endswith(ending):
                    yield row.short + spoken, Name(code, Kind.SHORT)
    for text, codes in _aliases():
        for code in codes:
            yield text, Name(code, Kind.SHORT, text if len(codes) > 1 else "")
    for gone in _former_rows():
        for text in filter(None, (gone["name"], gone["short"])):
            yield text, Name(gone["successor"], Kind.OLD)


# 延边朝鲜族自治州 is called 延边州, 宽城满族自治县 宽城县.
_SPOKEN_TYPES = {"自治州": "州", "自治县": "县", "自治旗": "旗"}


@cache
def township_book(county: str) -> Book:
    """Townships of one county (canonical code)."""
    return _book(_township_names(codes_within(county, Level.TOWNSHIP)))


@cache
def all_townships_book() -> Book:
    """Townships of the whole country, for texts that begin with one."""
    return _book(_township_names(table().codes[Level.TOWNSHIP]))


def _township_names(codes: Iterable[str]) -> Iterator[tuple[str, Name]]:
    rows = table().rows
    for code in codes:
        row = rows[code]
        yield row.name, Name(code, Kind.FULL)
        if row.short:
            yield row.short, Name(code, Kind.SHORT)
        if row.name.endswith("街道"):
            yield row.name + "办事处", Name(code, Kind.FULL)


def _aliases() -> Iterator[tuple[str, list[str]]]:
    text = (_DATA / "aliases.csv").read_text("utf-8")
    for row in csv.DictReader(text.splitlines()):
        yield row["name"], row["codes"].split("|")


@cache
def former_codes() -> dict[str, str]:
    """Codes that are gone -> the present code of what they stood for."""
    rows = table().rows
    # Sorted by year: where a code was used twice, its last use counts.
    ordered = sorted(_former_rows(), key=lambda row: int(row["until"]))
    return {row["code"]: row["successor"] for row in ordered if row["code"] not in rows}


@cache
def _former_rows() -> list[dict[str, str]]:
    packed = (_DATA / "former_names.csv.gz").read_bytes()
    return list(csv.DictReader(gzip.decompress(packed).decode().splitlines()))


@cache
def romanised_names() -> dict[str, tuple[str, ...]]:
    """Letters without spaces ("zaoqiang") -> codes of provinces, cities and counties."""
    found: dict[str, list[str]] = {}
    held = table()
    for level in (Level.PROVINCE, Level.CITY, Level.COUNTY):
        for code in held.codes[level]:
            if len(code) == 4 and PSEUDO_CITY.fullmatch(code):
                continue
            found.setdefault(held.rows[code].pinyin.replace(" ", ""), []).append(code)
    for text, codes in _aliases():
        if text.isascii():
            found[text.replace(" ", "")] = codes
    return {letters: tuple(codes) for letters, codes in found.items()}

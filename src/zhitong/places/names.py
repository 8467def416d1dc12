"""Every name a division goes by, as look-up tables for `resolution` and `suggestion`."""

from __future__ import annotations

import csv
import gzip
import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import NamedTuple

from zhitong.places.division import Level
from zhitong.places.table import PSEUDO_CITY, Row, codes_within, row_of, table

_NOISE = re.compile(r"[\s,，、。;；:：/\\|·•_—–\-()（）\[\]【】>＞'’\"“”]+")
_LEVELS_OF_CODES_ONLY = re.compile(r"(?<=市)市辖区|(?:省|自治区)直辖县级行政区划")
_COUNTRY = re.compile(r"^(?:中华人民共和国|中国)(?=.)")


def normalised(text: str) -> str:
    """Half-width, without spaces, punctuation, the country's name and levels of the codes only.

    Texts and names are compared in this form.
    """
    plain = _NOISE.sub("", unicodedata.normalize("NFKC", text))
    return _LEVELS_OF_CODES_ONLY.sub("", _COUNTRY.sub("", plain))


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

    def at(self, text: str, start: int) -> list[tuple[int, tuple[Name, ...]]]:
        """(end, names) for every name in `text` that begins at `start`, longest first."""
        found = []
        for length in self.lengths.get(text[start : start + 1], ()):
            names = self.names.get(text[start : start + length])
            if names and start + length <= len(text):
                found.append((start + length, names))
        return found


def _book(entries: Iterable[tuple[str, Name]]) -> Book:
    names: dict[str, dict[str, Name]] = {}
    for text, name in entries:
        held = names.setdefault(text, {})
        known = held.get(name.code)
        if known is None or known.kind > name.kind:
            held[name.code] = name
    lengths: dict[str, set[int]] = {}
    for text in names:
        lengths.setdefault(text[0], set()).add(len(text))
    return Book(
        {text: tuple(held.values()) for text, held in names.items()},
        {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()},
    )


@cache
def upper_book() -> Book:
    """Provinces, cities and counties: full, short, spoken and former names."""
    return _book(_upper_names())


def _upper_names() -> Iterator[tuple[str, Name]]:
    for row in _upper_rows():
        yield row.name, Name(row.code, Kind.FULL)
        if row.short:
            yield row.short, Name(row.code, Kind.SHORT)
        for ending, spoken in _SPOKEN_TYPES.items():
            if row.name.endswith(ending):
                yield row.short + spoken, Name(row.code, Kind.SHORT)
    for text, codes in _aliases():
        for code in codes:
            yield text, Name(code, Kind.SHORT, text if len(codes) > 1 else "")
    for gone in _former_rows():
        for text in filter(None, (gone["name"], gone["short"])):
            yield text, Name(gone["successor"], Kind.OLD)


# 延边朝鲜族自治州 is called 延边州, 宽城满族自治县 宽城县.
_SPOKEN_TYPES = {"自治州": "州", "自治县": "县", "自治旗": "旗"}


def _upper_rows() -> Iterator[Row]:
    """Provinces, cities and counties without the levels that exist in the codes only."""
    for level in (Level.PROVINCE, Level.CITY, Level.COUNTY):
        for code in table().codes[level]:
            if not PSEUDO_CITY.fullmatch(code):
                yield row_of(code)


@cache
def township_book(scope: str) -> Book:
    """Townships of one province, city or county (canonical code)."""
    return _book(_township_names(codes_within(scope, Level.TOWNSHIP)))


@cache
def all_townships_book() -> Book:
    """Townships of the whole country, for texts that begin with one."""
    return _book(_township_names(table().codes[Level.TOWNSHIP]))


def _township_names(codes: Iterable[str]) -> Iterator[tuple[str, Name]]:
    for code in codes:
        row = row_of(code)
        name = row.name if row.name.isalpha() else normalised(row.name)
        yield name, Name(code, Kind.FULL)
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
    present = table().lines
    # Sorted by year: where a code was used twice, its last use counts.
    ordered = sorted(_former_rows(), key=lambda row: int(row["until"]))
    return {row["code"]: row["successor"] for row in ordered if row["code"] not in present}


@cache
def _former_rows() -> list[dict[str, str]]:
    packed = (_DATA / "former_names.csv.gz").read_bytes()
    return list(csv.DictReader(gzip.decompress(packed).decode().splitlines()))


@cache
def romanised_names() -> dict[str, tuple[str, ...]]:
    """Letters without spaces ("zaoqiang") -> codes of provinces, cities and counties."""
    found: dict[str, list[str]] = {}
    for row in _upper_rows():
        found.setdefault(row.pinyin.replace(" ", ""), []).append(row.code)
    for text, codes in _aliases():
        if text.isascii():
            found[text.replace(" ", "")] = codes
    return {letters: tuple(codes) for letters, codes in found.items()}

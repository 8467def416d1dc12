"""Finding people: by identity number or telephone exactly, by home, by any part of a name.

A place and a name may stand together: 大营镇 张三. Words that are a place in full (大营镇, 枣强县)
mean the place; short ones (大营) mean a name as long as somebody in the scope bears it.

Names are compared by ranges of bytes, which indexes answer under row-level security too: the
operators are leakproof, and the home stands in the index beside the name. Names have two or three
characters as a rule: a part is then the beginning of the name, of the name read backwards, or of
what follows its first character. Only the middle of longer names is looked for one by one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl
from django.db import connection

from zhitong import places
from zhitong.places import Division
from zhitong.registry import queries, telephones
from zhitong.registry.models import LONG_NAME, Worker
from zhitong.registry.queries import PAGE, WorkerLine

PAGES = 20
"""Whoever has not found somebody among a thousand has to say more."""
_LAST = "\U0010ffff"
_IDENTITY = re.compile(r"\d{17}[\dX]")
_IN_FULL = ("code", "old-code", "full", "area")


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was found; `more` stand behind it.

    `by` says what the words were taken for ("identity", "phone", "name", "place" or "" without
    any). `place` is where the words narrowed the search to; `meant` are the places of the scope
    that share the name given, each with the words that would say so, when it was not clear which.
    """

    lines: list[WorkerLine]
    page: int
    more: bool
    by: str
    place: str = ""
    meant: tuple[tuple[Division, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Reading:
    """The words as a place of the scope and the rest as a name, which may be empty."""

    place: places.Resolution
    name: str

    def inside(self, scope: str) -> tuple[Division, ...]:
        """The places it may be, as far as they lie in the scope; one around it is the scope."""
        one = self.place.division
        if one and scope.startswith(one.code):
            return (places.get(scope),)
        given = (one,) if one else self.place.candidates
        return tuple(one for one in given if one.code.startswith(scope))


def search(*, scope: str, text: str, page: int = 1) -> Found:
    """Workers of a scope whom the words mean; at most eight queries, none reads a whole table."""
    page = min(max(page, 1), PAGES)
    words = re.sub(r"\s+", " ", text.strip())
    bare = re.sub(r"[\s\-]", "", words).upper()
    if _IDENTITY.fullmatch(bare):
        return Found(queries.find(scope, identity=bare), 1, False, "identity")
    if re.fullmatch(r"\+?[\d()]{7,}", bare) and places.find(bare) is None:
        phone = telephones.numbers(pl.Series([bare]))[0] or bare
        return Found(queries.find(scope, phone=phone), 1, False, "phone")
    if not words:
        return _page(scope, "", page, by="")
    full, short = _readings(words, scope)
    if full:
        return _in_place(full, scope, page)
    found = _page(scope, words, page, by="name")
    return found if found.lines or page > 1 or not short else _in_place(short, scope, page)


def _readings(words: str, scope: str) -> tuple[_Reading | None, _Reading | None]:
    """The words as a place in full and as a place in short, with or without a name."""
    short = None
    first, _, behind = words.partition(" ")
    before, _, last = words.rpartition(" ")
    for place, name in dict.fromkeys([(words, ""), (first, behind), (last, before)]):
        if not place or (place.isascii() and not place.isdigit()):
            continue
        reading = _Reading(places.resolve(place, within=scope), name)
        if reading.place.rest or not reading.inside(scope):
            continue
        if reading.place.how in _IN_FULL or place in {one.name for one in reading.inside(scope)}:
            return reading, None
        short = short or reading
    return None, short


def _in_place(reading: _Reading, scope: str, page: int) -> Found:
    """Who lives in the place that is meant; the places themselves when several may be."""
    inside = reading.inside(scope)
    if len(inside) > 1:
        said = ((one, f"{_with_county(one)} {reading.name}".strip()) for one in inside)
        return Found([], 1, False, "place", meant=tuple(said))
    return _page(inside[0].code, reading.name, page, by="place", place=inside[0].code)


def _with_county(division: Division) -> str:
    """枣强县大营镇: a township is named with its county, which says which of its name it is."""
    above = [one.name for one in places.ancestors(division.code) if not one.pseudo]
    return "".join([*above[1:], division.name])


def _page(scope: str, words: str, page: int, *, by: str, place: str = "") -> Found:
    """Whoever lives in a scope, or whose name there holds the words."""
    start = (page - 1) * PAGE
    if words:
        name = words if words.isascii() else words.replace(" ", "")
        ids = _by_name(scope, name, start, PAGE + 1)
    else:
        ids = _by_home(scope, start, PAGE + 1)
    found = Worker.objects.in_bulk(ids[:PAGE])
    lines = queries.lines_of([found[pk] for pk in ids[:PAGE] if pk in found])
    return Found(lines, page, len(ids) > PAGE and page < PAGES, by, place)


def _by_home(scope: str, start: int, size: int) -> list[int]:
    """Ids of a scope, place by place: in any other order all of them would be sorted."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id FROM registry_worker
            WHERE home ~>=~ %s AND home ~<~ %s AND erased_at IS NULL
            ORDER BY home USING ~<~, id LIMIT %s OFFSET %s
            """,
            [scope, scope + ":", size, start],
        )
        return [one for (one,) in cursor.fetchall()]


def _by_name(scope: str, name: str, start: int, size: int) -> list[int]:
    """Ids of those whose name begins so, then ends so, then holds the words anywhere."""
    found: dict[int, None] = {}
    for column, words in (("name", name), ("name_reversed", name[::-1]), ("name_rest", name)):
        if len(found) < start + size:
            found |= dict.fromkeys(_range(scope, column, words, start + size + len(found)))
    if len(found) < start + size:
        found |= dict.fromkeys(_within_long(scope, name, start + size + len(found)))
    return list(found)[start : start + size]


def _range(scope: str, column: str, words: str, size: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT id FROM registry_worker
            WHERE {column} ~>=~ %s AND {column} ~<~ %s AND home ~>=~ %s AND home ~<~ %s
                  AND erased_at IS NULL
            ORDER BY {column} USING ~<~, home USING ~<~ LIMIT %s
            """,  # noqa: S608
            [words, words + _LAST, scope, scope + ":", size],
        )
        return [one for (one,) in cursor.fetchall()]


def _within_long(scope: str, words: str, size: int) -> list[int]:
    """By a small index of the names that are long enough to hold words in their middle."""
    rows = Worker.objects.filter(
        home__within=scope, name__regex=LONG_NAME, name__contains=words, erased_at=None
    )
    return list(rows.order_by("pk").values_list("pk", flat=True)[:size])

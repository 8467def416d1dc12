"""Finding people: by identity number or telephone exactly, by any part of a name.

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

from zhitong.registry import queries, telephones
from zhitong.registry.models import LONG_NAME, Worker
from zhitong.registry.queries import PAGE, WorkerLine

PAGES = 20
"""Whoever has not found somebody among a thousand has to say more."""
_LAST = "\U0010ffff"
_IDENTITY = re.compile(r"\d{17}[\dX]")


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was found; `more` stand behind it, `by` says what the words were taken for
    ("identity", "phone", "name" or "" without any)."""

    lines: list[WorkerLine]
    page: int
    more: bool
    by: str


def search(*, scope: str, text: str, page: int = 1) -> Found:
    """Workers of a scope whom the words mean; at most seven queries, none reads a whole table."""
    page = min(max(page, 1), PAGES)
    words = re.sub(r"\s+", " ", text.strip())
    bare = re.sub(r"[\s\-]", "", words).upper()
    if _IDENTITY.fullmatch(bare):
        return Found(queries.find(scope, identity=bare), 1, False, "identity")
    if re.fullmatch(r"\+?[\d()]{7,}", bare):
        phone = telephones.numbers(pl.Series([bare]))[0] or bare
        return Found(queries.find(scope, phone=phone), 1, False, "phone")
    start = (page - 1) * PAGE
    if not words:
        ids = _by_home(scope, start, PAGE + 1)
    else:
        name = words if words.isascii() else words.replace(" ", "")
        ids = _by_name(scope, name, start, PAGE + 1)
    found = Worker.objects.in_bulk(ids[:PAGE])
    lines = queries.lines_of([found[pk] for pk in ids[:PAGE] if pk in found])
    more = len(ids) > PAGE and page < PAGES
    return Found(lines, page, more, "name" if words else "")


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

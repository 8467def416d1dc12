"""Places as the rows of a survey write them, resolved once for each distinct text."""

from __future__ import annotations

import polars as pl

from zhitong import places
from zhitong.places import Level, villages

SHOWN = 3
_CACHE_SIZE = 300_000
_MANY = 2_000
_FAULTS = {"ambiguous": "ambiguous-place", "area": "ambiguous-place"}
_SCHEMA = {
    "text": pl.String,
    "code": pl.String,
    "rest": pl.String,
    "trouble": pl.String,
    "fault": pl.String,
}

# Files repeat the same places, and a big file comes in many parts.
_known: dict[str, tuple[str | None, str, str | None, str | None]] = {}
_edition = villages.edition()


def resolved(texts: pl.Series) -> pl.DataFrame:
    """Distinct texts -> text, code, rest (below the place); without a code, trouble and fault.

    `trouble` ends a sentence that begins with the text, `fault` is `unknown-place` or
    `ambiguous-place`.
    """
    distinct = texts.drop_nulls().unique(maintain_order=True)
    _forget()
    new = distinct.filter(pl.Series([text not in _known for text in distinct], dtype=pl.Boolean))
    if len(new) > _MANY and not villages.names():
        new = _by_township(new)
    if len(new):
        for text, code, how, rest, candidates in places.resolve_many(new).iter_rows():
            trouble = None if code else _trouble(how, candidates)
            fault = None if code else _FAULTS.get(how, "unknown-place")
            _known[text] = (code, rest, trouble, fault)
    return pl.DataFrame([(text, *_known[text]) for text in distinct], schema=_SCHEMA, orient="row")


def _forget() -> None:
    """Drop the cache when it is full, or when villages were imported."""
    global _edition
    if len(_known) > _CACHE_SIZE or _edition != villages.edition():
        _known.clear()
        _edition = villages.edition()


def _by_township(texts: pl.Series) -> pl.Series:
    """Resolve what reads “... 乡 + village” by the part up to the township; return the others.

    Thousands of people live in one township at thousands of addresses. Only an exact, full name
    of a township counts here, so that the answer is the one of the whole text.
    """
    halves = pl.DataFrame({"text": texts}).with_columns(
        pl.col("text")
        .str.extract_groups(r"^(?<head>.{2,40}?(?:街道|[乡镇])[乡镇]*)(?<rest>.*)$")
        .struct.unnest()
    )
    townships = {}
    for head in halves["head"].drop_nulls().unique():
        found = places.resolve(head)
        division = found.division
        if division and division.level == Level.TOWNSHIP and found.how == "full" and not found.rest:
            townships[head] = division.code
    left = []
    for text, head, rest in halves.iter_rows():
        if code := townships.get(head):
            _known[text] = (code, rest, None, None)
        else:
            left.append(text)
    return pl.Series(left, dtype=pl.String)


def _trouble(how: str, candidates: list[str]) -> str:
    names = [places.full_name(code) for code in candidates[:SHOWN]]
    listed = "、".join(names) + ("等" if len(candidates) > SHOWN else "")
    if how == "ambiguous":
        return f"有几处同名（{listed}），请写全省、市、县或填区划代码"
    if how == "area":
        return f"是几个县区的合称（{listed}），请写到其中一个"
    if names:
        return f"不在区划表中，是否为{listed}？请按区划全称或代码填写"
    return "不在区划表中，请按“省市县乡”全称或区划代码填写"


def widest(home: str, work: str) -> int:
    """The farthest category two codes too short to decide can still have."""
    here, there = places.standing_of(home[:6]), places.standing_of(work[:6])
    if here.county and here.county == there.county:
        return 2
    if here.city and here.city == there.city:
        return 3
    return 4

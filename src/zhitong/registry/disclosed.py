"""People's numbers where they do not belong: in free text, which is stored in clear."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from zhitong.registry import identity, telephones

_KINDS = (
    ("identity-in-text", identity.inside, "中有身份证号；身份证号只填在身份证号一栏，请删去"),
    ("phone-in-text", telephones.inside, "中有电话号码；电话只填在电话的那一栏，请删去"),
)


def disclosed(texts: pl.Series, *, heading: str) -> Iterator[tuple[str, pl.Series, str]]:
    """Code, the distinct texts that hold such a number, and the sentence without its full stop."""
    for code, inside, sentence in _KINDS:
        yield code, inside(texts), heading + sentence

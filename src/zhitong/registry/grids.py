"""A sheet as it was written, before anybody knows what its columns mean."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

BEYOND_ASCII = r"[^\x00-\x7F]"
_INVISIBLE = "[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad\x00-\x08\x0e-\x1f]"
_LINE_BREAK = "[\n\r\v\f\u0085\u2028\u2029]"
_SPACE = "[\u2000-\u200a\u00a0\u1680\u202f\u205f\u3000]"


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Cells as strings, null where blank.

    Column i of `cells` is named str(i) and is the i-th of the sheet; its first row is the first of
    the sheet. `spoiled` lists (row, column, code), from 0, of cells whose text is not what the
    clerk sees.
    """

    cells: pl.DataFrame
    spoiled: list[tuple[int, int, str]] = field(default_factory=list)


def tidy(column: pl.Expr) -> pl.Expr:
    """On one line, without invisible characters, outer spaces, and the apostrophe that Excel puts
    before text; null where nothing is left."""
    text = (
        pl.when(column.str.contains(f"{_INVISIBLE}|{_SPACE}|{_LINE_BREAK}"))
        .then(
            column.str.replace_all(_INVISIBLE, "")
            .str.replace_all(f"{_LINE_BREAK}+", " ")
            .str.replace_all(_SPACE, " ")
        )
        .otherwise(column)
        .str.strip_chars(" \t")
        .str.strip_prefix("'")
    )
    return pl.when(text.str.len_bytes() > 0).then(text)


def tidied(cells: pl.DataFrame) -> pl.DataFrame:
    return cells.with_columns(tidy(pl.all()))

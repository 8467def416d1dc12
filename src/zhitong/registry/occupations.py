"""Occupations of the 2022 catalogue (职业分类大典), by code or by name."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

import polars as pl

CATALOGUE = Path(__file__).parent / "data" / "occupations.csv"
SHOWN = 3


@cache
def names() -> dict[str, str]:
    """Code (7 digits) -> name, in the order of the catalogue."""
    return dict(pl.read_csv(CATALOGUE, infer_schema=False).select("code", "name").iter_rows())


def finest() -> list[str]:
    """Names of single occupations, for the form's dropdown."""
    catalogue = pl.read_csv(CATALOGUE, infer_schema=False)
    return catalogue.filter(pl.col("level") == catalogue["level"].max())["name"].to_list()


@cache
def _codes() -> dict[str, str]:
    """Name or other name -> code; the finer occupation wins where a group has the same name."""
    found = {}
    for code, others in (
        pl.read_csv(CATALOGUE, infer_schema=False).select("code", "aliases").iter_rows()
    ):
        for other in (others or "").split("|"):
            found[other] = code
    return found | {name: code for code, name in names().items()}


def resolved(texts: pl.Series) -> pl.DataFrame:
    """Distinct texts -> text, code, trouble (ends a sentence; null with a code)."""
    distinct = texts.drop_nulls().unique()
    found = [_resolve(text) for text in distinct]
    return pl.DataFrame(
        {
            "text": distinct,
            "code": pl.Series([code for code, _ in found], dtype=pl.String),
            "trouble": pl.Series([trouble for _, trouble in found], dtype=pl.String),
        }
    )


@lru_cache(maxsize=16384)
def _resolve(text: str) -> tuple[str | None, str | None]:
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    if re.fullmatch(r"[\d\-]+", plain):
        code = plain.replace("-", "")
        if code in names():
            return code, None
        return None, "不是职业分类大典（2022）的代码；请按模板“职业”下拉框填写，不清楚可留空"
    if known := _codes().get(plain):
        return known, None
    near = [name for name in names().values() if plain in name or name in plain][:SHOWN]
    hint = f"，相近的有{'、'.join(near)}" if near else ""
    return None, f"不在职业分类大典（2022）中{hint}；请按模板“职业”下拉框填写，不清楚可留空"

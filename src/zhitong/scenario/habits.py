"""What clerks do to a row that leaves it valid: short names, full-width digits, loose dates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhitong.registry import occupations
from zhitong.scenario.writing import Gazetteer

PLACES = ("home", "work", "destination")
DATES = ("started", "earliest", "latest")
DATE_FORMS = ("%Y-%m-%d", "%Y/%-m/%-d", "%Y年%-m月%-d日", "%Y%m%d", "%Y.%-m.%-d")


@dataclass(frozen=True)
class Hand:
    """How one office writes: shares of full and short place names (the rest codes), its dates."""

    full: float
    short: float
    date_form: str
    named_occupations: float
    """Share of occupations by name, the rest by code."""
    careless: float
    """Share of rows with something untidy."""


MACHINE = Hand(full=0.0, short=0.0, date_form="%Y-%m-%d", named_occupations=0.0, careless=0.0)
"""An export of a program."""


def hand_of_an_office(rng: np.random.Generator) -> Hand:
    full = rng.choice([0.95, 0.7, 0.2, 0.0], p=[0.45, 0.3, 0.15, 0.1])
    short = (1 - full) * rng.choice([0.3, 0.8])
    form = DATE_FORMS[rng.choice(5, p=[0.55, 0.2, 0.12, 0.05, 0.08])]
    return Hand(
        full=full,
        short=short,
        date_form=form,
        named_occupations=rng.choice([1.0, 0.8, 0.0], p=[0.5, 0.4, 0.1]),
        careless=rng.choice([0.01, 0.03, 0.08]),
    )


def typed(
    rng: np.random.Generator, frame: pl.DataFrame, *, hand: Hand, gazetteer: Gazetteer
) -> pl.DataFrame:
    """The frame of `writing.write_down` as this hand types it."""
    count = len(frame)
    columns = {}
    for key in PLACES:
        columns[key] = _place(rng, frame[key], hand=hand, gazetteer=gazetteer)
    for key in DATES:
        days = frame[key].str.to_date("%Y-%m-%d")
        usual = days.dt.to_string(hand.date_form)
        other = days.dt.to_string(DATE_FORMS[rng.integers(len(DATE_FORMS))])
        columns[key] = other.zip_with(_some(rng, count, hand.careless), usual)
    names = frame["occupation"].replace(occupations.names())
    named = _some(rng, count, hand.named_occupations)
    columns["occupation"] = names.zip_with(named, frame["occupation"])
    for key in ("identity", "phone"):
        columns[key] = _digits(rng, frame[key], hand.careless)
    name = frame["name"]
    spaced = name.str.replace(r"^(.)(.)$", "$1 $2")
    columns["name"] = spaced.zip_with(_some(rng, count, hand.careless), name)
    return frame.with_columns(**columns)


def _some(rng: np.random.Generator, count: int, share: float) -> pl.Series:
    return pl.Series(rng.random(count) < share, dtype=pl.Boolean)


def _place(
    rng: np.random.Generator, codes: pl.Series, *, hand: Hand, gazetteer: Gazetteer
) -> pl.Series:
    if hand.full + hand.short == 0:
        return codes
    names = pl.DataFrame({"code": gazetteer.code, "full": gazetteer.full, "short": gazetteer.short})
    joined = (
        codes.rename("code").to_frame().join(names, on="code", how="left", maintain_order="left")
    )
    chance = rng.random(len(codes))
    padded = codes.str.pad_end(12, "0")
    code = padded.zip_with(_some(rng, len(codes), 0.4), codes)
    named = joined["short"].zip_with(pl.Series(chance < hand.full + hand.short), code)
    return joined["full"].zip_with(pl.Series(chance < hand.full), named)


def _digits(rng: np.random.Generator, numbers: pl.Series, share: float) -> pl.Series:
    """A few in full-width digits, in groups, or with a blank behind."""
    chance: NDArray[np.float64] = rng.random(len(numbers))
    half = "0123456789X"
    wide = numbers.str.replace_many(list(half), list("０１２３４５６７８９Ｘ"))
    grouped = numbers.str.replace(r"^(\d{6})(\d{8})(.{4})$", "$1 $2 $3").str.replace(
        r"^(\d{3})(\d{4})(\d{4})$", "$1 $2 $3"
    )
    lower = numbers.str.replace("X", "x") + " "
    result = numbers
    for step, texts in enumerate((wide, grouped, lower)):
        result = texts.zip_with(pl.Series(chance < share * (3 - step) / 3), result)
    return result

"""What clerks do to a row that leaves it valid: short names, full-width digits, loose dates."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhitong.registry import occupations
from zhitong.scenario.writing import Gazetteer

PLACES = ("home", "work", "destination")
DATES = ("started", "earliest", "latest")
DATE_FORMS = ("%Y-%m-%d", "%Y/%-m/%-d", "%Y年%-m月%-d日", "%Y%m%d", "%Y.%-m.%-d")
_FULL = ((0.95, 0.7, 0.2, 0.0), (0.45, 0.3, 0.15, 0.1))
_DATE_FORM = (0.55, 0.2, 0.12, 0.05, 0.08)
_NAMED = ((1.0, 0.8, 0.0), (0.5, 0.4, 0.1))
_CARELESS = (0.01, 0.03, 0.08)


@dataclass(frozen=True)
class Hands:
    """How offices write, arrays of one length: an office, or a row once `of` was asked."""

    full: NDArray[np.float64]
    """Share of places by full name."""
    short: NDArray[np.float64]
    """Share of places by short name; the rest are codes."""
    date_form: NDArray[np.int64]
    """Index into DATE_FORMS."""
    named: NDArray[np.float64]
    """Share of occupations by name; the rest are codes."""
    careless: NDArray[np.float64]
    """Share of rows with something untidy."""

    def of(self, offices: NDArray[np.int64]) -> Hands:
        return Hands(
            self.full[offices],
            self.short[offices],
            self.date_form[offices],
            self.named[offices],
            self.careless[offices],
        )

    def careful(self) -> Hands:
        """The same habits without slips."""
        return replace(self, careless=np.zeros_like(self.careless))


def hands_of_offices(rng: np.random.Generator, count: int) -> Hands:
    full = rng.choice(_FULL[0], count, p=_FULL[1])
    return Hands(
        full=full,
        short=(1 - full) * rng.choice([0.3, 0.8], count),
        date_form=rng.choice(len(DATE_FORMS), count, p=_DATE_FORM),
        named=rng.choice(_NAMED[0], count, p=_NAMED[1]),
        careless=rng.choice(_CARELESS, count),
    )


def typed(
    rng: np.random.Generator, frame: pl.DataFrame, *, hands: Hands, gazetteer: Gazetteer
) -> pl.DataFrame:
    """The frame of `writing.write_down` as the hand of each row types it."""
    count = len(frame)
    columns = {key: _place(rng, frame[key], hands, gazetteer) for key in PLACES}
    for key in DATES:
        other = rng.integers(0, len(DATE_FORMS), count)
        slip = rng.random(count) < hands.careless
        columns[key] = _date(frame[key], np.where(slip, other, hands.date_form))
    names = frame["occupation"].replace(occupations.names())
    columns["occupation"] = names.zip_with(_some(rng, hands.named), frame["occupation"])
    for key in ("identity", "phone"):
        columns[key] = _digits(rng, frame[key], hands.careless)
    name = frame["name"]
    spaced = name.str.replace(r"^(.)(.)$", "$1 $2")
    columns["name"] = spaced.zip_with(_some(rng, hands.careless), name)
    return frame.with_columns(**columns)


def _some(rng: np.random.Generator, share: NDArray[np.float64]) -> pl.Series:
    return pl.Series(rng.random(len(share)) < share, dtype=pl.Boolean)


def _place(
    rng: np.random.Generator, codes: pl.Series, hands: Hands, gazetteer: Gazetteer
) -> pl.Series:
    joined = pl.DataFrame({"code": codes}).join(
        gazetteer.names, on="code", how="left", maintain_order="left"
    )
    chance = rng.random(len(codes))
    padded = pl.Series(rng.random(len(codes)) < 0.4, dtype=pl.Boolean)
    code = codes.str.pad_end(12, "0").zip_with(padded, codes)
    named = joined["short"].zip_with(pl.Series(chance < hands.full + hands.short), code)
    return joined["full"].zip_with(pl.Series(chance < hands.full), named)


def _date(iso: pl.Series, form: NDArray[np.int64]) -> pl.Series:
    days = iso.str.to_date("%Y-%m-%d")
    texts = iso
    for number, one in enumerate(DATE_FORMS[1:], start=1):
        texts = days.dt.to_string(one).zip_with(pl.Series(form == number), texts)
    return texts


def _digits(rng: np.random.Generator, numbers: pl.Series, share: NDArray[np.float64]) -> pl.Series:
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

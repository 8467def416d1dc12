"""The hand-written lists of `data/`: names, industries, populations, destinations."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Weighted(NamedTuple):
    """Things to draw from; weights sum to 1."""

    items: tuple[str, ...]
    weights: NDArray[np.float64]

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.int64]:
        """Indices into `items`, shape (size,)."""
        return draw(rng, self.weights, size)


class Industry(NamedTuple):
    name: str
    inside: float
    outside: float
    men: float
    """Share of men among its workers."""
    works: tuple[str, ...]
    occupations: Weighted
    """Codes of the 2022 catalogue, without hyphens."""


class Area(NamedTuple):
    """A place and a weight: people in ten thousands, or the pull of a destination."""

    code: str
    weight: float


def draw(rng: np.random.Generator, weights: NDArray[np.float64], size: int) -> NDArray[np.int64]:
    """Indices drawn with replacement after `weights`, shape (size,)."""
    edges = np.cumsum(weights)
    drawn: NDArray[np.int64] = np.searchsorted(edges, rng.random(size) * edges[-1], side="right")
    return drawn


def weighted(pairs: list[tuple[str, float]]) -> Weighted:
    weights = np.array([weight for _, weight in pairs], dtype=np.float64)
    return Weighted(tuple(item for item, _ in pairs), weights / weights.sum())


@cache
def surnames() -> Weighted:
    return weighted(
        [
            (name, float(row["weight"]))
            for row in _rows("surnames.csv")
            for name in row["surnames"].split()
        ]
    )


@cache
def given(sex: str, place: str) -> Weighted:
    """Characters of given names: `sex` is M or F, `place` single, first or second.

    Rare characters stand behind the usual ones, as second or only characters.
    """
    pairs = [
        (character, float(row["weight"]) / (10 if row["place"] == "rare" else 1))
        for row in _rows("given.csv")
        if row["sex"] == sex and row["place"] in (place, "rare")
        for character in row["characters"].split()
    ]
    return weighted(pairs)


@cache
def industries() -> tuple[Industry, ...]:
    return tuple(
        Industry(
            name=row["industry"],
            inside=float(row["inside"]),
            outside=float(row["outside"]),
            men=float(row["men"]),
            works=tuple(row["works"].split("|")),
            occupations=weighted(
                [
                    (code, float(weight))
                    for code, weight in (one.split(":") for one in row["occupations"].split("|"))
                ]
            ),
        )
        for row in _rows("industries.csv")
    )


def workers_by_prefecture() -> tuple[Area, ...]:
    """Codes (4 or 6 digits, the longer ones set apart from their city) and plausible workers."""
    return tuple(
        Area(row["area"], float(row["people"]) * float(row["leaving"]))
        for row in _rows("prefectures.csv")
    )


def destinations() -> tuple[Area, ...]:
    """Where people of Hebei go outside it, and how strongly each place pulls."""
    return tuple(Area(row["area"], float(row["pull"])) for row in _rows("destinations.csv"))


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = (files("zhitong.scenario") / "data" / name).read_text("utf-8")
    return csv.DictReader(text.splitlines())

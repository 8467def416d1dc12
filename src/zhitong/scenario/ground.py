"""Hebei as arrays: where people live, where they may work, and how strongly places pull."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhitong import places
from zhitong.places import GreatCircle, Level, Trait
from zhitong.scenario.lists import destinations, draw, workers_by_prefecture

PROVINCE = "13"
SILENT_TOWNSHIPS = 11
"""Townships that send nothing, so that coverage has something to show."""


@dataclass(frozen=True)
class Ground:
    """A township is an index into `townships`, a county into `counties`, a site into `sites`.

    `sites` holds the townships first, then every county of the province and of the destinations.
    """

    townships: list[str]
    counties: list[str]
    sites: list[str]
    county_of: NDArray[np.int64]
    """County of a township, shape (townships,)."""
    silent: NDArray[np.bool_]
    weight: NDArray[np.float64]
    """Workers of a township, relative, shape (townships,); zero for the silent ones."""
    first_of_county: NDArray[np.int64]
    """Townships of county c are first[c] .. first[c + 1] - 1, shape (counties + 1,)."""
    near: NDArray[np.float64]
    """Pull of county j on people of county i inside one city, shape (counties, counties)."""
    far: NDArray[np.float64]
    """The same outside the city, inside the province."""
    abroad: NDArray[np.float64]
    """Pull of an outside county on county i, shape (counties, outside counties)."""
    abroad_site: NDArray[np.int64]
    """Site of an outside county."""
    county_site: NDArray[np.int64]
    """Site of a county of the province."""


def survey(rng: np.random.Generator) -> Ground:
    """Read the province from the division table and draw its weights."""
    townships = places.expected_townships(PROVINCE)
    counties = sorted({code[:6] for code in townships})
    number = {code: index for index, code in enumerate(counties)}
    county_of = np.array([number[code[:6]] for code in townships])
    silent = np.zeros(len(townships), dtype=bool)
    silent[rng.choice(len(townships), SILENT_TOWNSHIPS, replace=False)] = True

    standings = [places.standing_of(code).city for code in counties]
    same_city = np.array([[a == b for b in standings] for a in standings])
    point = _points(counties)
    km = GreatCircle().km(point, point).astype(np.float64)
    size = _county_sizes(rng, counties)
    np.fill_diagonal(same_city, True)
    apart = ~np.eye(len(counties), dtype=bool)
    pull = (size**0.5 + 3 * _is_urban(counties))[None, :] / (15.0 + km)

    outside, outside_pull = _outside(rng)
    outside_km = GreatCircle().km(point, _points(outside)).astype(np.float64)
    sites = townships + counties + outside
    weight = _township_weights(rng, townships, county_of, size)
    weight[silent] = 0
    return Ground(
        townships=townships,
        counties=counties,
        sites=sites,
        county_of=county_of,
        silent=silent,
        weight=weight,
        first_of_county=np.searchsorted(county_of, np.arange(len(counties) + 1)),
        near=pull * (same_city & apart),
        far=pull * ~same_city,
        abroad=outside_pull[None, :] / (120.0 + outside_km) ** 0.8,
        abroad_site=len(townships) + len(counties) + np.arange(len(outside)),
        county_site=len(townships) + np.arange(len(counties)),
    )


def _points(codes: list[str]) -> NDArray[np.float64]:
    return np.array([places.coordinates(code)[:2] for code in codes])


def _is_urban(counties: list[str]) -> NDArray[np.float64]:
    return np.array([places.get(code).name.endswith("区") for code in counties], dtype=np.float64)


def _county_sizes(rng: np.random.Generator, counties: list[str]) -> NDArray[np.float64]:
    """Workers of each county: those of its prefecture, split with a moderate spread."""
    areas = workers_by_prefecture()
    owner = [
        max((area.code for area in areas if code.startswith(area.code)), key=len)
        for code in counties
    ]
    spread = np.clip(rng.lognormal(0, 0.35, len(counties)), 0.4, 2.0)
    # Zones and city districts send out fewer than farming counties do.
    spread *= np.where(_is_urban(counties) > 0, 0.6, 1.0)
    spread *= [0.25 if places.get(code).statistical else 1.0 for code in counties]
    size = np.empty(len(counties))
    for area in areas:
        mine = np.array([code == area.code for code in owner])
        size[mine] = area.weight * spread[mine] / spread[mine].sum()
    return size


def _township_weights(
    rng: np.random.Generator,
    townships: list[str],
    county_of: NDArray[np.int64],
    size: NDArray[np.float64],
) -> NDArray[np.float64]:
    towns = np.array([places.get(code).name.endswith("镇") for code in townships])
    weight = np.clip(rng.lognormal(0, 0.4, len(townships)), 0.3, 3.0) * np.where(towns, 1.4, 1.0)
    total = np.bincount(county_of, weights=weight)
    return weight * size[county_of] / total[county_of]


def _outside(rng: np.random.Generator) -> tuple[list[str], NDArray[np.float64]]:
    """Counties outside that take workers, with the pull of their city split among them."""
    codes: list[str] = []
    pulls: list[NDArray[np.float64]] = []
    for area in destinations():
        inside = [
            one.code
            for one in places.descendants(area.code, Level.COUNTY)
            if Trait.STATISTICAL not in one.traits
        ]
        share = rng.lognormal(0, 0.7, len(inside))
        codes += inside
        pulls.append(area.weight * share / share.sum())
    return codes, np.concatenate(pulls)


def draw_rows(
    rng: np.random.Generator, matrix: NDArray[np.float64], rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """For each entry of `rows` a column of `matrix`, drawn after that row's weights."""
    drawn = np.empty(len(rows), dtype=np.int64)
    order = np.argsort(rows, kind="stable")
    edges = np.searchsorted(rows[order], np.arange(len(matrix) + 1))
    for row in np.flatnonzero(np.diff(edges)):
        mine = order[edges[row] : edges[row + 1]]
        drawn[mine] = draw(rng, matrix[row], len(mine))
    return drawn

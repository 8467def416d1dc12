"""Regions of a large problem in which, together, every possible trip lies; prices that all prove.

The anchor of a trip's pickups is the first of them that is within a hop of all the others, and so
with its drops. Origins and destinations are cut into *cores*: every anchor of either kind is in
exactly one core. A *region* is a core with whatever is within a hop of it, so a trip lies entirely
in the region of its anchors. Prices lowered in each region until its anchored trips are feasible,
and for each party the lowest of them, are feasible for all trips: docs/algorithms/charter.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from zhitong.places import GreatCircle
from zhitong.planning.large import Ints, LargeProblem, halves


@dataclass(frozen=True)
class Region:
    """Points that anchor the trips of this region, and the parties that such trips may carry."""

    origins: Ints
    drops: Ints
    parties: Ints


def regions(problem: LargeProblem, *, parties: int, every: int = 1) -> Iterator[Region]:
    """Cut all pairs of points into regions whose cores have about so many ``parties``.

    Neighbours follow each other; with ``every`` only one of so many is told of, for a sample.
    """
    everybody = np.arange(len(problem))
    origins, drops = np.unique(problem.origin), np.unique(problem.destination)
    cores = _cores(problem, origins, drops, everybody, parties)
    for some_origins, some_drops in islice(cores, every // 2, None, every):
        near_o = _within(problem, origins, some_origins, problem.limits.pickup_hop_km)
        near_d = _within(problem, drops, some_drops, problem.limits.drop_hop_km)
        there = near_o[problem.origin] & near_d[problem.destination]
        yield Region(some_origins, some_drops, np.flatnonzero(there))


def _cores(
    problem: LargeProblem, origins: Ints, drops: Ints, chosen: Ints, parties: int
) -> Iterator[tuple[Ints, Ints]]:
    cut = halves(problem, chosen) if len(chosen) > parties else None
    if cut is None:
        yield origins, drops
        return
    if cut.by_drop:
        sides = [(origins, drops[there]) for there in cut.split(drops)]
    else:
        sides = [(origins[there], drops) for there in cut.split(origins)]
    stops = problem.destination if cut.by_drop else problem.origin
    for side, there in zip(sides, cut.split(stops[chosen]), strict=True):
        yield from _cores(problem, *side, chosen[there], parties)


def _within(problem: LargeProblem, stops: Ints, core: Ints, hop: float) -> NDArray[np.bool_]:
    """Which of all points are among ``stops`` and within a hop of the ``core``."""
    near = np.zeros(len(problem.points), dtype=np.bool_)
    if len(core):
        km = GreatCircle(problem.road_factor).km(problem.points[stops], problem.points[core])
        near[stops[(km <= hop).any(axis=1)]] = True
        near[core] = True
    return near

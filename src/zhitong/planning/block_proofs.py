"""What proves the bound of a large plan: blocks to price, then regions whose prices are lowered."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.large import Floats, LargeProblem
from zhitong.planning.model import Trip
from zhitong.planning.regions import regions
from zhitong.planning.shares import Shares
from zhitong.planning.tasks import Mend, Prove, Searched

CORES_A_BLOCK = 5
"""Cores of regions are so many times smaller than blocks: their surroundings make them large."""


def core_parties(block_parties: int) -> int:
    """Parties in the core of a region beside blocks of so many."""
    return max(1, block_parties // CORES_A_BLOCK)


def charge(problem: LargeProblem, plans: Iterable[Searched], prices: Floats) -> None:
    """Set ``prices`` (P) to what riders pay who share their trip's cost by the head."""
    for one in plans:
        many = np.array([len(trip.parties) for trip in one.trips])
        riders = np.array([party for trip in one.trips for party in trip.parties], dtype=int)
        size = problem.size[riders]
        starts = np.concatenate(([0], np.cumsum(many)[:-1])).astype(int)
        people = np.add.reduceat(size, starts) if len(size) else size
        prices[riders] = size * np.repeat(one.costs / people, many)


def proofs(
    problem: LargeProblem, plans: Iterable[Searched], budget: Shares, work: float
) -> Iterator[Prove]:
    """Each of ``plans`` as a block to price, while there is ``budget``; ``work`` is of each party.

    ``work`` are elementary steps (``Effort``), infinite where only the clock counts.
    """
    for one in list(plans):
        seconds = budget.seconds(one.parties)
        if seconds == 0:
            return
        ids = np.array(sorted(int(p) for trip in one.trips for p in trip.parties))
        points = problem.points_of(ids)
        place = {int(point): at for at, point in enumerate(points)}
        at = {int(party): position for position, party in enumerate(ids)}
        yield Prove(
            number=one.number,
            problem=problem.part(ids),
            ids=ids,
            trips=tuple(
                Trip(
                    trip.type,
                    trip.day,
                    tuple(place[stop] for stop in trip.pickups),
                    tuple(place[stop] for stop in trip.drops),
                    tuple(at[int(party)] for party in trip.parties),
                )
                for trip in one.trips
            ),
            seconds=seconds,
            work=work * len(ids),
        )
        budget.given += len(ids)


def mends(
    problem: LargeProblem,
    prices: Floats,
    *,
    parties: int,
    deadline: float | None,
    every: int = 1,
    late: NDArray[np.bool_] | None = None,
) -> Iterator[Mend]:
    """Regions with cores of so many ``parties``, all or one in ``every``, to lower ``prices`` (P).

    None is begun after ``deadline`` (``time.perf_counter()``); whose regions came too late is noted
    in ``late`` (P).
    """
    parts = regions(problem, parties=parties, every=every)
    for number, region in enumerate(parts):
        if deadline is not None and time.perf_counter() > deadline:
            if late is not None:
                late[region.parties] = True
            continue
        if not len(region.parties):
            continue
        points = problem.points_of(region.parties)
        yield Mend(
            number=number,
            problem=problem.part(region.parties),
            ids=region.parties,
            origins=np.flatnonzero(np.isin(points, region.origins)),
            drops=np.flatnonzero(np.isin(points, region.drops)),
            prices=prices[region.parties],
        )

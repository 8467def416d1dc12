"""The cheapest partition of everybody into trips that the search has met: set partitioning.

The annealed search forgets every trip that it leaves. Here all those it met last are put side by
side and HiGHS picks the cheapest ones that carry everybody once. Large problems are cut along
random lines into slices of whole trips, and each slice is solved by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.assemble import trips_in
from zhitong.planning.control import Stop
from zhitong.planning.highs import QuietHighs
from zhitong.planning.net import Floats, Ints, Net
from zhitong.planning.ordering import Memory
from zhitong.planning.pool import Pool, costs_of, pooled_sets
from zhitong.planning.state import empty_state
from zhitong.planning.ties import no_ties

Longs = NDArray[np.int64]

SLICE_ITEMS = 250
"""About so many items are partitioned at once."""

SETS_PER_ITEM = 8
LEAST_SETS = 500
"""A slice chooses from so many trips an item, those cheapest for whom they carry."""

NODES = 5
"""HiGHS stops at so many nodes of its search tree a slice, clock or not: more change nothing."""

SECONDS_PER_ITEM = 0.003
MOST_SHARE = 0.05
STEPS_PER_ITEM = 5_000
"""The work of one core an item, the share of a budget of wall clock that it may take, and the steps
an item that a search has made before: with less, more steps are worth more."""


@dataclass(frozen=True)
class Sets:
    """Possible trips: items ``item[start[c]:start[c + 1]]`` together for ``cost[c]``."""

    start: Longs
    item: Ints
    cost: Floats

    @classmethod
    def none(cls) -> Sets:
        """No sets at all."""
        return cls(np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int32), np.zeros(0))

    def __len__(self) -> int:
        return len(self.cost)

    def chosen(self, which: Longs) -> Sets:
        """Some of them."""
        size = np.diff(self.start)[which]
        start = np.concatenate(([0], np.cumsum(size))).astype(np.int64)
        within = np.arange(start[-1]) - np.repeat(start[:-1], size)
        return Sets(start, self.item[np.repeat(self.start[which], size) + within], self.cost[which])

    def inside(self, these: NDArray[np.bool_]) -> Sets:
        """Those of which everybody is among ``these`` (P)."""
        if not len(self):
            return self
        return self.chosen(
            np.flatnonzero(np.logical_and.reduceat(these[self.item], self.start[:-1]))
        )

    def joined(self, other: Sets) -> Sets:
        """These, then the others."""
        return Sets(
            np.concatenate([self.start, self.start[-1] + other.start[1:]]),
            np.concatenate([self.item, other.item]),
            np.concatenate([self.cost, other.cost]),
        )

    def groups(self) -> list[Ints]:
        """The items of each."""
        return np.split(self.item, self.start[1:-1]) if len(self) else []

    def sums(self, value: Floats) -> Floats:
        """``value`` (P) summed over the items of each."""
        if not len(self):
            return np.zeros(0)
        return np.add.reduceat(value[self.item], self.start[:-1])


def sets_met(net: Net, memory: Memory, pools: list[Pool]) -> Sets:
    """What is in ``pools``, but for what costs as much as if everybody went alone."""
    start, item = pooled_sets(pools)
    sets = Sets(start, item, costs_of(net, memory, empty_state(net, no_ties()), start, item))
    return sets.chosen(np.flatnonzero(sets.cost < sets.sums(net.solo) - 1e-9))


def sets_of(net: Net, memory: Memory, trip_of: Ints) -> Sets:
    """The trips of an assignment, in the order of ``trips_in``."""
    start, item = trips_in(trip_of)
    cost = costs_of(net, memory, empty_state(net, no_ties()), start, item)
    alone = np.diff(start) == 1
    cost[alone] = net.solo[item[start[:-1][alone]]]
    return Sets(start, item, cost)


def seconds_for(stop: Stop, items: int, threads: int) -> float | None:
    """Seconds of ``stop`` to keep back for ``chosen``; None where the search makes more of them."""
    if items < 2 or (stop.iterations is not None and stop.iterations < STEPS_PER_ITEM * items):
        return None
    if stop.seconds is None:
        return 0.0
    work = SECONDS_PER_ITEM * items / max(1, threads)
    return work if work <= MOST_SHARE * stop.seconds else None


def chosen(
    net: Net,
    memory: Memory,
    pools: list[Pool],
    trip_of: Ints,
    *,
    deadline: float | None,
    told: Callable[[], bool],
    random: np.random.Generator,
) -> Ints:
    """``trip_of``, or a cheaper assignment made of its trips, those in ``pools`` and going alone.

    Ends at ``deadline`` (``time.perf_counter()``); the same inputs give the same result where it is
    None. Slices that wait when it is ``told`` to stop are left as they are. One thread a pool.
    """
    sets = sets_met(net, memory, pools)
    if not len(sets):
        return trip_of
    items = len(trip_of)
    angle = random.uniform(0, 2 * np.pi)
    slices = slices_of(net, trip_of, many=max(1, round(items / SLICE_ITEMS)), angle=angle)
    own = sets_of(net, memory, trip_of)
    trip_of = np.empty(items, dtype=np.int32)
    trip_of[own.item] = np.repeat(np.arange(len(own)), np.diff(own.start))
    # what somebody pays now: his trip's cost, shared as travelling alone would cost
    alone = own.sums(net.solo)
    pays = net.solo * (own.cost / np.where(alone > 0, alone, 1.0))[trip_of]

    def solve(at: int) -> list[Ints]:
        inside = np.zeros(len(trip_of), dtype=np.bool_)
        inside[slices[at]] = True
        here = own.inside(inside)
        if told():
            return here.groups()
        some = sets.inside(inside)
        gain = some.cost - some.sums(pays)
        best = np.argsort(gain, kind="stable")[: max(LEAST_SETS, SETS_PER_ITEM * len(slices[at]))]
        some = some.chosen(np.sort(best))
        seconds = None
        if deadline is not None:
            turns = -(-(len(slices) - at) // len(pools))
            seconds = max(0.0, deadline - time.perf_counter()) / turns
        return _cheapest(net, slices[at], some, here, seconds)

    with ThreadPoolExecutor(len(pools)) as workers:
        solved = workers.map(solve, range(len(slices)))
        groups = [group for found in solved for group in found]
    for number, group in enumerate(groups):
        trip_of[group] = number
    return trip_of


def slices_of(net: Net, trip_of: Ints, *, many: int, angle: float) -> list[Longs]:
    """Items cut into ``many`` slices by where their trip's first item goes, along ``angle``."""
    at = net.spot @ np.array([np.cos(angle), np.sin(angle)])
    _, first, trip = np.unique(trip_of, return_index=True, return_inverse=True)
    order = np.argsort(at[first][trip], kind="stable")
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    # a trip belongs to the slice of its lowest-ranked item
    lowest = np.full(len(first), len(order), dtype=np.int64)
    np.minimum.at(lowest, trip, ranks)
    slice_of = lowest[trip] * many // len(order)
    return [np.flatnonzero(slice_of == k) for k in range(many)]


def _cheapest(net: Net, part: Longs, sets: Sets, own: Sets, seconds: float | None) -> list[Ints]:
    """The groups of the items ``part`` that HiGHS chooses."""
    if not len(part):
        return []
    alone = Sets(np.arange(len(part) + 1), part.astype(np.int32), net.solo[part])
    row_of = np.zeros(len(net.o), dtype=np.int32)
    row_of[part] = np.arange(len(part))
    columns = own.joined(alone).joined(sets)
    groups = columns.groups()
    highs: Any = QuietHighs()  # type: ignore[no-untyped-call]
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("mip_rel_gap", 1e-7)
    if seconds is not None:
        highs.setOptionValue("time_limit", seconds)
    highs.setOptionValue("mip_max_nodes", NODES)
    rows, many = len(part), len(columns)
    none = np.zeros(rows, dtype=np.int32)
    highs.addRows(rows, np.ones(rows), np.ones(rows), 0, none, none[:0], np.zeros(0))
    highs.addCols(
        many,
        columns.cost,
        np.zeros(many),
        np.ones(many),
        len(columns.item),
        columns.start[:-1].astype(np.int32),
        row_of[columns.item],
        np.ones(len(columns.item)),
    )
    everything = np.arange(many, dtype=np.int32)
    highs.changeColsIntegrality(many, everything, np.ones(many, dtype=np.uint8))
    highs.setSolution(many, everything, (everything < len(own)).astype(np.float64))
    highs.run()
    value = np.array(highs.getSolution().col_value)
    which = np.flatnonzero(value > 0.5)
    if not len(which) or columns.cost[which].sum() > own.cost.sum() - 1e-6:
        return own.groups()
    met = np.bincount(row_of[columns.chosen(which).item], minlength=rows)
    return [groups[c] for c in which] if (met == 1).all() else own.groups()

"""Every way a charter may go: chains of pickups times chains of drops, each within its hops."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.net import Floats, Ints, Net

MOST_ROUTES = 30_000_000
"""More pairs of chains than this are not enumerated."""

MOST_CELLS = 30_000_000
"""More than so many (origin, destination, day) are not tabulated."""


class Routes(NamedTuple):
    """R pickup chains and Q drop chains; a route is one of each.

    ``pick`` (R, 3) and ``drop`` (Q, 3): stops in order, -1 where there is none; ``picks drops``:
    how many; ``before``: km from each pickup to the last, ``after``: from the first drop to each.
    """

    pick: Ints
    picks: Ints
    before: Ints
    drop: Ints
    drops: Ints
    after: Ints


class Demand(NamedTuple):
    """Who may ride where: P items by pair of stops, over O origins, D destinations, Y days.

    ``days`` (Y): the days on which some window opens, enough because a trip can leave on the day
    its last window opens. ``item[first[a]:first[a + 1]]`` are the items of pair ``a = o D + d``.
    ``first_day last_day`` (P): window as positions in ``days``. ``people`` (O, D, Y): how many may
    leave then. ``price`` (P): of an item; ``value`` (O, D, Y): their sums; ``top`` (O, D): the
    largest over days. ``slot density worst where``: scratch, see ``pricing``.
    """

    first: NDArray[np.int64]
    item: Ints
    first_day: Ints
    last_day: Ints
    people: Ints
    price: Floats
    value: Floats
    top: Floats
    slot: Ints
    density: Floats
    worst: Floats
    where: Ints


def routes_of(net: Net) -> Routes | None:
    """All routes of ``net``, or None when they are too many."""
    picks = _chains(net.oo, net.pickup_hop, net.max_pickups)
    drops = _chains(net.dd, net.drop_hop, net.max_drops)
    if picks is None or drops is None or len(picks) * len(drops) > MOST_ROUTES:
        return None
    pick_count = (picks >= 0).sum(axis=1)
    drop_count = (drops >= 0).sum(axis=1)
    before = np.zeros_like(picks)
    for i in (1, 0):
        has = pick_count > i + 1
        before[has, i] = before[has, i + 1] + net.oo[picks[has, i], picks[has, i + 1]]
    after = np.zeros_like(drops)
    for j in (1, 2):
        has = drop_count > j
        after[has, j] = after[has, j - 1] + net.dd[drops[has, j - 1], drops[has, j]]
    return Routes(
        picks, pick_count.astype(np.int32), before, drops, drop_count.astype(np.int32), after
    )


def demand_of(net: Net) -> Demand | None:
    """The items of ``net`` by pair and day, or None when the table would be too large."""
    origins, drops = net.od.shape
    days = np.unique(net.e)
    if origins * drops * len(days) > MOST_CELLS:
        return None
    pair = net.o.astype(np.int64) * drops + net.d
    order = np.argsort(pair, kind="stable").astype(np.int32)
    first_day = np.searchsorted(days, net.e).astype(np.int32)
    last_day = (np.searchsorted(days, net.l, side="right") - 1).astype(np.int32)
    people = np.zeros((origins, drops, len(days)), dtype=np.int32)
    for y in range(len(days)):
        there = (first_day <= y) & (last_day >= y)
        np.add.at(people[:, :, y], (net.o[there], net.d[there]), net.n[there])
    items = len(net.o)
    return Demand(
        first=np.searchsorted(pair[order], np.arange(origins * drops + 1)).astype(np.int64),
        item=order,
        first_day=first_day,
        last_day=last_day,
        people=people,
        price=np.zeros(items),
        value=np.zeros(people.shape),
        top=np.zeros((origins, drops)),
        slot=np.zeros(items, dtype=np.int32),
        density=np.zeros(items),
        worst=np.zeros(items),
        where=np.zeros((items, 4), dtype=np.int32),
    )


def _chains(km: Ints, hop: float, most: int) -> Ints | None:
    """Sequences of one to three different stops, consecutive ones within ``hop``."""
    near = km <= hop
    np.fill_diagonal(near, False)
    degree = near.sum(axis=1)
    if len(km) + degree.sum() + near.sum(axis=0) @ degree > MOST_ROUTES:
        return None
    single = np.arange(len(km))
    chains = [np.column_stack([single, *(np.full_like(single, -1),) * 2])]
    a, b = np.nonzero(near)
    if most > 1:
        chains.append(np.column_stack([a, b, np.full_like(a, -1)]))
    if most > 2:
        longer = [np.flatnonzero(near[stop]) for stop in range(len(km))]
        counts = degree[b]
        c = np.concatenate([longer[stop] for stop in b]) if len(b) else b
        triple = np.column_stack([np.repeat(a, counts), np.repeat(b, counts), c])
        chains.append(triple[triple[:, 0] != triple[:, 2]])
    return np.ascontiguousarray(np.concatenate(chains), dtype=np.int32)

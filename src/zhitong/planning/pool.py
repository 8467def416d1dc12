"""Trips that a search met, kept for ``partition`` to choose from. Compiled.

A direct-mapped table of sets of items: a set's place follows from its key, and a newer trip takes
the place of an older one. Met late means met cold, so what stays is what is worth keeping.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.compiled import inlined, kernel
from zhitong.planning.net import Floats, Ints, Net
from zhitong.planning.ordering import Memory
from zhitong.planning.state import CLASSES, KM, LOAD, SIZE, State, price
from zhitong.planning.trips import rebuild

POOL_BYTES = 24_000_000
"""Room for the items of a thread's pooled trips."""

MOST_POOLED = 1 << 16


class Pool(NamedTuple):
    """Room for S trips of at most M items; items by their numbers in the whole problem.

    ``name`` (P): those numbers, for the items of the search at hand. ``key`` (S): the sum of the
    items' scrambled numbers, 0 where there is none; ``size`` (S) and ``members`` (S, M).
    """

    name: NDArray[np.int64]
    key: NDArray[np.uint64]
    size: Ints
    members: Ints


def empty_pool(items: int, width: int) -> Pool:
    """Room for trips of up to ``width`` items of ``items``; none for a width of 0."""
    room = MOST_POOLED if width else 0
    while room > 64 and 4 * room * width > POOL_BYTES:
        room //= 2
    return Pool(
        name=np.arange(items, dtype=np.int64),
        key=np.zeros(room, dtype=np.uint64),
        size=np.zeros(room, dtype=np.int32),
        members=np.zeros((room, width), dtype=np.int32),
    )


@inlined
def _scrambled(item):  # type: ignore
    """A number of 64 bits in which nothing is left of ``item``'s order (splitmix64)."""
    x = np.uint64(item + 1) * np.uint64(0x9E3779B97F4A7C15)
    x ^= x >> np.uint64(30)
    x *= np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(27)
    x *= np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@kernel
def remember(pool: Pool, state: State, t) -> None:  # type: ignore
    """Keep the items of trip ``t``; those who travel alone need no keeping."""
    size = state.row[t, SIZE]
    if size < 2:
        return
    key = np.uint64(0)
    for m in range(size):
        key += _scrambled(pool.name[state.members[t, m]])
    slot = np.int64(key & np.uint64(pool.key.size - 1))
    if pool.key[slot] == key:
        return
    pool.key[slot] = key
    pool.size[slot] = size
    for m in range(size):
        pool.members[slot, m] = pool.name[state.members[t, m]]


@kernel
def price_sets(net: Net, memory: Memory, state: State, start, item, cost) -> None:  # type: ignore
    """``cost`` (C) of a vehicle for each set ``item[start[c]:start[c + 1]]``, inf if none may.

    ``state`` is an empty one, of which a single trip is used.
    """
    t = np.int32(0)
    for c in range(start.size - 1):
        size = start[c + 1] - start[c]
        state.row[t, SIZE] = size
        for m in range(size):
            state.members[t, m] = item[start[c] + m]
        cost[c] = np.inf
        if rebuild(net, memory, state, t):
            cost[c] = price(net, state.row[t, CLASSES], state.row[t, LOAD], state.row[t, KM])
    state.row[t, SIZE] = 0


def pooled_sets(pools: list[Pool]) -> tuple[NDArray[np.int64], Ints]:
    """The sets of all ``pools``, each once, as starts and items in ascending order."""
    sizes, rows, keys = [], [], []
    for pool in pools:
        used = np.flatnonzero(pool.size)
        keys.append(pool.key[used])
        sizes.append(pool.size[used])
        rows.append(pool.members[used])
    _, first = np.unique(np.concatenate(keys), return_index=True)
    size = np.concatenate(sizes)[first]
    member = np.concatenate(rows)[first]
    member = member[np.arange(member.shape[1]) < size[:, None]]
    start = np.concatenate(([0], np.cumsum(size))).astype(np.int64)
    return start, member.astype(np.int32)


def costs_of(
    net: Net, memory: Memory, state: State, start: NDArray[np.int64], item: Ints
) -> Floats:
    """What a vehicle for each set costs, inf where no trip can carry it."""
    cost = np.empty(len(start) - 1)
    price_sets(net, memory, state, start, item, cost)
    return cost

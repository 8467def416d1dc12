"""Every way a charter may go: sets of drops times sets of pickups, each a chain within its hops.

Sets of drops are kept; sets of pickups are walked anew for each of them, among the origins of
parties to its drops only, because in sparse demand those are few whatever the number of origins.
Compiled parts are in ``pricing``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.compiled import inlined, kernel
from zhitong.planning.control import Effort
from zhitong.planning.crewing import crew_cost
from zhitong.planning.net import Floats, Ints, Net

MOST_SETS = 400_000_000
"""More sets of pickups and drops than this, seen again and again, are not worth to look at."""

MOST_CHAINS = 3_000_000
"""More chains of drops than this are not kept."""

MOST_CELLS = 30_000_000
"""More than so many (origin, destination, day) are not tabulated."""

SETS_A_STEP = 16
"""So many sets are looked at in the time of one elementary step of ``Effort``."""


class Routes(NamedTuple):
    """Q sets of drops, and what pickups are near each other.

    ``drop`` (Q, 3): stops in order, -1 where there is none; ``drops`` (Q): how many; ``length``
    (Q): least km of a chain through them. ``user[users[d]:users[d + 1]]``: origins of parties to
    d. ``near[nears[o]:nears[o + 1]]``: origins within a hop of o in some direction, in order, those
    after o from ``later[o]`` on; ``close`` (O, O): the same; ``hop`` (O, O): km in the shorter
    direction. ``core`` (O): see ``Core``. ``active mark link`` (O) and ``way`` (WAY): scratch.
    ``many``: sets of pickups times sets of drops, at most.
    """

    drop: Ints
    drops: Ints
    length: Ints
    users: Ints
    user: Ints
    nears: Ints
    later: Ints
    near: Ints
    close: NDArray[np.bool_]
    hop: Ints
    core: NDArray[np.bool_]
    active: Ints
    mark: NDArray[np.bool_]
    link: Ints
    way: Ints
    many: int


PICK, BEFORE, DROP, AFTER, PICKS, DROPS, WAY = 0, 3, 6, 9, 12, 13, 14
"""Columns of a ``way``: pickups in order and km from each to the last, drops in order and km from
the first to each, how many of both."""


class Core(NamedTuple):
    """Only routes whose anchors are ``origins`` (O) and ``drops`` (D) matter, as true or false.

    The *anchor* of a set of stops is the first of them that is within a hop of all others. So each
    route has one anchor of either kind, and all its stops are within a hop of them.
    """

    origins: NDArray[np.bool_]
    drops: NDArray[np.bool_]


class Demand(NamedTuple):
    """Who may ride where: P items by pair of stops, over O origins, D destinations, Y days.

    ``days`` (Y): the days on which some window opens, enough because a trip can leave on the day
    its last window opens. ``item[first[a]:first[a + 1]]`` are the items of pair ``a = o D + d``.
    ``weight`` (P): seats an item takes up of a vehicle without load caps; an item under a cap
    takes up more than its people. ``first_day last_day`` (P): window as positions in ``days``.
    ``people`` (O, D, Y): how many may leave then. ``price`` (P): of an item; ``value`` (O, D, Y):
    their sums; ``gain`` (O, Y): those to a set of drops; ``near_gain`` (O, Y) and ``most`` (Y): the
    largest of these within a hop and of all. ``slot density worst where``: scratch, see
    ``pricing``. ``looked`` (1): how many elementary steps were made, for whoever limits the work.
    """

    first: NDArray[np.int64]
    item: Ints
    weight: Floats
    first_day: Ints
    last_day: Ints
    people: Ints
    price: Floats
    value: Floats
    gain: Floats
    near_gain: Floats
    most: Floats
    slot: Ints
    density: Floats
    worst: Floats
    where: Ints
    looked: NDArray[np.int64]


def routes_of(
    net: Net, effort: Effort | None = None, share: float = 1.0, core: Core | None = None
) -> Routes | None:
    """All routes of ``net``; None when too many, or for this share of the ``effort`` left."""
    found = _drop_sets(net, None if core is None else core.drops)
    if found is None:
        return None
    drops, length = found
    pairs = np.unique(np.column_stack([net.d, net.o]), axis=0)
    hop = np.minimum(net.oo, net.oo.T)
    close = hop <= net.pickup_hop
    np.fill_diagonal(close, False)
    at, near = np.nonzero(close)
    origins, destinations = net.od.shape
    nears = np.searchsorted(at, np.arange(origins + 1))
    routes = Routes(
        drop=drops,
        drops=(drops >= 0).sum(axis=1).astype(np.int32),
        length=length,
        users=np.searchsorted(pairs[:, 0], np.arange(destinations + 1)).astype(np.int32),
        user=np.ascontiguousarray(pairs[:, 1], dtype=np.int32),
        nears=nears.astype(np.int32),
        later=(nears[:-1] + np.tril(close).sum(axis=1)).astype(np.int32),
        near=near.astype(np.int32),
        close=close,
        hop=np.ascontiguousarray(hop, dtype=np.int32),
        core=np.ones(origins, dtype=np.bool_) if core is None else core.origins,
        active=np.zeros(origins, dtype=np.int32),
        mark=np.zeros(origins, dtype=np.bool_),
        link=np.zeros(origins, dtype=np.int32),
        way=np.zeros(WAY, dtype=np.int32),
        many=0,
    )
    effort = effort or Effort()
    most = float(min(MOST_SETS, share * SETS_A_STEP * effort.work))
    many = int(_count(net, routes, most))
    effort.work -= many / SETS_A_STEP**2
    return routes._replace(many=many) if many <= most else None


@inlined
def users_of(routes: Routes, q):  # type: ignore
    """Put the origins of parties to any drop of set q into ``active``; their number."""
    many = 0
    for j in range(routes.drops[q]):
        d = routes.drop[q, j]
        for z in range(routes.users[d], routes.users[d + 1]):
            o = routes.user[z]
            if not routes.mark[o]:
                routes.mark[o] = True
                routes.active[many] = o
                many += 1
    return many


@kernel
def _count(net: Net, routes: Routes, most):  # type: ignore
    """How many sets of pickups and drops there are at most, giving up beyond ``most``."""
    total = 0
    for q in range(routes.drops.size):
        active = users_of(routes, q)
        total += active
        for a in range(active if net.max_pickups > 1 else 0):
            x = routes.active[a]
            core = routes.core[x]
            after_x = routes.nears[x + 1] - routes.later[x]
            for k in range(routes.later[x], routes.nears[x + 1]):
                m = routes.near[k]
                if not (routes.mark[m] and (core or routes.core[m])):
                    continue
                total += 1
                if net.max_pickups > 2 and core:
                    total += after_x // 2
                if net.max_pickups > 2 and routes.core[m]:
                    total += routes.nears[m + 1] - routes.nears[m]
        for a in range(active):
            routes.mark[routes.active[a]] = False
        if total > most:
            break
    return total


@inlined
def cheapest(net: Net, km):  # type: ignore
    """The cheapest vehicle over ``km``, whatever its seats."""
    best = np.inf
    for t in range(net.fixed.size):
        cost = net.fixed[t] + net.per_km[t] * km
        if cost < best:
            best = cost
    return best + crew_cost(net, km)


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
        weight=net.n * _fill_of(net)[net.load],
        first_day=first_day,
        last_day=last_day,
        people=people,
        price=np.zeros(items),
        value=np.zeros(people.shape),
        gain=np.zeros((origins, len(days))),
        near_gain=np.zeros((origins, len(days))),
        most=np.zeros(len(days)),
        slot=np.zeros(items, dtype=np.int32),
        density=np.zeros(items),
        worst=np.zeros(items),
        where=np.zeros((items, 8), dtype=np.int32),
        looked=np.zeros(1, dtype=np.int64),
    )


def _fill_of(net: Net) -> Floats:
    """For each set of load classes how many ordinary seats one of theirs is worth, at least."""
    share = np.max(net.cap / np.maximum(1, net.cap[0]), axis=1, initial=0.0)
    return np.asarray(1.0 / np.where(share > 0, share, 1.0))


def _drop_sets(net: Net, core: NDArray[np.bool_] | None) -> tuple[Ints, Ints] | None:
    """Sets of drops that some chain visits, and the least km of such a chain.

    With a ``core`` (D), those only whose anchor it contains.
    """
    chains = _chains(net.dd, net.drop_hop, net.max_drops)
    if chains is None:
        return None
    km = np.zeros(len(chains), dtype=np.int64)
    for j in (1, 2):
        has = chains[:, j] >= 0
        km[has] += net.dd[chains[has, j - 1], chains[has, j]]
    chains[chains < 0] = len(net.dd)
    chains.sort(axis=1)
    key = chains.astype(np.int64) @ ((len(net.dd) + 1) ** np.array([2, 1, 0]))
    _, first, which = np.unique(key, return_index=True, return_inverse=True)
    sets = chains[first]
    sets[sets == len(net.dd)] = -1
    length = np.full(len(sets), np.iinfo(np.int64).max)
    np.minimum.at(length, which.reshape(-1), km)
    if core is not None:
        close = np.minimum(net.dd, net.dd.T) <= net.drop_hop
        a, b, c = sets.T
        by_a = (b < 0) | (close[a, b] & ((c < 0) | close[a, c]))
        anchor = np.where(by_a, a, np.where(close[a, b] & close[b, c], b, c))
        sets, length = sets[core[anchor]], length[core[anchor]]
    return np.ascontiguousarray(sets), length.astype(np.int32)


def _chains(km: Ints, hop: float, most: int) -> Ints | None:
    """Sequences of one to three different stops, consecutive ones within ``hop``."""
    near = km <= hop
    np.fill_diagonal(near, False)
    degree = near.sum(axis=1)
    if len(km) + degree.sum() + near.sum(axis=0) @ degree > MOST_CHAINS:
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

"""Every way a charter may go: chains of pickups times chains of drops, each within its hops.

Chains of drops are kept; the chains of pickups that can have riders to one of them are written
anew for each, because in sparse demand those are few whatever the number of origins. Compiled.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.compiled import inlined, kernel
from zhitong.planning.control import Effort
from zhitong.planning.crewing import crew_cost
from zhitong.planning.net import Floats, Ints, Net

MOST_ROUTES = 30_000_000
"""More routes than this are not enumerated."""

MOST_CHAINS = 3_000_000
"""More chains of drops than this are not kept."""

MOST_CELLS = 30_000_000
"""More than so many (origin, destination, day) are not tabulated."""


class Routes(NamedTuple):
    """Q drop chains, and room for the N pickup chains of one of them.

    ``drop`` (Q, 3): stops in order, -1 where there is none; ``drops`` (Q): how many; ``after``
    (Q, 3): km from the first drop to each. ``user[users[d]:users[d + 1]]``: origins of parties to
    d; ``near[nears[o]:nears[o + 1]]``: pickups from which o is within a hop. ``pick picks before``
    (N, 3), (N), (N, 3): pickup chains written by ``reach``, km from each pickup to the last.
    ``active mark gain`` (O): scratch. ``many``: routes in all.
    """

    drop: Ints
    drops: Ints
    after: Ints
    users: Ints
    user: Ints
    nears: Ints
    near: Ints
    pick: Ints
    picks: Ints
    before: Ints
    active: Ints
    mark: NDArray[np.bool_]
    gain: Floats
    many: int


class Demand(NamedTuple):
    """Who may ride where: P items by pair of stops, over O origins, D destinations, Y days.

    ``days`` (Y): the days on which some window opens, enough because a trip can leave on the day
    its last window opens. ``item[first[a]:first[a + 1]]`` are the items of pair ``a = o D + d``.
    ``weight`` (P): seats an item takes up of a vehicle without load caps; an item under a cap
    takes up more than its people. ``first_day last_day`` (P): window as positions in ``days``.
    ``people`` (O, D, Y): how many may
    leave then. ``price`` (P): of an item; ``value`` (O, D, Y): their sums; ``top`` (O, D): the
    largest over days. ``slot density worst where``: scratch, see ``pricing``. ``looked`` (1): how
    much was looked at, routes and riders, for whoever limits the work.
    """

    first: NDArray[np.int64]
    item: Ints
    weight: Floats
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
    looked: NDArray[np.int64]


def routes_of(net: Net, effort: Effort | None = None, share: float = 1.0) -> Routes | None:
    """All routes of ``net``; None when too many, or for this share of the ``effort`` left."""
    drops = _chains(net.dd, net.drop_hop, net.max_drops)
    if drops is None:
        return None
    drop_count = (drops >= 0).sum(axis=1)
    after = np.zeros_like(drops)
    for j in (1, 2):
        has = drop_count > j
        after[has, j] = after[has, j - 1] + net.dd[drops[has, j - 1], drops[has, j]]
    pairs = np.unique(np.column_stack([net.d, net.o]), axis=0)
    within = net.oo <= net.pickup_hop
    np.fill_diagonal(within, False)
    to, via = np.nonzero(within.T)
    origins, destinations = net.od.shape
    routes = Routes(
        drop=drops,
        drops=drop_count.astype(np.int32),
        after=after,
        users=np.searchsorted(pairs[:, 0], np.arange(destinations + 1)).astype(np.int32),
        user=np.ascontiguousarray(pairs[:, 1], dtype=np.int32),
        nears=np.searchsorted(to, np.arange(origins + 1)).astype(np.int32),
        near=via.astype(np.int32),
        pick=np.zeros((0, 3), dtype=np.int32),
        picks=np.zeros(0, dtype=np.int32),
        before=np.zeros((0, 3), dtype=np.int32),
        active=np.zeros(origins, dtype=np.int32),
        mark=np.zeros(origins, dtype=np.bool_),
        gain=np.zeros(origins),
        many=0,
    )
    effort = effort or Effort()
    most = int(min(MOST_ROUTES, share * effort.work))
    many, room = _count(net, routes, most)
    effort.work -= many
    if many > most:
        return None
    return routes._replace(
        pick=np.zeros((room, 3), dtype=np.int32),
        picks=np.zeros(room, dtype=np.int32),
        before=np.zeros((room, 3), dtype=np.int32),
        many=int(many),
    )


@inlined
def _users(routes: Routes, q):  # type: ignore
    """Put the origins of parties to any drop of chain q into ``active``; their number."""
    many = 0
    for j in range(routes.drops[q]):
        d = routes.drop[q, j]
        for z in range(routes.users[d], routes.users[d + 1]):
            o = routes.user[z]
            if not routes.mark[o]:
                routes.mark[o] = True
                routes.gain[o] = 0.0
                routes.active[many] = o
                many += 1
    return many


@kernel
def _count(net: Net, routes: Routes, most):  # type: ignore
    """How many routes there are and how many share a drop chain, giving up beyond ``most``."""
    total = 0
    largest = 0
    for q in range(routes.drops.size):
        active = _users(routes, q)
        many = active
        for z in range(active if net.max_pickups > 1 else 0):
            if total + many > most:
                break
            last = routes.active[z]
            for y in range(routes.nears[last], routes.nears[last + 1]):
                middle = routes.near[y]
                if not routes.mark[middle]:
                    continue
                many += 1
                for x in range(routes.nears[middle], routes.nears[middle + 1]):
                    first = routes.near[x]
                    if net.max_pickups > 2 and routes.mark[first] and first != last:
                        many += 1
        for z in range(active):
            routes.mark[routes.active[z]] = False
        total += many
        largest = max(largest, many)
        if total > most:
            break
    return total, largest


@inlined
def cheapest(net: Net, km):  # type: ignore
    """The cheapest vehicle over ``km``, whatever its seats."""
    best = np.inf
    for t in range(net.fixed.size):
        cost = net.fixed[t] + net.per_km[t] * km
        if cost < best:
            best = cost
    return best + crew_cost(net, km)


@inlined
def _write(net: Net, routes: Routes, many, first, middle, last, picks) -> None:  # type: ignore
    """Make (first, middle, last), of which the last ``picks`` are stops, pickup chain ``many``."""
    tail = 0 if picks == 1 else net.oo[middle, last]
    routes.picks[many] = picks
    routes.pick[many, 0] = last if picks == 1 else (middle if picks == 2 else first)
    routes.pick[many, 1] = -1 if picks == 1 else (last if picks == 2 else middle)
    routes.pick[many, 2] = last if picks == 3 else -1
    routes.before[many, 0] = tail if picks < 3 else net.oo[first, middle] + tail
    routes.before[many, 1] = tail if picks == 3 else 0
    routes.before[many, 2] = 0


@kernel
def reach(net: Net, routes: Routes, demand: Demand, q):  # type: ignore
    """Write the pickup chains whose riders to drop chain q may be worth a vehicle; their number."""
    active = _users(routes, q)
    most = 0.0
    for z in range(active):
        o = routes.active[z]
        for j in range(routes.drops[q]):
            routes.gain[o] += demand.top[o, routes.drop[q, j]]
        most = max(most, routes.gain[o])
    length = routes.after[q, routes.drops[q] - 1]
    many = 0
    seen = active
    for z in range(active):
        last = routes.active[z]
        gain = routes.gain[last]
        enough = cheapest(net, net.od[last, routes.drop[q, 0]] + length)
        if gain > enough:
            _write(net, routes, many, -1, -1, last, 1)
            many += 1
        if net.max_pickups == 1 or gain + most * (net.max_pickups - 1) <= enough:
            continue
        seen += routes.nears[last + 1] - routes.nears[last]
        for y in range(routes.nears[last], routes.nears[last + 1]):
            middle = routes.near[y]
            if not routes.mark[middle]:
                continue
            two = gain + routes.gain[middle]
            if two > enough:
                _write(net, routes, many, -1, middle, last, 2)
                many += 1
            if net.max_pickups == 2 or two + most <= enough:
                continue
            seen += routes.nears[middle + 1] - routes.nears[middle]
            for x in range(routes.nears[middle], routes.nears[middle + 1]):
                first = routes.near[x]
                if routes.mark[first] and first != last and two + routes.gain[first] > enough:
                    _write(net, routes, many, first, middle, last, 3)
                    many += 1
    for z in range(active):
        routes.mark[routes.active[z]] = False
    demand.looked[0] += seen // 8 + many
    return many


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
        top=np.zeros((origins, drops)),
        slot=np.zeros(items, dtype=np.int32),
        density=np.zeros(items),
        worst=np.zeros(items),
        where=np.zeros((items, 6), dtype=np.int32),
        looked=np.zeros(1, dtype=np.int64),
    )


def _fill_of(net: Net) -> Floats:
    """For each set of load classes how many ordinary seats one of theirs is worth, at least."""
    share = np.max(net.cap / np.maximum(1, net.cap[0]), axis=1, initial=0.0)
    return np.asarray(1.0 / np.where(share > 0, share, 1.0))


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

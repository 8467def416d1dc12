"""Whether prices of parties fit under the cost of every possible trip. Compiled.

Prices are *feasible* when no trip costs less than its riders' prices sum to; then no plan costs
less than all prices together. Trips are judged generously: on a route and a day, all who may ride
compete for the seats, and the last may take a part of theirs (a fractional knapsack).

Sets of pickups and drops come first, with the least km that any order of them could have; only
where the prices of everybody between them exceed even that are the orders tried one by one.
"""

from __future__ import annotations

import numpy as np

from zhitong.planning.compiled import inlined, kernel
from zhitong.planning.crewing import crew_cost
from zhitong.planning.net import Net
from zhitong.planning.ordering import COUNT, PERMS
from zhitong.planning.routes import (
    AFTER,
    BEFORE,
    DROP,
    DROPS,
    PICK,
    PICKS,
    SETS_A_STEP,
    Demand,
    Routes,
    cheapest,
    users_of,
)

SLACK = 1e-7
"""Prices may exceed a trip's cost by this much, in money, before it counts."""

FAR = 1 << 30


@kernel
def sum_prices(net: Net, demand: Demand) -> None:
    """Recompute ``value`` from ``price``."""
    demand.value[:] = 0.0
    for p in range(net.o.size):
        for y in range(demand.first_day[p], demand.last_day[p] + 1):
            demand.value[net.o[p], net.d[p], y] += demand.price[p]


def separate(net: Net, routes: Routes, demand: Demand) -> int:
    """Find trips worth more than they cost; how many there are.

    For each item, ``worst`` receives the largest excess of a trip with it and ``where`` that trip:
    three pickups, three drops, day, type.
    """
    demand.worst[:] = 0.0
    return int(_walk(net, routes, demand, False))


def repair(net: Net, routes: Routes, demand: Demand) -> None:
    """Lower prices until they are feasible: where riders are worth too much, all in proportion."""
    _walk(net, routes, demand, True)


@kernel
def _walk(net: Net, routes: Routes, demand: Demand, lowering):  # type: ignore
    """Judge every set of pickups and drops that may be worth a vehicle; how many trips are."""
    found = 0
    for q in range(routes.drops.size):
        active, least = _open(net, routes, demand, q)
        seen = 0
        for a in range(active):
            x = routes.active[a]
            core = routes.core[x]
            length = routes.length[q]
            if core and _pays(demand, x, -1, -1, cheapest(net, length + routes.link[x])):
                found += _judge(net, routes, demand, q, x, -1, -1, lowering)
            if net.max_pickups == 1:
                continue
            for k in range(routes.later[x], routes.nears[x + 1]):
                m = routes.near[k]
                if not (routes.mark[m] and (core or routes.core[m])):
                    continue
                seen += 1
                two = length + routes.hop[x, m]
                link = min(routes.link[x], routes.link[m])
                if core and _pays(demand, x, m, -1, cheapest(net, two + link)):
                    found += _judge(net, routes, demand, q, x, m, -1, lowering)
                if net.max_pickups == 2 or not _may_pay(demand, x, m, cheapest(net, two + least)):
                    continue
                # a third after m that x is close to, or after x that only m is close to
                for i in range(k + 1, routes.nears[x + 1] if core else 0):
                    seen += 1
                    z = routes.near[i]
                    if routes.mark[z] and _three_pay(net, routes, demand, x, m, z, length):
                        found += _judge(net, routes, demand, q, x, m, z, lowering)
                if not routes.core[m]:
                    continue
                for i in range(routes.nears[m], routes.nears[m + 1]):
                    seen += 1
                    z = routes.near[i]
                    if (
                        z > x
                        and routes.mark[z]
                        and not routes.close[x, z]
                        and _three_pay(net, routes, demand, x, m, z, length)
                    ):
                        found += _judge(net, routes, demand, q, x, m, z, lowering)
        for a in range(active):
            routes.mark[routes.active[a]] = False
        demand.looked[0] += 1 + (active + seen) // SETS_A_STEP
    return found


@inlined
def _open(net: Net, routes: Routes, demand: Demand, q):  # type: ignore
    """Prepare the origins that may share a vehicle to drop set q: their number and least link.

    The ``link`` of an origin: km to the nearest of the drops and, if it is paid, the shortest way
    home to any origin.
    """
    users = users_of(routes, q)
    days = demand.most.size
    home = FAR
    demand.most[:] = 0.0
    for a in range(users):
        o = routes.active[a]
        routes.link[o] = FAR
        demand.gain[o, :] = 0.0
        for j in range(routes.drops[q]):
            d = routes.drop[q, j]
            routes.link[o] = min(routes.link[o], net.od[o, d])
            home = min(home, net.back[d, o])
            for y in range(days):
                demand.gain[o, y] += demand.value[o, d, y]
        for y in range(days):
            demand.most[y] = max(demand.most[y], demand.gain[o, y])
    least = FAR
    for a in range(users):
        routes.link[routes.active[a]] += home
        least = min(least, routes.link[routes.active[a]])
    enough = cheapest(net, routes.length[q] + least)
    active = 0
    for a in range(users):
        o = routes.active[a]
        fine = False
        for y in range(days):
            fine |= demand.gain[o, y] + (net.max_pickups - 1) * demand.most[y] > enough
        routes.mark[o] = fine
        if fine:
            routes.active[active] = o
            active += 1
    for a in range(active if net.max_pickups > 2 else 0):
        o = routes.active[a]
        demand.near_gain[o, :] = 0.0
        for k in range(routes.nears[o], routes.nears[o + 1]):
            if routes.mark[routes.near[k]]:
                for y in range(days):
                    gain = demand.gain[routes.near[k], y]
                    demand.near_gain[o, y] = max(demand.near_gain[o, y], gain)
    return active, least


@inlined
def _pays(demand: Demand, x, m, z, enough):  # type: ignore
    """Whether all riders from these origins (-1: none) are worth more than that on some day."""
    pays = False
    for y in range(demand.most.size):
        gain = demand.gain[x, y]
        if m >= 0:
            gain += demand.gain[m, y]
        if z >= 0:
            gain += demand.gain[z, y]
        pays |= gain > enough
    return pays


@inlined
def _may_pay(demand: Demand, x, m, enough):  # type: ignore
    """Whether some third origin near one of them might let x and m pay."""
    pays = False
    for y in range(demand.most.size):
        third = max(demand.near_gain[x, y], demand.near_gain[m, y])
        pays |= demand.gain[x, y] + demand.gain[m, y] + third > enough
    return pays


@inlined
def _three_pay(net: Net, routes: Routes, demand: Demand, x, m, z, length):  # type: ignore
    """Whether three origins might pay, if the vehicle drives no more than it has to."""
    a = routes.hop[x, m]
    b = routes.hop[m, z]
    c = routes.hop[x, z]
    km = length + a + b + c - max(a, b, c)
    km += min(routes.link[x], routes.link[m], routes.link[z])
    enough = cheapest(net, km)
    pays = False
    for y in range(demand.most.size):
        pays |= demand.gain[x, y] + demand.gain[m, y] + demand.gain[z, y] > enough
    return pays


@kernel
def _judge(net: Net, routes: Routes, demand: Demand, q, x, m, z, lowering):  # type: ignore
    """Judge every order of the origins x, m, z (-1: none) and the drops of set q."""
    way = routes.way
    origins = (np.int64(x), np.int64(m), np.int64(z))
    picks = 1 + (m >= 0) + (z >= 0)
    drops = routes.drops[q]
    way[PICKS] = picks
    way[DROPS] = drops
    found = 0
    for a in range(COUNT[picks]):
        for i in range(picks):
            way[PICK + i] = origins[PERMS[a, i]]
        fine = True
        way[BEFORE + picks - 1] = 0
        for i in range(picks - 2, -1, -1):
            hop = net.oo[way[PICK + i], way[PICK + i + 1]]
            fine &= hop <= net.pickup_hop
            way[BEFORE + i] = way[BEFORE + i + 1] + hop
        if not fine:
            continue
        for b in range(COUNT[drops]):
            for j in range(drops):
                way[DROP + j] = routes.drop[q, PERMS[b, j]]
            fine = True
            way[AFTER] = 0
            for j in range(1, drops):
                hop = net.dd[way[DROP + j - 1], way[DROP + j]]
                fine &= hop <= net.drop_hop
                way[AFTER + j] = way[AFTER + j - 1] + hop
            if fine:
                km = _length(net, way)
                if _pays(demand, x, m, z, cheapest(net, km)):
                    found += _judge_way(net, routes, demand, km, lowering)
    if lowering and found:
        for i in range(picks):
            o = origins[i]
            demand.gain[o, :] = 0.0
            for j in range(drops):
                for y in range(demand.most.size):
                    demand.gain[o, y] += demand.value[o, routes.drop[q, j], y]
    return found


@inlined
def _length(net: Net, way):  # type: ignore
    """Paid km."""
    first_drop = way[DROP]
    last_drop = way[DROP + way[DROPS] - 1]
    return (
        way[BEFORE]
        + net.od[way[PICK + way[PICKS] - 1], first_drop]
        + way[AFTER + way[DROPS] - 1]
        + net.back[last_drop, way[PICK]]
    )


@inlined
def _pairs(net: Net, way):  # type: ignore
    """The pairs of pickup i and drop j (bit 3 i + j) whose ride is short enough."""
    link = net.od[way[PICK + way[PICKS] - 1], way[DROP]]
    mask = 0
    for i in range(way[PICKS]):
        for j in range(way[DROPS]):
            longest = net.ride[way[PICK + i], way[DROP + j]]
            if way[BEFORE + i] + link + way[AFTER + j] <= longest:
                mask |= 1 << (3 * i + j)
    return mask


@inlined
def _worth(demand: Demand, way, y, mask):  # type: ignore
    """Prices of all who may ride on day y; -1 if a stop would be idle."""
    value = 0.0
    used = 0
    for i in range(way[PICKS]):
        for j in range(way[DROPS]):
            if (mask >> (3 * i + j)) & 1:
                o = way[PICK + i]
                d = way[DROP + j]
                if demand.people[o, d, y] > 0:
                    value += demand.value[o, d, y]
                    used |= (1 << i) | (8 << j)
    every = ((1 << way[PICKS]) - 1) | (((1 << way[DROPS]) - 1) << 3)
    return value if used == every else -1.0


@inlined
def _judge_way(net: Net, routes: Routes, demand: Demand, km, lowering):  # type: ignore
    """Note or lower, on every day, whatever is worth more than a vehicle over ``km``."""
    way = routes.way
    base = cheapest(net, km)
    crew = crew_cost(net, km)
    mask = _pairs(net, way)
    found = 0
    for y in range(demand.most.size):
        demand.looked[0] += 1
        gain = 0.0
        for i in range(way[PICKS]):
            gain += demand.gain[way[PICK + i], y]
        if gain <= base + SLACK or _worth(demand, way, y, mask) <= base + SLACK:
            continue
        many = gather(net, demand, way, y, mask)
        for t in range(net.fixed.size):
            cost = net.fixed[t] + net.per_km[t] * km + crew
            if lowering:
                found += _lower(net, demand, many, net.cap[0, t], cost)
            else:
                found += _note(demand, way, many, net.cap[0, t], cost, y, t)
    return found


@inlined
def _note(demand: Demand, way, many, seats, cost, y, t):  # type: ignore
    """Remember the trip for those riders who know none that is worth more; 1 if it is."""
    cut, value = _fill(demand, many, seats)
    excess = value - cost
    if excess <= SLACK:
        return 0
    for x in range(cut):
        p = demand.slot[x]
        if excess > demand.worst[p]:
            demand.worst[p] = excess
            for i in range(3):
                demand.where[p, i] = way[PICK + i] if i < way[PICKS] else -1
                demand.where[p, 3 + i] = way[DROP + i] if i < way[DROPS] else -1
            demand.where[p, 6] = y
            demand.where[p, 7] = t
    return 1


@inlined
def _lower(net: Net, demand: Demand, many, seats, cost):  # type: ignore
    """Lower the riders' prices to what the trip costs; 1 if it was worth more."""
    for attempt in range(20):
        cut, value = _fill(demand, many, seats)
        if value <= cost + SLACK:
            return 1 if attempt else 0
        # lowering some lets others in; in the end everybody is lowered
        lowered = cut if attempt < 19 else many
        for x in range(lowered):
            p = demand.slot[x]
            less = demand.price[p] * (1.0 - cost / value)
            demand.price[p] -= less
            for y in range(demand.first_day[p], demand.last_day[p] + 1):
                demand.value[net.o[p], net.d[p], y] -= less
        sort_slots(demand, many)
    return 1


@kernel
def gather(net: Net, demand: Demand, way, y, mask):  # type: ignore
    """Put those who may ride and have a price into ``slot``, dearest seat first; their number."""
    many = 0
    for i in range(way[PICKS]):
        for j in range(way[DROPS]):
            if (mask >> (3 * i + j)) & 1:
                a = np.int64(way[PICK + i]) * net.od.shape[1] + way[DROP + j]
                for z in range(demand.first[a], demand.first[a + 1]):
                    p = demand.item[z]
                    if demand.first_day[p] <= y <= demand.last_day[p] and demand.price[p] > 0.0:
                        demand.slot[many] = p
                        many += 1
    sort_slots(demand, many)
    demand.looked[0] += many * (1 + many // 8)
    return many


@kernel
def sort_slots(demand: Demand, many) -> None:  # type: ignore
    """Sort ``slot`` by price a seat, dearest first."""
    for x in range(many):
        p = demand.slot[x]
        key = demand.price[p] / demand.weight[p]
        k = x - 1
        while k >= 0 and demand.density[k] < key:
            demand.slot[k + 1] = demand.slot[k]
            demand.density[k + 1] = demand.density[k]
            k -= 1
        demand.slot[k + 1] = p
        demand.density[k + 1] = key


@inlined
def _fill(demand: Demand, many, seats):  # type: ignore
    """How many of ``slot`` fit into ``seats``, the last perhaps in part, and their prices."""
    left = float(seats)
    value = 0.0
    for x in range(many):
        p = demand.slot[x]
        if demand.weight[p] <= left:
            left -= demand.weight[p]
            value += demand.price[p]
        else:
            return (x + 1 if left > 0 else x), value + demand.density[x] * left
    return many, value


@kernel
def column(net: Net, routes: Routes, demand: Demand, where, share):  # type: ignore
    """The trip that ``separate`` named: items into ``slot``, how much of each into ``share``.

    Returns the number of items and the cost.
    """
    way = routes.way
    picks = 1 + (where[1] >= 0) + (where[2] >= 0)
    drops = 1 + (where[4] >= 0) + (where[5] >= 0)
    way[PICKS] = picks
    way[DROPS] = drops
    way[BEFORE + picks - 1] = 0
    way[AFTER] = 0
    for i in range(picks):
        way[PICK + i] = where[i]
    for i in range(picks - 2, -1, -1):
        way[BEFORE + i] = way[BEFORE + i + 1] + net.oo[where[i], where[i + 1]]
    for j in range(drops):
        way[DROP + j] = where[3 + j]
        if j > 0:
            way[AFTER + j] = way[AFTER + j - 1] + net.dd[where[2 + j], where[3 + j]]
    km = _length(net, way)
    many = gather(net, demand, way, where[6], _pairs(net, way))
    seats = net.cap[0, where[7]]
    cut, _ = _fill(demand, many, seats)
    left = float(seats)
    for x in range(cut):
        weight = demand.weight[demand.slot[x]]
        share[x] = min(1.0, left / weight)
        left -= min(left, weight)
    cost = net.fixed[where[7]] + net.per_km[where[7]] * km + crew_cost(net, km)
    return cut, cost

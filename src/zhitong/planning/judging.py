"""Who would ride on one way, and whether they pay for its vehicle. Compiled.

On a way (the order of stops in ``Routes.way``) and a day, all who may ride compete for the seats,
and the last may take a part of theirs: a fractional knapsack, filled by price a seat.
"""

from __future__ import annotations

import numpy as np

from zhitong.planning.compiled import inlined, inner, kernel
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
    Demand,
    Routes,
    cheapest,
)

SLACK = 1e-7
"""Prices may exceed a trip's cost by this much, in money, before it counts."""

NONE = np.int32(-1)
"""Instead of an origin."""


@inlined
def pays(demand: Demand, x, m, z, enough):  # type: ignore
    """Whether all riders from these origins are worth more than that on some day."""
    fine = False
    for y in range(demand.most.size):
        gain = demand.gain[x, y]
        if m >= 0:
            gain += demand.gain[m, y]
        if z >= 0:
            gain += demand.gain[z, y]
        fine |= gain > enough
    return fine


@inner
def judge(net: Net, routes: Routes, demand: Demand, q, x, m, z, lowering):  # type: ignore
    """Judge every order of the origins x, m, z (``NONE``: none) and the drops of set q."""
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
                if pays(demand, x, m, z, cheapest(net, km)):
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


@inner
def gather(net: Net, demand: Demand, way, y, mask):  # type: ignore
    """Put those who may ride and have a price into ``slot``, dearest seat first; their number."""
    many = np.int64(0)
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


@inner
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
    many = gather(net, demand, way, np.int64(where[6]), _pairs(net, way))
    seats = net.cap[0, where[7]]
    cut, _ = _fill(demand, many, seats)
    left = float(seats)
    for x in range(cut):
        weight = demand.weight[demand.slot[x]]
        share[x] = min(1.0, left / weight)
        left -= min(left, weight)
    cost = net.fixed[where[7]] + net.per_km[where[7]] * km + crew_cost(net, km)
    return cut, cost

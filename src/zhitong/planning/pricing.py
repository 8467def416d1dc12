"""Whether prices of parties fit under the cost of every possible trip. Compiled.

Prices are *feasible* when no trip costs less than its riders' prices sum to; then no plan costs
less than all prices together. Trips are judged generously: on a route and a day, all who may ride
compete for the seats, and the last may take a part of theirs (a fractional knapsack).
"""

from __future__ import annotations

import numpy as np

from zhitong.planning.compiled import inlined, kernel
from zhitong.planning.crewing import crew_cost
from zhitong.planning.net import Net
from zhitong.planning.routes import Demand, Routes, cheapest, reach

SLACK = 1e-7
"""Prices may exceed a trip's cost by this much, in money, before it counts."""


@kernel
def sum_prices(net: Net, demand: Demand) -> None:
    """Recompute ``value`` and ``top`` from ``price``."""
    demand.value[:] = 0.0
    demand.top[:] = 0.0
    for p in range(net.o.size):
        for y in range(demand.first_day[p], demand.last_day[p] + 1):
            demand.value[net.o[p], net.d[p], y] += demand.price[p]
    for o in range(demand.top.shape[0]):
        for d in range(demand.top.shape[1]):
            for y in range(demand.value.shape[2]):
                if demand.value[o, d, y] > demand.top[o, d]:
                    demand.top[o, d] = demand.value[o, d, y]


@inlined
def _length(net: Net, routes: Routes, r, q):  # type: ignore
    """Paid km of pickup chain r and drop chain q."""
    last = routes.drop[q, routes.drops[q] - 1]
    return (
        routes.before[r, 0]
        + net.od[routes.pick[r, routes.picks[r] - 1], routes.drop[q, 0]]
        + routes.after[q, routes.drops[q] - 1]
        + net.back[last, routes.pick[r, 0]]
    )


@inlined
def _pairs(net: Net, routes: Routes, demand: Demand, r, q, base):  # type: ignore
    """The pairs (bit 3 i + j) whose ride is short enough; 0 if not worth ``base`` on any day."""
    link = net.od[routes.pick[r, routes.picks[r] - 1], routes.drop[q, 0]]
    sum_top = 0.0
    for i in range(routes.picks[r]):
        for j in range(routes.drops[q]):
            sum_top += demand.top[routes.pick[r, i], routes.drop[q, j]]
    if sum_top <= base:
        return 0
    mask = 0
    sum_top = 0.0
    for i in range(routes.picks[r]):
        for j in range(routes.drops[q]):
            o = routes.pick[r, i]
            d = routes.drop[q, j]
            if routes.before[r, i] + link + routes.after[q, j] <= net.ride[o, d]:
                mask |= 1 << (3 * i + j)
                sum_top += demand.top[o, d]
    return mask if sum_top > base else 0


@inlined
def _worth(routes: Routes, demand: Demand, r, q, y, mask):  # type: ignore
    """Prices of all who may ride on day y; -1 if a stop would be idle."""
    value = 0.0
    used = 0
    for i in range(routes.picks[r]):
        for j in range(routes.drops[q]):
            if (mask >> (3 * i + j)) & 1:
                o = routes.pick[r, i]
                d = routes.drop[q, j]
                if demand.people[o, d, y] > 0:
                    value += demand.value[o, d, y]
                    used |= (1 << i) | (8 << j)
    every = ((1 << routes.picks[r]) - 1) | (((1 << routes.drops[q]) - 1) << 3)
    return value if used == every else -1.0


@kernel
def gather(net: Net, routes: Routes, demand: Demand, r, q, y, mask):  # type: ignore
    """Put those who may ride and have a price into ``slot``, dearest seat first; their number."""
    many = 0
    for i in range(routes.picks[r]):
        for j in range(routes.drops[q]):
            if (mask >> (3 * i + j)) & 1:
                a = np.int64(routes.pick[r, i]) * net.od.shape[1] + routes.drop[q, j]
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
def separate(net: Net, routes: Routes, demand: Demand):  # type: ignore
    """Find trips worth more than they cost; how many there are.

    For each item, ``worst`` receives the largest excess of a trip with it and ``where`` that trip:
    its pickups, drop chain, day, type.
    """
    found = 0
    demand.worst[:] = 0.0
    for q in range(routes.drops.size):
        for r in range(reach(net, routes, demand, q)):
            km = _length(net, routes, r, q)
            base = cheapest(net, km) + SLACK
            crew = crew_cost(net, km)
            mask = _pairs(net, routes, demand, r, q, base)
            if mask == 0:
                continue
            for y in range(demand.value.shape[2]):
                if _worth(routes, demand, r, q, y, mask) <= base:
                    continue
                many = gather(net, routes, demand, r, q, y, mask)
                for t in range(net.fixed.size):
                    cut, value = _fill(demand, many, net.cap[0, t])
                    excess = value - net.fixed[t] - net.per_km[t] * km - crew
                    if excess <= SLACK:
                        continue
                    found += 1
                    for x in range(cut):
                        p = demand.slot[x]
                        if excess > demand.worst[p]:
                            demand.worst[p] = excess
                            for i in range(3):
                                demand.where[p, i] = routes.pick[r, i]
                            demand.where[p, 3] = q
                            demand.where[p, 4] = y
                            demand.where[p, 5] = t
    return found


@kernel
def repair(net: Net, routes: Routes, demand: Demand) -> None:
    """Lower prices until they are feasible: where riders are worth too much, all in proportion."""
    for q in range(routes.drops.size):
        for r in range(reach(net, routes, demand, q)):
            km = _length(net, routes, r, q)
            base = cheapest(net, km)
            crew = crew_cost(net, km)
            mask = _pairs(net, routes, demand, r, q, base)
            if mask == 0:
                continue
            for y in range(demand.value.shape[2]):
                if _worth(routes, demand, r, q, y, mask) <= base:
                    continue
                many = gather(net, routes, demand, r, q, y, mask)
                for t in range(net.fixed.size):
                    cost = net.fixed[t] + net.per_km[t] * km + crew
                    for attempt in range(20):
                        cut, value = _fill(demand, many, net.cap[0, t])
                        if value <= cost + SLACK:
                            break
                        # lowering some lets others in; in the end everybody is lowered
                        lowered = cut if attempt < 19 else many
                        for x in range(lowered):
                            p = demand.slot[x]
                            less = demand.price[p] * (1.0 - cost / value)
                            demand.price[p] -= less
                            for z in range(demand.first_day[p], demand.last_day[p] + 1):
                                demand.value[net.o[p], net.d[p], z] -= less
                        sort_slots(demand, many)


@kernel
def column(net: Net, routes: Routes, demand: Demand, where, share):  # type: ignore
    """The trip that ``separate`` named: items into ``slot``, how much of each into ``share``.

    Returns the number of items and the cost.
    """
    q = where[3]
    t = where[5]
    picks = 1 + (where[1] >= 0) + (where[2] >= 0)
    routes.picks[0] = picks
    total = 0
    for i in range(picks - 1, -1, -1):
        if i < picks - 1:
            total += net.oo[where[i], where[i + 1]]
        routes.pick[0, i] = where[i]
        routes.before[0, i] = total
    km = _length(net, routes, 0, q)
    mask = _pairs(net, routes, demand, 0, q, -1.0)
    many = gather(net, routes, demand, 0, q, where[4], mask)
    cut, _ = _fill(demand, many, net.cap[0, t])
    left = float(net.cap[0, t])
    for x in range(cut):
        weight = demand.weight[demand.slot[x]]
        share[x] = min(1.0, left / weight)
        left -= min(left, weight)
    return cut, net.fixed[t] + net.per_km[t] * km + crew_cost(net, km)

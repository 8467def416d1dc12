"""Whether prices of parties fit under the cost of every possible trip. Compiled.

Prices are *feasible* when no trip costs less than its riders' prices sum to; then no plan costs
less than all prices together. Trips are judged generously, see ``judging``.

Sets of pickups and drops come first, with the least km that any order of them could have; only
where the prices of everybody between them exceed even that are the orders tried one by one.
"""

from __future__ import annotations

from zhitong.planning.compiled import inlined, kernel
from zhitong.planning.judging import NONE, judge, pays
from zhitong.planning.net import Net
from zhitong.planning.routes import SETS_A_STEP, Demand, Routes, cheapest, users_of

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
            if core and pays(demand, x, NONE, NONE, cheapest(net, length + routes.link[x])):
                found += judge(net, routes, demand, q, x, NONE, NONE, lowering)
            if net.max_pickups == 1:
                continue
            for k in range(routes.later[x], routes.nears[x + 1]):
                m = routes.near[k]
                if not (routes.mark[m] and (core or routes.core[m])):
                    continue
                seen += 1
                two = length + routes.hop[x, m]
                link = min(routes.link[x], routes.link[m])
                if core and pays(demand, x, m, NONE, cheapest(net, two + link)):
                    found += judge(net, routes, demand, q, x, m, NONE, lowering)
                if net.max_pickups == 2 or not _may_pay(demand, x, m, cheapest(net, two + least)):
                    continue
                # a third after m that x is close to, or after x that only m is close to
                for i in range(k + 1, routes.nears[x + 1] if core else 0):
                    seen += 1
                    z = routes.near[i]
                    if routes.mark[z] and _three_pay(net, routes, demand, x, m, z, length):
                        found += judge(net, routes, demand, q, x, m, z, lowering)
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
                        found += judge(net, routes, demand, q, x, m, z, lowering)
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
def _may_pay(demand: Demand, x, m, enough):  # type: ignore
    """Whether some third origin near one of them might let x and m pay."""
    fine = False
    for y in range(demand.most.size):
        third = max(demand.near_gain[x, y], demand.near_gain[m, y])
        fine |= demand.gain[x, y] + demand.gain[m, y] + third > enough
    return fine


@inlined
def _three_pay(net: Net, routes: Routes, demand: Demand, x, m, z, length):  # type: ignore
    """Whether three origins might pay, if the vehicle drives no more than it has to."""
    a = routes.hop[x, m]
    b = routes.hop[m, z]
    c = routes.hop[x, z]
    km = length + a + b + c - max(a, b, c)
    km += min(routes.link[x], routes.link[m], routes.link[z])
    enough = cheapest(net, km)
    fine = False
    for y in range(demand.most.size):
        fine |= demand.gain[x, y] + demand.gain[m, y] + demand.gain[z, y] > enough
    return fine

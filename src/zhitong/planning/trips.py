"""Making, changing and pricing the trips of a running search. Compiled."""

from __future__ import annotations

import numpy as np

from zhitong.planning.compiled import inlined, inner
from zhitong.planning.net import Net
from zhitong.planning.ordering import NEVER, PERMS, Memory, best_order
from zhitong.planning.settle import settle
from zhitong.planning.state import (
    AFTER,
    BEFORE,
    CLASSES,
    D_STOP,
    DROPS,
    FAR,
    FIRST,
    KM,
    LAST,
    LINK,
    LOAD,
    MASK,
    O_STOP,
    ORDER,
    PICKUPS,
    SIZE,
    State,
    link,
    price,
    touch,
    unlink,
)


@inner
def rebuild(net: Net, memory: Memory, state: State, t):  # type: ignore
    """Recompute the row and cost of ``t`` from its items (it is unlinked); False if infeasible."""
    row = state.row[t]
    size = row[SIZE]
    o0 = o1 = o2 = d0 = d1 = d2 = np.int32(-1)
    load = np.int64(0)
    classes = np.int64(0)
    first = net.e[state.members[t, 0]]
    last = net.l[state.members[t, 0]]
    for m in range(size):
        p = state.members[t, m]
        load += net.n[p]
        classes |= net.load[p]
        first = max(first, net.e[p])
        last = min(last, net.l[p])
        o = net.o[p]
        if o != o0 and o != o1 and o != o2:
            if o0 < 0:
                o0 = o
            elif o1 < 0:
                o1 = o
            elif o2 < 0:
                o2 = o
            else:
                return False
        d = net.d[p]
        if d != d0 and d != d1 and d != d2:
            if d0 < 0:
                d0 = d
            elif d1 < 0:
                d1 = d
            elif d2 < 0:
                d2 = d
            else:
                return False
    ko = 1 + (o1 >= 0) + (o2 >= 0)
    kd = 1 + (d1 >= 0) + (d2 >= 0)
    if first > last or ko > net.max_pickups or kd > net.max_drops:
        return False
    if ko > 1 and o0 > o1:
        o0, o1 = o1, o0
    if ko > 2:
        if o1 > o2:
            o1, o2 = o2, o1
        if o0 > o1:
            o0, o1 = o1, o0
    if kd > 1 and d0 > d1:
        d0, d1 = d1, d0
    if kd > 2:
        if d1 > d2:
            d1, d2 = d2, d1
        if d0 > d1:
            d0, d1 = d1, d0
    mask = np.int64(0)
    for m in range(size):
        p = state.members[t, m]
        o = net.o[p]
        d = net.d[p]
        i = 0 if o == o0 else (1 if o == o1 else 2)
        j = 0 if d == d0 else (1 if d == d1 else 2)
        mask |= 1 << (3 * i + j)
    answer = best_order(net, memory, o0, o1, o2, d0, d1, d2, mask)
    if answer == NEVER:
        return False
    km = answer >> 6
    cost = price(net, classes, load, km)
    if cost == FAR:
        return False
    row[LOAD] = load
    row[CLASSES] = classes
    row[FIRST] = first
    row[LAST] = last
    row[PICKUPS] = ko
    row[DROPS] = kd
    row[KM] = km
    row[MASK] = mask
    row[O_STOP] = o0
    row[O_STOP + 1] = o1
    row[O_STOP + 2] = o2
    row[D_STOP] = d0
    row[D_STOP + 1] = d1
    row[D_STOP + 2] = d2
    row[ORDER] = answer & 63
    a = (answer >> 3) & 7
    b = answer & 7
    total = 0
    row[BEFORE + PERMS[a, ko - 1]] = 0
    for i in range(ko - 2, -1, -1):
        total += net.oo[row[O_STOP + PERMS[a, i]], row[O_STOP + PERMS[a, i + 1]]]
        row[BEFORE + PERMS[a, i]] = total
    row[LINK] = net.od[row[O_STOP + PERMS[a, ko - 1]], row[D_STOP + PERMS[b, 0]]]
    total = 0
    row[AFTER + PERMS[b, 0]] = 0
    for j in range(1, kd):
        total += net.dd[row[D_STOP + PERMS[b, j - 1]], row[D_STOP + PERMS[b, j]]]
        row[AFTER + PERMS[b, j]] = total
    if state.ties.days.size:
        return settle(net, state, t)
    state.cost[t] = net.solo[state.members[t, 0]] if size == 1 else cost
    return True


@inlined
def insertion(net: Net, memory: Memory, state: State, t, p, limit, generous):  # type: ignore
    """What adding item ``p`` to trip ``t`` costs, ``FAR`` if impossible or not below ``limit``.

    When ``generous``, whoever travels alone outside is taken to have a vehicle already: only so
    do several parties leave a cheap train together for a coach that pays from the third on.
    """
    row = state.row[t]
    load = row[LOAD] + net.n[p]
    classes = row[CLASSES] | net.load[p]
    old = price(net, row[CLASSES], row[LOAD], row[KM]) if generous else state.cost[t]
    if max(row[FIRST], net.e[p]) > min(row[LAST], net.l[p]):
        return FAR
    cost = price(net, classes, load, row[KM])
    if cost - old >= limit:
        return FAR
    for k in range(net.enemies[p], net.enemies[p + 1]):
        if state.trip_of[net.enemy[k]] == t:
            return FAR
    o = net.o[p]
    d = net.d[p]
    ko = row[PICKUPS]
    kd = row[DROPS]
    o0 = row[O_STOP]
    o1 = row[O_STOP + 1]
    o2 = row[O_STOP + 2]
    i = 0 if o == o0 else (1 if o == o1 else (2 if o == o2 else -1))
    d0 = row[D_STOP]
    d1 = row[D_STOP + 1]
    d2 = row[D_STOP + 2]
    j = 0 if d == d0 else (1 if d == d1 else (2 if d == d2 else -1))
    mask = np.int64(row[MASK])
    if i >= 0 and j >= 0:
        if (mask >> (3 * i + j)) & 1 or (
            row[BEFORE + i] + row[LINK] + row[AFTER + j] <= net.ride[o, d]
        ):
            return cost - old
        mask |= 1 << (3 * i + j)
    else:
        if i < 0:
            if ko >= net.max_pickups:
                return FAR
            if not (
                net.near_o[o, o0]
                or (ko > 1 and net.near_o[o, o1])
                or (ko > 2 and net.near_o[o, o2])
            ):
                return FAR
        if j < 0 and kd >= net.max_drops:
            return FAR
        if i < 0:
            i = 0
            while i < ko and row[O_STOP + i] < o:
                i += 1
            low = (1 << (3 * i)) - 1
            mask = (mask & low) | ((mask & ~low) << 3)
            if i == 0:
                o0, o1, o2 = o, o0, o1
            elif i == 1:
                o1, o2 = o, o1
            else:
                o2 = o
        if j < 0:
            j = 0
            while j < kd and row[D_STOP + j] < d:
                j += 1
            low = (0, 0b001001001, 0b011011011)[j]
            mask = (mask & low) | ((mask & (0b111111111 ^ low)) << 1)
            if j == 0:
                d0, d1, d2 = d, d0, d1
            elif j == 1:
                d1, d2 = d, d1
            else:
                d2 = d
        mask |= 1 << (3 * i + j)
    answer = best_order(net, memory, o0, o1, o2, d0, d1, d2, mask)
    if answer == NEVER:
        return FAR
    cost = price(net, classes, load, answer >> 6) - old
    return cost if cost < limit else FAR


@inner
def trial(net: Net, memory: Memory, state: State, t, p):  # type: ignore
    """What trip ``t`` (free or not) would cost with ``p`` and all who travel with it; or ``FAR``.

    For tied trips: exact, where ``insertion`` knows no vehicles, days and published trips.
    """
    ties = state.ties
    size = state.row[t, SIZE]
    spare = state.row.shape[0] - 1
    many = 1 + (ties.mates[p + 1] - ties.mates[p] if ties.leader.size else 0)
    if size + many > state.members.shape[1]:
        return FAR
    for i in range(many):
        q = p if i == 0 else ties.mate[ties.mates[p] + i - 1]
        for k in range(net.enemies[q], net.enemies[q + 1]):
            if size > 0 and state.trip_of[net.enemy[k]] == t:
                return FAR
        state.members[spare, i] = q
    for m in range(size):
        state.members[spare, many + m] = state.members[t, m]
    state.row[spare, SIZE] = size + many
    if size > 0:
        unlink(state, t)
    fine = rebuild(net, memory, state, spare)
    if size > 0:
        link(state, t)
    cost = state.cost[spare] if fine else FAR
    state.cost[spare] = 0.0
    state.row[spare, SIZE] = 0
    return cost


@inlined
def _enter(state: State, t, p):  # type: ignore
    size = state.row[t, SIZE]
    state.members[t, size] = p
    state.row[t, SIZE] = size + 1
    state.trip_of[p] = t
    state.place[p] = size


@inlined
def put(net: Net, memory: Memory, state: State, t, p):  # type: ignore
    """Add item ``p`` and its mates to trip ``t`` (free or not), which is known to be feasible."""
    touch(state, t)
    if state.row[t, SIZE] > 0:
        unlink(state, t)
    _enter(state, t, p)
    if state.ties.leader.size:
        for k in range(state.ties.mates[p], state.ties.mates[p + 1]):
            _enter(state, t, state.ties.mate[k])
    fine = rebuild(net, memory, state, t)
    link(state, t)
    return fine


@inlined
def take(state: State, p) -> None:  # type: ignore
    """Drop item ``p`` from its trip, which is touched and unlinked; its row is left stale."""
    t = state.trip_of[p]
    last = state.row[t, SIZE] - 1
    q = state.members[t, last]
    k = state.place[p]
    state.members[t, k] = q
    state.place[q] = k
    state.row[t, SIZE] = last
    state.trip_of[p] = -1

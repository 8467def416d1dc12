"""The trips of a running search: rows of numbers, changed in place, undone on refusal. Compiled.

A trip is a row of ``state.row`` (the columns below) and its items in ``state.members``. Stops are
sorted; ``BEFORE`` holds km from each pickup to the last one and ``AFTER`` from the first drop to
each drop, so that pair (i, j) rides ``BEFORE + i`` plus ``LINK`` plus ``AFTER + j``. Trips hang in
one list for each destination they serve. A trip without items is free.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.compiled import inlined, kernel
from zhitong.planning.crewing import crew_cost
from zhitong.planning.net import Floats, Ints, Net
from zhitong.planning.ordering import NEVER, PERMS, Memory, best_order

SIZE, LOAD, FIRST, LAST, PICKUPS, DROPS, KM, LINK, MASK = range(9)
O_STOP = 9
D_STOP = 12
BEFORE = 15
AFTER = 18
ORDER = 21
CLASSES = 22
WIDTH = 24
FAR = np.inf
REMOVED = 160
"""A step removes at most so many items, or two whole trips if those are larger."""

NEARBY = 256
"""At most so many trips near an item are candidates for ruin."""


class State(NamedTuple):
    """Trips over P items, room for T of at most M items each.

    ``trip_of place`` (P): where an item rides; ``free`` (T): a stack of free trips, its height in
    ``counter[0]``; ``head after before``: lists of trips by destination, node 3 t + j for drop j of
    trip t; ``log_*``: the trips touched by the current step as they were, ``counter[1]`` of them;
    ``removed keys near``: scratch of the step; ``random``: state of its random numbers;
    ``touched seen``: stamps (``counter[2]``, ``counter[3]``).
    """

    trip_of: Ints
    place: Ints
    members: Ints
    row: Ints
    cost: Floats
    free: Ints
    head: Ints
    after: Ints
    before: Ints
    counter: NDArray[np.int64]
    touched: NDArray[np.int64]
    seen: NDArray[np.int64]
    log_trip: Ints
    log_row: Ints
    log_members: Ints
    log_cost: Floats
    removed: Ints
    keys: Floats
    near: Ints
    random: NDArray[np.uint64]


def empty_state(net: Net, seed: int = 0) -> State:
    """Room for a search over ``net`` with every trip free."""
    items = len(net.o)
    width = max(1, min(items, int(net.cap.max())))
    log = 8 + max(REMOVED, 2 * width)  # each removed item touches one trip more
    trips = items + log  # those emptied by a step are free only after it

    def ints(*shape: int) -> Ints:
        return np.full(shape, -1, dtype=np.int32)

    return State(
        trip_of=ints(items),
        place=ints(items),
        members=ints(trips, width),
        row=np.zeros((trips, WIDTH), dtype=np.int32),
        cost=np.zeros(trips),
        free=np.arange(trips, dtype=np.int32),
        head=ints(len(net.dd)),
        after=ints(3 * trips),
        before=ints(3 * trips),
        counter=np.array([trips, 0, 0, 0], dtype=np.int64),
        touched=np.zeros(trips, dtype=np.int64),
        seen=np.zeros(trips, dtype=np.int64),
        log_trip=ints(log),
        log_row=np.zeros((log, WIDTH), dtype=np.int32),
        log_members=ints(log, width),
        log_cost=np.zeros(log),
        removed=ints(log - 8),
        keys=np.zeros(log - 8),
        near=ints(NEARBY),
        random=np.random.default_rng(seed).integers(1, 1 << 63, 1, dtype=np.uint64),
    )


@inlined
def price(net: Net, classes, load, km):  # type: ignore
    """The cheapest vehicle with ``load`` seats for those load classes over ``km``."""
    best = FAR
    for k in range(net.fixed.size):
        if net.cap[classes, k] >= load:
            cost = net.fixed[k] + net.per_km[k] * km
            if cost < best:
                best = cost
    return best + crew_cost(net, km)


@inlined
def link(state: State, t) -> None:  # type: ignore
    """Hang trip ``t`` into the lists of its destinations."""
    for j in range(state.row[t, DROPS]):
        node = 3 * t + j
        d = state.row[t, D_STOP + j]
        first = state.head[d]
        state.after[node] = first
        state.before[node] = -1
        if first >= 0:
            state.before[first] = node
        state.head[d] = node


@inlined
def unlink(state: State, t) -> None:  # type: ignore
    """Take trip ``t`` out of the lists."""
    for j in range(state.row[t, DROPS]):
        node = 3 * t + j
        a = state.before[node]
        b = state.after[node]
        if a >= 0:
            state.after[a] = b
        else:
            state.head[state.row[t, D_STOP + j]] = b
        if b >= 0:
            state.before[b] = a


@inlined
def touch(state: State, t) -> None:  # type: ignore
    """Remember trip ``t`` as it is, once a step."""
    if state.touched[t] == state.counter[2]:
        return
    state.touched[t] = state.counter[2]
    k = state.counter[1]
    state.counter[1] = k + 1
    state.log_trip[k] = t
    state.log_cost[k] = state.cost[t]
    for i in range(WIDTH):
        state.log_row[k, i] = state.row[t, i]
    for i in range(state.row[t, SIZE]):
        state.log_members[k, i] = state.members[t, i]


@inlined
def begin(state: State) -> None:
    """Start a step: nothing touched."""
    state.counter[1] = 0
    state.counter[2] += 1


@inlined
def keep(state: State) -> None:
    """End a step with its changes: emptied trips become free."""
    for k in range(state.counter[1]):
        t = state.log_trip[k]
        if state.row[t, SIZE] == 0:
            state.free[state.counter[0]] = t
            state.counter[0] += 1


@kernel
def undo(state: State) -> None:
    """End a step without its changes."""
    for k in range(state.counter[1]):
        t = state.log_trip[k]
        if state.row[t, SIZE] > 0:
            unlink(state, t)
    for k in range(state.counter[1]):
        t = state.log_trip[k]
        state.cost[t] = state.log_cost[k]
        for i in range(WIDTH):
            state.row[t, i] = state.log_row[k, i]
        for i in range(state.row[t, SIZE]):
            p = state.log_members[k, i]
            state.members[t, i] = p
            state.trip_of[p] = t
            state.place[p] = i
        if state.row[t, SIZE] > 0:
            link(state, t)
        else:
            state.free[state.counter[0]] = t
            state.counter[0] += 1


@kernel
def rebuild(net: Net, memory: Memory, state: State, t):  # type: ignore
    """Recompute the row and cost of ``t`` from its items (it is unlinked); False if infeasible."""
    row = state.row[t]
    size = row[SIZE]
    o0 = o1 = o2 = d0 = d1 = d2 = np.int32(-1)
    load = 0
    classes = 0
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
    mask = 0
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


@inlined
def put(net: Net, memory: Memory, state: State, t, p):  # type: ignore
    """Add item ``p`` to trip ``t`` (free or not), which is known to be feasible."""
    touch(state, t)
    size = state.row[t, SIZE]
    if size > 0:
        unlink(state, t)
    state.members[t, size] = p
    state.row[t, SIZE] = size + 1
    state.trip_of[p] = t
    state.place[p] = size
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

"""The trips of a running search: rows of numbers, changed in place, undone on refusal. Compiled.

A trip is a row of ``state.row`` (the columns below) and its items in ``state.members``. Stops are
sorted; ``BEFORE`` holds km from each pickup to the last one and ``AFTER`` from the first drop to
each drop, so that pair (i, j) rides ``BEFORE + i`` plus ``LINK`` plus ``AFTER + j``. ``CELL`` and
``LABEL`` have a meaning only where trips are tied to each other (``ties``): vehicle and day, and
the published trip that is continued. Trips hang in one list for each destination they serve. A
trip without items is free.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.compiled import inlined, inner
from zhitong.planning.crewing import crew_cost
from zhitong.planning.net import Floats, Ints, Net
from zhitong.planning.ties import Ties

SIZE, LOAD, FIRST, LAST, PICKUPS, DROPS, KM, LINK, MASK = range(9)
O_STOP = 9
D_STOP = 12
BEFORE = 15
AFTER = 18
ORDER = 21
CLASSES = 22
CELL = 23
LABEL = 24
WIDTH = 26

AWAY = -1
"""``CELL`` of what is no trip: its items pay outside, or stay behind if they cannot."""

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
    ``touched seen``: stamps (``counter[2]``, ``counter[3]``). The trip after the last is never
    linked; trials are made on it. ``ties.room`` is what linked trips leave.
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
    ties: Ties


def empty_state(net: Net, ties: Ties, seed: int = 0) -> State:
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
        members=ints(trips + 1, width),
        row=np.zeros((trips + 1, WIDTH), dtype=np.int32),
        cost=np.zeros(trips + 1),
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
        ties=ties._replace(room=ties.room.copy()),
    )


@inlined
def draw(random):  # type: ignore
    """A number in [0, 1) from the xorshift state ``random[0]``."""
    x = random[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    random[0] = x
    return np.float64(x >> np.uint64(11)) * (1.0 / 9007199254740992.0)


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
def _occupy(state: State, t, times) -> None:  # type: ignore
    cell = state.row[t, CELL]
    label = state.row[t, LABEL]
    if cell >= 0:
        state.ties.room[cell] -= times
    if label >= 0:
        state.ties.room[state.ties.cells + label] -= times


@inlined
def link(state: State, t) -> None:  # type: ignore
    """Hang trip ``t`` into the lists of its destinations; it takes its vehicle."""
    if state.ties.days.size:
        _occupy(state, t, 1)
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
    """Take trip ``t`` out of the lists; its vehicle is free again."""
    if state.ties.days.size:
        _occupy(state, t, -1)
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


@inner
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

"""The compiled steps that change the runs of buses, and restore them."""

from __future__ import annotations

from typing import Any

import numpy as np

from zhitong.planning.shuttle.kernels import inner
from zhitong.planning.shuttle.state import (
    ABSENT,
    BACK,
    BUS,
    CLOCK,
    CLOSES,
    DEPOT,
    DEPOT_WEIGHT,
    DURATION,
    EARLY,
    FIELDS,
    FIXED,
    GATE,
    GATE_EACH,
    GATE_FIXED,
    KIND,
    LATE,
    LIMIT,
    LOAD,
    NEVER,
    OPENS,
    OUTER,
    POINT,
    RATE,
    REMOVED,
    RIDE,
    RIDERS,
    SAVED_BUSES,
    SAVED_KINDS,
    SAVED_RUNS,
    SERVE,
    SIZE,
    UNITS,
    WAS_ABSENT,
    Net,
    State,
)


@inner
def draw(state: State) -> Any:
    """A number in [0, 1) from the xorshift state ``random[0]``."""
    x = state.random[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state.random[0] = x
    return np.float64(x >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@inner
def below(state: State, n):  # type: ignore
    """A whole number from 0 to ``n - 1``."""
    return min(n - 1, int(draw(state) * n))


@inner
def begins_at(net: Net, state: State, r):  # type: ignore
    """The point where run ``r`` starts."""
    k = state.run[r, KIND]
    if net.kind[k, BACK] != 0:
        return net.kind[k, GATE]
    return state.run[r, OUTER]


@inner
def ends_at(net: Net, state: State, r):  # type: ignore
    """The point where run ``r`` ends."""
    k = state.run[r, KIND]
    if net.kind[k, BACK] != 0:
        return state.run[r, OUTER]
    return net.kind[k, GATE]


@inner
def leg(matrix, a, b, back):  # type: ignore
    """From ``a`` inwards to ``b``, or driven the other way on an afternoon run."""
    if back != 0:
        return matrix[b, a]
    return matrix[a, b]


@inner
def offset(net: Net, k, load, duration):  # type: ignore
    """Ticks from the start of a run to the moment its window speaks of."""
    if net.kind[k, BACK] != 0:
        return net.kind[k, GATE_FIXED] + net.kind[k, GATE_EACH] * load
    return duration


@inner
def begin(state: State) -> None:
    """Start a step that may be undone."""
    state.tally[CLOCK] += 1
    for cell in (SAVED_RUNS, SAVED_BUSES, SAVED_KINDS, REMOVED, UNITS):
        state.tally[cell] = 0
    state.tally[WAS_ABSENT] = state.tally[ABSENT]
    for i in range(state.tally[ABSENT]):
        state.saved_absent[i] = state.absent[i]


@inner
def touch_run(state: State, r) -> None:  # type: ignore
    """Remember run ``r`` as it is, once a step."""
    if state.run_mark[r] == state.tally[CLOCK]:
        return
    state.run_mark[r] = state.tally[CLOCK]
    n = state.tally[SAVED_RUNS]
    state.tally[SAVED_RUNS] = n + 1
    state.saved_run_id[n] = r
    for f in range(FIELDS):
        state.saved_run[n, f] = state.run[r, f]
    for i in range(state.run[r, SIZE]):
        state.saved_seq[n, i] = state.seq[r, i]


@inner
def touch_bus(state: State, b) -> None:  # type: ignore
    """Remember bus ``b`` and its runs as they are, once a step."""
    if state.bus_mark[b] == state.tally[CLOCK]:
        return
    state.bus_mark[b] = state.tally[CLOCK]
    n = state.tally[SAVED_BUSES]
    state.tally[SAVED_BUSES] = n + 1
    state.saved_bus_id[n] = b
    state.saved_cost[n] = state.bus_cost[b]
    for i in range(state.line[b, 0] + 1):
        state.saved_line[n, i] = state.line[b, i]
        if i > 0:
            touch_run(state, state.line[b, i])


@inner
def touch_kind(state: State, k) -> None:  # type: ignore
    """Remember the list of runs of kind ``k``, once a step."""
    if state.kind_mark[k] != state.tally[CLOCK]:
        state.kind_mark[k] = state.tally[CLOCK]
        n = state.tally[SAVED_KINDS]
        state.tally[SAVED_KINDS] = n + 1
        state.saved_kind_id[n] = k
        for i in range(state.kinds[k, 0] + 1):
            state.saved_kinds[n, i] = state.kinds[k, i]


@inner
def undo(state: State) -> None:
    """Restore everything as it was at ``begin``."""
    for n in range(state.tally[SAVED_RUNS]):
        r = state.saved_run_id[n]
        for i in range(state.run[r, SIZE]):
            state.run_of[state.seq[r, i]] = -1
    for n in range(state.tally[SAVED_RUNS]):
        r = state.saved_run_id[n]
        for f in range(FIELDS):
            state.run[r, f] = state.saved_run[n, f]
        for i in range(state.run[r, SIZE]):
            state.seq[r, i] = state.saved_seq[n, i]
            state.run_of[state.seq[r, i]] = r
    for n in range(state.tally[SAVED_BUSES]):
        b = state.saved_bus_id[n]
        state.bus_cost[b] = state.saved_cost[n]
        for i in range(state.saved_line[n, 0] + 1):
            state.line[b, i] = state.saved_line[n, i]
    for n in range(state.tally[SAVED_KINDS]):
        k = state.saved_kind_id[n]
        for i in range(state.saved_kinds[n, 0] + 1):
            state.kinds[k, i] = state.saved_kinds[n, i]
    state.tally[ABSENT] = state.tally[WAS_ABSENT]
    for i in range(state.tally[ABSENT]):
        state.absent[i] = state.saved_absent[i]


@inner
def measure(net: Net, state: State, r) -> None:  # type: ignore
    """Set load, ride, duration and outer point of run ``r`` from its stops."""
    k = state.run[r, KIND]
    back = net.kind[k, BACK]
    size = state.run[r, SIZE]
    ride = np.int32(0)
    load = np.int32(0)
    for i in range(size):
        s = state.seq[r, i]
        load += net.item[s, RIDERS]
        to = net.kind[k, GATE] if i == size - 1 else net.item[state.seq[r, i + 1], POINT]
        ride += leg(net.time, net.item[s, POINT], to, back)
        if i > 0:
            ride += net.item[s, SERVE]
    first = state.seq[r, 0]
    state.run[r, LOAD] = load
    state.run[r, RIDE] = ride
    state.run[r, OUTER] = net.item[first, POINT]
    at_gate = net.kind[k, GATE_FIXED] + net.kind[k, GATE_EACH] * load
    state.run[r, DURATION] = at_gate + ride + net.item[first, SERVE]


@inner
def schedule(net: Net, state: State, b):  # type: ignore
    """Earliest and latest starts of bus ``b``'s runs; returns the first that is too late, or -1."""
    n = state.line[b, 0]
    free = np.int32(-NEVER)
    at = np.int32(-1)
    for i in range(1, n + 1):
        r = state.line[b, i]
        k = state.run[r, KIND]
        start = net.kind[k, OPENS] - offset(net, k, state.run[r, LOAD], state.run[r, DURATION])
        if i > 1:
            start = max(start, free + net.time[at, begins_at(net, state, r)])
        state.run[r, EARLY] = start
        last = net.kind[k, CLOSES] - offset(net, k, state.run[r, LOAD], state.run[r, DURATION])
        if start > last:
            return r
        free = start + state.run[r, DURATION]
        at = ends_at(net, state, r)
    due = np.int32(NEVER)
    for i in range(n, 0, -1):
        r = state.line[b, i]
        k = state.run[r, KIND]
        last = net.kind[k, CLOSES] - offset(net, k, state.run[r, LOAD], state.run[r, DURATION])
        if i < n:
            due -= net.time[ends_at(net, state, r), at]
            last = min(last, due - state.run[r, DURATION])
        state.run[r, LATE] = last
        due = last
        at = begins_at(net, state, r)
    return np.int32(-1)


@inner
def price(net: Net, state: State, b):  # type: ignore
    """What bus ``b`` costs; the way from and to its depot counts ``DEPOT_WEIGHT`` times."""
    n = state.line[b, 0]
    if n == 0:
        return 0.0
    weight = state.knob[DEPOT_WEIGHT]
    at = net.bus[b, DEPOT]
    away = 0.0
    for i in range(1, n + 1):
        r = state.line[b, i]
        back = net.kind[state.run[r, KIND], BACK]
        way = net.length[at, begins_at(net, state, r)]
        away += weight * way if i == 1 else way
        size = state.run[r, SIZE]
        for j in range(size):
            a = net.item[state.seq[r, j], POINT]
            if j == size - 1:
                away += leg(net.length, a, net.kind[state.run[r, KIND], GATE], back)
            else:
                away += leg(net.length, a, net.item[state.seq[r, j + 1], POINT], back)
        at = ends_at(net, state, r)
    away += weight * net.length[at, net.bus[b, DEPOT]]
    return net.money[b, FIXED] + net.money[b, RATE] * away


@inner
def leave_line(state: State, b, r) -> None:  # type: ignore
    """Take run ``r`` off bus ``b``."""
    n = state.line[b, 0]
    i = 1
    while state.line[b, i] != r:
        i += 1
    for j in range(i, n):
        state.line[b, j] = state.line[b, j + 1]
    state.line[b, 0] = n - 1
    state.run[r, BUS] = -1


@inner
def join_line(state: State, b, i, r) -> None:  # type: ignore
    """Make run ``r`` the ``i``-th (from 1) of bus ``b``."""
    n = state.line[b, 0]
    for j in range(n, i - 1, -1):
        state.line[b, j + 1] = state.line[b, j]
    state.line[b, i] = r
    state.line[b, 0] = n + 1
    state.run[r, BUS] = b


@inner
def forget_run(state: State, r) -> None:  # type: ignore
    """Take an emptied run out of the list of its kind."""
    k = state.run[r, KIND]
    touch_kind(state, k)
    n = state.kinds[k, 0]
    i = 1
    while state.kinds[k, i] != r:
        i += 1
    state.kinds[k, i] = state.kinds[k, n]
    state.kinds[k, 0] = n - 1
    state.run[r, SIZE] = 0


@inner
def explode(state: State, r) -> None:  # type: ignore
    """Remove run ``r`` and all its items."""
    if state.run[r, BUS] >= 0:
        touch_bus(state, state.run[r, BUS])
        leave_line(state, state.run[r, BUS], r)
    for i in range(state.run[r, SIZE]):
        s = state.seq[r, i]
        state.run_of[s] = -1
        state.removed[state.tally[REMOVED]] = s
        state.tally[REMOVED] += 1
    forget_run(state, r)


@inner
def settle(net: Net, state: State, b) -> None:  # type: ignore
    """Reschedule bus ``b``, dropping runs that came too late because some way became longer."""
    while True:
        r = schedule(net, state, b)
        if r < 0:
            return
        explode(state, r)


@inner
def take(net: Net, state: State, s) -> None:  # type: ignore
    """Remove item ``s`` from its run; the caller settles the bus."""
    r = state.run_of[s]
    touch_bus(state, state.run[r, BUS])
    size = state.run[r, SIZE]
    if size == 1:
        explode(state, r)
        return
    i = 0
    while state.seq[r, i] != s:
        i += 1
    for j in range(i, size - 1):
        state.seq[r, j] = state.seq[r, j + 1]
    state.run[r, SIZE] = size - 1
    state.run_of[s] = -1
    state.removed[state.tally[REMOVED]] = s
    state.tally[REMOVED] += 1
    measure(net, state, r)
    if state.run[r, RIDE] > net.kind[state.run[r, KIND], LIMIT]:
        explode(state, r)

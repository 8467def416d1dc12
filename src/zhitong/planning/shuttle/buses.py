"""The compiled steps that change the runs of buses, and restore them."""

from __future__ import annotations

from typing import Any

import numpy as np

from zhitong.planning.shuttle.kernels import inner
from zhitong.planning.shuttle.state import (
    ABOARD,
    ABSENT,
    BACK,
    BUS,
    CALLS,
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
    KIND_OF,
    LATE,
    LATEST,
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
    SOONEST,
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
    k = state.run[r, KIND + state.run[r, CALLS] - 1]
    if net.kind[k, BACK] != 0:
        return net.kind[k, GATE]
    return state.run[r, OUTER]


@inner
def ends_at(net: Net, state: State, r):  # type: ignore
    """The point where run ``r`` ends."""
    k = state.run[r, KIND + state.run[r, CALLS] - 1]
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
def at_gates(net: Net, calls, k0, k1, k2, n0, n1, n2):  # type: ignore
    """A run's time at its ``calls`` gates: of kinds k0, k1, k2 with n0, n1, n2 riders.

    Returns (opens, closes, dwell, reach1, reach2): the window of reaching the first gate, on the
    way home of leaving it, that suits all gates; ticks from then to the end at the last gate; and
    ticks from the first gate to the second and third, which a ride to these takes longer.
    """
    back = net.kind[k0, BACK]
    here = net.kind[k0, GATE_FIXED] + net.kind[k0, GATE_EACH] * n0
    opens = net.kind[k0, OPENS]
    closes = net.kind[k0, CLOSES]
    if back == 0:
        opens -= here
        closes -= here
    reach1 = np.int32(0)
    reach2 = np.int32(0)
    if calls > 1:
        reach1 = here + leg(net.time, net.kind[k0, GATE], net.kind[k1, GATE], back)
        here = net.kind[k1, GATE_FIXED] + net.kind[k1, GATE_EACH] * n1
        shift = reach1 + here if back == 0 else -reach1
        opens = max(opens, net.kind[k1, OPENS] - shift)
        closes = min(closes, net.kind[k1, CLOSES] - shift)
    if calls > 2:
        reach2 = reach1 + here + leg(net.time, net.kind[k1, GATE], net.kind[k2, GATE], back)
        here = net.kind[k2, GATE_FIXED] + net.kind[k2, GATE_EACH] * n2
        shift = reach2 + here if back == 0 else -reach2
        opens = max(opens, net.kind[k2, OPENS] - shift)
        closes = min(closes, net.kind[k2, CLOSES] - shift)
    return opens, closes, max(reach1, reach2) + here, reach1, reach2


@inner
def count_aboard(net: Net, state: State, r) -> None:  # type: ignore
    """Set the riders for each gate of run ``r``."""
    for i in range(state.run[r, CALLS]):
        number = np.int32(0)
        for j in range(state.run[r, SIZE]):
            s = state.seq[r, j]
            if net.item[s, KIND_OF] == state.run[r, KIND + i]:
                number += net.item[s, RIDERS]
        state.run[r, ABOARD + i] = number


@inner
def measure(net: Net, state: State, r) -> None:  # type: ignore
    """Set load, ride, duration, outer point and window of run ``r`` from its stops and gates."""
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
    state.run[r, ABOARD] = load
    if state.run[r, CALLS] > 1:
        count_aboard(net, state, r)
    opens, closes, dwell, _, _ = at_gates(
        net,
        state.run[r, CALLS],
        k,
        state.run[r, KIND + 1],
        state.run[r, KIND + 2],
        state.run[r, ABOARD],
        state.run[r, ABOARD + 1],
        state.run[r, ABOARD + 2],
    )
    outside = ride + net.item[first, SERVE]
    head = dwell if back != 0 else outside
    state.run[r, DURATION] = dwell + outside
    state.run[r, SOONEST] = opens - head
    state.run[r, LATEST] = closes - head


@inner
def schedule(net: Net, state: State, b):  # type: ignore
    """Earliest and latest starts of bus ``b``'s runs; returns the first that is too late, or -1."""
    n = state.line[b, 0]
    free = np.int32(-NEVER)
    at = np.int32(-1)
    for i in range(1, n + 1):
        r = state.line[b, i]
        start = state.run[r, SOONEST]
        if i > 1:
            start = max(start, free + net.time[at, begins_at(net, state, r)])
        state.run[r, EARLY] = start
        if start > state.run[r, LATEST]:
            return r
        free = start + state.run[r, DURATION]
        at = ends_at(net, state, r)
    due = np.int32(NEVER)
    for i in range(n, 0, -1):
        r = state.line[b, i]
        last = state.run[r, LATEST]
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
        for c in range(1, state.run[r, CALLS]):
            a = net.kind[state.run[r, KIND + c - 1], GATE]
            away += leg(net.length, a, net.kind[state.run[r, KIND + c], GATE], back)
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
def list_run(state: State, r) -> None:  # type: ignore
    """Enter run ``r`` in the list of the kind whose gate it calls at first."""
    k = state.run[r, KIND]
    touch_kind(state, k)
    state.kinds[k, 0] += 1
    state.kinds[k, state.kinds[k, 0]] = r


@inner
def delist_run(state: State, r) -> None:  # type: ignore
    """Take run ``r`` out of the list of its kind."""
    k = state.run[r, KIND]
    touch_kind(state, k)
    n = state.kinds[k, 0]
    i = 1
    while state.kinds[k, i] != r:
        i += 1
    state.kinds[k, i] = state.kinds[k, n]
    state.kinds[k, 0] = n - 1


@inner
def add_call(state: State, r, k, i) -> None:  # type: ignore
    """Let run ``r`` call at the gate of kind ``k``, as its ``i``-th (from 0)."""
    if i == 0:
        delist_run(state, r)
    for j in range(state.run[r, CALLS], i, -1):
        state.run[r, KIND + j] = state.run[r, KIND + j - 1]
    state.run[r, KIND + i] = k
    state.run[r, CALLS] += 1
    if i == 0:
        list_run(state, r)


@inner
def drop_call(net: Net, state: State, r, k) -> None:  # type: ignore
    """Leave out the gate of kind ``k`` if nobody on run ``r`` goes there any more."""
    for j in range(state.run[r, SIZE]):
        if net.item[state.seq[r, j], KIND_OF] == k:
            return
    i = 0
    while state.run[r, KIND + i] != k:
        i += 1
    if i == 0:
        delist_run(state, r)
    for j in range(i, state.run[r, CALLS] - 1):
        state.run[r, KIND + j] = state.run[r, KIND + j + 1]
    state.run[r, CALLS] -= 1
    if i == 0:
        list_run(state, r)


@inner
def rides_fit(net: Net, state: State, r):  # type: ignore
    """Whether everybody on run ``r`` reaches his gate within the ride limit."""
    calls = state.run[r, CALLS]
    if calls == 1:
        return state.run[r, RIDE] <= net.kind[state.run[r, KIND], LIMIT]
    _, _, _, reach1, reach2 = at_gates(
        net,
        calls,
        state.run[r, KIND],
        state.run[r, KIND + 1],
        state.run[r, KIND + 2],
        state.run[r, ABOARD],
        state.run[r, ABOARD + 1],
        state.run[r, ABOARD + 2],
    )
    back = net.kind[state.run[r, KIND], BACK]
    ride = state.run[r, RIDE]
    for j in range(state.run[r, SIZE]):
        s = state.seq[r, j]
        if j > 0:
            a = net.item[state.seq[r, j - 1], POINT]
            ride -= leg(net.time, a, net.item[s, POINT], back) + net.item[s, SERVE]
        k = net.item[s, KIND_OF]
        beyond = np.int32(0)
        if calls > 1 and k == state.run[r, KIND + 1]:
            beyond = reach1
        elif calls > 2 and k == state.run[r, KIND + 2]:
            beyond = reach2
        if ride + beyond > net.kind[k, LIMIT]:
            return False
    return True


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
    delist_run(state, r)
    state.run[r, SIZE] = 0


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
    if state.run[r, CALLS] > 1:
        drop_call(net, state, r, net.item[s, KIND_OF])
    measure(net, state, r)
    if not rides_fit(net, state, r):
        explode(state, r)

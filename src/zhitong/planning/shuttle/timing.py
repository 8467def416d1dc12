"""The compiled clock: when runs begin and end, how long people ride, what a bus costs."""

from __future__ import annotations

import numpy as np

from zhitong.planning.compiled import inner
from zhitong.planning.shuttle.state import (
    ABOARD,
    BACK,
    CALLS,
    CLOSES,
    DEPOT,
    DEPOT_WEIGHT,
    DURATION,
    EARLY,
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
    RIDE,
    RIDERS,
    SERVE,
    SIZE,
    SOONEST,
    Net,
    State,
)


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

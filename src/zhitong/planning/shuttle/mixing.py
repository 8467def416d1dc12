"""Where an item fits best in a run that also calls at other gates. Compiled.

A run of mixed loads makes all its stops, then calls at up to three gates (see ``state``). A rider
of a later gate rides through the earlier ones, so each gate has its own slack of the ride limit;
and as a bus does not wait at gates, the windows of all of them narrow the one moment at the first.
"""

from __future__ import annotations

import numpy as np

from zhitong.planning.compiled import inner
from zhitong.planning.shuttle.buses import draw
from zhitong.planning.shuttle.state import (
    ABOARD,
    BACK,
    BLINK,
    BUS,
    CALLS,
    DEPOT,
    DEPOT_WEIGHT,
    DURATION,
    EARLY,
    GATE,
    KIND,
    KIND_OF,
    LATE,
    LIMIT,
    LOAD,
    NEVER,
    OUTER,
    POINT,
    RATE,
    RIDE,
    RIDERS,
    SEATS,
    SERVE,
    SIZE,
    Net,
    State,
)
from zhitong.planning.shuttle.timing import at_gates, begins_at, ends_at, leg

NOWHERE = 1e300


@inner
def calls_at(state: State, r, k):  # type: ignore
    """Whether run ``r`` calls at the gate of kind ``k``."""
    found = False
    for i in range(state.run[r, CALLS]):
        found = found or state.run[r, KIND + i] == k
    return found


@inner
def may_call(net: Net, state: State, r, k):  # type: ignore
    """Whether run ``r`` may call at the gate of kind ``k`` besides its own."""
    calls = state.run[r, CALLS]
    mixed = 0
    for i in range(calls):
        mixed += net.mixes[state.run[r, KIND + i], k]
    return calls < net.most_calls and mixed == calls


@inner
def between_gates(net: Net, calls, k0, k1, k2):  # type: ignore
    """How far a run drives from its first gate to its last."""
    back = net.kind[k0, BACK]
    away = 0.0
    if calls > 1:
        away += leg(net.length, net.kind[k0, GATE], net.kind[k1, GATE], back)
    if calls > 2:
        away += leg(net.length, net.kind[k1, GATE], net.kind[k2, GATE], back)
    return away


@inner
def slack(net: Net, k, calls, k1, k2, reach1, reach2):  # type: ignore
    """Ticks that a rider of kind ``k`` may ride to the first gate of a run."""
    beyond = np.int32(0)
    if calls > 1 and k == k1:
        beyond = reach1
    elif calls > 2 and k == k2:
        beyond = reach2
    return net.kind[k, LIMIT] - beyond


@inner
def best_beside(net: Net, state: State, s, r, call, enough):  # type: ignore
    """Cheapest position of item ``s`` in run ``r``, as (cost, position), if below ``enough``.

    The gate of ``s`` becomes the ``call``-th of the run; -1: it is one of them already.
    """
    k = net.item[s, KIND_OF]
    pt = net.item[s, POINT]
    riders = net.item[s, RIDERS]
    serve = net.item[s, SERVE]
    back = net.kind[k, BACK]
    calls = state.run[r, CALLS]
    k0, k1, k2 = state.run[r, KIND], state.run[r, KIND + 1], state.run[r, KIND + 2]
    n0, n1, n2 = state.run[r, ABOARD], state.run[r, ABOARD + 1], state.run[r, ABOARD + 2]
    old_gate = net.kind[k0, GATE]
    old_between = between_gates(net, calls, k0, k1, k2)
    if call < 0:
        if k == k0:
            n0 += riders
        elif k == k1:
            n1 += riders
        else:
            n2 += riders
    else:
        if call < 2:
            k2, n2 = k1, n1
        else:
            k2, n2 = k, riders
        if call == 1:
            k1, n1 = k, riders
        if call == 0:
            k1, n1 = k0, n0
            k0, n0 = k, riders
        calls += 1
    opens, closes, dwell, reach1, reach2 = at_gates(net, calls, k0, k1, k2, n0, n1, n2)
    best_at = -1
    if opens > closes:
        return enough, best_at
    gate = net.kind[k0, GATE]
    far = net.kind[k0, GATE]
    if calls == 2:
        far = net.kind[k1, GATE]
    elif calls == 3:
        far = net.kind[k2, GATE]
    size = state.run[r, SIZE]
    inmost = net.item[state.seq[r, size - 1], POINT]
    turn = leg(net.time, inmost, gate, back) - leg(net.time, inmost, old_gate, back)
    extra = 1.0 * leg(net.length, inmost, gate, back) - leg(net.length, inmost, old_gate, back)
    extra += between_gates(net, calls, k0, k1, k2) - old_between
    ride = state.run[r, RIDE] + turn
    inward = ride
    for j in range(size):
        x = state.seq[r, j]
        if j > 0:
            a = net.item[state.seq[r, j - 1], POINT]
            inward -= leg(net.time, a, net.item[x, POINT], back) + net.item[x, SERVE]
        if inward > slack(net, net.item[x, KIND_OF], calls, k1, k2, reach1, reach2):
            return enough, best_at

    b = state.run[r, BUS]
    i = 1
    while state.line[b, i] != r:
        i += 1
    free = -NEVER
    due = NEVER
    before = net.bus[b, DEPOT]
    after = net.bus[b, DEPOT]
    weight_in = state.knob[DEPOT_WEIGHT]
    weight_out = state.knob[DEPOT_WEIGHT]
    if i > 1:
        p = state.line[b, i - 1]
        free = state.run[p, EARLY] + state.run[p, DURATION]
        before = ends_at(net, state, p)
        weight_in = 1.0
    if i < state.line[b, 0]:
        due = state.run[state.line[b, i + 1], LATE]
        after = begins_at(net, state, state.line[b, i + 1])
        weight_out = 1.0
    extra -= weight_in * net.length[before, begins_at(net, state, r)]
    extra -= weight_out * net.length[ends_at(net, state, r), after]

    mine = slack(net, k, calls, k1, k2, reach1, reach2)
    outer = state.run[r, OUTER]
    first = net.item[state.seq[r, 0], SERVE]
    tight = np.int32(NEVER)
    inward = ride
    for at in range(size + 1):
        begin = outer
        if at == 0:
            own = leg(net.time, pt, outer, back) + first + ride
            outside = own + serve
            begin = pt
            cost = extra + leg(net.length, pt, outer, back)
        else:
            x = state.seq[r, at - 1]
            a = net.item[x, POINT]
            spare = slack(net, net.item[x, KIND_OF], calls, k1, k2, reach1, reach2) - inward
            tight = min(tight, spare)
            own = np.int32(0)
            to = gate
            if at < size:
                y = state.seq[r, at]
                to = net.item[y, POINT]
                inward -= leg(net.time, a, to, back) + net.item[y, SERVE]
                own = net.item[y, SERVE] + inward
            longer = serve + leg(net.time, a, pt, back) + leg(net.time, pt, to, back)
            longer -= leg(net.time, a, to, back)
            if longer > tight:
                continue
            own += leg(net.time, pt, to, back)
            outside = first + ride + longer
            cost = extra + leg(net.length, a, pt, back) + leg(net.length, pt, to, back)
            cost -= leg(net.length, a, to, back)
        if own > mine:
            continue
        end = far
        head = outside
        if back != 0:
            end = begin
            begin = far
            head = dwell
        soonest = opens - head
        if i > 1:
            soonest = max(soonest, free + net.time[before, begin])
        latest = closes - head
        if due < NEVER:
            latest = min(latest, due - net.time[end, after] - dwell - outside)
        if soonest > latest:
            continue
        cost += weight_in * net.length[before, begin] + weight_out * net.length[end, after]
        cost *= net.money[b, RATE]
        if cost < enough:
            enough = cost
            best_at = at
    return enough, best_at


@inner
def best_mixed_seat(net: Net, state: State, s):  # type: ignore
    """Cheapest place for item ``s`` in a run that calls at other gates, or will then.

    As (cost, run, position, call), see ``best_beside``; run -1 if there is none.
    """
    k = net.item[s, KIND_OF]
    riders = net.item[s, RIDERS]
    best = NOWHERE
    best_run = -1
    best_at = -1
    best_call = -1
    for other in range(net.kind.shape[0]):
        if other != k and net.mixes[other, k] == 0:
            continue
        for j in range(1, state.kinds[other, 0] + 1):
            r = state.kinds[other, j]
            b = state.run[r, BUS]
            if b < 0 or state.run[r, LOAD] + riders > net.bus[b, SEATS]:
                continue
            there = calls_at(state, r, k)
            if there and state.run[r, CALLS] == 1:
                continue
            if draw(state) < state.knob[BLINK]:
                continue
            if there:
                cost, at = best_beside(net, state, s, r, -1, best)
                if at >= 0:
                    best, best_run, best_at, best_call = cost, r, at, -1
            elif may_call(net, state, r, k):
                for call in range(state.run[r, CALLS] + 1):
                    cost, at = best_beside(net, state, s, r, call, best)
                    if at >= 0:
                        best, best_run, best_at, best_call = cost, r, at, call
    return best, best_run, best_at, best_call

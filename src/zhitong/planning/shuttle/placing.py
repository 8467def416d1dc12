"""Where an item or a whole run fits best on the buses in use. Compiled.

Every place is judged in constant time: a run may grow as long as it still starts after its bus is
free, and its bus is still in time for the next run.
"""

from __future__ import annotations

from zhitong.planning.compiled import inner
from zhitong.planning.shuttle.buses import add_call, draw, join_line, list_run, touch_bus, touch_run
from zhitong.planning.shuttle.mixing import NOWHERE, best_mixed_seat
from zhitong.planning.shuttle.state import (
    ABSENT,
    BACK,
    BLINK,
    BUS,
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
    HINT,
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
    SEATS,
    SERVE,
    SIZE,
    SOONEST,
    Net,
    State,
)
from zhitong.planning.shuttle.timing import begins_at, ends_at, leg, measure, schedule


@inner
def fits(net: Net, k, load, duration, arrive, leave):  # type: ignore
    """Whether a run keeps its window if its bus comes at ``arrive`` and must leave at ``leave``."""
    if net.kind[k, BACK] != 0:
        moment = net.kind[k, GATE_FIXED] + net.kind[k, GATE_EACH] * load
    else:
        moment = duration
    first = max(arrive, net.kind[k, OPENS] - moment)
    return first <= min(net.kind[k, CLOSES] - moment, leave - duration)


@inner
def gap_cost(net: Net, state: State, b, i, begin, end):  # type: ignore
    """How much longer bus ``b`` drives empty when a run from begin to end becomes its ``i``-th."""
    n = state.line[b, 0]
    home = net.bus[b, DEPOT]
    weight = state.knob[DEPOT_WEIGHT]
    before = home
    after = home
    if i > 1:
        before = ends_at(net, state, state.line[b, i - 1])
    if i <= n:
        after = begins_at(net, state, state.line[b, i])
    way_in = net.length[before, begin] * 1.0
    way_out = net.length[end, after] * 1.0
    gone = net.length[before, after] * 1.0
    if i == 1:
        way_in *= weight
        gone *= weight
    if i > n:
        way_out *= weight
        if i > 1:
            gone *= weight
    if n == 0:
        return net.money[b, FIXED] + net.money[b, RATE] * (way_in + way_out)
    return net.money[b, RATE] * (way_in + way_out - gone)


@inner
def best_gap(net: Net, state: State, opens, closes, load, duration, begin, end):  # type: ignore
    """Cheapest bus and place in its line for a run, as (cost, bus, place); bus -1 if none.

    ``opens`` and ``closes`` bound its start. The cost leaves out the run's own way, paid at the
    bus's rate by the caller's choice of run.
    """
    best = NOWHERE
    best_bus = -1
    best_i = -1
    blink = state.knob[BLINK]
    width = state.line.shape[1] - 1
    for b in range(state.open.size):
        if state.open[b] == 0 or net.bus[b, SEATS] < load or state.line[b, 0] >= width:
            continue
        if blink > 0.0 and draw(state) < blink:
            continue
        n = state.line[b, 0]
        for i in range(1, n + 2):
            arrive = -NEVER
            leave = NEVER
            if i > 1:
                p = state.line[b, i - 1]
                arrive = state.run[p, EARLY] + state.run[p, DURATION]
                if arrive > closes:
                    break
            if i <= n:
                leave = state.run[state.line[b, i], LATE]
                if max(opens, arrive) + duration > leave:
                    continue
                leave -= net.time[end, begins_at(net, state, state.line[b, i])]
            if i > 1:
                arrive += net.time[ends_at(net, state, state.line[b, i - 1]), begin]
            if max(arrive, opens) > min(closes, leave - duration):
                continue
            cost = gap_cost(net, state, b, i, begin, end)
            if cost < best:
                best = cost
                best_bus = b
                best_i = i
    return best, best_bus, best_i


@inner
def place_run(net: Net, state: State, r):  # type: ignore
    """Put the detached run ``r`` where it costs least; False if it fits nowhere."""
    _, b, i = best_gap(
        net,
        state,
        state.run[r, SOONEST],
        state.run[r, LATEST],
        state.run[r, LOAD],
        state.run[r, DURATION],
        begins_at(net, state, r),
        ends_at(net, state, r),
    )
    if b < 0:
        return False
    touch_bus(state, b)
    join_line(state, b, i, r)
    schedule(net, state, b)
    return True


@inner
def best_seat(net: Net, state: State, s):  # type: ignore
    """Cheapest place for item ``s`` in a run that calls at its gate only, as (cost, run, position).

    Run -1 if there is none.
    """
    k = net.item[s, KIND_OF]
    back = net.kind[k, BACK]
    gate = net.kind[k, GATE]
    pt = net.item[s, POINT]
    riders = net.item[s, RIDERS]
    serve = net.item[s, SERVE]
    best = NOWHERE
    best_run = -1
    best_at = -1
    for j in range(1, state.kinds[k, 0] + 1):
        r = state.kinds[k, j]
        b = state.run[r, BUS]
        if b < 0 or state.run[r, LOAD] + riders > net.bus[b, SEATS]:
            continue
        if state.run[r, CALLS] > 1:
            continue
        if draw(state) < state.knob[BLINK]:
            continue
        i = 1
        while state.line[b, i] != r:
            i += 1
        n = state.line[b, 0]
        home = net.bus[b, DEPOT]
        free = -NEVER
        due = NEVER
        before = home
        after = home
        weight_in = 1.0
        weight_out = 1.0
        if i > 1:
            p = state.line[b, i - 1]
            free = state.run[p, EARLY] + state.run[p, DURATION]
            before = ends_at(net, state, p)
        else:
            weight_in = state.knob[DEPOT_WEIGHT]
        if i < n:
            due = state.run[state.line[b, i + 1], LATE]
            after = begins_at(net, state, state.line[b, i + 1])
        else:
            weight_out = state.knob[DEPOT_WEIGHT]
        load = state.run[r, LOAD] + riders
        at_gate = net.kind[k, GATE_FIXED] + net.kind[k, GATE_EACH] * load
        outer = state.run[r, OUTER]
        first = net.item[state.seq[r, 0], SERVE]
        size = state.run[r, SIZE]
        ride = state.run[r, RIDE]
        limit = net.kind[k, LIMIT]
        rate = net.money[b, RATE]
        arrive = free
        leave = due
        if back != 0:
            if i > 1:
                arrive = free + net.time[before, gate]
            if i < n:
                leave = due - net.time[outer, after]
        else:
            if i > 1:
                arrive = free + net.time[before, outer]
            if i < n:
                leave = due - net.time[gate, after]
        a = outer
        for at in range(size + 1):
            if at == 0:
                new_ride = leg(net.time, pt, outer, back) + first + ride
                if new_ride > limit:
                    continue
                come = arrive
                go = leave
                if back != 0:
                    if i < n:
                        go = due - net.time[pt, after]
                    cost = weight_out * (net.length[pt, after] - net.length[outer, after])
                else:
                    if i > 1:
                        come = free + net.time[before, pt]
                    cost = weight_in * (net.length[before, pt] - net.length[before, outer])
                if not fits(net, k, load, at_gate + new_ride + serve, come, go):
                    continue
                cost = rate * (cost + leg(net.length, pt, outer, back))
            else:
                a = net.item[state.seq[r, at - 1], POINT]
                to = gate
                if at < size:
                    to = net.item[state.seq[r, at], POINT]
                longer = leg(net.time, a, pt, back) + leg(net.time, pt, to, back)
                new_ride = ride + serve + longer - leg(net.time, a, to, back)
                if new_ride > limit:
                    continue
                if not fits(net, k, load, at_gate + new_ride + first, arrive, leave):
                    continue
                cost = rate * (
                    leg(net.length, a, pt, back)
                    + leg(net.length, pt, to, back)
                    - leg(net.length, a, to, back)
                )
            if cost < best:
                best = cost
                best_run = r
                best_at = at
    return best, best_run, best_at


@inner
def new_run(state: State, k, s):  # type: ignore
    """A detached run of kind ``k`` with the single item ``s``."""
    r = state.tally[HINT]
    while state.run[r, SIZE] > 0:
        r += 1
        if r == state.run.shape[0]:
            r = 0
    state.tally[HINT] = r
    touch_run(state, r)
    state.seq[r, 0] = s
    state.run[r, SIZE] = 1
    state.run[r, CALLS] = 1
    state.run[r, KIND] = k
    list_run(state, r)
    state.run[r, BUS] = -1
    state.run_of[s] = r
    return r


@inner
def place(net: Net, state: State, s, alone) -> None:  # type: ignore
    """Put item ``s`` where it costs least, into a run or with a run of its own, or leave it out.

    A run of its own is tried with chance ``alone`` even if some run has a seat.
    """
    k = net.item[s, KIND_OF]
    pt = net.item[s, POINT]
    cost, r, at = best_seat(net, state, s)
    call = -1
    if net.most_calls > 1:
        mixed_cost, mixed_run, mixed_at, mixed_call = best_mixed_seat(net, state, s)
        if mixed_cost < cost:
            cost = mixed_cost
            r = mixed_run
            at = mixed_at
            call = mixed_call
    if r < 0 or draw(state) < alone:
        back = net.kind[k, BACK]
        gate = net.kind[k, GATE]
        riders = net.item[s, RIDERS]
        ride = leg(net.time, pt, gate, back)
        at_gate = net.kind[k, GATE_FIXED] + net.kind[k, GATE_EACH] * riders
        duration = at_gate + ride + net.item[s, SERVE]
        begin = pt
        end = gate
        if back != 0:
            begin = gate
            end = pt
        head = at_gate if back != 0 else duration
        away, b, i = best_gap(
            net,
            state,
            net.kind[k, OPENS] - head,
            net.kind[k, CLOSES] - head,
            riders,
            duration,
            begin,
            end,
        )
        if b >= 0 and ride <= net.kind[k, LIMIT]:
            away += net.money[b, RATE] * leg(net.length, pt, gate, back)
            if away < cost:
                touch_bus(state, b)
                r = new_run(state, k, s)
                measure(net, state, r)
                join_line(state, b, i, r)
                schedule(net, state, b)
                return
    if r < 0:
        state.absent[state.tally[ABSENT]] = s
        state.tally[ABSENT] += 1
        return
    b = state.run[r, BUS]
    touch_bus(state, b)
    for j in range(state.run[r, SIZE], at, -1):
        state.seq[r, j] = state.seq[r, j - 1]
    state.seq[r, at] = s
    state.run[r, SIZE] += 1
    state.run_of[s] = r
    if call >= 0:
        add_call(state, r, k, call)
    measure(net, state, r)
    schedule(net, state, b)

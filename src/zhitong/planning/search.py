"""Ruin and recreate under simulated annealing over the trips of ``trips``. Compiled.

A step takes some items out of a few trips that are near each other and puts each back where it
is cheapest; the step is kept or undone by the annealing rule.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.compiled import inlined, kernel
from zhitong.planning.net import Ints, Net
from zhitong.planning.ordering import Memory
from zhitong.planning.pool import Pool, remember
from zhitong.planning.trips import (
    DROPS,
    FIRST,
    LAST,
    O_STOP,
    PICKUPS,
    SIZE,
    State,
    begin,
    empty_state,
    insertion,
    keep,
    link,
    put,
    rebuild,
    take,
    touch,
    undo,
    unlink,
)

MOST_TRIPS = 12
"""A step ruins at most so many trips beside the one it starts from."""

GENEROUS = 0.3
"""Share of the steps that are generous to joint travel, see ``insertion``."""


class Schedule(NamedTuple):
    """``steps`` steps while the temperature, in money, falls from ``hot`` to ``cold``.

    ``blink`` is the chance that a place for an item is overlooked, which keeps the search moving;
    a step removes up to about ``enough`` items. Ends at once when ``halt[0]`` is not 0, which
    another thread may do. With ``pooling`` the trips met are remembered.
    """

    steps: int
    hot: float
    cold: float
    blink: float
    enough: int
    halt: NDArray[np.int64]
    pooling: bool


@inlined
def _draw(random):  # type: ignore
    """A number in [0, 1) from the xorshift state ``random[0]``."""
    x = random[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    random[0] = x
    return np.float64(x >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@inlined
def insert_cheapest(net: Net, memory: Memory, state: State, p, blink, generous) -> None:  # type: ignore
    """Put item ``p`` where it adds least, alone if nothing is cheaper."""
    best = net.solo[p]
    where = -1
    state.counter[3] += 1
    stamp = state.counter[3]
    d = net.d[p]
    for k in range(net.near_d_ptr[d], net.near_d_ptr[d + 1]):
        node = state.head[net.near_d[k]]
        while node >= 0:
            t = node // 3
            node = state.after[node]
            if state.seen[t] == stamp:
                continue
            state.seen[t] = stamp
            added = insertion(net, memory, state, t, p, best, generous)
            if added < best and (blink == 0.0 or _draw(state.random) >= blink):
                best = added
                where = t
    if where < 0:
        state.counter[0] -= 1
        where = state.free[state.counter[0]]
    put(net, memory, state, where, p)


@inlined
def _near_trips(net: Net, state: State, p, found):  # type: ignore
    """Trips that item ``p`` might share: near in drops, pickups and days. Their number."""
    state.counter[3] += 1
    stamp = state.counter[3]
    o = net.o[p]
    d = net.d[p]
    own = state.trip_of[p]
    state.seen[own] = stamp
    many = 0
    for k in range(net.near_d_ptr[d], net.near_d_ptr[d + 1]):
        node = state.head[net.near_d[k]]
        while node >= 0:
            t = node // 3
            node = state.after[node]
            if state.seen[t] == stamp:
                continue
            state.seen[t] = stamp
            if state.row[t, FIRST] > net.l[p] or state.row[t, LAST] < net.e[p]:
                continue
            near = False
            for i in range(state.row[t, PICKUPS]):
                if net.near_o[o, state.row[t, O_STOP + i]]:
                    near = True
                    break
            if near:
                if many < found.size:
                    found[many] = t
                many += 1
    return min(many, found.size)


@kernel
def _take_from(net: Net, memory: Memory, state: State, t, removed, many):  # type: ignore
    """Remove all or some items of trip ``t``; returns how many are removed in all."""
    size = state.row[t, SIZE]
    if many + size > removed.size:
        return many
    touch(state, t)
    unlink(state, t)
    part = size
    r = _draw(state.random)
    if r < 0.35 and size > 1:
        part = 1 + int(_draw(state.random) * min(size, 5))
    elif r < 0.6 and size > 1:
        # everybody of one stop
        p = state.members[t, int(_draw(state.random) * size)]
        by_drop = _draw(state.random) < 0.5
        part = 0
        m = size - 1
        while m >= 0:
            q = state.members[t, m]
            if (net.d[q] == net.d[p]) if by_drop else (net.o[q] == net.o[p]):
                take(state, q)
                removed[many] = q
                many += 1
            m -= 1
    for _ in range(part):
        q = state.members[t, int(_draw(state.random) * state.row[t, SIZE])]
        take(state, q)
        removed[many] = q
        many += 1
    if state.row[t, SIZE] > 0 and not rebuild(net, memory, state, t):
        # without its middle stop the rest of the trip is too far apart
        while state.row[t, SIZE] > 0:
            q = state.members[t, state.row[t, SIZE] - 1]
            take(state, q)
            removed[many] = q
            many += 1
    if state.row[t, SIZE] > 0:
        link(state, t)
    else:
        state.row[t, DROPS] = 0
        state.cost[t] = 0.0
    return many


@inlined
def _sort(net: Net, state: State, many) -> None:  # type: ignore
    """Put the removed items into one of several orders of insertion."""
    removed = state.removed
    keys = state.keys
    r = _draw(state.random)
    for k in range(many):
        p = removed[k]
        if r < 0.35:
            keys[k] = _draw(state.random)
        elif r < 0.65:
            keys[k] = -net.n[p] + 0.5 * _draw(state.random)
        elif r < 0.8:
            keys[k] = -net.od[net.o[p], net.d[p]] * (1.0 + 0.1 * _draw(state.random))
        else:
            keys[k] = net.l[p] - net.e[p] + _draw(state.random)
    for k in range(1, many):
        p = removed[k]
        key = keys[k]
        j = k - 1
        while j >= 0 and keys[j] > key:
            keys[j + 1] = keys[j]
            removed[j + 1] = removed[j]
            j -= 1
        keys[j + 1] = key
        removed[j + 1] = p


def open_state(
    net: Net, memory: Memory, start: NDArray[np.int64], item: Ints, seed: int = 0
) -> State:
    """A state with trip c of items ``item[start[c]:start[c + 1]]`` and everybody else inserted.

    Whoever is in no trip, or in one that is infeasible, is inserted greedily, farthest first.
    """
    state = empty_state(net, seed)
    order = np.argsort(-net.od[net.o, net.d], kind="stable")
    _load(net, memory, state, start, item, order)
    return state


@kernel
def _load(net: Net, memory: Memory, state: State, start, item, order) -> None:  # type: ignore
    begin(state)
    for c in range(start.size - 1):
        size = start[c + 1] - start[c]
        state.counter[0] -= 1
        t = state.free[state.counter[0]]
        for m in range(size):
            p = item[start[c] + m]
            state.members[t, m] = p
            state.trip_of[p] = t
            state.place[p] = m
        state.row[t, SIZE] = size
        if rebuild(net, memory, state, t):
            link(state, t)
        else:
            for m in range(size):
                state.trip_of[item[start[c] + m]] = -1
            state.row[t, SIZE] = 0
            state.free[state.counter[0]] = t
            state.counter[0] += 1
    for p in order:
        if state.trip_of[p] < 0:
            begin(state)
            insert_cheapest(net, memory, state, p, 0.0, False)


@inlined
def _copy(source, target) -> None:  # type: ignore
    # a slice assignment might allocate
    for i in range(source.size):
        target[i] = source[i]


@kernel
def anneal(net: Net, memory: Memory, state: State, pool: Pool, schedule: Schedule, best_trip_of):  # type: ignore
    """Run the steps of ``schedule``.

    ``best_trip_of`` (P) receives the best assignment met; returns its cost, the final cost and
    how many steps were made. ``pool`` receives every trip made, if ``schedule.pooling``.
    """
    removed = state.removed
    near = state.near
    items = net.o.size
    current = state.cost.sum()
    best = current
    _copy(state.trip_of, best_trip_of)
    done = 0
    for step in range(schedule.steps):
        if schedule.halt[0] != 0:
            break
        done += 1
        heat = schedule.hot * (schedule.cold / schedule.hot) ** (step / schedule.steps)
        begin(state)
        p = int(_draw(state.random) * items)
        many_near = _near_trips(net, state, p, near)
        many = _take_from(net, memory, state, state.trip_of[p], removed, 0)
        enough = 2 + int(_draw(state.random) * schedule.enough)
        for k in range(min(many_near, MOST_TRIPS)):
            if k > 0 and many >= enough:
                break
            i = k + int(_draw(state.random) * (many_near - k))
            near[k], near[i] = near[i], near[k]
            many = _take_from(net, memory, state, near[k], removed, many)
        _sort(net, state, many)
        generous = _draw(state.random) < GENEROUS
        for k in range(many):
            insert_cheapest(net, memory, state, removed[k], schedule.blink, generous)
        delta = 0.0
        for k in range(state.counter[1]):
            delta += state.cost[state.log_trip[k]] - state.log_cost[k]
            if schedule.pooling:
                remember(pool, state, state.log_trip[k])
        if delta < 0.0 or delta <= -heat * np.log(1.0 - _draw(state.random)):
            keep(state)
            current += delta
            if current < best - 1e-6:
                best = current
                _copy(state.trip_of, best_trip_of)
        else:
            undo(state)
    return best, current, done

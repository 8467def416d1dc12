"""Ruin and recreate under simulated annealing over the trips of ``trips``. Compiled.

A step takes some items out of a few trips that are near each other and puts each back where it
is cheapest; the step is kept or undone by the annealing rule.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.compiled import inlined, inner, kernel
from zhitong.planning.net import Ints, Net
from zhitong.planning.ordering import Memory
from zhitong.planning.pool import Pool, remember
from zhitong.planning.settle import reinstate
from zhitong.planning.state import (
    CELL,
    CLASSES,
    DROPS,
    FIRST,
    KM,
    LABEL,
    LAST,
    LOAD,
    O_STOP,
    PICKUPS,
    SIZE,
    State,
    begin,
    draw,
    empty_state,
    keep,
    link,
    price,
    touch,
    undo,
    unlink,
)
from zhitong.planning.ties import ANEW, Ties
from zhitong.planning.trips import insertion, put, rebuild, take, trial

MOST_TRIPS = 12
"""A step ruins at most so many trips beside the one it starts from."""

GENEROUS = 0.3
"""Share of the steps that are generous to joint travel, see ``insertion``."""

RIVALS = 0.3
RIVAL_DRAWS = 4
"""Where trips are tied, share of the steps that also ruin a trip anywhere on overlapping days."""

STRICTLY = np.bool_(False)
"""Not generous."""


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
def _added(net: Net, memory: Memory, state: State, t, p, limit, generous, mates):  # type: ignore
    """What trip ``t`` costs more with ``p`` and its ``mates``, if that is less than ``limit``."""
    added = -np.inf if mates else insertion(net, memory, state, t, p, limit, generous)
    if state.ties.days.size and added < limit:
        row = state.row[t]
        old = state.cost[t]
        if generous:
            old = max(old, price(net, row[CLASSES], row[LOAD], row[KM]))
        added = trial(net, memory, state, t, p) - old
    return added


@inlined
def insert_cheapest(net: Net, memory: Memory, state: State, p, blink, generous) -> None:  # type: ignore
    """Put item ``p``, with all who travel with it, where it adds least, alone if that is best."""
    best = net.solo[p]
    mates = 0
    if state.ties.days.size:
        best = trial(net, memory, state, state.free[state.counter[0] - 1], p)
        if state.ties.leader.size:
            mates = state.ties.mates[p + 1] - state.ties.mates[p]
    where = -1
    state.counter[3] += 1
    stamp = state.counter[3]
    for i in range(1 + mates):
        d = net.d[p] if i == 0 else net.d[state.ties.mate[state.ties.mates[p] + i - 1]]
        for k in range(net.near_d_ptr[d], net.near_d_ptr[d + 1]):
            node = state.head[net.near_d[k]]
            while node >= 0:
                t = node // 3
                node = state.after[node]
                if state.seen[t] == stamp:
                    continue
                state.seen[t] = stamp
                added = _added(net, memory, state, t, p, best, generous, mates)
                if added < best and (blink == 0.0 or draw(state.random) >= blink):
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


@inlined
def _remove(state: State, p, removed, many):  # type: ignore
    """Take item ``p`` and all who travel with it out; the first of them joins ``removed``."""
    if state.ties.leader.size:
        p = state.ties.leader[p]
        for k in range(state.ties.mates[p], state.ties.mates[p + 1]):
            take(state, state.ties.mate[k])
    take(state, p)
    removed[many] = p
    return many + 1


@inner
def _take_from(net: Net, memory: Memory, state: State, t, removed, many):  # type: ignore
    """Remove all or some items of trip ``t``; returns how many are removed in all."""
    size = state.row[t, SIZE]
    if many + size > removed.size:
        return many
    touch(state, t)
    unlink(state, t)
    part = size
    r = draw(state.random)
    if r < 0.35 and size > 1:
        part = 1 + int(draw(state.random) * min(size, 5))
    elif r < 0.6 and size > 1:
        # everybody of one stop
        p = state.members[t, int(draw(state.random) * size)]
        by_drop = draw(state.random) < 0.5
        part = 0
        m = size - 1
        while m >= 0:
            q = state.members[t, m]
            if (net.d[q] == net.d[p]) if by_drop else (net.o[q] == net.o[p]):
                many = _remove(state, q, removed, many)
            m = min(m, state.row[t, SIZE]) - 1
    for _ in range(part):
        if state.row[t, SIZE] == 0:
            break
        q = state.members[t, int(draw(state.random) * state.row[t, SIZE])]
        many = _remove(state, q, removed, many)
    if state.row[t, SIZE] > 0 and not rebuild(net, memory, state, t):
        # without its middle stop the rest of the trip is too far apart
        while state.row[t, SIZE] > 0:
            q = state.members[t, state.row[t, SIZE] - 1]
            many = _remove(state, q, removed, many)
    if state.row[t, SIZE] > 0:
        link(state, t)
    else:
        state.row[t, DROPS] = 0
        state.cost[t] = 0.0
    return many


@inlined
def _rival(net: Net, state: State, p):  # type: ignore
    """A trip anywhere that competes with item ``p`` for vehicles, -1 if none was met."""
    for _ in range(RIVAL_DRAWS):
        t = state.trip_of[int(draw(state.random) * net.o.size)]
        if (
            t >= 0
            and t != state.trip_of[p]
            and state.row[t, FIRST] <= net.l[p]
            and state.row[t, LAST] >= net.e[p]
        ):
            return t
    return -1


@inlined
def _sort(net: Net, state: State, many) -> None:  # type: ignore
    """Put the removed items into one of several orders of insertion."""
    removed = state.removed
    keys = state.keys
    r = draw(state.random)
    for k in range(many):
        p = removed[k]
        if r < 0.35:
            keys[k] = draw(state.random)
        elif r < 0.65:
            keys[k] = -net.n[p] + 0.5 * draw(state.random)
        elif r < 0.8:
            keys[k] = -net.od[net.o[p], net.d[p]] * (1.0 + 0.1 * draw(state.random))
        else:
            keys[k] = net.l[p] - net.e[p] + draw(state.random)
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


class Groups(NamedTuple):
    """Trip c has the items ``item[start[c]:start[c + 1]]``, and ``cell[c]`` and ``label[c]``.

    These two count only where trips are tied; the search chooses them where ``cell`` is ``ANEW``.
    """

    start: NDArray[np.int64]
    item: Ints
    cell: Ints
    label: Ints


def open_state(net: Net, ties: Ties, memory: Memory, groups: Groups, seed: int = 0) -> State:
    """A state with the trips of ``groups`` and everybody else inserted.

    Whoever is in no trip, or in one that is infeasible, is inserted greedily, farthest first.
    """
    state = empty_state(net, ties, seed)
    order = np.argsort(-net.od[net.o, net.d], kind="stable").astype(np.int32)
    _load(net, memory, state, groups, order)
    return state


@kernel
def _load(net: Net, memory: Memory, state: State, groups: Groups, order) -> None:  # type: ignore
    start = groups.start
    item = groups.item
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
            if state.ties.days.size and groups.cell[c] != ANEW:
                reinstate(net, state, t, groups.cell[c], groups.label[c])
            link(state, t)
        else:
            for m in range(size):
                state.trip_of[item[start[c] + m]] = -1
            state.row[t, SIZE] = 0
            state.free[state.counter[0]] = t
            state.counter[0] += 1
    for p in order:
        if state.trip_of[p] < 0 and (state.ties.leader.size == 0 or state.ties.leader[p] == p):
            begin(state)
            insert_cheapest(net, memory, state, p, 0.0, STRICTLY)


@inlined
def _copy(source, target) -> None:  # type: ignore
    # a slice assignment might allocate
    for i in range(source.size):
        target[i] = source[i]


@kernel
def note(state: State, assignment) -> None:  # type: ignore
    """Write the items' trips into ``assignment`` (3, P), and where trips are tied the rest."""
    _copy(state.trip_of, assignment[0])
    if state.ties.days.size:
        for p in range(state.trip_of.size):
            assignment[1, p] = state.row[state.trip_of[p], CELL]
            assignment[2, p] = state.row[state.trip_of[p], LABEL]


@kernel
def anneal(net: Net, memory: Memory, state: State, pool: Pool, schedule: Schedule, assignment):  # type: ignore
    """Run the steps of ``schedule``.

    ``assignment`` receives the best one met; returns its cost, the final cost and how many steps
    were made. ``pool`` receives every trip made, if ``schedule.pooling``.
    """
    removed = state.removed
    near = state.near
    items = net.o.size
    current = state.cost.sum()
    best = current
    note(state, assignment)
    done = 0
    for step in range(schedule.steps):
        if schedule.halt[0] != 0:
            break
        done += 1
        heat = schedule.hot * (schedule.cold / schedule.hot) ** (step / schedule.steps)
        begin(state)
        p = int(draw(state.random) * items)
        many_near = _near_trips(net, state, p, near)
        rival = -1
        if state.ties.days.size and draw(state.random) < RIVALS:
            rival = _rival(net, state, p)
        many = _take_from(net, memory, state, state.trip_of[p], removed, 0)
        if rival >= 0:
            many = _take_from(net, memory, state, rival, removed, many)
        enough = 2 + int(draw(state.random) * schedule.enough)
        for k in range(min(many_near, MOST_TRIPS)):
            if k > 0 and many >= enough:
                break
            i = k + int(draw(state.random) * (many_near - k))
            near[k], near[i] = near[i], near[k]
            if near[k] == rival:
                continue
            many = _take_from(net, memory, state, near[k], removed, many)
        _sort(net, state, many)
        generous = draw(state.random) < GENEROUS
        for k in range(many):
            insert_cheapest(net, memory, state, removed[k], schedule.blink, generous)
        delta = 0.0
        for k in range(state.counter[1]):
            delta += state.cost[state.log_trip[k]] - state.log_cost[k]
            if schedule.pooling:
                remember(pool, state, state.log_trip[k])
        if delta < 0.0 or delta <= -heat * np.log(1.0 - draw(state.random)):
            keep(state)
            current += delta
            if current < best - 1e-6:
                best = current
                note(state, assignment)
        else:
            undo(state)
    return best, current, done

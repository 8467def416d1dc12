"""The compiled steps that change the runs of buses, and restore them."""

from __future__ import annotations

from typing import Any

import numpy as np

from zhitong.planning.compiled import inner
from zhitong.planning.shuttle.state import (
    ABSENT,
    BUS,
    CALLS,
    CLOCK,
    FIELDS,
    KIND,
    KIND_OF,
    REMOVED,
    SAVED_BUSES,
    SAVED_KINDS,
    SAVED_RUNS,
    SIZE,
    UNITS,
    WAS_ABSENT,
    Net,
    State,
)
from zhitong.planning.shuttle.timing import measure, rides_fit, schedule


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

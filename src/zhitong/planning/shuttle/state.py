"""Runs on buses as plain arrays.

A run serves riders of one kind (one shift in one direction), or of a few when loads are mixed.
Its stops are kept outermost first: a morning run drives them in this order and then calls at its
gates, an afternoon run drives the same places in the opposite order. Times are whole ticks (see
``arrays``).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]

NEVER = 1 << 29
MOST_RUNS = 24
"""Runs of one bus."""

# columns of Net.item
POINT, KIND_OF, RIDERS, SERVE = 0, 1, 2, 3
# columns of Net.kind
GATE, OPENS, CLOSES, BACK, GATE_FIXED, GATE_EACH, LIMIT = 0, 1, 2, 3, 4, 5, 6
# columns of Net.bus and Net.money
SEATS, DEPOT = 0, 1
RATE, FIXED = 0, 1
# columns of State.run; RIDE is from the first stop to the first gate; SOONEST and LATEST are the
# starts that the gates' windows allow, EARLY and LATE those that the bus's other runs leave of them
SIZE, LOAD, RIDE, BUS, EARLY, LATE, DURATION, OUTER, SOONEST, LATEST, CALLS = range(11)
# the kinds of the gates in order, and the riders of each, in three columns each
KIND, ABOARD = 11, 14
FIELDS = 17
# cells of State.tally
CLOCK, SAVED_RUNS, SAVED_BUSES, SAVED_KINDS, REMOVED, ABSENT, WAS_ABSENT, UNITS, HINT = range(9)
CELLS = 9
# cells of State.knob
DEPOT_WEIGHT, BLINK, COST = 0, 1, 2


class Net(NamedTuple):
    """The problem: ``time`` and ``length`` (points x points); rows of items, kinds and buses.

    Items (riders of one kind at one stop) are sorted by kind, those of kind k from ``start[k]``
    to ``start[k + 1]``; ``near`` lists for each item others that may share its run, nearest first.
    ``mixes[k, j]`` is 1 if kinds k and j may share a run of at most ``most_calls`` gates.
    """

    time: Ints
    length: Ints
    item: Ints
    kind: Ints
    start: Ints
    near: Ints
    bus: Ints
    money: Floats
    mixes: Ints
    most_calls: int


class State(NamedTuple):
    """A solution and what it takes to undo the last step.

    ``line[b]`` and ``kinds[k]`` list runs, their number first, those of ``kinds[k]`` call first at
    the gate of k. ``run_of`` is -1 for an absent item.
    ``open`` marks the buses in use; ``misses`` counts how often an item was left out.
    """

    seq: Ints
    run: Ints
    line: Ints
    kinds: Ints
    run_of: Ints
    open: Ints
    bus_cost: Floats
    absent: Ints
    removed: Ints
    units: Ints
    misses: NDArray[np.int64]
    key: Floats
    tally: NDArray[np.int64]
    knob: Floats
    random: NDArray[np.uint64]
    run_mark: NDArray[np.int64]
    bus_mark: NDArray[np.int64]
    kind_mark: NDArray[np.int64]
    saved_run_id: Ints
    saved_run: Ints
    saved_seq: Ints
    saved_bus_id: Ints
    saved_line: Ints
    saved_cost: Floats
    saved_kind_id: Ints
    saved_kinds: Ints
    saved_absent: Ints


def empty_state(net: Net, seed: int) -> State:
    """Nobody carried, no bus open."""
    n, kinds, buses = len(net.item), len(net.kind), len(net.bus)
    most = int(np.max(np.diff(net.start))) if kinds else 1
    together = n if net.most_calls > 1 else most
    longest = max(1, min(together, int(net.bus[:, SEATS].max(initial=1))))

    def ints(*shape: int) -> Ints:
        return np.zeros(shape, dtype=np.int32)

    def longs(size: int) -> NDArray[np.int64]:
        return np.zeros(size, dtype=np.int64)

    state = State(
        seq=ints(n + 1, longest),
        run=ints(n + 1, FIELDS),
        line=ints(buses, MOST_RUNS + 1),
        kinds=ints(kinds, most + 1),
        run_of=np.full(n, -1, dtype=np.int32),
        open=ints(buses),
        bus_cost=np.zeros(buses),
        absent=np.arange(n, dtype=np.int32),
        removed=ints(n),
        units=ints(n),
        misses=np.ones(n, dtype=np.int64),
        key=np.zeros(n),
        tally=longs(CELLS),
        knob=np.array([1.0, 0.01, 0.0]),
        random=np.array([(seed * 0x9E3779B97F4A7C15 + 0x1234567) % (1 << 64) | 1], dtype=np.uint64),
        run_mark=longs(n + 1),
        bus_mark=longs(buses),
        kind_mark=longs(kinds),
        saved_run_id=ints(n + 1),
        saved_run=ints(n + 1, FIELDS),
        saved_seq=ints(n + 1, longest),
        saved_bus_id=ints(buses),
        saved_line=ints(buses, MOST_RUNS + 1),
        saved_cost=np.zeros(buses),
        saved_kind_id=ints(kinds),
        saved_kinds=ints(kinds, most + 1),
        saved_absent=ints(n),
    )
    state.tally[ABSENT] = n
    state.run[:, BUS] = -1
    return state


def copy_state(state: State) -> State:
    """An independent copy."""
    return State(*(array.copy() for array in state))  # type: ignore[arg-type]


def calls_of(state: State, r: int) -> list[int]:
    """Kinds of the gates of run ``r``, the first after the stops first."""
    return [int(k) for k in state.run[r, KIND : KIND + state.run[r, CALLS]]]

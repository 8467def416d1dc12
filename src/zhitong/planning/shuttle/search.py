"""Ruin and recreate over all runs and buses at once. Compiled.

A step takes stops out of neighbouring runs and whole runs off their buses, and puts everything
back where it costs least. With some items absent, a step is good if it leaves out items that
were left out less often so far (Christiaens & Vanden Berghe 2020); with the same items absent,
the annealing rule on cost decides.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from zhitong.planning.compiled import inner, kernel
from zhitong.planning.shuttle.buses import (
    begin,
    below,
    draw,
    explode,
    leave_line,
    settle,
    take,
    touch_bus,
    undo,
)
from zhitong.planning.shuttle.placing import place, place_run
from zhitong.planning.shuttle.state import (
    ABSENT,
    BACK,
    BUS,
    CLOSES,
    COST,
    DURATION,
    EARLY,
    FIELDS,
    GATE,
    KIND_OF,
    LATE,
    POINT,
    REMOVED,
    RIDERS,
    SAVED_BUSES,
    SIZE,
    UNITS,
    WAS_ABSENT,
    Net,
    State,
)
from zhitong.planning.shuttle.timing import leg, price


class Schedule(NamedTuple):
    """``steps`` steps while the temperature falls from ``hot`` to ``cold`` units of cost.

    With ``complete`` the search ends as soon as nobody is absent.
    """

    steps: int
    hot: float
    cold: float
    alone: float
    complete: bool


@inner
def take_strings(net: Net, state: State, seed, runs, longest) -> None:  # type: ignore
    """Remove a string of stops from each of the ``runs`` runs nearest to item ``seed``."""
    done = 0
    for j in range(-1, net.near.shape[1]):
        s = seed if j < 0 else net.near[seed, j]
        if s < 0 or done >= runs:
            return
        r = state.run_of[s]
        if r < 0 or state.run[r, BUS] < 0:
            continue
        b = state.run[r, BUS]
        size = state.run[r, SIZE]
        many = 1 + below(state, min(size, longest))
        at = 0
        while state.seq[r, at] != s:
            at += 1
        first = max(0, at - below(state, many))
        first = min(first, size - many)
        touched = state.tally[REMOVED]
        for _ in range(many):
            if state.run[r, SIZE] <= first:
                break
            x = state.seq[r, first]
            take(net, state, x)
        settle(net, state, b)
        if state.tally[REMOVED] > touched:
            done += 1


@inner
def detach(net: Net, state: State, b, i) -> None:  # type: ignore
    """Take the ``i``-th run off bus ``b`` as a unit."""
    touch_bus(state, b)
    r = state.line[b, i]
    leave_line(state, b, r)
    state.units[state.tally[UNITS]] = r
    state.tally[UNITS] += 1
    settle(net, state, b)


@inner
def detach_some(net: Net, state: State, moment, buses, wide) -> None:  # type: ignore
    """Detach the runs that may be under way within ``wide`` of ``moment`` on some random buses."""
    for _ in range(buses):
        b = below(state, state.open.size)
        if state.open[b] == 0 or state.line[b, 0] == 0:
            continue
        i = 1
        while i <= state.line[b, 0]:
            r = state.line[b, i]
            late = state.run[r, LATE] + state.run[r, DURATION]
            if state.run[r, EARLY] <= moment + wide and late >= moment - wide:
                detach(net, state, b, i)
            else:
                i += 1


@inner
def ruin(net: Net, state: State) -> None:
    """Take a neighbourhood apart."""
    n = net.item.shape[0]
    if state.tally[ABSENT] > 0 and draw(state) < 0.5:
        seed = state.absent[below(state, state.tally[ABSENT])]
    else:
        seed = below(state, n)
    k = net.item[seed, KIND_OF]
    dice = draw(state)
    if dice < 0.75:
        take_strings(net, state, seed, 1 + below(state, 4), 6)
    elif dice < 0.85:
        for _ in range(1 + below(state, 2)):
            if state.kinds[k, 0] > 0:
                r = state.kinds[k, 1 + below(state, state.kinds[k, 0])]
                b = state.run[r, BUS]
                explode(state, r)
                settle(net, state, b)
        take_strings(net, state, seed, 1, 6)
    if dice > 0.55:
        moment = net.kind[k, CLOSES]
        if draw(state) < 0.5:
            wide = 0
        else:
            wide = 90000
        detach_some(net, state, moment, 1 + below(state, 6), wide)


@inner
def sort_removed(net: Net, state: State) -> None:
    """Order what was removed: at random, most riders first, farthest or nearest first."""
    dice = draw(state)
    many = state.tally[REMOVED]
    for i in range(many):
        s = state.removed[i]
        k = net.item[s, KIND_OF]
        if dice < 0.36:
            key = draw(state)
        elif dice < 0.7:
            key = -1.0 * net.item[s, RIDERS]
        else:
            far = 1.0 * leg(net.time, net.item[s, POINT], net.kind[k, GATE], net.kind[k, BACK])
            key = -far if dice < 0.9 else far
        j = i
        while j > 0 and state.key[j - 1] > key:
            state.key[j] = state.key[j - 1]
            state.removed[j] = state.removed[j - 1]
            j -= 1
        state.key[j] = key
        state.removed[j] = s


@inner
def recreate(net: Net, state: State, alone) -> None:  # type: ignore
    """Put back detached runs, then single items; absent ones are tried as well."""
    many = state.tally[UNITS]
    for i in range(many - 1, 0, -1):
        j = below(state, i + 1)
        r = state.units[i]
        state.units[i] = state.units[j]
        state.units[j] = r
    for i in range(many):
        if not place_run(net, state, state.units[i]):
            explode(state, state.units[i])
    for i in range(state.tally[ABSENT]):
        state.removed[state.tally[REMOVED]] = state.absent[i]
        state.tally[REMOVED] += 1
    state.tally[ABSENT] = 0
    sort_removed(net, state)
    for i in range(state.tally[REMOVED]):
        place(net, state, state.removed[i], alone)


@inner
def step(net: Net, state: State, temperature, alone) -> None:  # type: ignore
    """One ruin and recreate, kept or undone."""
    begin(state)
    ruin(net, state)
    recreate(net, state, alone)
    change = 0.0
    for i in range(state.tally[SAVED_BUSES]):
        b = state.saved_bus_id[i]
        state.bus_cost[b] = price(net, state, b)
        change += state.bus_cost[b] - state.saved_cost[i]
    missed = 0
    for i in range(state.tally[ABSENT]):
        missed += state.misses[state.absent[i]]
    had_missed = 0
    for i in range(state.tally[WAS_ABSENT]):
        had_missed += state.misses[state.saved_absent[i]]
    for i in range(state.tally[ABSENT]):
        state.misses[state.absent[i]] += 1
    bound = -temperature * math.log(draw(state) + 1e-300)
    if missed < had_missed or (missed == had_missed and change < bound):
        state.knob[COST] += change
    else:
        undo(state)


@kernel
def improve(net: Net, state: State, best: State, plan: Schedule):  # type: ignore
    """Take ``plan.steps`` steps and return how many were taken; ``best`` keeps the cheapest."""
    cooling = (plan.cold / plan.hot) ** (1.0 / max(1, plan.steps))
    temperature = plan.hot
    for done in range(plan.steps):
        step(net, state, temperature, plan.alone)
        temperature *= cooling
        if plan.complete:
            if state.tally[ABSENT] == 0:
                return done + 1
        elif (
            state.tally[ABSENT] <= best.tally[ABSENT] and state.knob[COST] < best.knob[COST] - 1e-6
        ):
            save(state, best)
    return plan.steps


@inner
def save(state: State, best: State) -> None:
    """Copy the solution of ``state`` into ``best``."""
    for r in range(state.run.shape[0]):
        for f in range(FIELDS):
            best.run[r, f] = state.run[r, f]
        for i in range(state.run[r, SIZE]):
            best.seq[r, i] = state.seq[r, i]
    for b in range(state.line.shape[0]):
        best.bus_cost[b] = state.bus_cost[b]
        for i in range(state.line[b, 0] + 1):
            best.line[b, i] = state.line[b, i]
    for k in range(state.kinds.shape[0]):
        for i in range(state.kinds[k, 0] + 1):
            best.kinds[k, i] = state.kinds[k, i]
    for s in range(state.run_of.size):
        best.run_of[s] = state.run_of[s]
    best.tally[ABSENT] = state.tally[ABSENT]
    for i in range(state.tally[ABSENT]):
        best.absent[i] = state.absent[i]
    best.knob[COST] = state.knob[COST]


@kernel
def close_bus(state: State, b) -> None:  # type: ignore
    """Take bus ``b`` out of use; its riders become absent."""
    begin(state)
    while state.line[b, 0] > 0:
        explode(state, state.line[b, 1])
    for i in range(state.tally[REMOVED]):
        state.absent[state.tally[ABSENT]] = state.removed[i]
        state.tally[ABSENT] += 1
    state.open[b] = 0
    state.knob[COST] -= state.bus_cost[b]
    state.bus_cost[b] = 0.0


@kernel
def reprice(net: Net, state: State) -> None:
    """Work out the cost of every bus anew, after prices changed."""
    state.knob[COST] = 0.0
    for b in range(state.open.size):
        state.bus_cost[b] = price(net, state, b)
        state.knob[COST] += state.bus_cost[b]

"""Which type of bus drives which chain of runs: a small assignment problem for HiGHS."""

from __future__ import annotations

from itertools import pairwise

import highspy
import numpy as np

from zhitong.planning.model import ProblemError
from zhitong.planning.shuttle.arrays import Arrays
from zhitong.planning.shuttle.programme import programme
from zhitong.planning.shuttle.state import (
    BACK,
    GATE,
    LOAD,
    POINT,
    SIZE,
    Floats,
    State,
    calls_of,
)


def cheapest_types(arrays: Arrays, state: State) -> tuple[int, ...]:
    """A type for every bus: enough seats, no more of a type than exist, least cost in total."""
    types = arrays.problem.buses
    if len(types) == 1:
        return arrays.slots
    cost = _costs(arrays, state)
    highs = programme()
    chosen = {
        (b, t): highs.addVariable(0.0, 1.0, float(cost[b, t]))
        for b in range(len(cost))
        for t in range(len(types))
        if np.isfinite(cost[b, t])
    }
    for b in range(len(cost)):
        highs.addConstr(sum(chosen[b, t] for t in range(len(types)) if (b, t) in chosen) == 1)
    for t, kind in enumerate(types):
        mine = [chosen[b, t] for b in range(len(cost)) if (b, t) in chosen]
        if kind.count is not None and len(mine) > kind.count:
            highs.addConstr(sum(mine) <= kind.count)
    highs.minimize()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise ProblemError("no-types", "no assignment of bus types was found")
    values = highs.getSolution().col_value
    slots = list(arrays.slots)
    for (b, t), variable in chosen.items():
        if values[variable.index] > 0.5:
            slots[b] = t
    return tuple(slots)


def _costs(arrays: Arrays, state: State) -> Floats:
    """What each chain would cost with each type; infinite where seats are missing."""
    length = arrays.net.length
    problem = arrays.problem
    cost = np.full((len(arrays.slots), len(problem.buses)), np.inf)
    for b in range(len(arrays.slots)):
        runs = state.line[b, 1 : 1 + state.line[b, 0]]
        stops = [point for r in runs for point in _way(arrays, state, int(r))]
        away = sum(int(length[p, q]) for p, q in pairwise(stops))
        load = max(int(state.run[r, LOAD]) for r in runs)
        for t, bus in enumerate(problem.buses):
            if bus.count == 0 or problem.limits.usable(bus) < load:
                continue
            ends = int(length[bus.depot, stops[0]]) + int(length[stops[-1], bus.depot])
            cost[b, t] = bus.fixed + bus.per_km / 1000 * (away + ends)
    return cost


def _way(arrays: Arrays, state: State, r: int) -> list[int]:
    """The points of run ``r`` in driving order."""
    rows = [arrays.net.kind[k] for k in calls_of(state, r)]
    points = [int(arrays.net.item[s, POINT]) for s in state.seq[r, : state.run[r, SIZE]]]
    points += [int(row[GATE]) for row in rows]
    return points[::-1] if rows[0][BACK] else points

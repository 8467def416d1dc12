"""Turns a shuttle problem into the arrays of the search, and a solution back into a plan.

A tick is a second if every given time is a whole number of seconds, else a hundredth. Travel and
service times are rounded up to ticks, windows and ride limits inwards: what the search accepts
keeps the exact rules.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.shuttle.model import (
    Bus,
    BusType,
    Direction,
    Home,
    Id,
    Run,
    ShuttleProblem,
    Visit,
)
from zhitong.planning.shuttle.state import (
    ABSENT,
    DURATION,
    EARLY,
    GATE_EACH,
    GATE_FIXED,
    KIND_OF,
    NEVER,
    POINT,
    RATE,
    SERVE,
    SIZE,
    Floats,
    Ints,
    Net,
    State,
)

NO_WAY = NEVER // 4
NEIGHBOURS = 24


@dataclass(frozen=True, slots=True)
class Item:
    """Riders of one shift and direction who board or alight together at ``point``."""

    kind: int
    point: int
    riders: tuple[tuple[Id, int], ...]

    @property
    def load(self) -> int:
        """How many they are."""
        return sum(riders for _, riders in self.riders)


@dataclass(frozen=True, slots=True)
class Arrays:
    """What the search works on, and what its numbers mean.

    ``kinds`` are (index of shift, direction); ``slots`` gives each bus its type.
    """

    problem: ShuttleProblem
    kinds: tuple[tuple[int, Direction], ...]
    items: tuple[Item, ...]
    ticks: int
    net: Net
    slots: tuple[int, ...]


def pack(
    riders: list[tuple[Id, int]], together: int, room: int
) -> list[tuple[tuple[Id, int], ...]]:
    """Share riders at one point out into groups of at most ``room``.

    Homes are cut into pieces of at most ``together`` riders; pieces are put together while they
    fit, largest first.
    """
    pieces = []
    for home, number in riders:
        while number > 0:
            pieces.append((home, min(number, together)))
            number -= together
    groups: list[list[tuple[Id, int]]] = []
    free: list[int] = []
    for home, number in sorted(pieces, key=lambda piece: -piece[1]):
        for i, left in enumerate(free):
            if number <= left:
                groups[i].append((home, number))
                free[i] -= number
                break
        else:
            groups.append([(home, number)])
            free.append(room - number)
    return [tuple(_joined(group)) for group in groups]


def _joined(group: list[tuple[Id, int]]) -> list[tuple[Id, int]]:
    total: dict[Id, int] = defaultdict(int)
    for home, number in group:
        total[home] += number
    return list(total.items())


def items_of(
    problem: ShuttleProblem,
    kinds: tuple[tuple[int, Direction], ...],
    carried: list[list[tuple[Home, int]]],
) -> tuple[Item, ...]:
    """Items of every kind from its ``carried`` homes, each with the point where it boards."""
    room = problem.largest_load
    together = min(room, problem.limits.together or room)
    items = []
    for kind in range(len(kinds)):
        at: dict[int, list[tuple[Id, int]]] = defaultdict(list)
        for home, point in carried[kind]:
            at[point].append((home.id, home.riders))
        for point, riders in at.items():
            items += [Item(kind, point, group) for group in pack(riders, together, room)]
    return tuple(items)


def arrays_of(
    problem: ShuttleProblem, kinds: tuple[tuple[int, Direction], ...], items: tuple[Item, ...]
) -> Arrays:
    """The arrays of ``problem`` for ``items``, which are sorted by kind."""
    ticks = _ticks(problem)
    limits = problem.limits
    time = _matrix(problem.travel.seconds * ticks)
    metres = problem.travel.metres
    length = time if metres is None else _matrix(metres)
    rows = np.array(
        [(i.point, i.kind, i.load, _up(limits.at_stop(i.load) * ticks)) for i in items],
        dtype=np.int32,
    ).reshape(-1, 4)
    kind_rows = []
    for shift_index, direction in kinds:
        shift = problem.shifts[shift_index]
        window = shift.window(direction) or (0.0, 0.0)
        kind_rows.append(
            (
                shift.gate,
                _up(window[0] * ticks),
                _down(window[1] * ticks),
                int(direction is Direction.OUT),
                _up(limits.gate_fixed * ticks),
                _up(limits.gate_per_rider * ticks),
                _down(limits.max_ride * ticks),
            )
        )
    kind = np.array(kind_rows, dtype=np.int32).reshape(-1, 7)
    start = np.searchsorted(rows[:, KIND_OF], np.arange(len(kinds) + 1)).astype(np.int32)
    slots = _slots(problem, len(items))
    types = problem.buses
    net = Net(
        time=time,
        length=length,
        item=rows,
        kind=kind,
        start=start,
        near=_neighbours(time, rows, start),
        bus=np.array([(limits.usable(types[t]), types[t].depot) for t in slots], dtype=np.int32),
        money=np.array([(types[t].per_km / 1000, types[t].fixed) for t in slots]),
    )
    return Arrays(problem, kinds, items, ticks, net, slots)


def for_types(arrays: Arrays, slots: tuple[int, ...]) -> Arrays:
    """The same with other buses: one for each of ``slots``, which are types."""
    types = arrays.problem.buses
    usable = arrays.problem.limits.usable
    net = arrays.net._replace(
        bus=np.array([(usable(types[t]), types[t].depot) for t in slots], dtype=np.int32),
        money=np.array([(types[t].per_km / 1000, types[t].fixed) for t in slots]),
    )
    return Arrays(arrays.problem, arrays.kinds, arrays.items, arrays.ticks, net, slots)


def for_time(net: Net) -> Net:
    """The same with driving time as the only cost: what decides how many buses are needed."""
    money = np.zeros_like(net.money)
    money[:, RATE] = 1.0
    return net._replace(length=net.time, money=money)


def buses_of(arrays: Arrays, state: State) -> tuple[Bus, ...]:
    """The buses of a solution, every run as early as it can be."""
    return tuple(
        Bus(arrays.slots[b], tuple(_run(arrays, state, r) for r in state.line[b, 1 : 1 + size]))
        for b in range(len(arrays.slots))
        if (size := state.line[b, 0]) > 0
    )


def absent_items(arrays: Arrays, state: State) -> list[Item]:
    """Items that no bus carries."""
    return [arrays.items[s] for s in state.absent[: state.tally[ABSENT]]]


def _run(arrays: Arrays, state: State, r: int) -> Run:
    time = arrays.net.time
    members = [int(s) for s in state.seq[r, : state.run[r, SIZE]]]
    kind = arrays.items[members[0]].kind
    shift_index, direction = arrays.kinds[kind]
    shift = arrays.problem.shifts[shift_index]
    begin, end = int(state.run[r, EARLY]), int(state.run[r, EARLY] + state.run[r, DURATION])
    load = sum(arrays.items[s].load for s in members)
    at_gate = int(arrays.net.kind[kind, GATE_FIXED] + arrays.net.kind[kind, GATE_EACH] * load)
    clock, at = begin, -1
    gate_arrive, gate_leave = end - at_gate, end
    if direction is Direction.OUT:
        members.reverse()
        gate_arrive, gate_leave = begin, begin + at_gate
        clock, at = gate_leave, shift.gate
    visits = []
    for s in members:
        item = arrays.items[s]
        if at >= 0:
            clock += int(time[at, item.point])
        leave = clock + int(arrays.net.item[s, SERVE])
        visits.append(Visit(item.point, item.riders, clock / arrays.ticks, leave / arrays.ticks))
        clock, at = leave, item.point
    return Run(
        shift.id, direction, tuple(visits), gate_arrive / arrays.ticks, gate_leave / arrays.ticks
    )


def _ticks(problem: ShuttleProblem) -> int:
    limits = problem.limits
    numbers = [limits.stop_fixed, limits.stop_per_rider, limits.gate_fixed, limits.gate_per_rider]
    whole = all(float(number).is_integer() for number in numbers)
    finite = problem.travel.seconds[np.isfinite(problem.travel.seconds)]
    return 1 if whole and bool(np.all(finite == np.floor(finite))) else 100


def _up(value: float) -> int:
    return math.ceil(value - 1e-6)


def _down(value: float) -> int:
    return math.floor(value + 1e-6)


def _matrix(values: NDArray[np.float64]) -> Ints:
    """Rounded up; where there is no way, longer than any journey."""
    return np.minimum(np.ceil(values - 1e-6), NO_WAY).astype(np.int32)


def _slots(problem: ShuttleProblem, most: int) -> tuple[int, ...]:
    """Every bus that might be used, those with most seats first."""

    def order(t: int) -> tuple[float, ...]:
        kind: BusType = problem.buses[t]
        return (-problem.limits.usable(kind), kind.fixed, kind.per_km, t)

    slots: list[int] = []
    for t in sorted(range(len(problem.buses)), key=order):
        count = problem.buses[t].count
        slots += [t] * (most if count is None else min(count, most))
    return tuple(slots)


def _neighbours(time: Ints, rows: Ints, start: Ints) -> Ints:
    """For each item the nearest of its kind, -1 where there are no more."""
    near = np.full((len(rows), NEIGHBOURS), -1, dtype=np.int32)
    for a, b in pairwise(start):
        points = rows[a:b, POINT]
        both: Floats = time[np.ix_(points, points)].astype(np.float64)
        both = np.minimum(both, both.T)
        np.fill_diagonal(both, -1.0)
        order = np.argsort(both, axis=1, kind="stable")[:, 1 : NEIGHBOURS + 1] + a
        near[a:b, : order.shape[1]] = order
    return near

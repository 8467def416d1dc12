"""Turns a shuttle problem into the arrays of the search, and a solution back into a plan.

A tick is a second if every given time is a whole number of seconds, else a hundredth. Travel and
service times are rounded up to ticks, windows and ride limits inwards: what the search accepts
keeps the exact rules.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.shuttle.model import (
    Bus,
    BusType,
    Call,
    Direction,
    Home,
    Id,
    Run,
    ShuttleProblem,
    Visit,
)
from zhitong.planning.shuttle.state import (
    ABOARD,
    ABSENT,
    BACK,
    CLOSES,
    EARLY,
    GATE,
    GATE_EACH,
    GATE_FIXED,
    KIND_OF,
    LIMIT,
    NEVER,
    OPENS,
    POINT,
    RATE,
    SIZE,
    Floats,
    Ints,
    Net,
    State,
    calls_of,
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
    mixes = (
        _mixes(time, kind, limits.max_calls)
        if limits.max_calls > 1
        else np.zeros((len(kind),) * 2, np.int32)
    )
    types = problem.buses
    net = Net(
        time=time,
        length=length,
        item=rows,
        kind=kind,
        start=start,
        near=_neighbours(time, rows, start, mixes),
        bus=np.array([(limits.usable(types[t]), types[t].depot) for t in slots], dtype=np.int32),
        money=np.array([(types[t].per_km / 1000, types[t].fixed) for t in slots]),
        mixes=mixes,
        most_calls=limits.max_calls,
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
    """Run ``r`` without waiting, from its earliest start; stops at one point are one visit."""
    places: list[Item | int] = [arrays.items[s] for s in state.seq[r, : state.run[r, SIZE]]]
    places += range(len(calls_of(state, r)))
    direction = arrays.kinds[calls_of(state, r)[0]][1]
    if direction is Direction.OUT:
        places.reverse()
    net, ticks, limits = arrays.net, arrays.ticks, arrays.problem.limits
    clock, at = int(state.run[r, EARLY]), -1
    visits: list[Visit] = []
    calls: list[Call] = []
    for place in places:
        if isinstance(place, Item):
            point, stand = place.point, _up(limits.at_stop(place.load) * ticks)
        else:
            row = net.kind[calls_of(state, r)[place]]
            point = int(row[GATE])
            stand = int(row[GATE_FIXED] + row[GATE_EACH] * state.run[r, ABOARD + place])
        if at >= 0:
            clock += int(net.time[at, point])
        arrive, clock, at = clock, clock + stand, point
        times = (arrive / ticks, clock / ticks)
        if not isinstance(place, Item):
            shift = arrays.problem.shifts[arrays.kinds[calls_of(state, r)[place]][0]]
            calls.append(Call(shift.id, *times))
        elif visits and visits[-1].point == point and visits[-1].leave == times[0]:
            riders = tuple(_joined([*visits[-1].riders, *place.riders]))
            visits[-1] = Visit(point, riders, visits[-1].arrive, times[1])
        else:
            visits.append(Visit(point, place.riders, *times))
    return Run(direction, tuple(visits), tuple(calls))


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


def _mixes(time: Ints, kind: Ints, calls: int) -> Ints:
    """1 for pairs of kinds of one direction whose gates a run of so many calls might reach in time.

    Judged with a single rider for each gate, by the direct way, or with three calls by any way
    that the ride limit allows; the search sees to the rest.
    """
    mixes = np.zeros((len(kind), len(kind)), dtype=np.int32)
    for k, j in product(range(len(kind)), repeat=2):
        first, then = kind[k], kind[j]
        if k == j or first[BACK] != then[BACK]:
            continue
        between = int(time[first[GATE], then[GATE]])
        stands = [int(row[GATE_FIXED] + row[GATE_EACH]) for row in (first, then)]
        step = between + stands[1]
        longest = step if calls == 2 else int(first[LIMIT]) + stands[1]
        meets = first[OPENS] + step <= then[CLOSES] and then[OPENS] - longest <= first[CLOSES]
        ride, limit = (step, first[LIMIT]) if first[BACK] else (between + stands[0], then[LIMIT])
        if meets and ride <= limit:
            mixes[k, j] = mixes[j, k] = 1
    return mixes


def _neighbours(time: Ints, rows: Ints, start: Ints, mixes: Ints) -> Ints:
    """For each item the nearest that may share its run, -1 where there are no more."""
    near = np.full((len(rows), NEIGHBOURS), -1, dtype=np.int32)
    for k, (a, b) in enumerate(pairwise(start)):
        others = np.concatenate(
            [np.arange(a, b)] + [np.arange(*start[j : j + 2]) for j in np.flatnonzero(mixes[k])]
        )
        mine = rows[a:b, POINT]
        theirs = rows[others, POINT]
        both: Floats = np.minimum(time[np.ix_(mine, theirs)], time[np.ix_(theirs, mine)].T) * 1.0
        both[np.arange(b - a), np.arange(b - a)] = -1.0
        order = np.argsort(both, axis=1, kind="stable")[:, 1 : NEIGHBOURS + 1]
        near[a:b, : order.shape[1]] = others[order]
    return near

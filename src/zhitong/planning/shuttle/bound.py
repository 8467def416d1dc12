"""How many buses are needed at least, whatever the runs: column generation over relaxed bus days.

A relaxed bus day is a sequence of gate moments (a morning run has unloaded, an afternoon run has
loaded), each inside its window, each later than the one before by at least the quickest way from
gate to gate by way of one home of the run's band. A run carries at most a bus load and need not
fit together otherwise, so every bus day of every plan is one of these, and the fewest relaxed bus
days that carry everybody are no more than the buses of any plan. Their linear programme has prices
for riders; no relaxed bus day is worth more than the longest path through the moments, so the
total price divided by that is a lower bound, whoever computed the prices and however well.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from zhitong.planning.highs import QuietHighs
from zhitong.planning.shuttle.model import Direction, ShuttleProblem
from zhitong.planning.shuttle.ways import longest_path, spread

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
ROUNDS = 300
MOST_ARCS = 200_000
SLACK = 1e-5
"""Seconds by which every duration is shortened, far more than the checker tolerates."""
DETAIL = ((12, 8, 15.0), (12, 8, 60.0), (6, 4, 60.0), (3, 2, 60.0), (1, 1, 60.0))
"""Bands of homes, levels of load, seconds to which moments are rounded down; finest first."""


@dataclass(frozen=True, slots=True)
class _Need:
    """Riders that some runs must carry: of one shift and direction, or of all that may mix.

    ``nearest`` and ``riders`` have a row a home, ``places`` lists where each may board.
    """

    direction: Direction
    kinds: tuple[int, ...]
    places: tuple[tuple[int, ...], ...]
    riders: Longs
    nearest: Floats
    group: int


@dataclass(frozen=True, slots=True)
class _Load:
    """A kind of run: ends or begins at the gate of ``kind``, its farthest home in ``band``."""

    kind: int
    need: int
    band: int
    most: int
    at_stops: float
    at_gate: float


def fewest_buses(problem: ShuttleProblem) -> int:
    """No plan that carries everybody who can be carried at all has fewer buses than this."""
    world = _World(problem)
    if not world.needs:
        return 0
    for bands, levels, grid in DETAIL:
        network = _Network(world, bands, levels, grid)
        if network.built:
            return network.bound()
    return 1


class _World:
    """The problem's gates, shortest ways and needs."""

    def __init__(self, problem: ShuttleProblem) -> None:
        self.problem = problem
        self.time = problem.travel.seconds
        self.kinds = [
            (shift, direction, window)
            for shift in problem.shifts
            for direction in Direction
            if (window := shift.window(direction)) is not None
        ]
        gates = {shift.gate for shift, _, _ in self.kinds}
        self.from_gate = {gate: spread(self.time, {gate: 0.0}) for gate in sorted(gates)}
        back = np.ascontiguousarray(self.time.T)
        self.to_gate = {gate: spread(back, {gate: 0.0}) for gate in sorted(gates)}
        self.needs = [need for kinds in self._mixtures() if (need := self._need(kinds)) is not None]

    def way(self, kind: int, point: int) -> float:
        """The quickest ride between ``point`` and the gate."""
        shift, direction, _ = self.kinds[kind]
        table = self.to_gate if direction is Direction.IN else self.from_gate
        return float(table[shift.gate][point])

    def _mixtures(self) -> list[tuple[int, ...]]:
        """Kinds whose riders may meet on a run."""
        if self.problem.limits.max_calls == 1:
            return [(kind,) for kind in range(len(self.kinds))]
        # a bus may stand at a gate for long, so windows keep no two gates off one run
        ways = [direction for _, direction, _ in self.kinds]
        return [
            tuple(kind for kind, way in enumerate(ways) if way is direction)
            for direction in Direction
        ]

    def _need(self, kinds: tuple[int, ...]) -> _Need | None:
        """Everybody of ``kinds`` whom some bus could carry if there were no other riders."""
        limits = self.problem.limits
        places, riders, nearest = [], [], []
        for kind in kinds:
            shift, _, _ = self.kinds[kind]
            for home in (home for home in self.problem.homes if home.shift == shift.id):
                near = [point for point, walk in home.walks if walk <= limits.max_walk]
                fit = tuple(p for p in (home.point, *near) if self._reachable(kind, p))
                if fit:
                    places.append(fit)
                    riders.append(home.riders)
                    nearest.append(min(self.way(k, p) for k in kinds for p in fit))
        if not places:
            return None
        at: dict[int, int] = defaultdict(int)
        for fit, number in zip(places, riders, strict=True):
            for point in fit:
                at[point] += number
        group = min(max(at.values()), self.problem.largest_load)
        direction = self.kinds[kinds[0]][1]
        return _Need(direction, kinds, tuple(places), np.array(riders), np.array(nearest), group)

    def _reachable(self, kind: int, point: int) -> bool:
        """Whether a bus can serve ``point`` directly, as the solver asks before it starts."""
        shift, direction, _ = self.kinds[kind]
        first, last = (point, shift.gate) if direction is Direction.IN else (shift.gate, point)
        depots = {kind.depot for kind in self.problem.buses if kind.count != 0}
        ways = [self.time[first, last]]
        ways += [way for d in depots for way in (self.time[d, first], self.time[last, d])]
        return bool(np.all(np.isfinite(ways)) and ways[0] <= self.problem.limits.max_ride + 1e-9)


class _Network:
    """Moments at gates, the runs between them, and the covering programme over paths."""

    def __init__(self, world: _World, bands: int, levels: int, grid: float) -> None:
        self.world = world
        self.most = world.problem.largest_load
        self.band = [_bands(need.nearest, bands) for need in world.needs]
        self.loads = self._loads(levels)
        self.built = self._arcs(grid)
        if self.built:
            self._rows()

    def _loads(self, levels: int) -> list[_Load]:
        """Every kind of run with its time at stops and gate, whatever its way."""
        limits = self.world.problem.limits
        steps = sorted({math.ceil(self.most * i / levels) for i in range(1, levels + 1)})
        loads = []
        for n, need in enumerate(self.world.needs):
            for band in np.unique(self.band[n]):
                ride = float(need.nearest[self.band[n] == band].min())
                for fewest, most in zip([1, *(step + 1 for step in steps)], steps, strict=False):
                    stops = -(-fewest // need.group)
                    waits = limits.stop_fixed * (stops - 1)
                    waits += limits.stop_per_rider * max(0, fewest - need.group)
                    if ride + waits > limits.max_ride + SLACK:
                        continue
                    at_stops = limits.stop_fixed * stops + limits.stop_per_rider * fewest
                    # of mixed loads as few as one rider may be for this gate
                    at_gate = limits.at_gate(fewest if len(need.kinds) == 1 else 1)
                    times = (at_stops, at_gate)
                    loads += [_Load(kind, n, int(band), most, *times) for kind in need.kinds]
        return loads

    def _rows(self) -> None:
        """Demand row by row, and what a run of each load adds to every row."""
        demand: list[float] = []
        gives: list[Floats] = []
        needs = np.array([load.need for load in self.loads])
        bands = np.array([load.band for load in self.loads])
        most = np.array([load.most for load in self.loads])
        for n, need in enumerate(self.world.needs):
            for band in np.unique(self.band[n]):
                riders = int(need.riders[self.band[n] >= band].sum())
                far = ((needs == n) & (bands >= band)).astype(np.float64)
                demand += [riders, -(-riders // self.most)]
                gives += [far * most, far]
        self.demand = np.array(demand, dtype=float)
        self.gives = np.array(gives, dtype=float).reshape(-1, len(self.loads))

    def _arcs(self, grid: float) -> bool:
        """Moments and arcs in order of time; False if there are too many."""
        windows = [window for _, _, window in self.world.kinds]
        moments_about = sum((last - first) / grid + 1 for first, last in windows)
        if moments_about * len(self.loads) > 4 * MOST_ARCS:
            return False
        gaps, classes = self._gaps()
        if len(self.loads) == 0 or not np.all(gaps > 2 * SLACK):
            return False
        # every step leads to a later moment
        grid = min(grid, float(gaps.min()) - SLACK)
        opens = np.array([self.world.kinds[load.kind][2][0] for load in self.loads])
        closes = np.array([self.world.kinds[load.kind][2][1] for load in self.loads])
        moments: dict[tuple[int, float], None] = {
            (classes[i], float(opens[i])): None for i in range(len(self.loads))
        }
        tails: list[tuple[int, float]] = []
        heads: list[tuple[int, float]] = []
        runs: list[int] = []
        queue = list(moments)
        while queue:
            tail = queue.pop()
            then = tail[1] + gaps[tail[0]] - SLACK
            then = np.maximum(opens, np.floor(then / grid) * grid)
            for i in np.flatnonzero(then <= closes + SLACK):
                head = (classes[i], float(then[i]))
                tails.append(tail)
                heads.append(head)
                runs.append(int(i))
                if head not in moments:
                    moments[head] = None
                    queue.append(head)
            if len(runs) > MOST_ARCS:
                return False
        number = {moment: i for i, moment in enumerate(sorted(moments, key=lambda m: m[1]))}
        order = np.argsort([number[tail] for tail in tails], kind="stable")
        self.tails = np.array([number[tail] for tail in tails], dtype=np.int64)[order]
        self.heads = np.array([number[head] for head in heads], dtype=np.int64)[order]
        self.runs = np.array(runs, dtype=np.int64)[order]
        self.first = np.array(
            [number[classes[i], float(opens[i])] for i in range(len(self.loads))], dtype=np.int64
        )
        self.nodes = len(number)
        return True

    def _gaps(self) -> tuple[Floats, list[int]]:
        """Least time from a moment to the next, (classes of runs before) x (loads after).

        Before matters: a morning run ends at its gate, an afternoon run at one of its homes.
        """
        world = self.world
        classes: list[int] = []
        ends: list[tuple[Floats, float]] = []
        known: dict[tuple[int, ...], int] = {}
        for load in self.loads:
            shift, direction, _ = world.kinds[load.kind]
            key: tuple[int, ...] = (shift.gate,)
            if direction is Direction.OUT:
                key = (shift.gate, load.need, load.band, load.most)
            if key not in known:
                known[key] = len(ends)
                labels, stands = world.from_gate[shift.gate], 0.0
                if direction is Direction.OUT:
                    spots = self._spots(load)
                    labels = spread(world.time, {p: float(labels[p]) for p in spots})
                    stands = load.at_stops
                ends.append((labels, stands))
            classes.append(known[key])
        gaps = np.empty((len(ends), len(self.loads)))
        for i, load in enumerate(self.loads):
            shift, direction, _ = world.kinds[load.kind]
            spots = self._spots(load)
            inward = world.to_gate[shift.gate][spots]
            for c, (labels, stands) in enumerate(ends):
                if direction is Direction.IN:
                    way = float((labels[spots] + inward).min()) + load.at_stops
                else:
                    way = float(labels[shift.gate])
                gaps[c, i] = stands + way + load.at_gate
        return gaps, classes

    def _spots(self, load: _Load) -> list[int]:
        """Where the farthest home of a run may board."""
        need = self.world.needs[load.need]
        mine = np.flatnonzero(self.band[load.need] == load.band)
        return sorted({point for home in mine for point in need.places[home]})

    def bound(self) -> int:
        """The best bound of a limited number of rounds."""
        highs: Any = QuietHighs()  # type: ignore[no-untyped-call]
        highs.setOptionValue("threads", 1)
        rows = len(self.demand)
        none = np.zeros(0, dtype=np.int32)
        free = np.full(rows, highspy.kHighsInf)
        highs.addRows(rows, self.demand, free, 0, none, none, np.zeros(0))
        # whoever no bus day carries yet costs more than a bus of his own
        everything = np.arange(rows, dtype=np.int32)
        highs.addCols(
            rows,
            np.full(rows, 2.0),
            np.zeros(rows),
            free,
            rows,
            everything,
            everything,
            np.ones(rows),
        )
        best = 1.0
        value = np.empty(self.nodes)
        came = np.empty(self.nodes, dtype=np.int64)
        for _ in range(ROUNDS):
            highs.run()
            prices = np.maximum(0.0, np.array(highs.getSolution().row_dual))
            worth = prices @ self.gives
            longest = float(
                longest_path(self.tails, self.heads, self.runs, worth, self.first, value, came)
            )
            if longest <= 0.0:
                break
            best = max(best, float(prices @ self.demand) / max(longest, 1e-12))
            if longest <= 1.0 + 1e-7:
                break
            column = self._column(value, came, worth)
            used = np.flatnonzero(column)
            highs.addCols(
                1,
                np.ones(1),
                np.zeros(1),
                np.full(1, highspy.kHighsInf),
                len(used),
                np.zeros(1, dtype=np.int32),
                used.astype(np.int32),
                column[used],
            )
        return max(1, math.ceil(best - 1e-6))

    def _column(self, value: Floats, came: Longs, worth: Floats) -> Floats:
        """What the most valuable bus day carries."""
        node = int(np.argmax(value))
        column: Floats = np.zeros(len(self.demand))
        while came[node] >= 0:
            arc = int(came[node])
            column += self.gives[:, self.runs[arc]]
            node = int(self.tails[arc])
        starts = np.flatnonzero(self.first == node)
        column += self.gives[:, starts[np.argmax(worth[starts])]]
        return column


def _bands(nearest: Floats, many: int) -> Longs:
    """Homes in up to ``many`` bands, the nearest in band 0."""
    cuts = np.quantile(nearest, np.arange(1, many) / many)
    return np.searchsorted(np.unique(cuts), nearest, side="right").astype(np.int64)

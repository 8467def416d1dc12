"""Leads the compiled search: fewest buses first, then the least cost.

Two searches run side by side, each in a thread. To save a bus, one bus is closed and its riders
are fitted in elsewhere; as soon as either search carries everybody again, both go on from there
with one bus less.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.control import Stop
from zhitong.planning.shuttle.arrays import Arrays, for_time, for_types
from zhitong.planning.shuttle.assign import cheapest_types
from zhitong.planning.shuttle.model import ShuttleProgress
from zhitong.planning.shuttle.search import Schedule, close_bus, improve, reprice
from zhitong.planning.shuttle.state import (
    ABSENT,
    BUS,
    COST,
    DEPOT_WEIGHT,
    FIXED,
    RIDERS,
    SEATS,
    SIZE,
    Net,
    State,
    copy_state,
    empty_state,
)

SEARCHES = 2
FEW, MANY = 200, 6400
"""Steps of a round at first, and at most: a round that saves no bus is followed by a longer one."""
WARMTH = 30.0
"""Seconds of driving at which a longer way is accepted once in e times, while buses are saved."""
ALONE = 0.2
UNMIXED = 0.3
"""Share of the budget before loads are mixed: steps are quicker, and few buses are good to mix."""
NEW_BUS = 1e6


class Fleet:
    """A running search; ``state`` and ``arrays`` are the best solution so far."""

    def __init__(
        self,
        arrays: Arrays,
        *,
        stop: Stop,
        seed: int,
        progress: Callable[[ShuttleProgress], None] | None,
        began: float,
    ) -> None:
        self.arrays = arrays
        self.stop = stop
        self.progress = progress
        self.began = began
        self.iterations = 0
        self.steps = FEW
        self.random = np.random.default_rng(seed)
        self.state = empty_state(arrays.net, seed)
        self.state.open[:] = 1
        self.state.knob[DEPOT_WEIGHT] = 0.1

    def share(self) -> float:
        """How much of the budget is used, 0 to 1."""
        used = 0.0
        if self.stop.seconds is not None:
            spent = time.perf_counter() - self.began
            used = spent / self.stop.seconds if self.stop.seconds > 0 else 1.0
        if self.stop.iterations is not None:
            done = self.iterations / self.stop.iterations if self.stop.iterations else 1.0
            used = max(used, done)
        return min(1.0, used)

    def open(self) -> None:
        """A first solution: everybody where it adds least driving, few new buses."""
        net = for_time(self.arrays.net)._replace(most_calls=1)
        # a bus with fewer seats is opened only when larger ones are used up
        net.money[:, FIXED] = NEW_BUS * (
            1 + np.argsort(np.argsort(-net.bus[:, SEATS], kind="stable"))
        )
        improve(net, self.state, self.state, Schedule(1, 1.0, 1.0, 1.0, True))
        self.iterations += 1
        if self.state.tally[ABSENT] == 0:
            self._keep_used()

    def save_buses(self, until: float, *, enough: int) -> None:
        """Carry everybody, then close one bus after another, up to the share ``until``.

        Nothing is left to save with ``enough`` buses.
        """
        if self._few(enough):
            return
        searches = self._twins(close=self.state.tally[ABSENT] == 0)
        while self.share() < until and len(self.arrays.slots) > 0:
            self._advance(for_time(self.arrays.net), searches)
            complete = [state for state in searches if state.tally[ABSENT] == 0]
            if complete:
                self.state = complete[0]
                self._keep_used()
                if self._few(enough):
                    break
                searches = self._twins(close=True)
                self.steps = FEW
            elif self.state.tally[ABSENT] > 0:
                self.state = copy_state(min([self.state, *searches], key=self._left_out))
            self._report()

    def save_money(self) -> None:
        """Lower the cost with the buses there are."""
        self.state.knob[DEPOT_WEIGHT] = 1.0
        self._choose_types()
        if not self.arrays.slots:
            return
        searches = self._twins(close=False)
        first = self.share()
        scale = max(1e-6, float(self.state.knob[COST]) / max(1, len(self.arrays.items)))
        while (share := self.share()) < 1.0:
            left = (1.0 - share) / max(1e-9, 1.0 - first)
            heat = 0.1 * scale * left**2 + 1e-4 * scale
            bests = [copy_state(self.state) for _ in searches]
            self._advance(self.arrays.net, searches, heat, bests)
            best = min(bests, key=_worth)
            if _worth(best) < _worth(self.state):
                self.state = best
                if self._choose_types():
                    searches = self._twins(close=False)
            self._report()

    def _advance(
        self,
        net: Net,
        searches: list[State],
        heat: float | None = None,
        bests: list[State] | None = None,
    ) -> None:
        steps = self.steps
        self.steps = min(MANY, 2 * steps)
        budget = 1.0
        if net.most_calls > 1 and self.share() < UNMIXED:
            net, budget = net._replace(most_calls=1), UNMIXED
        if self.stop.iterations is not None:
            left = math.ceil(budget * self.stop.iterations) - self.iterations
            steps = max(1, min(steps, -(-left // SEARCHES)))
        warm = WARMTH * self.arrays.ticks if heat is None else heat
        plan = Schedule(steps, warm, warm, ALONE, bests is None)

        def search(state: State, best: State) -> int:
            return int(improve(net, state, best, plan))

        with ThreadPoolExecutor(SEARCHES) as pool:
            self.iterations += sum(pool.map(search, searches, bests or searches))

    def _twins(self, *, close: bool) -> list[State]:
        """Copies of the best solution with their own random numbers; ``close`` one bus in each."""
        twins = []
        for _ in range(SEARCHES):
            state = copy_state(self.state)
            state.random[0] = self.random.integers(1, 1 << 63) | 1
            if close:
                reprice(for_time(self.arrays.net), state)
                if len(self.arrays.slots) > 0:
                    close_bus(state, self._least_needed(state))
            else:
                net = self.arrays.net
                if state.tally[ABSENT] > 0:
                    net = for_time(net)
                reprice(net, state)
            twins.append(state)
        return twins

    def _least_needed(self, state: State) -> int:
        """The smallest bus whose riders have been easiest to fit in elsewhere."""
        seats = self.arrays.net.bus[:, SEATS]

        def need(b: int) -> tuple[int, int]:
            runs = state.line[b, 1 : 1 + state.line[b, 0]]
            items = [s for r in runs for s in state.seq[r, : state.run[r, SIZE]]]
            return int(seats[b]), int(state.misses[items].sum())

        return min((b for b in range(len(seats)) if state.open[b]), key=need)

    def _left_out(self, state: State) -> tuple[int, float]:
        absent = state.absent[: state.tally[ABSENT]]
        return int(self.arrays.net.item[absent, RIDERS].sum()), float(state.knob[COST])

    def _few(self, enough: int) -> bool:
        """Whether everybody is carried with no more than ``enough`` buses."""
        return self.state.tally[ABSENT] == 0 and len(self.arrays.slots) <= enough

    def _keep_used(self) -> None:
        """Forget the buses without runs."""
        used = np.flatnonzero(self.state.line[:, 0] > 0)
        self.arrays = for_types(self.arrays, tuple(self.arrays.slots[b] for b in used))
        self.state = _with_buses(self.state, used)

    def _choose_types(self) -> bool:
        """Give each bus the cheapest type that holds its riders; True if the fleet changed."""
        before = self.arrays.slots
        self._keep_used()
        slots = cheapest_types(self.arrays, self.state)
        self.arrays = for_types(self.arrays, slots)
        reprice(self.arrays.net, self.state)
        return slots != before

    def _report(self) -> None:
        if self.progress is not None:
            self.progress(
                ShuttleProgress(
                    seconds=time.perf_counter() - self.began,
                    iterations=self.iterations,
                    share=self.share(),
                    buses=int(np.sum(self.state.line[:, 0] > 0)),
                    stranded=self._left_out(self.state)[0],
                )
            )


def _worth(state: State) -> tuple[int, float]:
    """Fewer absent items first, then cost."""
    return int(state.tally[ABSENT]), round(float(state.knob[COST]), 6)


def _with_buses(state: State, used: NDArray[np.int64]) -> State:
    """The solution with only the buses ``used``, numbered anew, all open."""
    size = len(used)
    small = _cut(copy_state(state), used, size)
    for b in range(size):
        for r in small.line[b, 1 : 1 + small.line[b, 0]]:
            small.run[r, BUS] = b
    return small


def _cut(state: State, used: NDArray[np.int64], size: int) -> State:
    """``state`` with the arrays that have a row a bus cut down to ``used``."""
    return state._replace(
        line=state.line[used],
        open=np.ones(size, dtype=np.int32),
        bus_cost=state.bus_cost[used],
        bus_mark=np.zeros(size, dtype=np.int64),
        saved_bus_id=np.zeros(size, dtype=np.int32),
        saved_line=np.zeros_like(state.line[used]),
        saved_cost=np.zeros(size),
    )

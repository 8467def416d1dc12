"""The linear programme of prices: the best ones that no trip known so far undercuts.

HiGHS solves it; ``pricing`` finds trips that it does not know and lowers its prices, which may be
too high for them, until no trip at all is undercut.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from zhitong.planning.control import Effort
from zhitong.planning.highs import QuietHighs
from zhitong.planning.judging import column
from zhitong.planning.net import Floats, Net
from zhitong.planning.pricing import repair, separate, sum_prices
from zhitong.planning.routes import SETS_A_STEP, Demand, Routes

PIVOT = 0.5
"""Work of a step of the simplex algorithm, for each row."""

FIRST_MIX, MIX = 0.8, 0.5
"""Weight of the best proven prices in those that are asked about, at first and later."""

MIX_STEP = 0.1

CLOSE = 1e-5
"""The programme is solved when trips unknown to it can change it by no more than this share."""


class Programme:
    """The linear programme: a row for each party, a column for each known trip."""

    def __init__(self, net: Net, routes: Routes, demand: Demand) -> None:
        self.net = net
        self.routes = routes
        self.demand = demand
        self.share = np.zeros(len(net.o))
        self.highs: Any = QuietHighs()  # type: ignore[no-untyped-call]
        self.highs.setOptionValue("threads", 1)
        parties = len(net.o)
        none = np.zeros(0, dtype=np.int32)
        self.highs.addRows(
            parties,
            np.ones(parties),
            np.full(parties, highspy.kHighsInf),
            0,
            np.zeros(parties, dtype=np.int32),
            none,
            np.zeros(0),
        )
        alone = [(np.array([p], dtype=np.int32), np.ones(1), net.solo[p]) for p in range(parties)]
        self._add(alone)

    def add_trips(self, trips: Sequence[tuple[NDArray[np.int32], float]]) -> None:
        """Add whole trips: their items and cost."""
        self._add([(items, np.ones(len(items)), cost) for items, cost in trips])

    def best_prices(self, rounds: int, effort: Effort, known: Floats, hoped: Floats) -> Floats:
        """The best feasible prices found.

        ``known`` prices, which may be proven ones, and ``hoped`` ones, which show where to look
        first, are lowered where they are not feasible.
        """
        best = np.zeros(len(self.net.o))
        self.demand.looked[0] = 0
        for some in (known, hoped):
            if some.any() and not effort.spent:
                lowered = self._repaired(np.minimum(some, self.net.solo))
                best = max(best, lowered, key=np.sum)
        effort.work -= int(self.demand.looked[0])
        mix = FIRST_MIX if best.any() else 0.0
        longest = 1e-8 * self.routes.many + 1e-4 * len(best)  # a guess at the first round
        heaviest = 2.0 * self.routes.many / SETS_A_STEP
        for _ in range(rounds):
            before, work = time.perf_counter(), effort.work
            if longest > effort.seconds or heaviest > effort.work:
                break
            ideal = self._optimise(effort)
            duals = np.maximum(0.0, np.array(self.highs.getSolution().row_dual))
            # prices between the programme's wild ones and proven ones lead there faster
            asked = np.minimum(self.net.solo, (1.0 - mix) * duals + mix * best)
            self.demand.looked[0] = 0
            found = self._separate(asked)
            proven = self._repaired(asked)
            effort.work -= int(self.demand.looked[0])
            if proven.sum() > best.sum():
                best = proven
            if best.sum() >= ideal * (1.0 - CLOSE) or (not found and mix == 0.0):
                break
            mix = max(MIX, mix - MIX_STEP) if found else 0.0
            self._add(found)
            longest = max(longest, time.perf_counter() - before)
            heaviest = work - effort.work
        # once more from fresh sums: those that were kept while prices fell have drifted a little
        return self._repaired(best)

    def _optimise(self, effort: Effort) -> float:
        """Solve the programme over the known trips; infinite when it was not solved to the end."""
        if effort.at is not None:
            limit = self.highs.getRunTime() + max(0.0, effort.seconds)
            self.highs.setOptionValue("time_limit", limit)
        pivot = PIVOT * len(self.net.o)
        if np.isfinite(effort.work):
            most = int(max(1.0, min(effort.work / pivot, 1e9)))
            self.highs.setOptionValue("simplex_iteration_limit", most)
        self.highs.run()
        info = self.highs.getInfo()
        effort.work -= pivot * max(0, info.simplex_iteration_count)
        if self.highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return np.inf
        return float(info.objective_function_value)

    def _separate(self, prices: Floats) -> list[tuple[NDArray[np.int32], Floats, float]]:
        """For each party the worst trip, if any, that costs less than ``prices``."""
        self.demand.price[:] = prices
        sum_prices(self.net, self.demand)
        if not separate(self.net, self.routes, self.demand):
            return []
        found = []
        for where in np.unique(self.demand.where[self.demand.worst > 0.0], axis=0):
            many, cost = column(self.net, self.routes, self.demand, where, self.share)
            found.append((self.demand.slot[:many].copy(), self.share[:many].copy(), cost))
        return found

    def _repaired(self, prices: Floats) -> Floats:
        self.demand.price[:] = prices
        sum_prices(self.net, self.demand)
        repair(self.net, self.routes, self.demand)
        return self.demand.price.copy()

    def _add(self, columns: Sequence[tuple[NDArray[np.int32], Floats, float]]) -> None:
        if not columns:
            return
        many = len(columns)
        sizes = np.array([len(items) for items, _, _ in columns])
        self.highs.addCols(
            many,
            np.array([cost for _, _, cost in columns], dtype=np.float64),
            np.zeros(many),
            np.full(many, highspy.kHighsInf),
            int(sizes.sum()),
            np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.int32),
            np.concatenate([items for items, _, _ in columns]),
            np.concatenate([shares for _, shares, _ in columns]),
        )

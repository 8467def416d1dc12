"""The work that a large plan is made of, as messages: to whoever executes it, and back.

A task holds everything it needs and depends on nothing else. Its ``ids`` are the positions of its
parties in the whole problem, its ``points`` the whole problem's points.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from zhitong.planning.control import Effort, Stop
from zhitong.planning.large import Floats, Ints, LargeProblem, trip_costs
from zhitong.planning.model import Plan, Trip

# The compiled search is loaded by whoever does a task, not by whoever only hands it out.


class Task(Protocol):
    """Something to do elsewhere."""

    @property
    def key(self) -> str:
        """Names the task among all of a plan."""
        ...

    def do(self) -> Any:
        """Do it here."""
        ...


@dataclass(frozen=True)
class Search:
    """A block to plan, from the trips of an earlier plan: ``groups`` of positions in ``ids``."""

    number: int
    turn: int
    problem: LargeProblem
    ids: Ints
    points: Ints
    groups: tuple[tuple[int, ...], ...]
    stop: Stop
    seed: int

    @property
    def key(self) -> str:
        return f"search-{self.turn}-{self.number}-{self.seed}"

    def do(self) -> Searched:
        began = time.perf_counter()
        from zhitong.planning.charter import solve

        problem = self.problem.problem()
        stop = self.stop
        if stop.seconds is not None:
            spent = time.perf_counter() - began
            stop = replace(stop, seconds=max(0.0, stop.seconds - spent))
        plan = solve(
            problem,
            stop=stop,
            seed=self.seed,
            threads=1,
            start=Plan(tuple(Trip(0, 0, (), (), group) for group in self.groups)),
            proof=Stop(iterations=0),
        )
        return Searched(
            number=self.number,
            trips=tuple(_moved(trip, self.points, self.ids) for trip in plan.trips),
            parties=len(self.ids),
            costs=trip_costs(self.problem, plan.trips),
            iterations=plan.iterations,
        )


@dataclass(frozen=True, eq=False)
class Searched:
    """What came of a search: T trips in terms of the whole problem and their ``costs`` (T)."""

    number: int
    trips: tuple[Trip, ...]
    parties: int
    costs: Floats
    iterations: int

    @property
    def cost(self) -> float:
        return float(self.costs.sum())


@dataclass(frozen=True)
class Prove:
    """A block to price: ``trips``, in its own terms, are the plan that the prices should reach.

    What comes of it has no prices if there was no time for any but those of a seat.
    """

    number: int
    problem: LargeProblem
    ids: Ints
    trips: tuple[Trip, ...]
    seconds: float | None
    work: float

    @property
    def key(self) -> str:
        return f"prove-{self.number}-{len(self.ids)}-{self.ids[0]}"

    def do(self) -> Priced:
        began = time.perf_counter()
        from zhitong.planning.bound import prove

        effort = Effort(None if self.seconds is None else began + self.seconds, self.work)
        bound = prove(self.problem.problem(), effort=effort, start=Plan(self.trips))
        prices = np.array([bound.duals[party] for party in range(len(self.ids))])
        known = None if bound.method == "seats" else prices
        return Priced(self.number, self.ids, known, time.perf_counter() - began)


@dataclass(frozen=True)
class Mend:
    """A region whose ``prices`` are to be lowered until its core's trips are feasible.

    ``origins`` and ``drops`` are the points of the core, in the region's own terms.
    """

    number: int
    problem: LargeProblem
    ids: Ints
    origins: Ints
    drops: Ints
    prices: Floats

    @property
    def key(self) -> str:
        return f"mend-{self.number}-{len(self.ids)}-{self.ids[0]}"

    def do(self) -> Priced:
        began = time.perf_counter()
        from zhitong.planning.bound import mended

        prices = mended(self.problem.problem(), self.prices, self.origins, self.drops)
        if prices is None:
            # too many routes to look at: what no trip anywhere undercuts
            prices = np.minimum(self.prices, self.problem.seat_prices())
        return Priced(self.number, self.ids, prices, time.perf_counter() - began)


@dataclass(frozen=True)
class Priced:
    """Prices of the parties ``ids``, and how long it took."""

    number: int
    ids: Ints
    prices: Floats | None
    seconds: float


def _moved(trip: Trip, points: Ints, ids: Ints) -> Trip:
    """``trip`` in terms of the whole problem."""
    return Trip(
        trip.type,
        trip.day,
        tuple(int(points[stop]) for stop in trip.pickups),
        tuple(int(points[stop]) for stop in trip.drops),
        tuple(int(ids[int(party)]) for party in trip.parties),
    )

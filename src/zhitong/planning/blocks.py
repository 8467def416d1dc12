"""Plans a large problem in blocks, at the same time on several processes or machines.

First whole vehicles are filled (``filling``). Then the rest is cut into blocks, origin clusters
times destination regions, each searched by ``charter.solve``; the trips found are cut into blocks
along other lines and searched again, so that trips across the first lines come about. At last the
blocks are priced and the prices lowered region by region until they prove a bound for every plan
(``regions``). The parent holds columns and finished trips, a worker one block: its memory is that
of the largest.

The plan and its bound depend on problem, seed, iterations and size of blocks, not on who executes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.block_proofs import charge, core_parties, mends, proofs
from zhitong.planning.bound import SAFE
from zhitong.planning.control import Progress, Stop
from zhitong.planning.crews import Crew, crew_for
from zhitong.planning.filling import fill_vehicles
from zhitong.planning.large import Floats, Ints, LargeProblem, cut, trip_costs
from zhitong.planning.model import Plan, Proof, Trip, gap_between
from zhitong.planning.refusals import refuse_bad_run
from zhitong.planning.shares import Shares
from zhitong.planning.tasks import Mend, Search, Searched, Task

BLOCK_PARTIES = 1000
"""A block has at most so many parties."""

TURNS = 0.6, 1.0
"""Shares of the search after which other lines are drawn."""

SEARCHING, LOWERING = 0.4, 0.97
"""Shares of the seconds after which the search, and the lowering of prices, begins nothing new."""

LEAST_PROOF = 0.004
"""Seconds of a worker a party without which no proof is begun: lowering alone takes about half."""

SAMPLE = 10
"""From so many regions, about, the time that lowering takes is guessed."""

WORTH = 0.45
"""Lowering that would take more than this share of the seconds is left out, and pricing with it."""

GUESSED = 1.2
"""Lowering is given so many times the seconds that it was guessed to take."""

WORK_A_PARTY = 20_000.0
"""Elementary steps that pricing a block may take for each party, in a run without a clock."""


@dataclass(frozen=True)
class Blocks:
    """A plan of blocks and what it was made of.

    ``kept_bound``: no plan that keeps to the same full vehicles and blocks costs less; trips across
    blocks might, and ``plan.lower_bound`` holds for all. ``full``: trips filled in the first step.
    ``seconds``: of the search, of pricing blocks, of lowering prices.
    """

    plan: Plan
    kept_bound: float
    blocks: int
    full: int
    seconds: tuple[float, float, float]


def plan_blocks(
    problem: LargeProblem,
    *,
    stop: Stop,
    seed: int = 0,
    processes: int = 2,
    cluster: str | None = None,
    progress: Callable[[Progress], bool | None] | None = None,
    prove: bool = True,
) -> Plan:
    """Plan ``problem`` in ``processes``, or on the Dask cluster at ``cluster`` (tcp://...).

    ``stop.iterations`` are shared out by parties; so are ``stop.seconds`` of wall clock. The plan's
    ``lower_bound`` holds for every plan, also one that ignores the blocks; without ``prove`` it is
    the weak seat bound. Ends early as ``charter.solve`` does. Raises ``ProblemError``.
    """
    return survey_blocks(
        problem,
        stop=stop,
        seed=seed,
        processes=processes,
        cluster=cluster,
        progress=progress,
        prove=prove,
    ).plan


def survey_blocks(
    problem: LargeProblem,
    *,
    stop: Stop,
    seed: int = 0,
    processes: int = 2,
    cluster: str | None = None,
    progress: Callable[[Progress], bool | None] | None = None,
    prove: bool = True,
    block_parties: int = BLOCK_PARTIES,
) -> Blocks:
    """As ``plan_blocks``, with the size of blocks to choose and more told about them."""
    began = time.perf_counter()
    refuse_bad_run(seed=seed, processes=processes)
    full, left = fill_vehicles(problem)
    with crew_for(processes, cluster) as crew:
        run = _Run(problem, left, stop, seed, crew, began, block_parties)
        run.report = progress
        run.full_cost = float(trip_costs(problem, full).sum())
        proving = run.search(prove)
        searched = time.perf_counter()
        prices = problem.seat_prices()
        kept, priced = float(prices.sum()), searched
        if proving and run.iterations and not run.stopped:
            kept = run.price(prices)
            priced = time.perf_counter()
            run.mend(prices)
    cost = run.full_cost + sum(one.cost for one in run.plans)
    proof = prices * SAFE
    bound = float(proof.sum())
    plan = Plan(
        trips=(*full, *(trip for one in run.plans for trip in one.trips)),
        cost=cost,
        lower_bound=bound,
        gap=gap_between(cost, bound),
        seed=seed,
        iterations=run.iterations,
        seconds=time.perf_counter() - began,
        proof=Proof(tuple(enumerate(proof.tolist()))),
    )
    return Blocks(
        plan=plan,
        kept_bound=max(bound, kept),
        blocks=len(run.plans),
        full=len(full),
        seconds=(searched - began, priced - searched, time.perf_counter() - priced),
    )


class _Run:
    """The state of one call: the plans of all blocks, budget and counters."""

    def __init__(
        self,
        problem: LargeProblem,
        left: Ints,
        stop: Stop,
        seed: int,
        crew: Crew,
        began: float,
        block_parties: int,
    ) -> None:
        self.problem = problem
        self.left = left
        self.stop = stop
        self.seed = seed
        self.crew = crew
        self.began = began
        self.block_parties = block_parties
        self.report: Callable[[Progress], bool | None] | None = None
        self.full_cost = 0.0
        self.iterations = 0
        self.stopped = False
        self.lowering = 0.0
        self.plans = _alone(problem, left)

    def until(self, share: float) -> float | None:
        """When so much of the seconds is used."""
        return None if self.stop.seconds is None else self.began + share * self.stop.seconds

    def search(self, prove: bool) -> bool:
        """Plan all blocks, then all blocks cut along other lines; whether to ``prove`` after it."""
        done = 0.0
        bound = self.problem.seat_bound()
        if self.stop.seconds is not None:
            prove &= self.stop.seconds * self.crew.workers >= LEAST_PROOF * len(self.left)
        share = SEARCHING if prove else LOWERING
        for turn, until in enumerate(TURNS):
            if self.stopped or not len(self.left) or done == 1.0:
                return prove
            blocks = self._blocks(turn)
            if len(blocks) == 1:
                until = 1.0
            part, begun = until - done, done
            budget = Shares(
                None if self.stop.iterations is None else part * self.stop.iterations,
                self.until(share * until),
                len(self.left),
                self.crew.workers,
            )
            before = self._rearranged(blocks)
            cost = self.full_cost + sum(one.cost for one in before)
            self.plans = before
            try:
                for found in self._each(self._searches(turn, blocks, before, budget)):
                    budget.finished(found.parties)
                    cost += found.cost - before[found.number].cost
                    self.plans[found.number] = found
                    self.iterations += found.iterations
                    done = begun + part * budget.done / len(self.left)
                    if self.report and self.report(self._progress(cost, bound, done)):
                        self.stopped = True
            except KeyboardInterrupt:
                self.stopped = True
            done = until
            if turn == 0 and prove and not self.stopped and not self._worth_proving():
                prove, share = False, LOWERING
        return prove

    def _worth_proving(self) -> bool:
        """Guess how long lowering prices takes; whether that leaves time for the rest."""
        if self.stop.seconds is None:
            return True
        prices = self.problem.seat_prices()
        charge(self.problem, self.plans, prices)
        every = max(1, len(self.problem) // core_parties(self.block_parties) // SAMPLE)
        for found in self._each(self._mends(prices, every=every)):
            self.lowering += GUESSED * every * found.seconds / self.crew.workers
            if self.lowering > WORTH * self.stop.seconds:
                return False
        return True

    def _blocks(self, turn: int) -> list[Ints]:
        """Parties by block, the largest block first; whoever shares a trip shares a block."""
        if turn == 0:
            blocks = list(cut(self.problem, self.left, parties=self.block_parties))
        else:
            trips = [trip for one in self.plans for trip in one.trips]
            members = {min(trip.parties): trip.parties for trip in trips}
            first = np.array(sorted(members), dtype=np.int64)
            weight = np.zeros(len(self.problem), dtype=np.int64)
            weight[first] = [len(members[party]) for party in first.tolist()]
            random = np.random.default_rng([self.seed, turn])
            lines = cut(
                self.problem, first, parties=self.block_parties, weight=weight, random=random
            )
            blocks = [
                np.array(sorted(int(p) for party in some.tolist() for p in members[party]))
                for some in lines
            ]
        return sorted(blocks, key=lambda block: (-len(block), int(block[0])))

    def _rearranged(self, blocks: Sequence[Ints]) -> list[Searched]:
        """The trips so far, by the new blocks."""
        block_of = np.zeros(len(self.problem), dtype=np.int64)
        for number, block in enumerate(blocks):
            block_of[block] = number
        trips = [trip for one in self.plans for trip in one.trips]
        costs = np.concatenate([one.costs for one in self.plans])
        block = block_of[np.array([trip.parties[0] for trip in trips], dtype=np.int64)]
        order = np.argsort(block, kind="stable")
        ends = np.searchsorted(block[order], np.arange(len(blocks) + 1))
        return [
            Searched(number, tuple(trips[t] for t in some), len(blocks[number]), costs[some], 0)
            for number, some in enumerate(np.split(order, ends[1:-1]))
        ]

    def _searches(
        self, turn: int, blocks: Sequence[Ints], before: Sequence[Searched], budget: Shares
    ) -> Iterator[Search]:
        for number, block in enumerate(blocks):
            stop = budget.next(len(block))
            if stop.seconds == 0:
                return
            at = {party: position for position, party in enumerate(block.tolist())}
            groups = (
                ()
                if turn == 0
                else (tuple(at[int(p)] for p in trip.parties) for trip in before[number].trips)
            )
            yield Search(
                number=number,
                turn=turn,
                problem=self.problem.part(block),
                ids=block,
                points=self.problem.points_of(block),
                groups=tuple(groups),
                stop=stop,
                seed=int(np.random.SeedSequence([self.seed, turn, number]).generate_state(1)[0]),
            )

    def price(self, prices: Floats) -> float:
        """Set ``prices`` that no trip within a block undercuts; what those that are proven sum to.

        Where there is no time, riders are left with their shares of what their trips cost.
        """
        proven = prices.copy()
        charge(self.problem, self.plans, prices)
        until = self.until(LOWERING)
        budget = Shares(
            None,
            None if until is None else until - self.lowering,
            len(self.left),
            self.crew.workers,
        )
        work = WORK_A_PARTY if self.stop.seconds is None else np.inf
        for found in self._each(proofs(self.problem, self.plans, budget, work)):
            budget.finished(len(found.ids))
            if found.prices is not None:
                prices[found.ids] = proven[found.ids] = found.prices
        return float(proven.sum())

    def mend(self, prices: Floats) -> None:
        """Lower ``prices`` until no trip at all undercuts them.

        Regions for which there is no time, or nobody wants to wait, fall back on seat prices.
        """
        seats = self.problem.seat_prices()
        dear, late = prices.copy(), np.zeros(len(prices), dtype=np.bool_)
        for found in self._each(self._mends(dear, late=late)):
            prices[found.ids] = np.minimum(prices[found.ids], found.prices)
        late |= self.stopped
        np.minimum(prices, seats, out=prices, where=late)

    def _mends(
        self, prices: Floats, *, every: int = 1, late: NDArray[np.bool_] | None = None
    ) -> Iterator[Mend]:
        return mends(
            self.problem,
            prices,
            parties=core_parties(self.block_parties),
            deadline=self.until(LOWERING),
            every=every,
            late=late,
        )

    def _each(self, tasks: Iterable[Task]) -> Iterator[Any]:
        """Results of ``tasks`` until somebody wants to stop."""
        try:
            yield from self.crew.run(self._while_wanted(tasks))
        except KeyboardInterrupt:
            self.stopped = True

    def _while_wanted(self, tasks: Iterable[Task]) -> Iterator[Task]:
        for task in tasks:
            self.stopped |= self.stop.told
            if self.stopped:
                return
            yield task

    def _progress(self, cost: float, bound: float, share: float) -> Progress:
        return Progress(
            seconds=time.perf_counter() - self.began,
            iterations=self.iterations,
            share=min(1.0, share),
            cost=cost,
            lower_bound=bound,
            gap=gap_between(cost, bound),
        )


def _alone(problem: LargeProblem, left: Ints) -> list[Searched]:
    """Everybody in a vehicle of their own, as one block."""
    km = problem.direct_km() * (2 if problem.limits.empty_return else 1)
    prices = np.array(
        [
            np.where(problem.size <= kind.capacity, kind.fixed + kind.per_km * km, np.inf)
            for kind in problem.types
        ]
    )
    kinds = prices.argmin(axis=0)
    trips = tuple(
        Trip(
            int(kinds[party]),
            int(problem.earliest[party]),
            (int(problem.origin[party]),),
            (int(problem.destination[party]),),
            (party,),
        )
        for party in left.tolist()
    )
    return [Searched(0, trips, len(left), prices.min(axis=0)[left], 0)]

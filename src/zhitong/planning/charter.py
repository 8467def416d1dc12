"""The charter solver: annealed ruin and recreate over halves of the problem, in threads.

Each round cuts the trips into parts along a random line over the map; every part is searched by a
thread of its own, and the parts are joined again. The same problem, seed, threads and number of
iterations give the same plan.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from zhitong.planning import bound as proving
from zhitong.planning.assemble import Assignment, alone, groups_of, groups_of_plan, plan_of
from zhitong.planning.control import Effort, Progress, Stop
from zhitong.planning.form import malformed
from zhitong.planning.model import Plan, Problem, ProblemError, Proof, gap_between
from zhitong.planning.net import Ints, Net, items_of, net_of, net_part, refuse_unsupported
from zhitong.planning.ordering import Memory, memory
from zhitong.planning.partition import chosen, seconds_for, sets_of, slices_of
from zhitong.planning.pins import refuse_impossible_groups, undecided
from zhitong.planning.pool import Pool, empty_pool
from zhitong.planning.refusals import refuse_bad_run
from zhitong.planning.replan import changes_of
from zhitong.planning.search import Groups, Schedule, anneal, note, open_state
from zhitong.planning.ties import Ties, shared_out, ties_of, ties_part

HOT = 0.3
COLD = 0.004
"""Temperatures at the start and the end, as shares of the mean price of travelling alone."""

RESUMED = 0.1
"""A run that improves on a given plan starts this much cooler, so as not to lose it."""

BLINK = 0.01
ENOUGH = 14
ROUNDS = 60
SMALL = 400
"""Problems with fewer items are not cut: every thread searches the whole of it."""

POOLING = 0.5
"""Share of the budget after which trips met are remembered for ``partition``."""

PROVING = 0.9
"""Share of the time after which the lower bound, in a thread of its own, starts no new round."""

PROOF_PER_STEP = 60.0
LEAST_PROOF = 3_000_000.0
"""Work that the proof of a run limited by iterations may do: for each of them, and at least.

The proof then takes about as long as the search, some tenths of a second at least.
"""

PROVEN = 1e-7
"""A plan this close above the bound is optimal."""

POLL = 0.05
"""Seconds between looks at whether somebody wants the run to stop."""

Report = Callable[[Progress], bool | None]


def solve(
    problem: Problem,
    *,
    stop: Stop,
    seed: int = 0,
    progress: Report | None = None,
    start: Plan | None = None,
    threads: int = 2,
    proof: Stop | None = None,
) -> Plan:
    """Plan the charters of ``problem``; the best plan found when ``stop`` says so.

    A run limited by time alone ends sooner when the plan is proven optimal. ``start`` is a plan to
    improve on, also one of a run that was stopped; trips of it that break a rule are taken apart.
    With no budget at all it is returned, or everybody travels alone.
    ``progress`` is called once a round and stops the run by returning True; so does ``stop.event``,
    at any moment, and so does a ``KeyboardInterrupt``, which ends here.

    ``proof`` says how long to work at the lower bound: rounds as iterations, at least as long as
    the search if it has no seconds; none at all leaves the weak seat bound. If not told, a run
    limited by iterations spends on it about as much work as on the search, the same on every
    machine, and a run limited by time all its time.

    Raises ``ProblemError`` for what the search does not honour.
    """
    began = time.perf_counter()
    refuse_bad_run(seed=seed, threads=threads)
    for flaw, _ in malformed(start or Plan(())):
        raise ProblemError("malformed-plan", f"the plan to start from: {flaw}")
    refuse_unsupported(problem)
    given = undecided(problem)
    items = items_of(given.problem)
    net, ties = ties_of(given.problem, items, net_of(given.problem, items), given.trips)
    refuse_impossible_groups(net, ties)
    before = start
    if start is None and problem.published:
        before = Plan(problem.published.trips, outside=problem.published.outside)
    # what a set of tied items costs depends on which other sets are chosen
    choosing = None if ties.bind else seconds_for(stop, len(items.party), threads)
    pooling = choosing is not None
    run = Run(net, ties, stop.less(choosing or 0.0), seed, threads, began, pooling)
    idle = not len(items.party) or stop.seconds == 0 or stop.iterations == 0
    effort = _effort(stop, proof, began, idle)
    rounds = proof.iterations if proof and proof.iterations is not None else proving.ROUNDS
    if not idle or ties.bind or (before and len(items.party)):
        run.open(groups_of_plan(given.problem, items, ties, before or Plan(())))
        # what became of the given trips, none of which breaks a rule any more
        opened = plan_of(given, items, net, ties, run.current)
        start = replace(opened, proof=start.proof if start else Proof())
    with ThreadPoolExecutor(1) as side:
        proven = side.submit(proving.prove, problem, effort=effort, start=start, rounds=rounds)
        try:
            while not idle and run.round():
                bound = proven.result().value if proven.done() else 0.0
                cost = run.best_cost + items.outside_cost + given.cost
                if progress and progress(_progress(run, cost, bound)):
                    run.halt()
                if stop.iterations is None and cost <= bound * (1.0 + PROVEN):
                    break
            else:
                if choosing is not None and not (idle or run.halted):
                    run.choose(None if stop.seconds is None else began + stop.seconds)
            while not run.halted and not proven.done():
                wait([proven], timeout=POLL)
                if stop.told:
                    run.halt()
        except KeyboardInterrupt:
            run.halt()
        except BaseException:
            effort.at = began
            raise
        if run.halted:
            effort.at = began
        best = proven.result()
    plan = plan_of(given, items, net, ties, run.best)
    changes = changes_of(problem, plan)
    best = best.without(problem, plan.unassigned)
    bound = best.value
    return Plan(
        trips=plan.trips,
        unassigned=plan.unassigned,
        outside=plan.outside,
        cost=plan.cost,
        lower_bound=bound,
        gap=gap_between(plan.cost, bound),
        seed=seed,
        iterations=run.iterations,
        seconds=run.elapsed,
        proof=best.proof,
        penalty=len(changes) * (problem.published.penalty if problem.published else 0.0),
        changes=changes,
    )


def _effort(stop: Stop, proof: Stop | None, began: float, idle: bool) -> Effort:
    """What the lower bound may cost."""
    if idle or (proof and 0 in (proof.iterations, proof.seconds)):
        return Effort(at=began)
    if proof:
        return Effort(None if proof.seconds is None else began + proof.seconds)
    effort = Effort(None if stop.seconds is None else began + PROVING * stop.seconds)
    if stop.iterations is not None:
        effort.work = max(LEAST_PROOF, PROOF_PER_STEP * stop.iterations)
    return effort


def _progress(run: Run, cost: float, bound: float) -> Progress:
    return Progress(
        seconds=run.elapsed,
        iterations=run.iterations,
        share=run.share,
        cost=cost,
        lower_bound=bound,
        gap=gap_between(cost, bound),
    )


@dataclass
class _Part:
    """What one thread searches in a round, and what came of it."""

    items: NDArray[np.int64]
    assignment: Assignment
    room: Ints
    seed: int
    schedule: Schedule
    best: Assignment
    best_cost: float = 0.0
    last_cost: float = 0.0
    done: int = 0


class Run:
    """The state of one call of ``solve``: current and best assignment, clock and counters."""

    def __init__(
        self,
        net: Net,
        ties: Ties,
        stop: Stop,
        seed: int,
        threads: int,
        began: float,
        pooling: bool,
    ) -> None:
        self.net = net
        self.ties = ties
        self.stop = stop
        self.threads = max(1, threads)
        self.began = began
        self.random = np.random.default_rng(seed)
        self.iterations = 0
        self.best_cost = np.inf if ties.bind else float(net.solo.sum())
        self.best = alone(len(net.o))
        self.current = self.best
        self.current_cost = self.best_cost
        self.hot = max(1e-6, HOT * float(net.solo.mean()) if len(net.o) else HOT)
        self.cold = COLD / HOT * self.hot
        self.memories: list[Memory] = []
        self.halting = np.zeros(1, dtype=np.int64)
        self.pooling = pooling
        self.pools: list[Pool] = []
        self.pace = 0.0

    @property
    def elapsed(self) -> float:
        return time.perf_counter() - self.began

    @property
    def share(self) -> float:
        """How much of the budget is used, 0 to 1."""
        used = 0.0
        if self.stop.seconds is not None:
            used = self.elapsed / self.stop.seconds
        if self.stop.iterations is not None:
            used = max(used, self.iterations / self.stop.iterations)
        return min(1.0, used)

    @property
    def halted(self) -> bool:
        return bool(self.halting[0])

    def halt(self) -> None:
        """End the run, also the round under way."""
        self.halting[0] = 1
        if self.stop.event is not None:
            self.stop.event.set()

    def open(self, groups: Groups) -> None:
        """Start from ``groups`` of items; those in none are inserted greedily."""
        try:
            self._open(groups)
        except KeyboardInterrupt:
            self.halt()

    def _open(self, groups: Groups) -> None:
        if len(groups.item):
            self.hot = max(self.cold, RESUMED * self.hot)
        self.memories = [memory(18) for _ in range(self.threads)]
        width = max(1, min(len(self.net.o), int(self.net.cap.max()))) if self.pooling else 0
        self.pools = [empty_pool(len(self.net.o), width) for _ in range(self.threads)]
        state = open_state(self.net, self.ties, self.memories[0], groups)
        self.current = self.best.copy()
        note(state, self.current)
        self.current_cost = float(state.cost.sum())
        if self.current_cost < self.best_cost:
            self.best, self.best_cost = self.current, self.current_cost

    def round(self) -> bool:
        """Search once more; False when the budget is used up or somebody wants to stop."""
        share = self.share
        steps = self._steps()
        if share >= 1.0 or steps == 0 or self.halted or self.stop.told:
            return False
        parts = self._cut(share, steps)
        began = time.perf_counter()
        with ThreadPoolExecutor(self.threads) as pool:
            searching = [
                pool.submit(self._search, *each)
                for each in zip(parts, self.memories, self.pools, strict=True)
            ]
            self._watch(searching)
        for future in searching:
            future.result()
        done = sum(part.done for part in parts)
        self.pace = done / max(1e-6, time.perf_counter() - began)
        self.iterations += done
        self._join(parts)
        return True

    def _watch(self, searching: list[Future[None]]) -> None:
        """Wait for the threads; halt them when told to."""
        try:
            while wait(searching, timeout=POLL).not_done:
                if self.stop.told:
                    self.halt()
        except KeyboardInterrupt:
            self.halt()

    def choose(self, deadline: float | None) -> None:
        """Put the best assignment together anew from all the trips met lately."""
        self.best = self.best.copy()
        self.best[0] = chosen(
            self.net,
            self.memories[0],
            self.pools,
            self.best[0],
            deadline=deadline,
            told=lambda: self.halted or self.stop.told,
            random=self.random,
        )
        self.best_cost = float(sets_of(self.net, self.memories[0], self.best[0]).cost.sum())

    def _steps(self) -> int:
        """Steps a thread takes in the next round."""
        choices = []
        if self.stop.iterations is not None:
            left = self.stop.iterations - self.iterations
            size = max(200, self.stop.iterations // ROUNDS)
            choices.append(max(1, min(left, size) // self.threads) if left > 0 else 0)
        if self.stop.seconds is not None:
            left_s = max(0.0, self.stop.seconds - self.elapsed)
            length = min(left_s, max(0.1, self.stop.seconds / ROUNDS))
            choices.append(int(length * self.pace / self.threads) if self.pace else 200)
        return min(choices)

    def _cut(self, share: float, steps: int) -> list[_Part]:
        """One part a thread: the whole of a small problem, else slices of the map."""
        per_round = steps * self.threads
        if self.stop.iterations is not None:
            ahead = per_round / self.stop.iterations
        else:
            ahead = 1.0 / ROUNDS
        hot, cold = (
            self.hot * (self.cold / self.hot) ** min(1.0, at) for at in (share, share + ahead)
        )
        everything = np.arange(len(self.net.o))
        if len(everything) < SMALL:
            slices = [everything] * self.threads
        else:
            angle = self.random.uniform(0, 2 * np.pi)
            slices = slices_of(self.net, self.current[0], many=self.threads, angle=angle)
        rooms = [self.ties.room] * self.threads
        if len(everything) >= SMALL:
            rooms = shared_out(self.ties, self.current, slices, self.random)
        pooling = self.pooling and share >= POOLING
        return [
            _Part(
                items=items,
                assignment=np.ascontiguousarray(self.current[:, items]),
                room=room,
                seed=int(self.random.integers(1 << 62)),
                schedule=Schedule(steps, hot, cold, BLINK, ENOUGH, self.halting, pooling),
                best=alone(len(items)),
            )
            for items, room in zip(slices, rooms, strict=True)
        ]

    def _search(self, part: _Part, table: Memory, pool: Pool) -> None:
        if not len(part.items):
            return
        net = net_part(self.net, part.items)
        ties = ties_part(self.ties, part.items, part.room)
        state = open_state(net, ties, table, groups_of(part.assignment), seed=part.seed)
        part.best_cost, part.last_cost, part.done = anneal(
            net, table, state, pool._replace(name=part.items), part.schedule, part.best
        )
        note(state, part.assignment)

    def _join(self, parts: list[_Part]) -> None:
        """Put the parts' results together; keep the best."""
        if len(self.net.o) < SMALL:
            ends = sorted(parts, key=lambda part: part.last_cost)
            self.current, self.current_cost = ends[0].assignment, ends[0].last_cost
            best = min(parts, key=lambda part: part.best_cost)
            if best.best_cost < self.best_cost - 1e-6:
                self.best, self.best_cost = best.best, best.best_cost
            return
        self.current, self.current_cost = self._together(parts, "assignment", "last_cost")
        best_of, best_cost = self._together(parts, "best", "best_cost")
        if best_cost < self.best_cost - 1e-6:
            self.best, self.best_cost = best_of, best_cost

    def _together(self, parts: list[_Part], trips: str, cost: str) -> tuple[Assignment, float]:
        joined = np.empty_like(self.current)
        first = 0
        for part in parts:
            joined[:, part.items] = getattr(part, trips)
            _, numbers = np.unique(getattr(part, trips)[0], return_inverse=True)
            joined[0, part.items] = numbers + first
            first += len(part.items)
        return joined, sum(getattr(part, cost) for part in parts)

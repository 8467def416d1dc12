"""Plans a large problem in blocks, at the same time on several processes or machines.

First whole vehicles are filled (``filling``), then the rest is cut into origin clusters times
destination regions (``large.cut``), each planned by ``charter.solve``, and the plans are joined.
The parent holds columns and finished trips, a worker one block: its memory is that of the largest.

The plan depends on problem, seed, iterations and size of blocks, not on who executes it.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from zhitong.planning.control import Progress, Stop
from zhitong.planning.filling import fill_vehicles
from zhitong.planning.large import Ints, LargeProblem, cut
from zhitong.planning.model import Plan, Trip, gap_between

BLOCK_PARTIES = 1000
BLOCK_ROUTES = 1_000_000
"""A block has at most so many parties, and routes for its lower bound to look at."""


@dataclass(frozen=True)
class Task:
    """One block to plan: ``ids`` and ``points`` are positions in the whole problem."""

    number: int
    problem: LargeProblem
    ids: Ints
    points: Ints
    stop: Stop
    seed: int


@dataclass(frozen=True)
class Planned:
    """What came of a task; trips are in terms of the whole problem."""

    number: int
    trips: tuple[Trip, ...]
    parties: int
    cost: float
    lower_bound: float
    iterations: int


@dataclass(frozen=True)
class Blocks:
    """A plan of blocks and what it was made of.

    ``kept_bound``: no plan that keeps to the same full vehicles and blocks costs less; trips across
    blocks might, and ``plan.lower_bound`` holds for all. ``full``: trips filled in the first step.
    """

    plan: Plan
    kept_bound: float
    blocks: int
    full: int


class Crew(Protocol):
    """Whoever executes tasks."""

    workers: int

    def run(self, tasks: Iterable[Task]) -> Iterator[Planned]:
        """Results as they come. Takes the next task only when somebody is free to begin it."""
        ...


def plan_blocks(
    problem: LargeProblem,
    *,
    stop: Stop,
    seed: int = 0,
    processes: int = 2,
    cluster: str | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Plan:
    """Plan ``problem`` in ``processes``, or on the Dask cluster at ``cluster`` (tcp://...).

    ``stop.iterations`` are shared out by parties; so are ``stop.seconds`` of wall clock. The plan's
    ``lower_bound`` holds for every plan, also one that ignores the blocks. Raises ``ProblemError``.
    """
    return survey_blocks(
        problem, stop=stop, seed=seed, processes=processes, cluster=cluster, progress=progress
    ).plan


def survey_blocks(
    problem: LargeProblem,
    *,
    stop: Stop,
    seed: int = 0,
    processes: int = 2,
    cluster: str | None = None,
    progress: Callable[[Progress], None] | None = None,
    block_parties: int = BLOCK_PARTIES,
    block_routes: int = BLOCK_ROUTES,
) -> Blocks:
    """As ``plan_blocks``, with the size of blocks to choose and more told about them."""
    began = time.perf_counter()
    full, left = fill_vehicles(problem)
    alone = problem.alone()
    blocks = sorted(
        cut(problem, left, parties=block_parties, routes=block_routes),
        key=lambda block: (-len(block), int(block[0])),
    )
    with _crew(processes, cluster) as crew:
        shares = _Shares(stop, began, len(left), crew.workers)
        tasks = (
            _task(problem, number, block, shares.next(len(block)), seed)
            for number, block in enumerate(blocks)
        )
        done: list[Planned] = []
        full_cost = _full_cost(problem, full)
        cost = full_cost + float(alone[left].sum())
        bound = problem.seat_bound()
        for planned in crew.run(tasks):
            done.append(planned)
            shares.finished(planned.parties)
            cost += planned.cost - float(alone[blocks[planned.number]].sum())
            if progress:
                progress(
                    Progress(
                        seconds=time.perf_counter() - began,
                        iterations=sum(one.iterations for one in done),
                        share=shares.done / max(1, len(left)),
                        cost=cost,
                        lower_bound=bound,
                        gap=gap_between(cost, bound),
                    )
                )
    done.sort(key=lambda planned: planned.number)
    cost = full_cost + sum(planned.cost for planned in done)
    plan = Plan(
        trips=(*full, *(trip for planned in done for trip in planned.trips)),
        cost=cost,
        lower_bound=min(cost, bound),
        gap=gap_between(cost, bound),
        seed=seed,
        iterations=sum(planned.iterations for planned in done),
        seconds=time.perf_counter() - began,
    )
    kept = full_cost + sum(planned.lower_bound for planned in done)
    return Blocks(plan, max(bound, kept), len(blocks), len(full))


def plan_task(task: Task) -> Planned:
    """Plan one block; runs wherever the crew likes."""
    began = time.perf_counter()
    # the compiled search is loaded by whoever plans, not by whoever only hands out work
    from zhitong.planning.charter import solve

    problem = task.problem.problem()
    stop = task.stop
    if stop.seconds is not None:
        spent = time.perf_counter() - began
        stop = replace(stop, seconds=max(0.0, stop.seconds - spent))
    plan = solve(problem, stop=stop, seed=task.seed, threads=1)
    ids, points = task.ids.tolist(), task.points.tolist()
    return Planned(
        number=task.number,
        trips=tuple(
            Trip(
                trip.type,
                trip.day,
                tuple(points[stop] for stop in trip.pickups),
                tuple(points[stop] for stop in trip.drops),
                tuple(ids[int(party)] for party in trip.parties),
            )
            for trip in plan.trips
        ),
        parties=len(ids),
        cost=plan.cost,
        lower_bound=plan.lower_bound,
        iterations=plan.iterations,
    )


class _Here:
    """Executes tasks one after the other in this process."""

    workers = 1

    def __enter__(self) -> _Here:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def run(self, tasks: Iterable[Task]) -> Iterator[Planned]:
        yield from map(plan_task, tasks)


class _Processes:
    """Executes tasks in processes of their own, which share no memory with this one."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        # compiled code and its threads do not survive a fork
        self.pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))

    def __enter__(self) -> _Processes:
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown(cancel_futures=True)

    def run(self, tasks: Iterable[Task]) -> Iterator[Planned]:
        waiting = iter(tasks)
        running: set[Future[Planned]] = set()
        while True:
            while len(running) < self.workers and (task := next(waiting, None)):
                running.add(self.pool.submit(plan_task, task))
            if not running:
                return
            ready, running = wait(running, return_when=FIRST_COMPLETED)
            for future in ready:
                yield future.result()


def _crew(processes: int, cluster: str | None):  # type: ignore[no-untyped-def]
    if cluster is not None:
        from zhitong.planning.cluster import DaskCrew

        return DaskCrew(cluster)
    return _Here() if processes <= 1 else _Processes(processes)


class _Shares:
    """How much of the budget a block gets: by its parties, and by the clock when that counts."""

    def __init__(self, stop: Stop, began: float, parties: int, workers: int) -> None:
        self.stop = stop
        self.deadline = None if stop.seconds is None else began + stop.seconds
        self.parties = parties
        self.workers = workers
        self.given = 0
        self.done = 0

    def next(self, parties: int) -> Stop:
        """The budget of a block that begins now."""
        iterations = seconds = None
        if self.stop.iterations is not None:
            # rounded on the running total, so that the blocks' budgets sum to the whole
            per = self.stop.iterations / self.parties
            iterations = int(per * (self.given + parties)) - int(per * self.given)
        if self.deadline is not None:
            time_left = max(0.0, self.deadline - time.perf_counter())
            # blocks under way are half done, on average
            ahead = self.parties - self.given + 0.5 * (self.given - self.done)
            seconds = min(time_left, time_left * self.workers * parties / ahead)
        self.given += parties
        return Stop(seconds=seconds, iterations=iterations)

    def finished(self, parties: int) -> None:
        self.done += parties


def _task(problem: LargeProblem, number: int, block: Ints, stop: Stop, seed: int) -> Task:
    own = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
    return Task(number, problem.part(block), block, problem.points_of(block), stop, own)


def _full_cost(problem: LargeProblem, trips: list[Trip]) -> float:
    first = np.array([trip.parties[0] for trip in trips], dtype=np.int64)
    km = problem.part(first).direct_km() * (2 if problem.limits.empty_return else 1)
    kinds = [problem.types[trip.type] for trip in trips]
    return float(
        sum(kind.fixed + kind.per_km * int(way) for kind, way in zip(kinds, km, strict=True))
    )

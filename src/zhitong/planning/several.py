"""Plans several problems that have nothing to do with each other, here or on a cluster.

Unlike the blocks of a large plan (``blocks``) they stay as they are, so everything that
``charter.solve`` honours is honoured, and no trip is ever looked for across two of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from threading import Event

from zhitong.planning.control import Progress, Stop
from zhitong.planning.crews import crew_for
from zhitong.planning.model import Plan, Problem
from zhitong.planning.shares import Shares

NOTHING = Stop(iterations=0)


@dataclass(frozen=True)
class Charters:
    """One of the problems, as a task for somebody else; ``number`` is its place among them."""

    number: int
    problem: Problem
    stop: Stop
    seed: int
    start: Plan | None

    @property
    def key(self) -> str:
        return f"charters-{self.number}-{self.seed}"

    def do(self) -> tuple[int, Plan]:
        from zhitong.planning.charter import solve

        return self.number, solve(self.problem, stop=self.stop, seed=self.seed, start=self.start)


def solve_several(
    problems: Sequence[Problem],
    *,
    stop: Stop,
    seed: int = 0,
    starts: Sequence[Plan | None] = (),
    cluster: str | None = None,
    progress: Callable[[float], None] | None = None,
) -> list[Plan]:
    """A plan for each of ``problems``: one after the other, or together on a Dask cluster.

    ``stop.iterations`` hold for each problem, ``stop.seconds`` for all, shared out by parties.
    ``starts`` are plans to improve on, one for each problem. ``progress`` is told how much is done,
    0 to 1. With a budget in iterations the plans are the same wherever they are made.

    ``stop.event`` and Ctrl-C end the call, not the plans: what is found so far is returned. Of a
    problem that a cluster has not finished that is its start, or everybody alone. Raises
    ``ProblemError``.
    """
    run = _Several(problems, stop, seed, starts or (None,) * len(problems), progress)
    if cluster is None:
        return run.here()
    return run.on(cluster)


class _Several:
    def __init__(
        self,
        problems: Sequence[Problem],
        stop: Stop,
        seed: int,
        starts: Sequence[Plan | None],
        progress: Callable[[float], None] | None,
    ) -> None:
        self.problems = problems
        self.stop = replace(stop, event=stop.event or Event())
        self.seed = seed
        self.starts = starts
        self.progress = progress
        self.parties = sum(len(problem.parties) for problem in problems)
        self.deadline = None if stop.seconds is None else time.perf_counter() + stop.seconds
        self.done = 0

    def here(self) -> list[Plan]:
        from zhitong.planning.charter import solve

        budget = self._shares(1)
        plans = []
        for problem, start in zip(self.problems, self.starts, strict=True):
            parties = len(problem.parties)
            stop = replace(self._stop(budget, parties), event=self.stop.event)
            plans.append(
                solve(
                    problem,
                    stop=stop,
                    seed=self.seed,
                    start=start,
                    progress=self._reporter(parties),
                )
            )
            budget.finished(parties)
            self.done += parties
            self._tell(0.0)
        return plans

    def on(self, cluster: str) -> list[Plan]:
        found: dict[int, Plan] = {}
        with crew_for(1, cluster) as crew:
            budget = self._shares(crew.workers)
            try:
                for number, plan in crew.run(self._tasks(budget)):
                    found[number] = plan
                    parties = len(self.problems[number].parties)
                    budget.finished(parties)
                    self.done += parties
                    self._tell(0.0)
                    if self.stop.told:
                        break
            except KeyboardInterrupt:
                self._end()
        for number, (problem, start) in enumerate(zip(self.problems, self.starts, strict=True)):
            if number not in found:
                _, found[number] = Charters(number, problem, NOTHING, self.seed, start).do()
        return [found[number] for number in range(len(self.problems))]

    def _tasks(self, budget: Shares) -> Iterator[Charters]:
        """The largest first, so that the last to finish is a small one."""
        order = sorted(
            range(len(self.problems)), key=lambda at: (-len(self.problems[at].parties), at)
        )
        for number in order:
            problem = self.problems[number]
            stop = self._stop(budget, len(problem.parties))
            yield Charters(number, problem, stop, self.seed, self.starts[number])

    def _shares(self, workers: int) -> Shares:
        return Shares(None, self.deadline, max(1, self.parties), workers)

    def _stop(self, budget: Shares, parties: int) -> Stop:
        stop = Stop(budget.seconds(parties), self.stop.iterations)
        budget.given += parties
        return stop

    def _reporter(self, parties: int) -> Callable[[Progress], None]:
        """Tell of a search among so many ``parties``."""

        def report(at: Progress) -> None:
            self._tell(parties * at.share)

        return report

    def _end(self) -> None:
        """End the searches under way and yet to come."""
        if self.stop.event is not None:
            self.stop.event.set()

    def _tell(self, more: float) -> None:
        """That so many parties more than those ``done`` are planned, in effect."""
        if not self.progress:
            return
        try:
            self.progress((self.done + more) / max(1, self.parties))
        except KeyboardInterrupt:
            self._end()

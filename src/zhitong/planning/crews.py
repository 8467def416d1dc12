"""Who executes the tasks of a large plan: this process, others of this machine, or a cluster."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from typing import Any, Protocol

from zhitong.planning.tasks import Task


class Crew(Protocol):
    """Whoever executes tasks."""

    workers: int

    def run(self, tasks: Iterable[Task]) -> Iterator[Any]:
        """Results as they come. Takes the next task only when somebody is free to begin it."""
        ...


def perform(task: Task) -> Any:
    """Do one task; runs wherever the crew likes."""
    return task.do()


def crew_for(processes: int, cluster: str | None):  # type: ignore[no-untyped-def]
    """A crew of so many processes, or the cluster at an address; a context manager."""
    if cluster is not None:
        from zhitong.planning.cluster import DaskCrew

        return DaskCrew(cluster)
    return _Here() if processes <= 1 else _Processes(processes)


class _Here:
    """Executes tasks one after the other in this process."""

    workers = 1

    def __enter__(self) -> _Here:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def run(self, tasks: Iterable[Task]) -> Iterator[Any]:
        yield from map(perform, tasks)


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

    def run(self, tasks: Iterable[Task]) -> Iterator[Any]:
        waiting = iter(tasks)
        running: set[Future[Any]] = set()
        while True:
            while len(running) < self.workers and (task := next(waiting, None)):
                running.add(self.pool.submit(perform, task))
            if not running:
                return
            ready, running = wait(running, return_when=FIRST_COMPLETED)
            for future in ready:
                yield future.result()

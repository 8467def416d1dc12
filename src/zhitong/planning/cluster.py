"""Executes the blocks of a large plan on a Dask cluster that runs already.

Needs ``pip install zhitong[cluster]`` here and on the cluster's workers. A block whose worker dies
is planned again elsewhere; since a block's plan depends on nothing but the block, seed and
iterations, the whole plan is the same.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from zhitong.planning.crews import perform
from zhitong.planning.model import ProblemError
from zhitong.planning.tasks import Task

WAIT_SECONDS = 30.0
"""How long to wait for the scheduler and a first worker."""

DEATHS = 5
"""A block that kills its worker so many times is given up."""


class DaskCrew:
    """Executes tasks on the cluster whose scheduler listens at ``address``. Raises ProblemError."""

    def __init__(self, address: str) -> None:
        try:
            # its calls carry no types
            self.engine: Any = import_module("distributed")
        except ImportError as error:
            raise ProblemError(
                "no-cluster-engine", "planning on a cluster needs: pip install zhitong[cluster]"
            ) from error
        try:
            self.client: Any = self.engine.Client(
                address, timeout=WAIT_SECONDS, set_as_default=False
            )
        except (OSError, ValueError) as error:
            raise ProblemError("no-cluster", f"no scheduler answers at {address}") from error
        self.workers = self._workers()

    def _workers(self) -> int:
        """Threads of all workers; waits for the first."""
        until = time.monotonic() + WAIT_SECONDS
        while not (threads := int(sum(self.client.nthreads().values()))):
            if time.monotonic() > until:
                self.client.close()
                raise ProblemError("no-cluster", "the cluster has no worker")
            time.sleep(0.1)
        return threads

    def __enter__(self) -> DaskCrew:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def run(self, tasks: Iterable[Task]) -> Iterator[Any]:
        """Results as they come; no more tasks are under way than the cluster has threads."""
        waiting = iter(tasks)
        running = self.engine.as_completed(loop=self.client.loop)
        for _ in range(self.workers):
            if task := next(waiting, None):
                running.add(self._submit(task))
        for future in running:
            yield future.result()
            future.release()
            if task := next(waiting, None):
                running.add(self._submit(task))

    def _submit(self, task: Task) -> Any:
        # the same task after a lost worker is the same plan; a key of our own saves hashing
        return self.client.submit(
            perform, task, key=f"zhitong-{task.key}", retries=DEATHS, pure=False
        )

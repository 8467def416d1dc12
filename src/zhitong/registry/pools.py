"""Processes that read and check files while this one stores what they hand over."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import connection as pipes
from pathlib import Path
from typing import Any, TypeVar

from zhitong.registry.received import size_of

Answer = TypeVar("Answer")

LITTLE = 4 * 2**20
"""Bytes of input that are read here sooner than a process starts."""
AHEAD = 1
"""Parts read beyond those being read: enough to keep everybody busy, little to hold in memory."""


class Crew:
    """Runs functions, elsewhere when it has processes, else here."""

    def __init__(self, pool: ProcessPoolExecutor | None, size: int) -> None:
        self._pool = pool
        self.size = size

    def map(
        self, function: Callable[..., Answer], calls: Iterable[tuple[Any, ...]], **settings: Any
    ) -> Iterator[Answer]:
        """`function` for each of `calls`, in order; never far ahead of who takes the answers."""
        if self._pool is None:
            for call in calls:
                yield function(*call, **settings)
            return
        waiting: deque[Future[Answer]] = deque()
        try:
            for call in calls:
                waiting.append(self._pool.submit(function, *call, **settings))
                if len(waiting) >= self.size + AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for one in waiting:
                one.cancel()


@contextmanager
def crew_for(files: Sequence[Path], *, workers: int | None) -> Iterator[Crew]:
    """Processes in proportion to the work: one a core, none when there is little to read."""
    size = len(os.sched_getaffinity(0)) if workers is None else workers
    if workers is None and sum(size_of(path) for path in files) < LITTLE:
        size = 0
    if size < 1:
        yield Crew(None, 0)
        return
    # Forking would copy threads' locks; processes that are told to start afresh share nothing.
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    pool = ProcessPoolExecutor(
        max_workers=size,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_end_with_parent,
    )
    try:
        yield Crew(pool, size)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _end_with_parent() -> None:
    """A pool outlives a parent that is killed, waiting for work for ever: end with it instead."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        pipes.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()

"""How a solver is told to stop and what it tells while it runs."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from threading import Event

from zhitong.planning.form import is_amount


@dataclass(frozen=True, slots=True)
class Stop:
    """When to stop: after ``seconds`` of wall clock, after ``iterations``, whichever comes first.

    A run that ends by its iterations is repeatable; one that ends by the clock need not be. It ends
    sooner when somebody, in whatever thread, sets ``event``.
    """

    seconds: float | None = None
    iterations: int | None = None
    event: Event | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.seconds is None and self.iterations is None:
            raise ValueError("say when to stop: seconds, iterations or both")
        if self.seconds is not None and not is_amount(self.seconds):
            raise ValueError(f"seconds must be a finite number, at least 0, not {self.seconds!r}")
        iterations = self.iterations
        if iterations is not None and not (isinstance(iterations, int) and iterations >= 0):
            raise ValueError(f"iterations must be whole, at least 0, not {iterations!r}")

    @property
    def told(self) -> bool:
        """Whether ``event`` says to stop now."""
        return self.event is not None and self.event.is_set()

    def less(self, seconds: float) -> Stop:
        """Earlier by ``seconds`` of its wall clock, if that is limited."""
        if self.seconds is None:
            return self
        return replace(self, seconds=max(0.0, self.seconds - seconds))


@dataclass
class Effort:
    """What a computation may still spend; another thread may take it away.

    ``at``: a time of ``time.perf_counter()``. ``work``: a number of elementary steps, of some 50 ns
    each, which is the same on every machine.
    """

    at: float | None = None
    work: float = math.inf

    @property
    def seconds(self) -> float:
        """Seconds left."""
        return math.inf if self.at is None else self.at - time.perf_counter()

    @property
    def spent(self) -> bool:
        return self.work <= 0 or self.seconds <= 0


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a running solver stands; ``share`` of its budget is used (0 to 1).

    ``cost`` also counts penalties for changes, and what people left behind count.
    """

    seconds: float
    iterations: int
    share: float
    cost: float
    lower_bound: float
    gap: float

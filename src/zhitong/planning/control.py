"""How a solver is told to stop and what it tells while it runs."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stop:
    """When to stop: after ``seconds`` of wall clock, after ``iterations``, whichever comes first.

    A run that ends by its iterations is repeatable; one that ends by the clock need not be.
    """

    seconds: float | None = None
    iterations: int | None = None

    def __post_init__(self) -> None:
        if self.seconds is None and self.iterations is None:
            raise ValueError("say when to stop: seconds, iterations or both")
        if self.seconds is not None and not (math.isfinite(self.seconds) and self.seconds >= 0):
            raise ValueError(f"seconds must be a finite number, at least 0, not {self.seconds}")
        if self.iterations is not None and self.iterations < 0:
            raise ValueError(f"iterations must be at least 0, not {self.iterations}")


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a running solver stands; ``share`` of its budget is used (0 to 1)."""

    seconds: float
    iterations: int
    share: float
    cost: float
    lower_bound: float
    gap: float

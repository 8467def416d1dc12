"""How the budget of a large plan is shared out among its blocks."""

from __future__ import annotations

import time

from zhitong.planning.control import Stop


class Shares:
    """How much of a budget a block gets: by its parties, and by the clock when that counts."""

    def __init__(
        self, iterations: float | None, deadline: float | None, parties: int, workers: int
    ) -> None:
        self.iterations = iterations
        self.deadline = deadline
        self.parties = parties
        self.workers = workers
        self.given = 0
        self.done = 0

    def next(self, parties: int) -> Stop:
        """The budget of a block that begins now."""
        iterations = None
        if self.iterations is not None:
            # rounded on the running total, so that the blocks' budgets sum to the whole
            per = self.iterations / self.parties
            iterations = int(per * (self.given + parties)) - int(per * self.given)
        seconds = self.seconds(parties)
        self.given += parties
        return Stop(seconds=seconds, iterations=iterations)

    def seconds(self, parties: int) -> float | None:
        """Seconds of a block that begins now, None without a clock."""
        if self.deadline is None:
            return None
        left = max(0.0, self.deadline - time.perf_counter())
        # blocks under way are half done, on average
        ahead = self.parties - self.given + 0.5 * (self.given - self.done)
        return min(left, left * self.workers * parties / max(1.0, ahead))

    def finished(self, parties: int) -> None:
        """Note that a block of so many is done."""
        self.done += parties

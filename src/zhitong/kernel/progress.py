"""How long work tells how far it is: the work names its steps, whoever called it shows them."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """What a long operation is handed. All methods are cheap and never raise."""

    def step(self, label: str, total: int | None = None) -> None:
        """A new step begins; `total` units of work, or unknown."""

    def advance(self, units: int = 1) -> None:
        """So many units of the current step are done."""


class Silent:
    """Shows nothing: pipes, tests, callers that do not care."""

    def step(self, label: str, total: int | None = None) -> None:
        pass

    def advance(self, units: int = 1) -> None:
        pass

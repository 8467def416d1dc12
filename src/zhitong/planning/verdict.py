"""What the checker says of a plan."""

from __future__ import annotations

from dataclasses import dataclass

from zhitong.planning.model import PartyId


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken ``rule``, where (index into ``plan.trips``, party id, or neither) and in words."""

    rule: str
    message: str
    trip: int | None = None
    party: PartyId | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on a plan; ``cost`` is recomputed, infinite when a trip cannot be priced.

    ``bound`` is what the plan's proof is worth, None when it was not asked for.
    """

    violations: tuple[Violation, ...]
    cost: float
    bound: float | None = None

    @property
    def ok(self) -> bool:
        return not self.violations

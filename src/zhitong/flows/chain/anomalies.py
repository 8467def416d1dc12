"""Figures that deserve a second look. Pure; nothing here forbids anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

LOOK_BACK = 14
"""Days that a unit's figure is held against."""
FEWEST = 5
"""Fewer known days than this say nothing about what is usual."""
TIMES = 5
"""A jump is farther from the median than so many median absolute deviations."""
LEAST_SHARE = 0.02
LEAST_PEOPLE = 5
"""A unit that never moved has no deviation: a change below these is not a jump."""
STUCK_DAYS = 3


class Kind(StrEnum):
    """Far from the days before, not moved for days, or equal to the day before."""

    JUMP = "jump"
    STUCK = "stuck"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Anomaly:
    """`usual` is the median of a jump's days before; `days` how long a figure has stood still."""

    kind: Kind
    usual: int | None = None
    days: int = 1


def anomalies(days: Sequence[tuple[int, ...] | None]) -> list[Anomaly]:
    """What is odd about the last of some consecutive days; each is a unit's five counts or None.

    At most one of stuck and equal to yesterday, the graver.
    """
    if not days or (today := days[-1]) is None:
        return []
    known = [sum(day) for day in days[:-1] if day is not None]
    found = []
    if len(known) >= FEWEST and _jumps(sum(today), known):
        found.append(Anomaly(Kind.JUMP, usual=round(median(known))))
    still = 0
    for day in reversed(days[:-1]):
        if day != today:
            break
        still += 1
    if sum(today) and still >= STUCK_DAYS:
        found.append(Anomaly(Kind.STUCK, days=still))
    elif sum(today) and still:
        found.append(Anomaly(Kind.SAME, days=still))
    return found


def _jumps(today: int, known: Sequence[int]) -> bool:
    middle = median(known)
    away = abs(today - middle)
    if away <= max(LEAST_PEOPLE, LEAST_SHARE * middle):
        return False
    return away > TIMES * median(abs(one - middle) for one in known)

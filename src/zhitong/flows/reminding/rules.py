"""What a timetable may say. Pure: no database, no clock."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise

from zhitong.flows.chain.deadlines import LEVELS
from zhitong.flows.chain.refusals import refusal
from zhitong.places import Level

FARTHEST = 720
"""Minutes before or after a deadline."""
MOST = 6
"""Reminders of one deadline."""
QUIET = (5, 1440)
"""Minutes in which an office is reminded once, least and most."""
USUAL_QUIET = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A province's times of the day by level, when to remind, and how long to keep quiet after."""

    since: date
    times: Mapping[Level, time]
    remind: Sequence[int] = ()
    """Minutes after the deadline; before it, negative."""
    quiet: int = USUAL_QUIET


def check_plan(plan: Plan, *, today: date) -> None:
    """That a plan begins after today and every level has its time after those below it."""
    if plan.since <= today:
        raise refusal("deadlines-too-early", today=today)
    if plan.times.keys() != LEVELS.keys():
        raise refusal("deadline-missing")
    for lower, upper in pairwise(plan.times[level] for level in LEVELS):
        if lower > upper:
            raise refusal("deadlines-out-of-order")
    if len(plan.remind) > MOST or any(abs(one) > FARTHEST for one in plan.remind):
        raise refusal("reminders-out-of-range", most=MOST, farthest=FARTHEST)
    if not QUIET[0] <= plan.quiet <= QUIET[1]:
        raise refusal("quiet-out-of-range", least=QUIET[0], most=QUIET[1])


def minutes(text: str) -> list[int]:
    """`-30, 0, 15` as numbers in order, each once. Raises `Refusal`."""
    parts = [part for part in re.split(r"[,，、;；\s]+", text.strip().replace("−", "-")) if part]
    if not all(re.fullmatch(r"[+-]?\d{1,4}", part) for part in parts):
        raise refusal("reminders-out-of-range", most=MOST, farthest=FARTHEST)
    return sorted({int(part) for part in parts})


def time_of(text: str) -> time:
    """`15:00`. Raises `Refusal`."""
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise refusal("deadline-missing") from None

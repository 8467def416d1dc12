"""By when each level has to be done, as dated data, and what a unit's day looks like by the clock.

`deadlines.json`: one entry a rule; the entry with the longest scope and, among those, the latest
`since` holds. Times are those of the installation's time zone, on the day itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files

from django.utils import timezone

from zhitong.flows.chain.rules import EDITABLE, State
from zhitong.places import Level

_LEVELS = {
    Level.TOWNSHIP: "township",
    Level.COUNTY: "county",
    Level.CITY: "city",
    Level.PROVINCE: "province",
}


class Mark(StrEnum):
    """What is wrong with a unit's day; several may hold at once."""

    MISSING = "missing"
    LATE = "late"
    RETURNED = "returned"
    CORRECTED = "corrected"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class Rule:
    scope: str
    since: date
    times: dict[Level, time]


@lru_cache(maxsize=2**14)
def deadline(*, division: str, about: date, level: Level) -> datetime:
    """When a level of a division has to be done with a day."""
    held = [
        rule for rule in _rules() if division.startswith(rule.scope) and rule.since <= about
    ] or _rules()[:1]
    best = max(held, key=lambda rule: (len(rule.scope), rule.since))
    return timezone.make_aware(datetime.combine(about, best.times[level]))


def is_late(*, unit: str, about: date, first_submitted_at: datetime | None) -> bool:
    """Whether a unit's first submission came after its deadline; mending a return is not late."""
    if first_submitted_at is None:
        return False
    return first_submitted_at > deadline(division=unit, about=about, level=Level.TOWNSHIP)


def is_missing(
    *, unit: str, about: date, state: State, ever_submitted: bool, now: datetime
) -> bool:
    """Whether the deadline passed in silence; a return sent back is marked as that instead."""
    silent = state in EDITABLE and not ever_submitted
    return silent and now > deadline(division=unit, about=about, level=Level.TOWNSHIP)


@cache
def _rules() -> list[Rule]:
    text = (files("zhitong.flows.chain") / "deadlines.json").read_text(encoding="utf-8")
    return [
        Rule(
            scope=one["scope"],
            since=date.fromisoformat(one["since"]),
            times={level: time.fromisoformat(one[key]) for level, key in _LEVELS.items()},
        )
        for one in json.loads(text)
    ]

"""By when each level has to be done, as dated rules, and what a unit's day looks like by the clock.

The rule with the longest scope and, among those, the latest `since` holds. `deadlines.json` is what
holds until a province decides for itself, see `reminding.rules`. Times are those of the
installation's time zone, on the day itself. Pure: no database.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from functools import cache
from importlib.resources import files

from django.utils import timezone

from zhitong.flows.chain.rules import EDITABLE, State
from zhitong.places import Level

LEVELS = {
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
    """When each level has to be done with a day, in a division and below, from a day on."""

    scope: str
    since: date
    times: dict[Level, time]


@dataclass(frozen=True)
class Clock:
    """The rules that hold for a province, or for everybody; answers are remembered."""

    rules: tuple[Rule, ...]
    _known: dict[tuple[str, date], Rule] = field(default_factory=dict, compare=False, repr=False)

    def deadline(self, *, division: str, about: date, level: Level) -> datetime:
        """When a level of a division has to be done with a day."""
        best = self._rule(division, about)
        return timezone.make_aware(datetime.combine(about, best.times[level]))

    def is_late(self, *, unit: str, about: date, first_submitted_at: datetime | None) -> bool:
        """Whether a first submission came after the deadline; mending a return is not late."""
        if first_submitted_at is None:
            return False
        due = self.deadline(division=unit, about=about, level=Level.TOWNSHIP)
        return first_submitted_at > due

    def is_missing(
        self, *, unit: str, about: date, state: State, ever_submitted: bool, now: datetime
    ) -> bool:
        """Whether the deadline passed in silence; a return sent back is marked as that instead."""
        silent = state in EDITABLE and not ever_submitted
        return silent and now > self.deadline(division=unit, about=about, level=Level.TOWNSHIP)

    def _rule(self, division: str, about: date) -> Rule:
        known = self._known.get((division, about))
        if known is None:
            held = [
                rule
                for rule in self.rules
                if division.startswith(rule.scope) and rule.since <= about
            ] or self.rules[:1]
            known = max(held, key=lambda rule: (len(rule.scope), rule.since))
            self._known[division, about] = known
        return known


@cache
def shipped() -> tuple[Rule, ...]:
    """What holds until a province decides otherwise, the first rule first."""
    text = (files("zhitong.flows.chain") / "deadlines.json").read_text(encoding="utf-8")
    return tuple(
        Rule(
            scope=one["scope"],
            since=date.fromisoformat(one["since"]),
            times={level: time.fromisoformat(one[key]) for level, key in LEVELS.items()},
        )
        for one in json.loads(text)
    )

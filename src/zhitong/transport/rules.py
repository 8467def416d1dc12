"""Pure decisions: who sits where, who gets a coach, what drivers must keep.

Driving rules come from a frozen policy profile (`policies.rules`): without a rule, no limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time, timedelta
from math import ceil
from typing import Any

from zhitong.planning.crew import Driving
from zhitong.policies.rules import FrozenProfile, applying


def seat_parties(sizes: Sequence[int], *, front: int, spread: bool) -> list[list[int]]:
    """Seats, numbered from the front, for each party in the order given.

    `front` seats may be used at all, the kept rear rows are behind them. Members of a party sit on
    consecutive numbers. With `spread` an empty seat separates parties as long as there are enough.
    Raises ValueError when they do not fit.
    """
    spare = front - sum(sizes)
    if spare < 0:
        raise ValueError(f"{sum(sizes)} people do not fit into {front} seats")
    seats, at = [], 1
    for size in sizes:
        seats.append(list(range(at, at + size)))
        at += size
        if spread and spare > 0:
            at += 1
            spare -= 1
    return seats


def worth_a_coach(*, people: int, usable: int, least_share: float) -> bool:
    """Whether so few people still get a vehicle of their own: a share of its usable seats."""
    return people >= least_people(usable=usable, least_share=least_share)


def least_people(*, usable: int, least_share: float) -> int:
    """The fewest people that a vehicle leaves with; never fewer than two."""
    return max(2, ceil(usable * least_share - 1e-9))


def driving(profile: FrozenProfile, *, origin: str, destination: str) -> Driving:
    """What a profile demands of those who drive from one place to another."""

    def rule(kind: str) -> Any:
        found = applying(profile, kind, origin=origin, destination=destination)
        return found[-1]["value"] if found else None

    limits: dict[str, Any] = {}
    if hours := rule("driving_hours"):
        limits |= {
            "day_hours": hours["day_hours"],
            "night_hours": hours["night_hours"],
            "night": _span(hours["night"]),
            "rest": timedelta(minutes=hours["rest_minutes"]),
            "hours_in_24": hours["hours_in_24"],
        }
    if ban := rule("night_ban"):
        limits["banned"] = _span(ban["hours"])
    if drivers := rule("two_drivers"):
        limits["two_drivers_km"] = drivers["km"]
    return Driving(**limits)


def _span(hours: Sequence[str]) -> tuple[time, time]:
    return time.fromisoformat(hours[0]), time.fromisoformat(hours[1])

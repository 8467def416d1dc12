"""Pure decisions: who sits where, when a coach is where, how many drivers it needs.

Driving rules come from a frozen policy profile (`policies.rules`): without a rule, no limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from math import ceil
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Driving:
    """The limits of one trip; hours None where the profile sets none."""

    day_hours: float | None = None
    night_hours: float | None = None
    night: tuple[time, time] = (time(22), time(6))
    rest: timedelta = timedelta()
    hours_in_24: float | None = None
    banned: tuple[time, time] | None = None
    two_drivers_km: int | None = None


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


@dataclass(frozen=True, slots=True)
class Timetable:
    """When the coach reaches each stop (leaves, at the first), and how many people drive it."""

    at: tuple[datetime, ...]
    drivers: int


def timetable(
    km: Sequence[int],
    *,
    start: datetime,
    kmh: float,
    stop_minutes: int,
    limits: Driving,
) -> Timetable:
    """Planned times of stops at `km` from the first one, resting as the rules demand.

    The coach drives at an even `kmh`, waits `stop_minutes` at every stop before the last, rests
    when the longest continuous drive is reached and stands still in the banned hours. It is
    driven by two people from the distance the profile names on, and by as many as the hours
    driven within 24 hours need.
    """
    clock, drive, drives = start, timedelta(), [(start, timedelta())]
    times = [start]
    for here, there in pairwise(km):
        clock += timedelta(minutes=stop_minutes)
        left = timedelta(hours=(there - here) / kmh)
        while left > timedelta():
            clock, drive = _wait_out_ban(clock, drive, limits)
            leg = min(left, _until_change(clock, limits), _until_rest(clock, drive, limits))
            if leg <= timedelta():
                clock, drive = clock + limits.rest, timedelta()
                continue
            drives.append((clock, leg))
            clock, drive, left = clock + leg, drive + leg, left - leg
        times.append(clock)
    return Timetable(tuple(times), _drivers(km[-1] - km[0], drives, limits))


def _drivers(km: int, drives: list[tuple[datetime, timedelta]], limits: Driving) -> int:
    least = 2 if limits.two_drivers_km is not None and km > limits.two_drivers_km else 1
    if limits.hours_in_24 is None:
        return least
    most = max(
        sum((leg for at, leg in drives if first <= at < first + timedelta(days=1)), timedelta())
        for first, _ in drives
    )
    return max(least, ceil(most / timedelta(hours=limits.hours_in_24) - 1e-9))


def _wait_out_ban(clock: datetime, drive: timedelta, limits: Driving) -> tuple[datetime, timedelta]:
    if limits.banned and _inside(clock.time(), limits.banned):
        return _next(clock, limits.banned[1]), timedelta()
    return clock, drive


def _until_change(clock: datetime, limits: Driving) -> timedelta:
    """How long until another rule holds: night falls, day breaks, the banned hours begin."""
    moments = [*limits.night, *(limits.banned or ())]
    return min(_next(clock, moment) - clock for moment in moments)


def _until_rest(clock: datetime, drive: timedelta, limits: Driving) -> timedelta:
    hours = limits.night_hours if _inside(clock.time(), limits.night) else limits.day_hours
    return timedelta(days=365) if hours is None else timedelta(hours=hours) - drive


def _inside(moment: time, span: tuple[time, time]) -> bool:
    first, last = span
    return first <= moment < last if first <= last else moment >= first or moment < last


def _next(clock: datetime, moment: time) -> datetime:
    """The first time after `clock` that the clocks show `moment`."""
    found = clock.replace(hour=moment.hour, minute=moment.minute, second=0, microsecond=0)
    return found if found > clock else found + timedelta(days=1)


def _span(hours: Sequence[str]) -> tuple[time, time]:
    return time.fromisoformat(hours[0]), time.fromisoformat(hours[1])

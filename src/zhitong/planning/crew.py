"""Who drives a trip and where they rest: duty rules of road passenger transport.

The rules are data (``Driving``): art. 38 of the safety code of road passenger transport enterprises
allows four hours at the wheel by day and two by night, then twenty minutes of rest; eight hours in
24; nobody on the road from two to five; two drivers on long ways. Without a rule, no limit.
``extra_drivers`` turns them into a price for the planner: the further, the more people drive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import accumulate, pairwise
from math import ceil

from zhitong.planning.model import ExtraDrivers, Plan, Problem

LONGEST_KM = 10_000
"""No trip is longer; beyond, the number of drivers does not rise."""


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


@dataclass(frozen=True, slots=True)
class Rest:
    """The coach stands still from ``at`` for ``length``, ``km`` from its first stop.

    ``banned`` when the hours forbid driving, else because the driver must rest.
    """

    at: datetime
    km: float
    length: timedelta
    banned: bool


@dataclass(frozen=True, slots=True)
class Timetable:
    """When the coach reaches each stop (leaves, at the first), how many people drive, the rests."""

    at: tuple[datetime, ...]
    drivers: int
    rests: tuple[Rest, ...] = ()


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
    times, rests = [start], []
    for here, there in pairwise(km):
        clock += timedelta(minutes=stop_minutes)
        left = timedelta(hours=(there - here) / kmh)
        while left > timedelta():
            at = there - left / timedelta(hours=1) * kmh
            if limits.banned and _inside(clock.time(), limits.banned):
                ends = _next(clock, limits.banned[1])
                rests.append(Rest(clock, at, ends - clock, banned=True))
                clock, drive = ends, timedelta()
            leg = min(left, _until_change(clock, limits), _until_rest(clock, drive, limits))
            if leg <= timedelta():
                rests.append(Rest(clock, at, limits.rest, banned=False))
                clock, drive = clock + limits.rest, timedelta()
                continue
            drives.append((clock, leg))
            clock, drive, left = clock + leg, drive + leg, left - leg
        times.append(clock)
    return Timetable(tuple(times), _drivers(km[-1] - km[0], drives, limits), tuple(rests))


def duties(
    problem: Problem,
    plan: Plan,
    *,
    limits: Driving,
    first_day: datetime,
    kmh: float,
    stop_minutes: int = 10,
) -> tuple[Timetable, ...]:
    """Times, drivers and rests of every trip; day 0 sets out at ``first_day``."""
    tables = []
    for trip in plan.trips:
        hops = pairwise(trip.pickups + trip.drops)
        km = list(accumulate((int(problem.km[a, b]) for a, b in hops), initial=0))
        start = first_day + timedelta(days=trip.day)
        tables.append(timetable(km, start=start, kmh=kmh, stop_minutes=stop_minutes, limits=limits))
    return tuple(tables)


def extra_drivers(
    limits: Driving, *, price: float, kmh: float, start: time = time(6)
) -> ExtraDrivers:
    """The km above which a trip needs a second, third... driver, who costs ``price`` a trip.

    As for a coach that sets out at ``start`` and goes straight through: waits at stops, which only
    spread the same driving over more hours, are left out, so that the number follows from the km.
    """
    out = datetime.combine(datetime(2000, 1, 1), start)

    def drivers(km: int) -> int:
        return timetable([0, km], start=out, kmh=kmh, stop_minutes=0, limits=limits).drivers

    above: list[int] = []
    most = drivers(LONGEST_KM)
    while len(above) + 1 < most:
        low, high = (above[-1] if above else 0), LONGEST_KM
        while high - low > 1:  # low km need no more than len(above) + 1 drivers, high km more
            middle = (low + high) // 2
            if drivers(middle) > len(above) + 1:
                high = middle
            else:
                low = middle
        above.append(low)
    return ExtraDrivers(tuple(above), price)


def _drivers(km: int, drives: list[tuple[datetime, timedelta]], limits: Driving) -> int:
    least = 2 if limits.two_drivers_km is not None and km > limits.two_drivers_km else 1
    if limits.hours_in_24 is None:
        return least
    most = max(
        sum((leg for at, leg in drives if first <= at < first + timedelta(days=1)), timedelta())
        for first, _ in drives
    )
    return max(least, ceil(most / timedelta(hours=limits.hours_in_24) - 1e-9))


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

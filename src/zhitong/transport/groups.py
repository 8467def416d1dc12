"""Who rides together: registered departures that nobody serves yet, as parties of the planner."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q

from zhitong import places
from zhitong.places import UnknownDivision
from zhitong.registry.models import Departure
from zhitong.transport import advice
from zhitong.transport.advice import Advice
from zhitong.transport.models import LeftOver, Passage, Plan

Reason = LeftOver.Reason


@dataclass(frozen=True, slots=True)
class Group:
    """People who ride together, by their departures; places are points of the plan."""

    id: str
    departures: tuple[int, ...]
    origin: str
    destination: str
    earliest: date
    latest: date


@dataclass(frozen=True, slots=True)
class Left:
    """Departures that reach no problem or no vehicle, and what would help."""

    departures: tuple[int, ...]
    reason: str
    remedy: Advice


def unserved(scope: str, first_day: date, last_day: date, besides: Plan | None) -> list[Departure]:
    """Departures by coach from `scope` in these days that no trip carries, but for `besides`."""
    live = Passage.objects.filter(departure=OuterRef("pk")).exclude(
        state__in=(Passage.State.NO_SHOW, Passage.State.CANCELLED)
    )
    if besides is not None:
        live = live.exclude(trip__plan=besides)
    return list(
        Departure.objects.filter(
            ~Q(Exists(live)),
            mode__in=(Departure.Mode.COACH, Departure.Mode.ANY),
            origin__within=scope,
            earliest__lte=last_day,
            latest__gte=first_day,
        ).order_by("id")
    )


def groups_of(
    departures: Iterable[Departure], first_day: date, last_day: date
) -> tuple[list[Group], list[Left]]:
    """Parties and singles with the days all can travel; those without are left."""
    together: dict[str, list[Departure]] = defaultdict(list)
    for one in departures:
        together[f"p{one.party_id}" if one.party_id else f"d{one.pk}"].append(one)
    groups, left = [], []
    for key, members in together.items():
        ids = tuple(one.pk for one in members)
        relations = {(one.origin[:9], point_of(one.destination)) for one in members}
        earliest = max(first_day, *(one.earliest for one in members))
        latest = min(last_day, *(one.latest for one in members))
        if len(relations) > 1:
            left.append(Left(ids, Reason.PARTY_DISAGREES, advice.MEND_PARTY))
        elif latest < earliest:
            apart = advice.agree_on_a_day((earliest - latest).days)
            left.append(Left(ids, Reason.NO_COMMON_DAY, apart))
        else:
            groups.append(Group(key, ids, *relations.pop(), earliest, latest))
    return groups, left


def point_of(destination: str) -> str:
    """Where a coach sets down: the seat of the county, else what is known."""
    return destination[:6]


def located(
    groups: list[Group], left: list[Left]
) -> tuple[dict[str, tuple[float, float]], list[Group]]:
    """Coordinates of every point used; groups with an unknown one are left."""
    points: dict[str, tuple[float, float]] = {}
    found = []
    for group in groups:
        try:
            for code in (group.origin, group.destination):
                if code not in points:
                    points[code] = places.coordinates(code)[:2]
        except UnknownDivision as unknown:
            mended = advice.mend_place(str(unknown))
            left.append(Left(group.departures, Reason.NO_COORDINATES, mended))
        else:
            found.append(group)
    return points, found

"""Every figure of the bulletin, counted from records: one function a figure or pair of figures.

The names of these functions are published beside the figures they counted. `since` and `about` are
days, both included; `division` is a canonical code and stands for its subtree. Only trips and
passages that arrived count.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce

from zhitong.offices.models import Department, Organisation
from zhitong.registry.models import Departure, Spell
from zhitong.transport.models import Passage, Trip

THROUGH_COACH = "直通车"
"""What the title of a through coach holds: 天津直通车, 县际直通车."""

OUTBOUND, INBOUND, INTERNAL = "outbound", "inbound", "internal"

COMING_DAYS = 7


@dataclass(frozen=True, slots=True)
class Carried:
    """Trips (车次) that ran and the person-trips (人次) they carried."""

    trips: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ThroughCoaches:
    """The through coaches of one day and direction; vehicles are distinct plates."""

    day: date
    direction: str
    titles: tuple[str, ...]
    trips: int
    vehicles: int
    people: int
    origins: tuple[str, ...]
    destinations: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooling:
    """The coming days' departures by coach: asked for, planned, and planned to ride with others.

    `together` counts the people on trips that carry more than one party.
    """

    first: date
    last: date
    wishes: int
    people: int
    parties: int
    trips: int
    together: int

    @property
    def share_together(self) -> float:
        return self.together / self.people


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Coaches between the division and one other province."""

    province: str
    direction: str
    trips: int
    people: int


def through_coaches(*, division: str, since: date, about: date) -> list[ThroughCoaches]:
    """Trips whose title says through coach, by day and direction."""
    rows = (
        _ran(division, since, about)
        .filter(title__contains=THROUGH_COACH)
        .order_by("day", "number")
        .annotate(people=_ARRIVED)
        .values("day", "number", "title", "plate", "origin", "destination", "people")
    )
    groups: dict[tuple[date, str], list[dict[str, Any]]] = {}
    for row in rows:
        direction = _direction(division, row["origin"], row["destination"])
        groups.setdefault((row["day"], direction), []).append(dict(row))
    return [
        ThroughCoaches(
            day=day,
            direction=direction,
            titles=_distinct(trip["title"] for trip in trips),
            trips=len(trips),
            vehicles=len({trip["plate"] or trip["number"] for trip in trips}),
            people=sum(trip["people"] for trip in trips),
            origins=_distinct(trip["origin"] for trip in trips),
            destinations=_distinct(trip["destination"] for trip in trips),
        )
        for (day, direction), trips in groups.items()
    ]


def workers_at_work(*, division: str, about: date) -> int:
    """Persons (人), not spells: distinct workers with a spell at work on the day."""
    spells = Spell.objects.filter(
        Q(ended__isnull=True) | Q(ended__gt=about),
        status=Spell.Status.AT_WORK,
        started__lte=about,
        home__within=division,
    )
    return int(spells.aggregate(people=Count("worker", distinct=True))["people"])


def interprovincial_outbound(*, division: str, since: date, about: date) -> Carried:
    """Coaches from the division to another province."""
    return _carried(_coaches(division, since, about).filter(_leaving(division)))


def interprovincial_inbound(*, division: str, since: date, about: date) -> Carried:
    """Coaches from another province into the division."""
    return _carried(_coaches(division, since, about).filter(_entering(division)))


def relations(*, division: str, since: date, about: date) -> list[Relation]:
    """Interprovincial coaches by other province and direction, the most people first."""
    rows = (
        _coaches(division, since, about)
        .filter(_leaving(division) | _entering(division))
        .annotate(people=_ARRIVED)
        .values_list("origin", "destination", "people")
    )
    aboard: dict[tuple[str, str], list[int]] = {}
    for origin, destination, people in rows:
        direction = _direction(division, origin, destination)
        other = destination if direction == OUTBOUND else origin
        aboard.setdefault((other[:2], direction), []).append(people)
    made = [
        Relation(province=province, direction=direction, trips=len(people), people=sum(people))
        for (province, direction), people in aboard.items()
    ]
    return sorted(made, key=lambda one: (-one.people, one.province, one.direction))


def transported(*, division: str, since: date, about: date) -> Carried:
    """All that is published as carried: coaches to date, and the runs of the day itself."""
    coaches = Q(kind=Trip.Kind.COACH)
    runs = Q(kind=Trip.Kind.SHUTTLE, day=about)
    return _carried(_ran(division, since, about).filter(coaches | runs))


def shuttle_runs(*, division: str, about: date) -> Carried:
    """Door to door: the runs of the day."""
    return _carried(_ran(division, about, about).filter(kind=Trip.Kind.SHUTTLE))


def point_to_point(*, division: str, since: date, about: date) -> Carried:
    """Coaches to date. A trip is one vehicle on one day, so these are the vehicles published."""
    return _carried(_coaches(division, since, about))


def pooling(*, division: str, about: date) -> Pooling | None:
    """What is planned for the coming days; None without a planned trip."""
    first, last = about + timedelta(days=1), about + timedelta(days=COMING_DAYS)
    trips = Trip.objects.filter(
        plan__isnull=False,
        state=Trip.State.PLANNED,
        day__range=(first, last),
    ).filter(_touches(division))
    booked = Passage.objects.filter(trip__in=trips, state=Passage.State.BOOKED)
    by_trip = booked.values("trip").annotate(people=Count("id"), parties=_PARTIES).order_by("trip")
    aboard = list(by_trip)
    if not aboard:
        return None
    wishes = Departure.objects.filter(
        mode__in=(Departure.Mode.COACH, Departure.Mode.ANY),
        origin__within=division,
        earliest__lte=last,
        latest__gte=first,
    )
    return Pooling(
        first=first,
        last=last,
        wishes=wishes.count(),
        people=sum(trip["people"] for trip in aboard),
        parties=booked.aggregate(parties=_PARTIES)["parties"],
        trips=len(aboard),
        together=sum(trip["people"] for trip in aboard if trip["parties"] > 1),
    )


def offices_by_department(*, division: str) -> dict[str, int]:
    """How many offices each department has in the division, in the departments' own order."""
    rows = Organisation.objects.filter(division__within=division).order_by()
    counts = dict(rows.values_list("department").annotate(offices=Count("id")))
    return {one.value: counts[one.value] for one in Department if one.value in counts}


_ARRIVED = Count("passages", filter=Q(passages__state=Passage.State.ARRIVED))
# People without a party are a party of their own; the minus keeps the two kinds of ids apart.
_PARTIES = Count(Coalesce("departure__party_id", -F("departure_id"), -F("id")), distinct=True)


def _ran(division: str, first: date, last: date) -> QuerySet[Trip]:
    arrived = Trip.objects.filter(state=Trip.State.ARRIVED, day__range=(first, last))
    return arrived.filter(_touches(division))


def _coaches(division: str, since: date, about: date) -> QuerySet[Trip]:
    return _ran(division, since, about).filter(kind=Trip.Kind.COACH)


def _touches(division: str) -> Q:
    return Q(origin__within=division) | Q(destination__within=division)


def _leaving(division: str) -> Q:
    """From the division to another province."""
    return Q(origin__within=division) & ~Q(destination__within=division[:2])


def _entering(division: str) -> Q:
    """From another province into the division."""
    return Q(destination__within=division) & ~Q(origin__within=division[:2])


def _direction(division: str, origin: str, destination: str) -> str:
    """Of a trip that touches the division."""
    if origin[:2] == destination[:2]:
        return INTERNAL
    return OUTBOUND if origin.startswith(division) else INBOUND


def _carried(trips: QuerySet[Trip]) -> Carried:
    people = Passage.objects.filter(trip__in=trips.values("pk"), state=Passage.State.ARRIVED)
    return Carried(trips.count(), people.count())


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    """Each once, in order of appearance."""
    return tuple(dict.fromkeys(values))

"""Reads for pages: trips with counts, flows between places, who was left over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, OuterRef, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce, Substr
from django.utils.timezone import localtime

from zhitong import places
from zhitong.kernel import masks
from zhitong.planning.crew import Rest, timetable
from zhitong.transport.access import trips_in
from zhitong.transport.advice import told
from zhitong.transport.dear import reason_told, remedy_told
from zhitong.transport.lists import TripList, lists_of, place_name
from zhitong.transport.models import LeftOver, Passage, Plan, Trip
from zhitong.transport.rules import driving


@dataclass(frozen=True, slots=True)
class Flow:
    """People from one county to one city, in person-trips, with seats in degrees (lat, lon)."""

    origin: str
    destination: str
    origin_name: str
    destination_name: str
    people: int
    trips: int
    start: tuple[float, float] | None
    end: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class LeftOverLine:
    """A left over departure, its person masked."""

    name: str
    origin: str
    destination: str
    earliest: date
    latest: date
    reason: str
    remedy: str


def trips_of(
    *, scope: str | None, plan: Plan | None = None, day: date | None = None
) -> QuerySet[Trip]:
    """Trips that touch a scope, each with `people`: its live passages. One query."""
    trips = trips_in(scope)
    if plan is not None:
        trips = trips.filter(plan=plan)
    if day is not None:
        trips = trips.filter(day=day)
    # Counted trip by trip: a page of a list asks for no more than it shows.
    live = _live(Passage.objects.filter(trip=OuterRef("pk"))).order_by().values("trip")
    people = Coalesce(Subquery(live.annotate(people=Count("pk")).values("people")), 0)
    return trips.annotate(people=people).order_by("day", "number")


def flows_of(*, scope: str | None, plan: Plan | None = None, day: date | None = None) -> list[Flow]:
    """Live passages by county of boarding and city of arrival, the largest first. One query.

    Where a passage has no stops (a log of operated trips) the trip's ends count. A trip that
    serves two counties counts in both, so trips do not add up; people do.
    """
    trips = trips_of(scope=scope, plan=plan, day=day).order_by().values("pk")
    live = _live(Passage.objects.filter(trip__in=trips))
    with_ends = live.annotate(
        origin=Substr(Coalesce("pickup__division", "trip__origin"), 1, 6),
        whither=Coalesce("drop__division", "trip__destination"),
    ).annotate(
        # Counties under a province itself share a "city" 90 that is no place to go to.
        destination=Case(
            When(whither__regex=r"^\d\d90", then=Substr("whither", 1, 6)),
            default=Substr("whither", 1, 4),
        )
    )
    counted = (
        with_ends.values("origin", "destination")
        .annotate(people=Count("pk"), trips=Count("trip", distinct=True))
        .order_by("-people", "origin", "destination")
    )
    return [
        Flow(
            origin_name=place_name(row["origin"]),
            destination_name=place_name(row["destination"]),
            start=_seat(row["origin"]),
            end=_seat(row["destination"]),
            **row,
        )
        for row in counted
    ]


def manifest_of(*, trip: Trip) -> TripList:
    """One trip's list, masked."""
    return lists_of(trips=[trip])[0]


def rests_of(*, one: TripList) -> tuple[Rest, ...]:
    """Where a planned coach rests, by the timetable that gave its stops their times. One query."""
    stops, plan = one.stops, one.trip.plan_id
    if one.policy is None or plan is None or not stops or stops[0].at is None:
        return ()
    found = Plan.objects.filter(pk=plan).values_list("demand__fleet", flat=True)
    fleet = found.first()
    if not fleet:
        return ()
    return timetable(
        [stop.km for stop in stops],
        start=localtime(stops[0].at),
        kmh=fleet["kmh"],
        stop_minutes=fleet["stop_minutes"],
        limits=driving(one.policy, origin=stops[0].code, destination=stops[-1].code),
    ).rests


def left_over(*, plan: Plan, scope: str | None) -> list[LeftOverLine]:
    """Who of a scope a plan left, why, and what would help. One query."""
    if not scope:
        return []
    found = LeftOver.objects.filter(plan=plan, departure__origin__within=scope)
    return [
        LeftOverLine(
            name=masks.name(one.departure.worker.name),
            origin=place_name(one.departure.origin[:9]),
            destination=place_name(one.departure.destination),
            earliest=one.departure.earliest,
            latest=one.departure.latest,
            reason=LeftOver.Reason(one.reason).label,
            remedy=told(one.advice) if one.advice else one.remedy,
        )
        for one in found.select_related("departure__worker").order_by("departure")
    ]


@dataclass(frozen=True, slots=True)
class DearLine:
    """A trip that costs `rate` times the usual a person-km: why, and what would help."""

    trip: Trip
    origin: str
    destination: str
    rate: float
    reason: str
    remedy: str


def dear_trips(*, plan: Plan, scope: str | None) -> list[DearLine]:
    """Trips of a plan that a scope sees and that are dear, the dearest first. One query."""
    found = trips_in(scope).filter(plan=plan, dear__isnull=False).order_by("number")
    lines = [
        DearLine(
            trip=one,
            origin=place_name(one.origin[:6]),
            destination=place_name(one.destination),
            rate=one.dear["rate"],
            reason=reason_told(one.dear["reason"]),
            remedy=remedy_told(one.dear),
        )
        for one in found
        if one.dear
    ]
    return sorted(lines, key=lambda line: -line.rate)


def summary(*, plan: Plan) -> dict[str, Any]:
    """What a plan came to, as JSON. Persons, trips and left over people are counted from rows."""
    trips = plan.trips.exclude(state=Trip.State.CANCELLED)
    counts = trips.aggregate(trips=Count("pk"), km=Sum("km"))
    people = _live(Passage.objects.filter(trip__in=trips.values("pk")))
    reasons = plan.left_over.values_list("reason").annotate(Count("pk")).order_by("reason")
    return {
        "plan": plan.pk,
        "state": plan.state,
        "scope": plan.scope,
        "first_day": plan.first_day.isoformat(),
        "last_day": plan.last_day.isoformat(),
        "policy": plan.policy["key"],
        "seed": plan.seed,
        "trips": counts["trips"],
        "people": people.count(),
        "km": counts["km"] or 0,
        "left_over": dict(reasons),
        "cost": round(plan.cost, 2),
        "cost_sent": round(plan.answer["sent"]["cost"], 2),
        "lower_bound": round(plan.lower_bound, 2),
        "gap": round(plan.gap, 4),
        "digest": bytes(plan.digest).hex(),
    }


def _live(passages: QuerySet[Passage]) -> QuerySet[Passage]:
    return passages.exclude(state__in=(Passage.State.NO_SHOW, Passage.State.CANCELLED))


def _seat(code: str) -> tuple[float, float] | None:
    division = places.find(code)
    if division is None or division.lat is None or division.lon is None:
        return None
    return division.lat, division.lon

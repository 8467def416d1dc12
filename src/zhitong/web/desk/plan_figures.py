"""What a plan comes to for those who read it, counted from its rows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Sum
from django.db.models.functions import Coalesce

from zhitong.transport.access import trips_in
from zhitong.transport.models import LeftOver, Passage, Plan

NOT_LIVE = (Passage.State.NO_SHOW, Passage.State.CANCELLED)


@dataclass(frozen=True, slots=True)
class VehicleLine:
    """The trips of one type of vehicle; `filled` is people over usable seats."""

    name: str
    trips: int
    people: int
    filled: float | None


@dataclass(frozen=True, slots=True)
class PlanFigures:
    """Persons, parties and trips of the part of a plan that a scope sees.

    `cost_sent` is what the trips of the whole plan cost, in CNY. `pooled` is the share of people
    who ride with parties of another origin or destination.
    """

    trips: int
    people: int
    parties: int
    km: int
    cost_sent: float | None
    pooled: float | None
    vehicles: list[VehicleLine]
    left: list[tuple[str, int]]

    @property
    def left_people(self) -> int:
        return sum(count for _, count in self.left)


def plan_figures(*, plan: Plan, scope: str) -> PlanFigures:
    """Seven queries, whatever the size of the plan."""
    trips = trips_in(scope).filter(plan=plan)
    live = Passage.objects.filter(trip__in=trips.values("pk")).exclude(state__in=NOT_LIVE)
    counts = trips.aggregate(trips=Count("pk"), km=Sum("km"))
    # A single traveller is a party of one: their departure, negative, stands for it.
    party = Coalesce("departure__party_id", -F("departure_id"))
    riding = live.aggregate(people=Count("pk"), parties=Count(party, distinct=True))
    people = riding["people"]
    left = LeftOver.objects.filter(plan=plan, departure__origin__within=scope)
    reasons = left.order_by().values_list("reason").annotate(count=Count("pk")).order_by("-count")
    return PlanFigures(
        trips=counts["trips"],
        people=people,
        parties=riding["parties"],
        km=counts["km"] or 0,
        cost_sent=Plan.objects.values_list("answer__sent__cost", flat=True).get(pk=plan.pk),
        pooled=_pooled(live) / people if people else None,
        vehicles=_vehicles(trips, live),
        left=[(LeftOver.Reason(reason).label, count) for reason, count in reasons],
    )


def _pooled(live: Any) -> int:
    """People on trips that serve more than one relation."""
    relations: dict[int, list[int]] = defaultdict(list)
    counted = live.order_by().values_list("trip", "pickup", "drop").annotate(Count("pk"))
    for trip, _, _, people in counted:
        relations[trip].append(people)
    return sum(sum(counts) for counts in relations.values() if len(counts) > 1)


def _vehicles(trips: Any, live: Any) -> list[VehicleLine]:
    seats = trips.order_by().values_list("vehicle_type").annotate(Count("pk"), Sum("usable"))
    aboard = dict(live.order_by().values_list("trip__vehicle_type").annotate(Count("pk")))
    return [
        VehicleLine(
            name=name,
            trips=count,
            people=aboard.get(name, 0),
            filled=aboard.get(name, 0) / usable if usable else None,
        )
        for name, count, usable in sorted(seats)
    ]

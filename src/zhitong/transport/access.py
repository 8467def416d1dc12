"""Who may see which trip and plan: the only places where an id becomes a row."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from zhitong.offices.access import covers, scope_of
from zhitong.transport.models import Plan, Stop, Trip


def trips_in(scope: str | None) -> QuerySet[Trip]:
    """Trips that begin, end or stop in a scope's subtree; none without a scope."""
    if not scope:
        return Trip.objects.none()
    stops_there = Stop.objects.filter(trip=OuterRef("pk"), division__within=scope)
    return Trip.objects.filter(
        Q(origin__within=scope) | Q(destination__within=scope) | Exists(stops_there)
    )


def trip_for(user: Any, trip_id: int) -> Trip:
    """A trip that touches the user's scope. Raises Http404 for any other."""
    trip = trips_in(scope_of(user)).filter(pk=trip_id).first()
    if trip is None:
        raise Http404
    return trip


def plan_for(user: Any, plan_id: int) -> Plan:
    """A plan made for the user's scope or a part of it, or one that has a trip there.

    Its demand and answer are not loaded. Raises Http404 for any other.
    """
    scope = scope_of(user)
    plan = Plan.objects.defer("demand", "answer").filter(pk=plan_id).first()
    if plan is None or scope is None:
        raise Http404
    if not covers(scope, plan.scope) and not trips_in(scope).filter(plan=plan).exists():
        raise Http404
    return plan


def plans_for(user: Any) -> QuerySet[Plan]:
    """Every plan that `plan_for` would give, latest first."""
    scope = scope_of(user)
    if scope is None:
        return Plan.objects.none()
    trips = trips_in(scope).filter(plan=OuterRef("pk"))
    return Plan.objects.defer("demand", "answer").filter(Q(scope__within=scope) | Exists(trips))

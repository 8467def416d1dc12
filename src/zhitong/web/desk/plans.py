"""Plans: the list, and one plan with its figures, flows and trips."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhitong.kernel.place_names import place_name
from zhitong.places import find
from zhitong.transport import access, queries
from zhitong.transport.models import Passage, Plan, Trip
from zhitong.transport.queries import Flow
from zhitong.web.desk import maps
from zhitong.web.desk.pages import DeskRequest, desk_page, page
from zhitong.web.desk.plan_figures import NOT_LIVE, plan_figures
from zhitong.web.desk.trip_lists import listing

# A longer list is for the counties, each of which sees its own.
LEFT_SHOWN = 200
DEAR_SHOWN = 50
# More arcs than this hide each other; the table beneath still has them all.
ARCS = 300


@require_safe
@desk_page
def plans(request: DeskRequest) -> HttpResponse:
    context = {"here": "desk:plans", "plans": _counted(access.plans_for(request.user))}
    return page(request, "desk/plans.html", context)


@require_safe
@desk_page
def plan(request: DeskRequest, pk: int) -> HttpResponse:
    found = access.plan_for(request.user, pk)
    scope = request.desk.division.code
    flows = queries.flows_of(scope=scope, plan=found)
    context = {
        "here": "desk:plans",
        "plan": found,
        "figures": plan_figures(plan=found, scope=scope),
        "flows": flows,
        "flow_data": flow_data(flows),
        "left_over": queries.left_over(plan=found, scope=scope)[:LEFT_SHOWN],
        "dear": queries.dear_trips(plan=found, scope=scope)[:DEAR_SHOWN],
        "listing": listing(
            queries.trips_of(scope=scope, plan=found), request.GET, by="vehicle_type"
        ),
    }
    return page(request, "desk/plan.html", context)


def flow_data(flows: list[Flow]) -> dict[str, Any]:
    """What the script needs to draw the largest flows: [longitude, latitude] at both ends."""
    arcs = [
        {
            "from": place_name(flow.origin),
            "to": place_name(flow.destination),
            "people": flow.people,
            "start": flow.start[::-1],
            "end": flow.end[::-1],
        }
        for flow in flows
        if flow.start and flow.end and find(flow.origin)
    ]
    return {"map": maps.country(), "arcs": arcs[:ARCS], "unit": _("人")}


def _counted(plans: QuerySet[Plan]) -> QuerySet[Plan]:
    """Plans with how many trips they made and how many people ride."""
    trips = Trip.objects.filter(plan=OuterRef("pk"))
    live = Passage.objects.filter(trip__plan=OuterRef("pk")).exclude(state__in=NOT_LIVE)
    return plans.annotate(trips_made=_count_by(trips, "plan"), people=_count_by(live, "trip__plan"))


def _count_by(rows: QuerySet[Any], key: str) -> Coalesce:
    counted = rows.order_by().values(key).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)

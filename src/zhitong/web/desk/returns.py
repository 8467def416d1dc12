"""The report chain on the desk: who has reported, then what it comes to."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhitong.flows.catalogue.queries import item_days
from zhitong.flows.chain import queries, records
from zhitong.flows.chain.anomalies import LOOK_BACK
from zhitong.flows.chain.completeness import completeness
from zhitong.flows.chain.rules import State
from zhitong.flows.reminding.timetables import clock_of
from zhitong.places import Level
from zhitong.web.desk import returns_lines as lines
from zhitong.web.desk.pages import page
from zhitong.web.desk.returns_day import ChainRequest, chain_page
from zhitong.web.desk.returns_items import heads
from zhitong.web.desk.returns_unit import unit_page


@require_safe
@chain_page
def returns(request: ChainRequest) -> HttpResponse:
    """A township's day, or how complete a larger division's is."""
    if request.desk.division.level >= Level.TOWNSHIP:
        return unit_page(request)
    return completeness_page(request)


def completeness_page(request: ChainRequest) -> HttpResponse:
    division, about, actor = request.desk.division, request.about, request.actor
    day = completeness(division=division.code, about=about, now=timezone.now())
    rows = lines.rows_of(day, actor)
    show = request.GET.get("show", "")
    closed, published = records.closing_of(division=division.code, about=about)
    trend = queries.trend(
        division=division.code, first=about - timedelta(days=LOOK_BACK - 1), last=about
    )
    clock = clock_of(division.code)
    context = {
        "here": "desk:dashboard",
        "day": day,
        "rows": lines.filtered(rows, show),
        "filters": lines.filters_of(rows, active=show, waiting=_("待我审核"), own=_("我已通过")),
        "waiting": sum(row.waiting for row in rows),
        "own": sum(row.own for row in rows),
        "closed": closed,
        "published": published,
        "to_publish": day.whole.states.get(State.LOCKED, 0),
        "locks": lines.may_close(actor) and division.level == Level.PROVINCE,
        "exempts": lines.may_close(actor) and closed is not None,
        "due_at": clock.deadline(division=division.code, about=about, level=Level.TOWNSHIP),
        "own_due_at": clock.deadline(division=division.code, about=about, level=division.level),
        "seen_at": timezone.now().isoformat(),
        "items": heads(item_days(division=division.code, about=about)),
        "trend": trend,
        "trend_data": {
            "days": [day.isoformat() for day, _people, _units in trend],
            "people": [people for _day, people, _units in trend],
            "unit": _("人"),
        },
    }
    return page(request, "desk/returns/completeness.html", context)

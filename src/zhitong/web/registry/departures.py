"""The departure board: who wants to leave when and where to, and who could go together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhitong import places
from zhitong.kernel.place_names import place_name
from zhitong.registry import access
from zhitong.registry.grouping import CITY_DIGITS, LEAST, Group, Wish, suggest
from zhitong.registry.models import Departure
from zhitong.transport.models import Passage
from zhitong.web.desk.pages import DeskRequest, desk_page
from zhitong.web.desk.words import road_name
from zhitong.web.registry.pages import registry_page

DAYS, MOST_DAYS = 7, 31
SHOWN, DESTINATIONS = 40, 12
NAMED = 6


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A group with the words to send its people."""

    group: Group
    where: str
    origins: str
    message: str


@require_safe
@desk_page
def departures(request: DeskRequest) -> HttpResponse:
    """Wishes nobody has planned yet, of the division in force, over some days."""
    first = _day(request, "first") or request.desk.about or timezone.localdate()
    last = _day(request, "last") or first + timedelta(days=DAYS - 1)
    last = min(max(last, first), first + timedelta(days=MOST_DAYS - 1))
    wishes = _wishes(request.desk.division.code, first, last)
    days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    groups = suggest(wishes, first=first, last=last)
    office = request.desk.staff.organisation.name
    context = {
        "first": first,
        "last": last,
        "people": len(wishes),
        "days": days,
        "rows": list(_by_destination(wishes, days)),
        "least": LEAST,
        "grouped": sum(one.people for one in groups),
        "count": len(groups),
        "suggestions": [_suggestion(one, office) for one in groups[:SHOWN]],
    }
    return registry_page(request, "registry/departures.html", context)


def _wishes(division: str, first: date, last: date) -> list[Wish]:
    live = Passage.objects.exclude(state__in=("no_show", "cancelled"))
    rows = (
        Departure.objects.filter(
            worker__in=access.workers_in(division).values("pk"),
            earliest__lte=last,
            latest__gte=first,
        )
        .exclude(mode=Departure.Mode.OWN)
        .exclude(pk__in=live.filter(departure__isnull=False).values("departure_id"))
        .order_by("pk")
        .values_list("pk", "origin", "destination", "earliest", "latest")
    )
    return [Wish(*row) for row in rows]


def _by_destination(
    wishes: Iterable[Wish], days: list[date]
) -> Iterable[tuple[str, list[int], int]]:
    """For the cities most wanted: how many could leave on each day, and how many in all."""
    there: dict[str, list[Wish]] = defaultdict(list)
    for one in wishes:
        there[one.destination[:CITY_DIGITS]].append(one)
    most = sorted(there, key=lambda city: -len(there[city]))[:DESTINATIONS]
    for city in most:
        windows = Counter((one.earliest, one.latest) for one in there[city])
        counts = [
            sum(people for (first, last), people in windows.items() if first <= day <= last)
            for day in days
        ]
        yield _city(city), counts, len(there[city])


def _suggestion(group: Group, office: str) -> Suggestion:
    where = _city(group.destination)
    named = [f"{road_name(code)} {people}" for code, people in group.origins[:NAMED]]
    message = _(
        "【%(office)s】您好！拟于%(month)s月%(day)s日组织前往%(where)s的返岗包车，"
        "现有约 %(people)s 人同行。愿意乘车请回复 1，改期请回复 2，不需要请回复 3；"
        "集合时间和地点另行通知，本通知不收取任何费用。"
    ) % {
        "office": office,
        "month": group.day.month,
        "day": group.day.day,
        "where": where,
        "people": group.people,
    }
    return Suggestion(group, where, _("、").join(named), message)


def _city(code: str) -> str:
    """浙江省杭州市; the municipalities have a city in the table that nobody calls by its name."""
    division = places.find(code)
    return place_name(code[:2] if division and division.pseudo else code, full=True)


def _day(request: DeskRequest, key: str) -> date | None:
    text = request.GET.get(key, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as failure:
        raise Http404(_("日期应写成 2020-03-02 的形式。")) from failure

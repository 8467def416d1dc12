"""The departure board: who wants to leave when and where to, and who could go together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhitong import places
from zhitong.kernel.place_names import place_name
from zhitong.registry.grouping import LEAST, Cohort, Group, suggest
from zhitong.transport.waiting import waiting
from zhitong.web.desk.pages import Desk, DeskRequest, day_asked, desk_page
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
    query: str
    """What the address of its people asks."""


@dataclass(frozen=True, slots=True)
class Board:
    """What a reader asked the board for, and what it says."""

    first: date
    last: date
    cohorts: list[Cohort]
    groups: list[Group]


@require_safe
@desk_page
def departures(request: DeskRequest) -> HttpResponse:
    """Wishes nobody has planned yet, of the division in force, over some days."""
    board = board_of(request)
    first, last = board.first, board.last
    days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    context = {
        "first": first,
        "last": last,
        "people": sum(one.people for one in board.cohorts),
        "days": days,
        "rows": list(_by_destination(board.cohorts, days)),
        "least": LEAST,
        "grouped": sum(one.people for one in board.groups),
        "count": len(board.groups),
        "suggestions": [suggestion(one, board, request.desk) for one in board.groups[:SHOWN]],
    }
    return registry_page(request, "registry/departures.html", context)


def board_of(request: DeskRequest) -> Board:
    """The board of the division in force over the days that the address names. One query."""
    first = day_asked(request, "first") or request.desk.about or timezone.localdate()
    last = day_asked(request, "last") or first + timedelta(days=DAYS - 1)
    last = min(max(last, first), first + timedelta(days=MOST_DAYS - 1))
    cohorts = waiting(division=request.desk.division.code, first=first, last=last)
    return Board(first, last, cohorts, suggest(cohorts, first=first, last=last))


def _by_destination(
    cohorts: Iterable[Cohort], days: list[date]
) -> Iterable[tuple[str, list[int], int]]:
    """For the cities most wanted: how many could leave on each day, and how many in all."""
    there: dict[str, list[Cohort]] = defaultdict(list)
    for one in cohorts:
        there[one.city].append(one)
    people = {city: sum(one.people for one in mine) for city, mine in there.items()}
    for city in sorted(people, key=lambda code: (-people[code], code))[:DESTINATIONS]:
        counts = [
            sum(one.people for one in there[city] if one.earliest <= day <= one.latest)
            for day in days
        ]
        yield _city(city), counts, people[city]


def suggestion(group: Group, board: Board, desk: Desk) -> Suggestion:
    """A group as pages show it."""
    where = _city(group.city)
    named = [f"{road_name(code)} {people}" for code, people in group.origins[:NAMED]]
    message = _(
        "【%(office)s】您好！拟于%(month)s月%(day)s日组织前往%(where)s的返岗包车，"
        "现有约 %(people)s 人同行。愿意乘车请回复 1，改期请回复 2，不需要请回复 3；"
        "集合时间和地点另行通知，本通知不收取任何费用。"
    ) % {
        "office": desk.staff.organisation.name,
        "month": group.day.month,
        "day": group.day.day,
        "where": where,
        "people": group.people,
    }
    query = desk.query(city=group.city, day=group.day, first=board.first, last=board.last)
    return Suggestion(group, where, _("、").join(named), message, query)


def _city(code: str) -> str:
    """浙江省杭州市; the municipalities have a city in the table that nobody calls by its name."""
    division = places.find(code)
    return place_name(code[:2] if division and division.pseudo else code, full=True)

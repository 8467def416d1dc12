"""A list of trips that can be searched, filtered, sorted and paged; all of it by the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet

from zhitong import places
from zhitong.transport.models import Trip

ROWS = 50
SUGGESTIONS = 30
# What a list may be sorted by, as the address names it.
SORTS = {
    "number": ("number",),
    "day": ("day", "number"),
    "from": ("origin", "day", "number"),
    "to": ("destination", "day", "number"),
    "people": ("people", "number"),
    "km": ("km", "number"),
}


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that can be set or taken off: its value, how many trips it leaves, whether set."""

    value: str
    label: str
    count: int
    active: bool


@dataclass(frozen=True, slots=True)
class TripListing:
    """One page of a list with the filters in force; `sort` begins with "-" when descending."""

    page: Page[Trip]
    days: list[Chip]
    types: list[Chip]
    by: str
    q: str
    sort: str


def listing(trips: QuerySet[Trip], asked: Mapping[str, str], *, by: str) -> TripListing:
    """Narrow trips (with `people`) by what the address asks; `by` is the field of the second chips.

    Nonsense in the address is ignored: an unknown sort or page is the first one.
    """
    q = asked.get("q", "").strip()
    found = trips.filter(matching(q)) if q else trips
    day, kind = _day(asked.get("day", "")), asked.get("type", "")
    of_type = Q(**{by: kind}) if kind else Q()
    on_day = Q(day=day) if day else Q()
    sort = asked.get("sort", "")
    if sort.removeprefix("-") not in SORTS:
        sort = "day"
    rows = found.filter(on_day, of_type).order_by(*_order(sort))
    return TripListing(
        page=Paginator(rows, ROWS).get_page(asked.get("page")),
        days=_chips(found.filter(of_type), "day", day.isoformat() if day else ""),
        types=_chips(found.filter(on_day), by, kind),
        by=by,
        q=q,
        sort=sort,
    )


def matching(q: str) -> Q:
    """Trips by number, title, plate, carrier, or a place at either end."""
    found = Q()
    for field in ("number", "title", "plate", "carrier"):
        found |= Q(**{f"{field}__icontains": q})
    for one in places.suggest(q, limit=SUGGESTIONS):
        found |= Q(origin__within=one.code) | Q(destination__within=one.code)
    return found


def _chips(trips: QuerySet[Trip], field: str, active: str) -> list[Chip]:
    counted = trips.order_by(field).values_list(field).annotate(Count("pk"))
    chips = [(value.isoformat() if isinstance(value, date) else value, n) for value, n in counted]
    labels: Mapping[Any, Any] = dict(Trip.Kind.choices) if field == "kind" else {}
    return [
        Chip(value, str(labels.get(value, value)), count, value == active)
        for value, count in chips
        if value
    ]


def _order(sort: str) -> list[str]:
    first, *rest = SORTS[sort.removeprefix("-")]
    return [f"-{first}" if sort.startswith("-") else first, *rest]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None

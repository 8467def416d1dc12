"""Trips: all of them, one of them with its people, and its papers."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from zhitong.kernel import journal
from zhitong.policies.rules import applying, sentence
from zhitong.transport import access, documents, queries, workbook
from zhitong.transport.lists import TripList
from zhitong.transport.models import Trip
from zhitong.web.desk.pages import DeskRequest, desk_page, page
from zhitong.web.desk.seating import seat_plan
from zhitong.web.desk.trip_lists import listing
from zhitong.web.desk.viewing import note

PDF = "application/pdf"
# Rules that say how to count, not what to do.
QUIET = {"rated_counts_driver", "risk_area"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WRITERS: dict[str, tuple[Callable[..., bytes], str]] = {
    "pdf": (documents.manifest_pdf, PDF),
    "xlsx": (workbook.manifest_xlsx, XLSX),
}


@require_safe
@desk_page
def trips(request: DeskRequest) -> HttpResponse:
    found = queries.trips_of(scope=request.desk.division.code)
    context = {"here": "desk:plans", "listing": listing(found, request.GET, by="kind")}
    return page(request, "desk/trips.html", context)


@require_safe
@desk_page
def trip(request: DeskRequest, pk: int) -> HttpResponse:
    found = access.trip_for(request.user, pk)
    one = queries.manifest_of(trip=found)
    roles = set(request.desk.staff.roles)
    if one.people:
        note(request, verb="trip.viewed", subject=f"trip:{found.pk}", people=len(one.people))
    context = {
        "here": "desk:plans",
        "trip": found,
        "list": one,
        "seats": seat_plan(one),
        "rests": [
            {"at": rest.at, "km": round(rest.km), "minutes": rest.length.seconds // 60}
            | {"banned": rest.banned}
            for rest in queries.rests_of(one=one)
        ],
        "demands": _demands(one),
        "may_reveal": bool(documents.REVEALERS & roles),
    }
    return page(request, "desk/trip.html", context)


@require_POST
@desk_page
def manifest_pdf(request: DeskRequest, pk: int) -> HttpResponse:
    """The list as PDF: masked, or in full with `reveal=1` for posts that may."""
    return _manifest(request, pk, kind="pdf")


@require_POST
@desk_page
def manifest_xlsx(request: DeskRequest, pk: int) -> HttpResponse:
    """The list as a workbook, under the same terms."""
    return _manifest(request, pk, kind="xlsx")


@require_safe
@desk_page
def placard_pdf(request: DeskRequest, pk: int) -> HttpResponse:
    """The placard for the windscreen; it names nobody."""
    found = access.trip_for(request.user, pk)
    content = documents.placard_pdf(trips=[found], now=timezone.now())
    return _attached(content, PDF, f"包车标志牌-{found.number}.pdf")


def _manifest(request: DeskRequest, pk: int, *, kind: str) -> HttpResponse:
    """A download is a view of personal data: the journal has it before the reader does."""
    found = access.trip_for(request.user, pk)
    reveal = request.POST.get("reveal") == "1"
    write, media = WRITERS[kind]
    try:
        with transaction.atomic():
            _record(request, found, kind=kind, masked=not reveal)
            content = write(trips=[found], reader=request.user, now=timezone.now(), reveal=reveal)
    except documents.NotAllowed as refusal:
        raise PermissionDenied(refusal.sentence) from refusal
    return _attached(content, media, f"乘车名单-{found.number}.{kind}")


def _record(request: DeskRequest, trip: Trip, *, kind: str, masked: bool) -> None:
    journal.record(
        actor=request.user,
        verb="manifest.download",
        subject=f"trip:{trip.pk}",
        now=timezone.now(),
        details={"kind": kind, "masked": masked},
    )


def _attached(content: bytes, media: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    response.headers["Cache-Control"] = "no-store"
    return response


def _demands(one: TripList) -> list[tuple[str, str]]:
    """What the policy demands of this trip: severity and sentence with its source."""
    if one.policy is None:
        return []
    ends = {"origin": one.trip.origin, "destination": one.trip.destination}
    kinds = dict.fromkeys(rule["kind"] for rule in one.policy["rules"] if rule["kind"] not in QUIET)
    return [
        (rule["severity"], sentence(rule))
        for kind in kinds
        for rule in applying(one.policy, kind, trip_kind=one.trip.kind, day=one.trip.day, **ends)
    ]

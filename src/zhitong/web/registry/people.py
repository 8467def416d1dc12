"""Finding people; one person's page, with its history; particulars for a stated purpose."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhitong.kernel import masks, sealing
from zhitong.kernel.errors import UserError
from zhitong.registry import access, exporting, purposes
from zhitong.registry.models import Duplicate, Worker
from zhitong.registry.purposes import PURPOSES, Particulars
from zhitong.registry.rules import Act
from zhitong.registry.search import search
from zhitong.transport.models import Passage
from zhitong.web.desk.pages import DeskRequest, desk_page
from zhitong.web.desk.viewing import note
from zhitong.web.registry.pages import registry_page, require

HISTORY = 50


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page
def workers(request: DeskRequest) -> HttpResponse:
    """The people of the division in force, masked. What is searched for comes by POST: addresses
    are kept in logs and histories."""
    return _listed(request)


@require_safe
@desk_page
def worker(request: DeskRequest, pk: int) -> HttpResponse:
    """One person, masked, with what is known of their employment and travel."""
    return _person(request, access.worker_for(request.user, pk))


@require_POST
@desk_page
def reveal(request: DeskRequest, pk: int) -> HttpResponse:
    """The same page in clear, this once."""
    found = access.worker_for(request.user, pk)
    require(request, Act.REVEAL)
    try:
        purpose = purposes.state(
            key=request.POST.get("purpose", ""), note=request.POST.get("note", ""), about=[found]
        )
    except UserError as mistake:
        return _person(request, found, error=mistake.sentence, status=422)
    clear = purposes.reveal(worker=found, purpose=purpose, by=request.user, now=timezone.now())
    return _person(request, found, clear=clear)


@require_POST
@desk_page
def export(request: DeskRequest) -> HttpResponseBase:
    """Ask for a list as a file; a job makes it."""
    in_clear = request.POST.get("in_clear") == "1"
    require(request, Act.EXPORT_IN_CLEAR if in_clear else Act.EXPORT)
    try:
        job = exporting.start(
            division=request.desk.division.code,
            form=request.POST.get("form", ""),
            in_clear=in_clear,
            purpose=purposes.state(
                key=request.POST.get("purpose", ""), note=request.POST.get("note", "")
            ),
            by=request.user,
            now=timezone.now(),
        )
    except UserError as mistake:
        return _listed(request, error=mistake.sentence, status=422)
    return redirect("registry:job", pk=job.pk)


def _listed(request: DeskRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    text = request.POST.get("q", "")[:60]
    number = request.POST.get("page", "1")
    page = int(number) if number.isdecimal() and len(number) < 4 else 1
    found = search(scope=request.desk.division.code, text=text, page=page)
    note(
        request,
        verb="workers.listed",
        subject=f"division:{found.place or request.desk.division.code}",
        by=found.by,
        page=found.page,
        people=len(found.lines),
    )
    context = {
        "q": text,
        "found": found,
        "purposes": purposes_offered(),
        "may_export": access.may(request.user, Act.EXPORT),
        "may_export_in_clear": access.may(request.user, Act.EXPORT_IN_CLEAR),
        "error": error,
    }
    return registry_page(request, "registry/workers.html", context, status=status)


def _person(
    request: DeskRequest,
    found: Worker,
    *,
    clear: Particulars | None = None,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    if clear is None:
        note(request, verb="worker.viewed", subject=f"worker:{found.pk}")
    pending = found.duplicates.filter(decision=Duplicate.Decision.PENDING)
    received = access.batches_in(request.desk.scope.code)
    passages = list(
        Passage.objects.filter(worker=found)
        .select_related("trip")
        .order_by("-trip__day", "-id")[:HISTORY]
    )
    taken = {
        one.departure_id: one
        for one in passages
        if one.departure_id and one.state not in (Passage.State.NO_SHOW, Passage.State.CANCELLED)
    }
    context: dict[str, Any] = {
        "worker": found,
        "shown": clear or _masked(found),
        "clear": clear is not None,
        "spells": found.spells.order_by("-started")[:HISTORY],
        "wishes": [
            (wish, taken.get(wish.pk))
            for wish in found.departures.order_by("-earliest", "-id")[:HISTORY]
        ],
        "passages": passages,
        "batch": received.filter(pk=found.batch_id).first() if found.batch_id else None,
        "pending": list(pending.values_list("pk", flat=True)[:HISTORY]),
        "purposes": purposes_offered(),
        "may_reveal": access.may(request.user, Act.REVEAL),
        "error": error,
    }
    return registry_page(request, "registry/worker.html", context, status=status)


def _masked(found: Worker) -> Particulars:
    def phone(sealed: bytes | memoryview | None) -> str:
        return masks.phone(sealing.unseal(sealed, purpose="phone")) if sealed else ""

    return Particulars(
        name=masks.name(found.name),
        identity=masks.identity(sealing.unseal(found.identity_sealed, purpose="identity")),
        phone=phone(found.phone_sealed),
        other_phone=phone(found.other_phone_sealed),
        address="*" * min(len(found.address), 6),
    )


def purposes_offered() -> list[tuple[str, str]]:
    """What may be stated, in the language of the reader."""
    return [(key, _(label)) for key, label in PURPOSES.items()]

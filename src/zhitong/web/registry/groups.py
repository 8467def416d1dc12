"""The people of a suggested group: whom its message goes to, masked, in clear or as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhitong import places
from zhitong.kernel import masks, sealing
from zhitong.kernel.errors import UserError
from zhitong.registry import access, exporting, purposes
from zhitong.registry.models import Departure, Worker
from zhitong.registry.queries import PAGE, wishes
from zhitong.registry.rules import Act
from zhitong.transport.waiting import wishes_of
from zhitong.web.desk.pages import DeskRequest, day_asked, desk_page
from zhitong.web.desk.viewing import note
from zhitong.web.registry.departures import Board, Suggestion, board_of, suggestion
from zhitong.web.registry.pages import registry_page, require
from zhitong.web.registry.people import purposes_offered


@dataclass(frozen=True, slots=True)
class Companion:
    """A person of a group, masked or in clear."""

    wish: Departure
    name: str
    phone: str


@require_safe
@desk_page
def group(request: DeskRequest) -> HttpResponse:
    """The message of a group and a page of its people, masked."""
    return _shown(request, *_group(request))


@require_POST
@desk_page
def reveal(request: DeskRequest) -> HttpResponse:
    """The same page in clear, this once, for a stated purpose."""
    require(request, Act.REVEAL)
    return _shown(request, *_group(request), in_clear=True)


@require_POST
@desk_page
def export(request: DeskRequest) -> HttpResponseBase:
    """All the people of a group as a workbook; a job makes it."""
    in_clear = request.POST.get("in_clear") == "1"
    require(request, Act.EXPORT_IN_CLEAR if in_clear else Act.EXPORT)
    board, one = _group(request)
    who = wishes(_ids(request, board, one))
    try:
        job = exporting.start(
            division=request.desk.division.code,
            form="xlsx",
            in_clear=in_clear,
            purpose=_purpose(request, who),
            by=request.user,
            now=timezone.now(),
            workers=sorted({wish.worker_id for wish in who}),
            title=f"同行-{places.get(one.group.city).name}-{one.group.day:%m%d}",
        )
    except UserError as mistake:
        return _shown(request, board, one, error=mistake.sentence)
    return redirect("registry:job", pk=job.pk)


def _group(request: DeskRequest) -> tuple[Board, Suggestion]:
    """The group that the address names by city and day. Raises Http404 when it is no more."""
    board, day = board_of(request), day_asked(request, "day")
    for one in board.groups:
        if (one.city, one.day) == (request.GET.get("city"), day):
            return board, suggestion(one, board, request.desk)
    raise Http404(_("这一组已有变化，请回到“出行意愿”重新查看。"))


def _ids(request: DeskRequest, board: Board, one: Suggestion) -> list[int]:
    return wishes_of(
        group=one.group,
        division=request.desk.division.code,
        first=board.first,
        last=board.last,
    )


def _purpose(request: DeskRequest, who: Sequence[Departure]) -> purposes.Purpose:
    """Raises `purposes.PurposeMissing`."""
    return purposes.state(
        key=request.POST.get("purpose", ""),
        note=request.POST.get("note", ""),
        about=[wish.worker for wish in who],
    )


def _shown(
    request: DeskRequest,
    board: Board,
    one: Suggestion,
    *,
    in_clear: bool = False,
    error: str = "",
) -> HttpResponse:
    page = Paginator(_ids(request, board, one), PAGE).get_page(request.GET.get("page"))
    who = wishes(list(page.object_list))
    subject = f"division:{request.desk.division.code}"
    people: list[Companion] = []
    if in_clear:
        try:
            people = _revealed(request, who, subject)
        except UserError as mistake:
            error, in_clear = mistake.sentence, False
    if not in_clear:
        people = [_masked(wish) for wish in who]
        note(
            request,
            verb="group.listed",
            subject=subject,
            city=one.group.city,
            day=one.group.day.isoformat(),
            page=page.number,
            people=len(people),
        )
    context = {
        "tab": "registry:departures",
        "suggestion": one,
        "page": page,
        "people": people,
        "clear": in_clear,
        "error": error,
        "failed": request.resolver_match.url_name if error and request.resolver_match else "",
        "purposes": purposes_offered(),
        "may_reveal": access.may(request.user, Act.REVEAL),
        "may_export": access.may(request.user, Act.EXPORT),
        "may_export_in_clear": access.may(request.user, Act.EXPORT_IN_CLEAR),
    }
    return registry_page(request, "registry/group.html", context, status=422 if error else 200)


def _revealed(request: DeskRequest, who: Sequence[Departure], subject: str) -> list[Companion]:
    shown = purposes.reveal_together(
        workers=[wish.worker for wish in who],
        subject=subject,
        purpose=_purpose(request, who),
        by=request.user,
        now=timezone.now(),
    )
    return [Companion(wish, one.name, one.phone) for wish, one in zip(who, shown, strict=True)]


def _masked(wish: Departure) -> Companion:
    worker: Worker = wish.worker
    sealed = worker.phone_sealed
    phone = masks.phone(sealing.unseal(sealed, purpose="phone")) if sealed else ""
    return Companion(wish, masks.name(worker.name), phone)

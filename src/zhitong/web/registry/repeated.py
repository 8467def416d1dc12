"""Rows whose person was registered already: side by side, kept or replaced."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from zhitong.kernel import masks
from zhitong.kernel.errors import UserError
from zhitong.registry import access, duplicates, preview, queries
from zhitong.registry.models import Duplicate
from zhitong.registry.rules import Act
from zhitong.web.desk.pages import DeskRequest, desk_page
from zhitong.web.desk.viewing import note
from zhitong.web.registry.pages import registry_page, require

Decision = Duplicate.Decision


@dataclass(frozen=True, slots=True)
class _Line:
    """A repeated row of the list, its person masked."""

    duplicate: Duplicate
    name: str


@require_safe
@desk_page
def repeated(request: DeskRequest) -> HttpResponse:
    """What waits for a decision in the division in force, oldest first."""
    waiting = access.duplicates_in(request.desk.division.code).filter(decision=Decision.PENDING)
    rows = waiting.select_related("worker", "batch").order_by("batch", "row")
    listing = Paginator(rows, queries.PAGE).get_page(request.GET.get("page"))
    note(
        request,
        verb="duplicates.listed",
        subject=f"division:{request.desk.division.code}",
        page=listing.number,
        people=len(listing),
    )
    context = {
        "listing": listing,
        "lines": [_Line(one, masks.name(one.worker.name)) for one in listing],
        "identical": waiting.filter(identical=True).count(),
        "may_decide": access.may(request.user, Act.DECIDE),
    }
    return registry_page(request, "registry/repeated.html", context)


@require_safe
@desk_page
def duplicate(request: DeskRequest, pk: int) -> HttpResponse:
    """One row beside what is registered."""
    return _compared(request, access.duplicate_for(request.user, pk))


@require_POST
@desk_page
def decide(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Keep or replace, then on to the next one that waits."""
    found = access.duplicate_for(request.user, pk)
    require(request, Act.DECIDE)
    replace = request.POST.get("decision") == Decision.REPLACE
    try:
        duplicates.decide(
            duplicate=found,
            decision=Decision.REPLACE if replace else Decision.KEEP,
            by=request.user,
            now=timezone.now(),
        )
    except UserError as mistake:
        return _compared(request, found, error=mistake.sentence, status=409)
    messages.success(request, _("已以新记录更新。") if replace else _("已保留原记录。"))
    following = (
        access.duplicates_in(request.desk.division.code)
        .filter(decision=Decision.PENDING, identical=False)
        .order_by("batch", "row")
        .first()
    )
    name, to = ("registry:duplicate", [following.pk]) if following else ("registry:repeated", [])
    return redirect(reverse(name, args=to) + request.desk.query())


@require_POST
@desk_page
def keep_identical(request: DeskRequest) -> HttpResponseBase:
    """Close all rows that say nothing new."""
    require(request, Act.DECIDE)
    kept = duplicates.keep_identical(
        scope=request.desk.division.code, by=request.user, now=timezone.now()
    )
    words = ngettext("已保留 %(number)s 条内容相同的。", "已保留 %(number)s 条内容相同的。", kept)
    messages.success(request, words % {"number": kept})
    return redirect(reverse("registry:repeated") + request.desk.query())


def _compared(
    request: DeskRequest, found: Duplicate, *, error: str = "", status: int = 200
) -> HttpResponse:
    note(
        request,
        verb="duplicate.viewed",
        subject=f"duplicate:{found.pk}",
        worker=found.worker_id,
    )
    context = {
        "duplicate": found,
        "name": masks.name(found.worker.name),
        "lines": preview.compare(found),
        "waits": found.decision == Decision.PENDING,
        "may_decide": access.may(request.user, Act.DECIDE),
        "error": error,
    }
    return registry_page(request, "registry/duplicate.html", context, status=status)

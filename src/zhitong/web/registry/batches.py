"""Batches received: the list, one batch with its errors, the way back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhitong.kernel.errors import UserError
from zhitong.kernel.models import JobFile
from zhitong.registry import access, queries, receiving, withdrawal
from zhitong.registry.models import Batch
from zhitong.registry.rules import Act
from zhitong.web.desk.pages import DeskRequest, desk_page
from zhitong.web.registry.faults import heading_of, sentence_of
from zhitong.web.registry.pages import refuse, registry_page, require
from zhitong.web.registry.uploads import handed_over


@require_safe
@desk_page
def batches(request: DeskRequest) -> HttpResponse:
    """What was received from the division in force and below, latest first."""
    rows = queries.batches(request.desk.division.code).select_related("sent_by")
    listing = Paginator(rows, queries.PAGE).get_page(request.GET.get("page"))
    return registry_page(request, "registry/batches.html", {"listing": listing})


@require_safe
@desk_page
def batch(request: DeskRequest, pk: int) -> HttpResponse:
    """One batch: its counts, its wrong cells, what may be done."""
    return _shown(request, access.batch_for(request.user, pk))


@require_POST
@desk_page
def withdraw(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Take a batch back, or say what stands on it."""
    found = access.batch_for(request.user, pk)
    if not access.may_withdraw(request.user, found):
        refuse(Act.WITHDRAW)
    try:
        withdrawal.withdraw(batch=found, by=request.user, now=timezone.now())
    except UserError as mistake:
        return _shown(request, found, error=mistake.sentence, status=422)
    messages.success(request, _("已撤回。更正后的文件可以重新上传。"))
    return redirect("registry:batch", pk=pk)


@require_POST
@desk_page
def returned(request: DeskRequest, pk: int) -> HttpResponseBase:
    """The workbook of refused rows, as long as it is kept."""
    found = access.batch_for(request.user, pk)
    require(request, Act.ENTER)
    file = _workbook(found)
    if file is None:
        raise Http404(_("退回表已过保存期；把同一份文件再上传一次可以重新取得。"))
    return handed_over(
        request, file, verb="batch.returned-rows-fetched", subject=receiving.subject_of(pk)
    )


def _workbook(batch: Batch) -> JobFile | None:
    return (
        JobFile.objects.filter(made=True, about=receiving.subject_of(batch.pk))
        .order_by("-id")
        .first()
    )


def _shown(
    request: DeskRequest, found: Batch, *, error: str = "", status: int = 200
) -> HttpResponse:
    number = Paginator(range(found.errors.count()), queries.PAGE).get_page(request.GET.get("page"))
    start = (number.number - 1) * queries.PAGE
    context: dict[str, Any] = {
        "batch": found,
        "listing": number,
        "errors": [
            (one.row, heading_of(one.key), sentence_of(one.code, one.sentence))
            for one in queries.errors_of(found, start=start)
        ],
        "pending": found.duplicate_rows.filter(decision="pending").count(),
        "workbook": access.may(request.user, Act.ENTER) and _workbook(found) is not None,
        "withdrawable": found.state == Batch.State.ADMITTED
        and found.kind != Batch.Kind.TRIPS
        and access.may_withdraw(request.user, found),
        "error": error,
    }
    return registry_page(request, "registry/batch.html", context, status=status)

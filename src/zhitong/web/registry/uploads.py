"""Survey files by browser: sent, worked off as a job that can be left and returned to."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhitong.kernel import jobs, journal
from zhitong.kernel.errors import UserError
from zhitong.kernel.models import Job, JobFile
from zhitong.kernel.sentences import told
from zhitong.places import Level
from zhitong.registry import access, form, receiving
from zhitong.registry.jobs import INTAKE
from zhitong.registry.rules import Act
from zhitong.web.desk.pages import DeskRequest, desk_page, page
from zhitong.web.registry.pages import attached, registry_page, require

SILENCE = 15
"""Seconds without a word of the worker after which a page says so."""
RECENT = 8


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page
def upload(request: DeskRequest) -> HttpResponseBase:
    """Choose files and send them; the receipt has an address of its own."""
    require(request, Act.ENTER)
    if request.method != "POST":
        return _chooser(request)
    try:
        job = receiving.send(
            files=[(one.name or "", one.size or 0, one) for one in request.FILES.getlist("files")],
            about=_day(request.POST.get("about", "")),
            by=request.user,
            scope=request.desk.scope.code,
            now=timezone.now(),
        )
    except UserError as mistake:
        return _chooser(request, error=mistake.sentence, status=422)
    return redirect("registry:job", pk=job.pk)


@require_safe
@desk_page
def template(request: DeskRequest) -> HttpResponseBase:
    """The empty form, with the division's townships to choose from."""
    division = request.desk.division
    county = division.code[:6] if division.level >= Level.COUNTY else None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "form.xlsx"
        form.write_template(path, county=county)
        return attached(path.read_bytes(), f"摸底调查表-{division.name}.xlsx")


@require_safe
@desk_page
def job(request: DeskRequest, pk: int) -> HttpResponse:
    """One job: how far it is, then its receipts or its file."""
    found = access.job_for(request.user, pk)
    return registry_page(request, "registry/job.html", _state(found))


@require_safe
@desk_page
def progress(request: DeskRequest, pk: int) -> HttpResponse:
    """The part of the page that a browser asks for again and again while the job runs."""
    found = access.job_for(request.user, pk)
    response = page(request, "registry/job_state.html", _state(found))
    if found.state in (Job.State.DONE, Job.State.FAILED):
        response.headers["HX-Refresh"] = "true"
    return response


@require_POST
@desk_page
def file(request: DeskRequest, pk: int) -> HttpResponseBase:
    """A file that a job made. Taking it is journalled."""
    found = access.made_file_for(request.user, pk)
    return handed_over(request, found, verb="job-file.fetched", subject=f"job:{found.job_id}")


def handed_over(
    request: DeskRequest, file: JobFile, *, verb: str, subject: str
) -> HttpResponseBase:
    """A sealed file, opened for the reader, with its entry in the journal."""
    with transaction.atomic():
        journal.record(
            actor=request.user,
            verb=verb,
            subject=subject,
            now=timezone.now(),
            details={"file": file.pk},
        )
        # Read before the answer begins: the request's transaction and its walls end with the view.
        held = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the answer
        for piece in jobs.content_of(file):
            held.write(piece)
    held.seek(0)
    answer = FileResponse(held, as_attachment=True, filename=file.name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _chooser(request: DeskRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    recent = access.jobs_of(request.user).filter(kind=INTAKE)[:RECENT]
    context = {
        "recent": recent,
        "error": error,
        "accept": ",".join(receiving.SUFFIXES),
        "most": receiving.MAX_FILES,
        "megabytes": receiving.MAX_BYTES // 2**20,
        "template_address": reverse("registry:template") + request.desk.query(),
    }
    return registry_page(request, "registry/upload.html", context, status=status)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as failure:
        raise UserError(gettext_noop("填报日期应写成 2020-03-02 的形式。")) from failure


def _state(found: Job) -> dict[str, Any]:
    receipts = found.result.get("receipts", [])
    books = {one.about: one.pk for one in found.files.filter(made=True).exclude(about="")}
    for one in receipts:
        one["workbook"] = books.get(receiving.subject_of(one["batch"])) if one["batch"] else None
        one["fault"] = told(one["fault"]) if one["fault"] else ""
        one["notes"] = [told(note) for note in one["notes"]]
    over = found.state in (Job.State.DONE, Job.State.FAILED)
    heard = (timezone.now() - found.heard_at).total_seconds() if found.heard_at else 0
    return {
        "job": found,
        "intake": found.kind == INTAKE,
        "over": over,
        "step": _(found.step) if found.step else "",
        "fault": found.told_fault(),
        "silent": not over and heard > SILENCE,
        "receipts": receipts,
        "sums": {
            key: sum(one[key] for one in receipts)
            for key in ("rows", "admitted", "refused", "duplicates")
        },
        "made": list(found.files.filter(made=True, about="")) if over else [],
    }

"""Whom to call: offices that owe something for a day, searched, filtered, paged, or as a file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_safe

from zhitong.flows.chain.chasing import Chase, chase_list, write_chase
from zhitong.flows.chain.rules import State
from zhitong.flows.reminding.sending import last_reminded
from zhitong.flows.reminding.timetables import quiet_of
from zhitong.kernel.place_names import place_name
from zhitong.web.desk import returns_lines as lines
from zhitong.web.desk.pages import page
from zhitong.web.desk.returns_day import ChainRequest, chain_page
from zhitong.web.desk.returns_words import STATES

ROWS = 50
LONGEST = 60
REVIEW = "review"
KINDS = {
    State.DRAFT.value: STATES[State.DRAFT],
    State.RETURNED.value: STATES[State.RETURNED],
    REVIEW: gettext_noop("待审核"),
}
"""What is owed, as the address and the page name it."""


@require_safe
@chain_page
def chase(request: ChainRequest) -> HttpResponse:
    """Units that are silent, offices at which returns wait; a page of them, the numbers of all."""
    owing, show = _searched(request), request.GET.get("show", "")
    found = _of_kind(owing, show)
    listing = Paginator(found, ROWS).get_page(request.GET.get("page"))
    told = last_reminded(divisions=[one.division for one in listing], about=request.about)
    context = {
        "here": "desk:dashboard",
        "reminds": lines.may_review(request.actor),
        "quiet": quiet_of(province=request.desk.division.code[:2], about=request.about),
        "q": _words(request),
        "narrowed": bool(_words(request) or show),
        "filters": [
            lines.Filter(kind, label, count, kind == show)
            for kind, label in KINDS.items()
            if (count := len(_of_kind(owing, kind))) or kind == show
        ],
        "listing": listing,
        "owing": [
            {
                "one": one,
                "reminded": told.get(one.division),
                "state": STATES[one.state] if one.state else "",
                "address": reverse("desk:returns") + request.desk.query(division=one.division),
            }
            for one in listing
        ],
        "phones": "\n".join(one.phone for one in found if one.phone),
    }
    return page(request, "desk/returns/chase.html", context)


@require_safe
@chain_page
def chase_xlsx(request: ChainRequest) -> FileResponse:
    """The whole list as a workbook, as it is searched and filtered."""
    division = request.desk.division
    name = f"催报名单-{division.name}-{request.about}"
    found = _of_kind(_searched(request), request.GET.get("show", ""))
    with tempfile.TemporaryDirectory() as folder:
        path = write_chase(Path(folder) / "chase.xlsx", owing=found, title=name)
        # Opened here, sent later: an open file outlives its folder.
        return FileResponse(path.open("rb"), as_attachment=True, filename=f"{name}.xlsx")


def _searched(request: ChainRequest) -> list[Chase]:
    """Who owes something, of the place, the office or the telephone that is looked for."""
    owing = chase_list(
        division=request.desk.division.code[:9], about=request.about, now=timezone.now()
    )
    words = _words(request).casefold()
    if not words:
        return owing
    return [
        one
        for one in owing
        if words in place_name(one.division, full=True).casefold()
        or words in one.office.casefold()
        or words in one.phone
    ]


def _words(request: ChainRequest) -> str:
    return request.GET.get("q", "").strip()[:LONGEST]


def _of_kind(owing: list[Chase], kind: str) -> list[Chase]:
    """All of them for a kind that is none."""
    if kind not in KINDS:
        return owing
    return [one for one in owing if (one.state.value if one.state else REVIEW) == kind]

"""The bulletin of a division and day: what was published, else what it would say as things are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhitong.bulletin import outlets
from zhitong.bulletin.figures import Figures, collect
from zhitong.bulletin.models import Bulletin
from zhitong.bulletin.prose import NOTE_HEAD, Document, write
from zhitong.bulletin.queries import published, versions
from zhitong.bulletin.rounding import PUBLISHED
from zhitong.flows.chain.completeness import completeness
from zhitong.flows.chain.deadlines import Mark
from zhitong.flows.queries import stored
from zhitong.offices.walls import lifted
from zhitong.places import Level
from zhitong.web.desk.bulletin_lines import changed, groups_of
from zhitong.web.desk.pages import DeskRequest, desk_page, page
from zhitong.web.desk.returns_words import MARKS

MEDIA = {
    "json": "application/json",
    "txt": "text/plain; charset=utf-8",
    "pdf": "application/pdf",
}
# What is told before any total: these units' figures are not in it, or came after the deadline.
LACKING = (Mark.MISSING, Mark.RETURNED, Mark.LATE)


@dataclass(frozen=True, slots=True)
class Issue:
    """What a division has to say of a day: versions, the last first, and the draft of this moment.

    `shown` is the version that was asked for, or the one in force; None shows the draft.
    """

    versions: list[Bulletin]
    shown: Bulletin | None
    draft: Figures | None

    @property
    def words(self) -> str:
        if self.shown:
            return self.shown.prose
        return str(write(self.draft, rounding=PUBLISHED)) if self.draft else ""


@require_safe
@desk_page
def bulletin(request: DeskRequest) -> HttpResponse:
    """The official text, what it counts with the page of each figure, and what is missing."""
    desk, issue = request.desk, _issue(request)
    if desk.about is None or not (issue.shown or issue.draft):
        return page(request, "desk/bulletin_empty.html", {"here": "desk:bulletin"})
    day = completeness(division=_code(request), about=desk.about, now=timezone.now())
    counted = issue.draft.rows() if issue.draft else []
    groups = groups_of(
        published(issue.shown) if issue.shown else counted,
        now=counted,
        desk=desk,
        user=request.user,
    )
    words = issue.words
    sums = issue.draft.sums if issue.draft else ()
    context = {
        "here": "desk:bulletin",
        "issue": issue,
        "version": issue.shown.version if issue.shown else outlets.DRAFT,
        "in_force": issue.versions[0].version if issue.versions else outlets.DRAFT,
        "document": Document.read(words),
        "words": words,
        "note_head": NOTE_HEAD,
        "groups": groups,
        "changed": changed(groups),
        "reported": day.whole.coverage,
        "surveyed": issue.draft.report.coverage if issue.draft else None,
        "lacking": [
            (mark.value, MARKS[mark], day.whole.marks[mark])
            for mark in LACKING
            if day.whole.marks.get(mark)
        ],
        "sums": sums,
        "wrong": [one for one in sums if not one.holds],
        "forms": outlets.FORMS,
    }
    return page(request, "desk/bulletin.html", context)


@require_safe
@desk_page
def bulletin_file(request: DeskRequest, form: str) -> HttpResponse:
    """The same as a file in one of the forms that the command writes; 404 for another form."""
    if form not in outlets.FORMS:
        raise Http404(_("可下载的格式是 txt、pdf 和 json。"))
    issue = _issue(request)
    if issue.shown:
        content = outlets.of_version(bulletin=issue.shown, form=form)
        which = f"第{issue.shown.version}版"
    elif issue.draft:
        content = outlets.of_figures(figures=issue.draft, form=form, now=timezone.now())
        which = "试算"
    else:
        raise Http404(_("这一天没有公报，也没有可以试算的数字。"))
    name = f"返岗复工服务通报-{request.desk.division.name}-{request.desk.about}-{which}.{form}"
    response = HttpResponse(content, content_type=MEDIA[form])
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response


def _issue(request: DeskRequest) -> Issue:
    """What there is for the division and day in force. Raises Http404 for a version that is not."""
    about, code = request.desk.about, _code(request)
    if about is None:
        return Issue([], None, None)
    found = versions(division=code, about=about)
    asked = request.GET.get("version", "")
    if asked == str(outlets.DRAFT):
        shown = None
    elif asked:
        shown = next((one for one in found if str(one.version) == asked), None)
        if shown is None:
            raise Http404(_("这一天的公报没有这一版。"))
    else:
        shown = found[0] if found else None
    return Issue(found, shown, _draft(code, about))


def _draft(code: str, about: date) -> Figures | None:
    """What would be published now, from the day's stored report; None when nothing is stored.

    Counts of one division that the first wall has let the reader see, whole: with the second wall
    up, departments that do not keep the registry would count fewer wishes than were written down.
    """
    report = stored(division=code, about=about)
    if report is None:
        return None
    with lifted():
        return collect(division=code, about=about, stock=report)


def _code(request: DeskRequest) -> str:
    """The division in force; a village has no figures of its own, its township has."""
    return request.desk.division.code[: Level.TOWNSHIP.digits]

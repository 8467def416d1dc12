"""What every page of the desk starts from: who reads, which division, which day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhitong import places
from zhitong.flows import queries as flows
from zhitong.flows.reminding import sending
from zhitong.flows.rules import DayOutOfRange, days_of
from zhitong.offices import access
from zhitong.offices.models import Staff
from zhitong.offices.rules import Stage
from zhitong.places import Division
from zhitong.web.desk.doors import open_to

HOME = "desk:dashboard"

# The stages in the order of the journey: label, icon, address; no address, no page yet.
STAGES = (
    (gettext_lazy("登记"), "clipboard-list", "registry:workers"),
    (gettext_lazy("日报"), "chart-bar", "desk:dashboard"),
    (gettext_lazy("对接"), "link", None),
    (gettext_lazy("出行"), "route", "desk:plans"),
    (gettext_lazy("上车"), "qrcode", None),
    (gettext_lazy("招聘"), "briefcase", None),
    (gettext_lazy("门户"), "world", None),
    (gettext_lazy("公报"), "news", "desk:bulletin"),
)


@dataclass(frozen=True, slots=True)
class Desk:
    """One reader at work: their post, the division they look at, the day they look at."""

    staff: Staff
    scope: Division
    division: Division
    about: date | None
    """None when nothing is stored and nobody asked for a day."""

    @property
    def trail(self) -> list[Division]:
        """From the reader's own division down to the one in force."""
        line = [*places.ancestors(self.division.code), self.division]
        return [one for one in line if one.code.startswith(self.scope.code) and not one.pseudo]

    @property
    def unread(self) -> int:
        """Reminders that nobody in the reader's office has taken note of."""
        return sending.inbox(self.staff).filter(read_at=None).count()

    def query(self, **changes: object) -> str:
        """`?division=…&date=…` of the same place and day, with what changes."""
        kept = {"division": self.division.code, "date": self.about and self.about.isoformat()}
        return "?" + urlencode({key: one for key, one in (kept | changes).items() if one})


class DeskRequest(HttpRequest):
    user: User
    desk: Desk


def desk_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page for staff: 403 without a post, 404 for a division outside the post's scope, 400 for
    NUL in the address, which PostgreSQL does not take.

    403 also for a stage that the post's department has nothing to do with; from the first page
    such a reader is led to the trips.
    """

    @wraps(view)
    def wrapped(request: DeskRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        staff = access.staff_of(request.user)
        if staff is None:
            raise PermissionDenied(_("账号尚未关联机构和岗位，请联系本单位管理员。"))
        name = request.resolver_match.view_name if request.resolver_match else ""
        if not open_to(request.user, name):
            if name == HOME and access.sees(request.user, Stage.TRANSPORT):
                return redirect("desk:plans")
            raise PermissionDenied(_("您所在的部门不办理这项业务。"))
        if any("\0" in one for _key, values in request.GET.lists() for one in values):
            raise BadRequest("NUL in the address")
        scope = places.get(staff.organisation.division)
        division = _division(request, scope)
        about = day_asked(request, "date") or flows.latest_day(division=division.code)
        request.desk = Desk(staff=staff, scope=scope, division=division, about=about)
        return view(request, *args, **kwargs)

    return wrapped


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render a page of the desk; `here` in the context names the stage it belongs to.

    Stages that the reader's department has nothing to do with are not offered.
    """
    stages = [one for one in STAGES if one[2] is None or open_to(request.user, one[2])]
    frame = {"desk": getattr(request, "desk", None), "stages": stages}
    return render(request, template, frame | context, status=status)


def _division(request: HttpRequest, scope: Division) -> Division:
    asked = request.GET.get("division") or scope.code
    try:
        division = places.get(asked)
    except places.PlaceError as failure:
        raise Http404(str(failure)) from failure
    if not access.covers(scope.code, division.code):
        raise Http404(_("该区划不在您的管辖范围内。"))
    return division


def day_asked(request: HttpRequest, key: str) -> date | None:
    """A day that the address names. Raises Http404 for no day, and for one that nobody can mean."""
    text = request.GET.get(key, "")
    if not text:
        return None
    try:
        return days_of(date.fromisoformat(text)).about
    except ValueError as failure:
        raise Http404(_("日期应写成 2020-03-02 的形式。")) from failure
    except DayOutOfRange as no:
        raise Http404(no.sentence) from no

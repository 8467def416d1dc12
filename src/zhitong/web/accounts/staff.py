"""One's own account, and the posts that an administrator gives below."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhitong.kernel.errors import UserError
from zhitong.offices import access, accounts, organisations, second_factor
from zhitong.offices.models import OF_THE_STATE, Organisation, Role, Staff
from zhitong.web.accounts import roster as rosters
from zhitong.web.accounts.offices import departments
from zhitong.web.desk.pages import DeskRequest, desk_page, page

ROWS = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UPLOAD_BYTES = 10 * 2**20


@require_safe
@desk_page
def own_account(request: DeskRequest) -> HttpResponse:
    context = {
        "authenticator": second_factor.of(request.user),
        "left": second_factor.backup_codes_left(request.user),
        "roles": _labels(request.desk.staff.roles),
    }
    return page(request, "accounts/own.html", context)


@require_POST
@never_cache
@desk_page
def renew_backup_codes(request: DeskRequest) -> HttpResponse:
    if second_factor.of(request.user) is None:
        raise Http404
    codes = second_factor.renew_backup_codes(user=request.user, now=timezone.now())
    context = {"codes": codes, "next": reverse("accounts:own")}
    return page(request, "accounts/backup_codes.html", context)


@require_safe
@desk_page
def posts(request: DeskRequest) -> HttpResponse:
    _administrator(request)
    found = Staff.objects.filter(organisation__in=access.administered_by(request.user))
    q = request.GET.get("q", "").strip()
    if q:
        found = found.filter(
            Q(user__username__icontains=q)
            | Q(user__first_name__icontains=q)
            | Q(organisation__name__icontains=q)
            | Q(organisation__division__startswith=q)
        )
    ordered = found.select_related("user", "organisation").order_by(
        "organisation__division", "organisation__department", "user__username"
    )
    shown = Paginator(ordered, ROWS).get_page(request.GET.get("page"))
    lines = [{"post": one, "roles": _labels(one.roles), "state": _state(one)} for one in shown]
    return page(request, "accounts/staff.html", {"listing": shown, "lines": lines, "q": q})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@desk_page
def new(request: DeskRequest) -> HttpResponse:
    """A single account in an organisation; a missing office of the state is opened with it."""
    _administrator(request)
    typed = {key: request.POST.get(key, "").strip() for key in ("division", "username", "name")}
    chosen = request.POST.getlist("roles")
    department = request.POST.get("department") or request.desk.staff.organisation.department
    office = _office(request)
    context: dict[str, Any] = {
        "typed": typed,
        "choices": _choices(chosen),
        "office": office,
        "departments": _of_the_state(department),
    }
    if request.method != "POST":
        context["typed"]["division"] = request.desk.scope.code
        return page(request, "accounts/new.html", context)
    try:
        made, token = _opened(
            office=office,
            division=typed["division"],
            department=department,
            username=typed["username"],
            name=typed["name"],
            roles=chosen,
            by=request.user,
            now=timezone.now(),
        )
    except UserError as mistake:
        context["error"] = mistake.sentence
        return page(request, "accounts/new.html", context, status=422)
    return _linked(request, made, token)


@require_safe
@desk_page
def post(request: DeskRequest, pk: int) -> HttpResponse:
    return _shown(request, access.staff_for(request.user, pk))


@require_POST
@desk_page
def roles(request: DeskRequest, pk: int) -> HttpResponse:
    found = access.staff_for(request.user, pk)
    wanted = request.POST.getlist("roles")
    try:
        accounts.change_roles(post=found, roles=wanted, by=request.user, now=timezone.now())
    except UserError as mistake:
        return _shown(request, found, error=mistake.sentence, status=422)
    return redirect("accounts:post", pk=pk)


@require_POST
@desk_page
def disable(request: DeskRequest, pk: int) -> HttpResponse:
    return _done(request, pk, accounts.disable)


@require_POST
@desk_page
def restore(request: DeskRequest, pk: int) -> HttpResponse:
    return _done(request, pk, accounts.restore)


@require_POST
@never_cache
@desk_page
def reinvite(request: DeskRequest, pk: int) -> HttpResponse:
    found = access.staff_for(request.user, pk)
    try:
        token = accounts.reinvite(post=found, by=request.user, now=timezone.now())
    except UserError as mistake:
        return _shown(request, found, error=mistake.sentence, status=422)
    return _linked(request, found, token)


@require_safe
@desk_page
def roster_form(request: DeskRequest) -> HttpResponse:
    _administrator(request)
    division = request.desk.division
    return _attached(rosters.template(division=division.code), f"账号名单-{division.name}.xlsx")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@desk_page
def roster(request: DeskRequest) -> HttpResponse:
    """A list in; the links, or the rows to mend, come back as a workbook and are kept nowhere."""
    _administrator(request)
    if request.method != "POST":
        return page(request, "accounts/roster.html", {})
    sent = request.FILES.get("file")
    if sent is None or (sent.size or 0) > UPLOAD_BYTES:
        context = {"error": _("请选择一个不超过 10 MB 的名单文件。")}
        return page(request, "accounts/roster.html", context, status=422)
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"roster{Path(sent.name or '').suffix.lower()[:6]}"
            path.write_bytes(sent.read())
            outcome = rosters.admit(path=path, by=request.user, now=timezone.now())
    except UserError as mistake:
        context = {"error": mistake.sentence}
        return page(request, "accounts/roster.html", context, status=422)
    content = rosters.answer(outcome, link=lambda token: _address(request, token))
    name = "账号名单-需修改.xlsx" if outcome.faults else "账号名单-邀请链接.xlsx"
    return _attached(content, name, status=422 if outcome.faults else 200)


def _administrator(request: DeskRequest) -> None:
    if not access.may(request.user, Role.ADMINISTER):
        raise PermissionDenied(_("人员管理由本单位管理员办理。"))


def _office(request: DeskRequest) -> Organisation | None:
    """The organisation that the form was opened for; 404 for one that is not theirs."""
    number = (request.POST or request.GET).get("organisation", "")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    return organisations.organisation_for(request.user, int(number))


def _of_the_state(chosen: str) -> list[tuple[str, str, bool]]:
    return [one for one in departments(chosen) if one[0] in OF_THE_STATE]


@transaction.atomic
def _opened(
    *,
    office: Organisation | None,
    division: str,
    department: str,
    by: User,
    now: datetime,
    **post: Any,
) -> tuple[Staff, str]:
    office = office or organisations.open_organisation(
        division=division, department=department, by=by, now=now
    )
    return accounts.open_account(organisation=office, by=by, now=now, **post)


def _done(request: DeskRequest, pk: int, act: Any) -> HttpResponse:
    found = access.staff_for(request.user, pk)
    try:
        act(post=found, by=request.user, now=timezone.now())
    except UserError as mistake:
        return _shown(request, found, error=mistake.sentence, status=422)
    return redirect("accounts:post", pk=pk)


def _shown(
    request: DeskRequest, found: Staff, *, error: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "post": found,
        "state": _state(found),
        "choices": _choices(found.roles),
        "error": error,
    }
    return page(request, "accounts/post.html", context, status=status)


def _linked(request: DeskRequest, found: Staff, token: str) -> HttpResponse:
    context = {"post": found, "link": _address(request, token)}
    return page(request, "accounts/linked.html", context)


def _address(request: DeskRequest, token: str) -> str:
    return request.build_absolute_uri(reverse("accounts:invitation", args=[token]))


def _state(post: Staff) -> str:
    if not post.user.is_active:
        return _("已停用")
    return _("在用") if post.user.has_usable_password() else _("待接受邀请")


def _labels(roles: list[str]) -> str:
    return _("、").join(_(Role(role).label) for role in roles)


def _choices(chosen: list[str]) -> list[tuple[str, str, bool]]:
    return [(role.value, _(role.label), role.value in chosen) for role in Role]


def _attached(content: bytes, name: str, *, status: int = 200) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX, status=status)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    response.headers["Cache-Control"] = "no-store"
    return response

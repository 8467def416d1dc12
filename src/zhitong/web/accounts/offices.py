"""The organisations that an administrator keeps: their departments, names and telephones."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhitong.kernel.errors import UserError
from zhitong.offices import access, organisations
from zhitong.offices.models import OF_THE_STATE, Organisation, Role
from zhitong.web.accounts.words import DEPARTMENTS
from zhitong.web.desk.pages import DeskRequest, desk_page, page

ROWS = 50
_FIELDS = ("division", "department", "name", "phone")


@require_safe
@desk_page
def offices(request: DeskRequest) -> HttpResponse:
    return _listed(request)


@require_POST
@desk_page
def new(request: DeskRequest) -> HttpResponse:
    """Open an organisation of any department that the administrator appoints in."""
    _administrator(request)
    typed = {key: request.POST.get(key, "").strip()[:120] for key in _FIELDS}
    try:
        made = organisations.open_organisation(**typed, by=request.user, now=timezone.now())
    except UserError as mistake:
        return _listed(request, error=mistake.sentence, typed=typed, status=422)
    messages.success(request, _("%(name)s已设立，可以开通账号。") % {"name": made.name})
    return redirect("accounts:office", pk=made.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page
def office(request: DeskRequest, pk: int) -> HttpResponse:
    """One organisation with its accounts; its telephone is whom the chase list calls."""
    found = organisations.organisation_for(request.user, pk)
    if request.method != "POST":
        return _shown(request, found)
    typed = {key: request.POST.get(key, "")[:120] for key in ("name", "phone")}
    try:
        organisations.change(organisation=found, **typed, by=request.user, now=timezone.now())
    except UserError as mistake:
        return _shown(request, found, error=mistake.sentence, typed=typed, status=422)
    messages.success(request, _("已保存。"))
    return redirect("accounts:office", pk=pk)


def departments(chosen: str) -> list[tuple[str, str, bool]]:
    """Departments to choose from: value, label, whether it is the chosen one."""
    return [(value, _(label), value == chosen) for value, label in DEPARTMENTS.items()]


def _listed(
    request: DeskRequest,
    *,
    error: str = "",
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    _administrator(request)
    q = request.GET.get("q", "").strip()
    found = access.administered_by(request.user)
    if q:
        found = found.filter(Q(name__icontains=q) | Q(division__startswith=q))
    ordered = found.annotate(accounts=Count("staff")).order_by("division", "department", "name")
    shown = Paginator(ordered, ROWS).get_page(request.GET.get("page"))
    typed = typed or {"division": request.desk.scope.code}
    context: dict[str, Any] = {
        "listing": shown,
        "lines": [(one, _(DEPARTMENTS[one.department])) for one in shown],
        "q": q,
        "typed": typed,
        "departments": departments(typed.get("department", "enterprise")),
        "error": error,
    }
    return page(request, "accounts/offices.html", context, status=status)


def _shown(
    request: DeskRequest,
    found: Organisation,
    *,
    error: str = "",
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "office": found,
        "department": _(DEPARTMENTS[found.department]),
        "renamed": found.department not in OF_THE_STATE,
        "posts": found.staff.select_related("user").order_by("user__username")[:ROWS],
        "typed": typed or {"name": found.name, "phone": found.phone},
        "error": error,
    }
    return page(request, "accounts/office.html", context, status=status)


def _administrator(request: DeskRequest) -> None:
    if not access.may(request.user, Role.ADMINISTER):
        raise PermissionDenied(_("人员管理由本单位管理员办理。"))

"""Tokens for programs: the administrator's list, and the one page that shows a secret."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from zhitong.kernel.errors import UserError
from zhitong.offices import access, tokens
from zhitong.offices.models import ApiToken, Organisation, Role
from zhitong.places import Level
from zhitong.web.accounts.words import PERMISSIONS
from zhitong.web.desk.pages import DeskRequest, desk_page, page

ROWS = 50
USUAL_DAYS = 90


@require_safe
@desk_page
def listing(request: DeskRequest) -> HttpResponse:
    return _listing(request)


@require_POST
@never_cache
@desk_page
def new(request: DeskRequest) -> HttpResponse:
    """Make a token and show its secret, this once."""
    _administrator(request)
    typed = {key: request.POST.get(key, "").strip()[:60] for key in ("name", "scope", "days")}
    offices = access.administered_by(request.user)
    number = request.POST.get("organisation", "")
    office = offices.filter(pk=int(number)).first() if _whole(number) else None
    try:
        if office is None:
            raise tokens.BadToken(_("请选择机构。"), code="token-without-organisation")
        token, secret = tokens.create(
            organisation=office,
            name=typed["name"],
            scope=typed["scope"] or office.division,
            permissions=request.POST.getlist("permissions"),
            days=int(typed["days"]) if _whole(typed["days"]) else 0,
            by=request.user,
            now=timezone.now(),
        )
    except UserError as no:
        return _listing(request, error=no.sentence, typed=typed, status=422)
    context = {"token": token, "secret": secret}
    return page(request, "accounts/token.html", context)


@require_POST
@desk_page
def revoke(request: DeskRequest, pk: int) -> HttpResponse:
    """Shut a token at once."""
    tokens.revoke(token=tokens.token_for(request.user, pk), by=request.user, now=timezone.now())
    messages.success(request, _("令牌已停用，使用它的程序从现在起被拒绝。"))
    return redirect("accounts:tokens")


def _listing(
    request: DeskRequest,
    *,
    error: str = "",
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    _administrator(request)
    now = timezone.now()
    found = tokens.administered_by(request.user).select_related("organisation", "created_by")
    shown = Paginator(found, ROWS).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "listing": shown,
        "lines": [{"token": one, "state": _state(one, now), "reads": _reads(one)} for one in shown],
        "organisations": _organisations(request),
        "permissions": [
            (one, _(PERMISSIONS[one]), one in request.POST.getlist("permissions"))
            for one in ApiToken.Permission.values
        ],
        "typed": typed or {"days": str(USUAL_DAYS)},
        "error": error,
        "most": tokens.LONGEST,
    }
    return page(request, "accounts/tokens.html", context, status=status)


def _administrator(request: DeskRequest) -> None:
    if Role.ADMINISTER not in request.desk.staff.roles:
        raise PermissionDenied(_("只有管理员可以设置接口令牌。"))


def _organisations(request: DeskRequest) -> QuerySet[Organisation]:
    """Where programs belong; a province's thousands of township offices have none."""
    found = access.administered_by(request.user).order_by("division", "department")
    if request.desk.scope.level >= Level.TOWNSHIP:
        return found
    return found.filter(division__regex=r"^\d{2,6}$")


def _state(token: ApiToken, now: Any) -> str:
    if token.revoked_at:
        return _("已停用")
    return _("已过期") if token.expires_at <= now else _("有效")


def _reads(token: ApiToken) -> str:
    return "、".join(_(PERMISSIONS[one]) for one in token.permissions)


def _whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10

"""The second step of signing in: enrol an authenticator once, then type its code."""

from __future__ import annotations

import segno
from allauth.mfa.adapter import get_adapter
from allauth.mfa.utils import decrypt
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from zhitong.kernel.sealing import Unreadable
from zhitong.offices import second_factor
from zhitong.web import lockout
from zhitong.web.accounts import half_in


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Six digits of the authenticator, or a backup code."""
    step, now = half_in.step_of(request), timezone.now()
    if step is None:
        return redirect("desk:login")
    user = step.user
    if second_factor.of(user) is None:
        return redirect("accounts:enrol")
    if request.method != "POST":
        return render(request, "accounts/code.html")
    if refused := _locked(request, user, "accounts/code.html"):
        return refused
    if not second_factor.verify(user=user, code=request.POST.get("code", ""), now=now):
        lockout.remember_refusal(**_who(request, user), now=now)
        error = _("验证码不正确或已经用过，请输入验证器当前显示的 6 位数字，或一个未用过的备用码。")
        return render(request, "accounts/code.html", {"error": error}, status=422)
    entered: HttpResponse = step.exit()
    return entered


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Bind an authenticator by QR code; then the backup codes are shown, this once."""
    step, now = half_in.step_of(request), timezone.now()
    if step is None:
        return redirect("desk:login")
    user = step.user
    if second_factor.of(user):
        return redirect("accounts:code")
    try:
        secret = decrypt(step.state["secret"])
    except Unreadable:  # its key was taken away meanwhile; another sign-in draws another secret
        return redirect("desk:login")
    address = get_adapter().build_totp_url(user, secret)
    context = {
        "qr": segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="#fff"),
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
    }
    if request.method != "POST":
        return render(request, "accounts/enrol.html", context)
    if refused := _locked(request, user, "accounts/enrol.html", context):
        return refused
    typed = request.POST.get("code", "")
    try:
        codes = second_factor.enrol(user=user, secret=step.state["secret"], code=typed, now=now)
    except second_factor.WrongCode as mistake:
        lockout.remember_refusal(**_who(request, user), now=now)
        context["error"] = mistake.sentence
        return render(request, "accounts/enrol.html", context, status=422)
    told = {"codes": codes, "next": step.exit().headers["Location"]}
    return render(request, "accounts/backup_codes.html", told)


def _who(request: HttpRequest, user: User) -> dict[str, str]:
    return {"name": user.get_username(), "address": request.META["REMOTE_ADDR"]}


def _locked(
    request: HttpRequest, user: User, template: str, context: dict[str, str] | None = None
) -> HttpResponse | None:
    if not lockout.locked(**_who(request, user), now=timezone.now()):
        return None
    error = _("多次输入错误，账号已暂时锁定，请 15 分钟后再试。")
    return render(request, template, (context or {}) | {"error": error}, status=429)

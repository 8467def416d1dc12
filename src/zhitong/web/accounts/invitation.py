"""The page behind an invitation: choose a password. Then sign in with it, as every day."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from zhitong.offices import invitations
from zhitong.web.accounts import half_in


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    try:
        user = invitations.invited(token=token, now=now)
    except invitations.NotInvited as refusal:
        over = {"sentence": refusal.sentence}
        return render(request, "accounts/invitation_over.html", over, status=410)
    context: dict[str, Any] = {"user_invited": user, "errors": []}
    if request.method != "POST":
        return render(request, "accounts/invitation.html", context)
    password = request.POST.get("password", "")
    if password != request.POST.get("again", ""):
        context["errors"] = [_("两次输入的密码不一致。")]
        return render(request, "accounts/invitation.html", context, status=422)
    try:
        user = invitations.accept(token=token, password=password, now=now)
    except ValidationError as mistake:
        context["errors"] = mistake.messages
        return render(request, "accounts/invitation.html", context, status=422)
    if not settings.MFA:
        return redirect("desk:login")
    return half_in.begin(request, user, whither="/")

"""How long one stays in: three hours without a click, twelve in all, and no longer than allowed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from zhitong.offices import access

IDLE = timedelta(hours=3)
WHOLE = timedelta(hours=12)
# A click within this time of the last is not worth a write.
GRAIN = timedelta(minutes=1)

Handler = Callable[[HttpRequest], HttpResponse]


def begin(*, request: HttpRequest | None, **_: Any) -> None:
    """Receiver of every sign-in: the clocks of its session start."""
    if request is not None:
        request.session["began"] = request.session["seen"] = timezone.now().timestamp()


def limits(get_response: Handler) -> Handler:
    """Middleware, after the one that knows the user: a session that is over signs out first."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = timezone.now()
            if over(request, now=now):
                logout(request)
            elif now.timestamp() - request.session["seen"] > GRAIN.total_seconds():
                request.session["seen"] = now.timestamp()
        return get_response(request)

    return middleware


def over(request: HttpRequest, *, now: datetime) -> bool:
    """Whether the session has outlived a limit, or ended with an administrator's act."""
    began, seen = request.session.get("began"), request.session.get("seen")
    if began is None or seen is None:
        return True
    at = now.timestamp()
    if at - seen > IDLE.total_seconds() or at - began > WHOLE.total_seconds():
        return True
    post = access.remember_post(request.user)
    ended = post.sessions_from if post else None
    return ended is not None and began < ended.timestamp()

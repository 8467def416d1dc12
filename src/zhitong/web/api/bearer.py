"""Who asks the API: a token in the header, before the second wall goes up for its scope.

Cookies count for nothing here. Wrong tokens are counted by address, as wrong passwords are.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from zhitong.offices import tokens
from zhitong.offices.models import ApiToken
from zhitong.web import lockout
from zhitong.web.api.problems import problem

PREFIX = "/api/v1/"
NAME = "api token"
"""Under which refusals are counted beside those of accounts; no user name has a space."""

Handler = Callable[[HttpRequest], HttpResponse]


class ApiRequest(HttpRequest):
    bearer: ApiToken


def bearer(get_response: Handler) -> Handler:
    """Middleware, outside the wall's: an address of the API is reached by a live token only.

    Sentences are Chinese unless the program prefers English (`Accept-Language`).
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(PREFIX):
            return get_response(request)
        with translation.override(_language(request)):
            refused = _refused(request)
            return refused or get_response(request)

    return middleware


def _refused(request: HttpRequest) -> HttpResponse | None:
    """The refusal; None when the request now carries its token."""
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        return problem(401, "no-token", _("请在 Authorization 头中提供令牌：Bearer 加令牌。"))
    who = {"name": NAME, "address": request.META.get("REMOTE_ADDR", ""), "now": timezone.now()}
    if lockout.locked(**who):
        response = problem(429, "too-many-refusals", _("令牌多次不正确，请 15 分钟后再试。"))
        response.headers["Retry-After"] = str(int(lockout.WINDOW.total_seconds()))
        return response
    token = tokens.used(secret=secret.strip(), now=who["now"])
    if token is None:
        lockout.remember_refusal(**who)
        return problem(401, "bad-token", _("令牌不正确、已过期或已停用，请联系发放令牌的管理员。"))
    request.bearer = token  # type: ignore[attr-defined]
    return None


def _language(request: HttpRequest) -> str:
    first = request.headers.get("Accept-Language", "").split(",")[0].strip().lower()
    return "en" if first.startswith("en") else "zh-hans"

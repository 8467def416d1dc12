"""Between the password and the second factor: who is half in, kept in the session.

The account is signed in only when both are done: a session with a user is always a full one.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from zhitong.kernel import journal
from zhitong.kernel.sealing import seal, unseal
from zhitong.offices import second_factor
from zhitong.web import lockout

WINDOW = timedelta(minutes=10)
_KEY = "half-in"
_SEALED_AS = "enrolment"


@dataclass(frozen=True, slots=True)
class HalfIn:
    """Somebody whose password was right; `whither` is a checked address of this site."""

    user: User
    whither: str


def begin(request: HttpRequest, user: User, *, whither: str, now: datetime) -> None:
    request.session[_KEY] = {
        "user": user.pk,
        # A password changed meanwhile, by a reset for instance, must be typed again.
        "hash": user.get_session_auth_hash(),
        "at": now.timestamp(),
        "whither": whither,
    }


def of(request: HttpRequest, *, now: datetime) -> HalfIn | None:
    """Who is half in here, None after the window or when the account changed meanwhile."""
    kept = request.session.get(_KEY)
    if not kept or now.timestamp() - kept["at"] > WINDOW.total_seconds():
        return None
    user = get_user_model().objects.filter(pk=kept["user"], is_active=True).first()
    if user is None or user.get_session_auth_hash() != kept["hash"]:
        return None
    return HalfIn(user=user, whither=kept["whither"])


def secret_to_enrol(request: HttpRequest) -> str:
    """The secret that this enrolment offers, the same until it is taken or the window closes."""
    kept = request.session[_KEY]
    if "secret" not in kept:
        sealed = seal(second_factor.new_secret(), purpose=_SEALED_AS)
        request.session[_KEY] = kept | {"secret": base64.b64encode(sealed).decode()}
    sealed = base64.b64decode(request.session[_KEY]["secret"])
    return unseal(sealed, purpose=_SEALED_AS)


def finish(request: HttpRequest, half: HalfIn) -> None:
    """Sign in for good; refusals of this account and address are forgotten."""
    with transaction.atomic():
        lockout.forget(name=half.user.get_username(), address=request.META["REMOTE_ADDR"])
        login(request, half.user)
        request.session.pop(_KEY, None)
        journal.record(
            actor=half.user,
            verb="signed-in",
            subject=f"user:{half.user.pk}",
            now=timezone.now(),
            details={"second_factor": required()},
        )


def required() -> bool:
    """Whether this installation asks for a second factor (`ZHITONG_MFA`)."""
    return bool(settings.MFA)

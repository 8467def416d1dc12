"""Links by which people choose their password: shown once, good once, until they expire."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils.translation import gettext_noop as _

from zhitong.kernel import journal
from zhitong.kernel.errors import UserError
from zhitong.offices.models import Invitation

DAYS = 7


class NotInvited(UserError):
    """The link is wrong, expired, used, or withdrawn by a later one."""

    code = "not-invited"


@transaction.atomic
def invite(*, users: Sequence[User], by: User | None, now: datetime) -> list[str]:
    """A secret for the link of each account; earlier links of theirs are void. Not journalled:
    the caller says why there is one.
    """
    Invitation.objects.filter(user__in=users, used_at=None).delete()
    tokens = [secrets.token_urlsafe(32) for _ in users]
    Invitation.objects.bulk_create(
        Invitation(
            user=user,
            digest=_digest(token),
            invited_by=by,
            invited_at=now,
            expires_at=now + timedelta(days=DAYS),
        )
        for user, token in zip(users, tokens, strict=True)
    )
    return tokens


def invited(*, token: str, now: datetime) -> User:
    """The account that a link opens. Raises `NotInvited`."""
    return _open(token, now).user


@transaction.atomic
def accept(*, token: str, password: str, now: datetime) -> User:
    """Give the account its password and use the link up.

    Raises `NotInvited`, and django's ValidationError for a password that is too easy.
    """
    found = _open(token, now, lock=True)
    user = found.user
    validate_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    found.used_at = now
    found.save(update_fields=["used_at"])
    journal.record(actor=user, verb="invitation-accepted", subject=f"user:{user.pk}", now=now)
    return user


def _open(token: str, now: datetime, *, lock: bool = False) -> Invitation:
    rows = Invitation.objects.select_related("user")
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = rows.filter(
        digest=_digest(token), used_at=None, expires_at__gt=now, user__is_active=True
    ).first()
    if found is None:
        raise NotInvited(
            _("邀请链接已失效：可能已经使用过、已过期或被新的链接替代，请联系管理员。")
        )
    return found


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

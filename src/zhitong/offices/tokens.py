"""Keys for programs: made by an administrator, told once, for a division and some questions."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.http import Http404
from django.utils.translation import gettext_noop as _

from zhitong.kernel import journal
from zhitong.kernel.errors import UserError
from zhitong.offices import access, rules
from zhitong.offices.models import ApiToken, Organisation
from zhitong.offices.rules import Stage

PREFIX = "zt_"
"""Marks a secret, so that one left in a file is found."""
LONGEST = 366
"""Days."""
STAGES = {
    ApiToken.Permission.FIGURES: Stage.FLOWS,
    ApiToken.Permission.COMPLETENESS: Stage.FLOWS,
    ApiToken.Permission.FLOWS: Stage.FLOWS,
    ApiToken.Permission.BULLETIN: Stage.BULLETIN,
}


class BadToken(UserError):
    """A token that cannot be made."""

    code = "bad-token"


def administered_by(user: Any) -> QuerySet[ApiToken]:
    """Tokens of the organisations that the user administers; none for anybody else."""
    return ApiToken.objects.filter(organisation__in=access.administered_by(user))


def token_for(user: Any, token_id: int) -> ApiToken:
    """A token that the user administers. Raises Http404 for any other."""
    found = administered_by(user).filter(pk=token_id).first()
    if found is None:
        raise Http404
    return found


@transaction.atomic
def create(
    *,
    organisation: Organisation,
    name: str,
    scope: str,
    permissions: Sequence[str],
    days: int,
    by: Any,
    now: datetime,
) -> tuple[ApiToken, str]:
    """A token with its secret, told this once. Raises `BadToken`.

    It reads no more than its organisation does: the same department's stages, in the same
    division or one below.
    """
    if not access.administered_by(by).filter(pk=organisation.pk).exists():
        raise BadToken(_("您不能为该机构设置接口令牌。"), code="not-yours-to-give")
    if not name.strip():
        raise BadToken(_("请写明令牌的用途。"), code="token-without-name")
    if not access.covers(organisation.division, scope):
        raise BadToken(_("令牌的范围须在该机构的区划之内。"), code="token-beyond-scope")
    wanted = [one for one in ApiToken.Permission.values if one in permissions]
    if not wanted:
        raise BadToken(_("请至少选择一项可读取的内容。"), code="token-without-permission")
    for one in wanted:
        if not rules.sees(organisation.department, STAGES[ApiToken.Permission(one)]):
            raise BadToken(_("该机构的部门不办理这项业务。"), code="token-beyond-department")
    if not 1 <= days <= LONGEST:
        raise BadToken(_("有效期为 1 至 {most} 天。"), code="token-days", most=LONGEST)
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        organisation=organisation,
        name=name.strip()[:60],
        digest=_digest(secret),
        scope=scope,
        permissions=wanted,
        created_by=by,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    details = {"organisation": organisation.pk, "scope": scope, "permissions": wanted, "days": days}
    _record("token.created", token, by=by, now=now, **details)
    return token, secret


@transaction.atomic
def revoke(*, token: ApiToken, by: Any, now: datetime) -> None:
    """Shut a token at once; shutting it again changes nothing."""
    row = ApiToken.objects.select_for_update(of=("self",)).get(pk=token.pk)
    if row.revoked_at is None:
        row.revoked_by, row.revoked_at = by, now
        row.save(update_fields=["revoked_by", "revoked_at"])
        _record("token.revoked", row, by=by, now=now)


def used(*, secret: str, now: datetime) -> ApiToken | None:
    """The token of a secret, this use counted; None for one that is unknown, over or revoked."""
    if not secret.startswith(PREFIX) or len(secret) > 100:
        return None
    live = ApiToken.objects.filter(
        digest=_digest(secret), revoked_at=None, expires_at__gt=now
    ).select_related("organisation")
    token = live.first()
    if token is not None:
        ApiToken.objects.filter(pk=token.pk).update(uses=F("uses") + 1, last_used_at=now)
    return token


def _digest(secret: str) -> bytes:
    # The secret is 256 bits of chance: nothing is gained by making the digest slow.
    return hashlib.sha256(secret.encode()).digest()


def _record(verb: str, token: ApiToken, *, by: Any, now: datetime, **details: Any) -> None:
    journal.record(actor=by, verb=verb, subject=f"token:{token.pk}", now=now, details=details)

"""The second factor: time-based codes (RFC 6238) of an authenticator, and backup codes."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_noop as _

from zhitong.kernel import journal
from zhitong.kernel.errors import UserError
from zhitong.kernel.sealing import prints_of, prints_to_find, seal, unseal
from zhitong.offices.models import BackupCode, SecondFactor

ISSUER = "直通"
SECRET_BYTES = 20
DIGITS = 6
STEP_SECONDS = 30
# A phone's clock may be a step off, and typing takes a while.
TOLERANCE = (0, -1, 1)
BACKUP_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_SEALED_AS, _PRINTED_AS = "second-factor", "backup-code"


class WrongCode(UserError):
    """Neither a code of this moment nor an unused backup code."""

    code = "wrong-code"


def new_secret() -> str:
    """A secret for an authenticator, in base32 as people type it."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def address_of(*, secret: str, username: str) -> str:
    """`otpauth://...`, which authenticators read from a QR code."""
    return _totp(secret).get_provisioning_uri(username, ISSUER)


def code_at(*, secret: str, when: datetime) -> str:
    """The six digits that an authenticator shows at a moment."""
    return _totp(secret).generate(int(when.timestamp())).decode()


@transaction.atomic
def enrol(*, user: User, secret: str, code: str, now: datetime) -> list[str]:
    """Bind an authenticator, proven by a code; the backup codes, told this once.

    Whatever the account had before is replaced. Raises `WrongCode`.
    """
    step = _matching_step(secret, code, now)
    if step is None:
        raise WrongCode(_("验证码不正确，请核对手机时间后输入验证器当前显示的 6 位数字。"))
    SecondFactor.objects.filter(user=user).delete()
    factor = SecondFactor.objects.create(
        user=user,
        secret_sealed=seal(secret, purpose=_SEALED_AS),
        last_step=step,
        confirmed_at=now,
    )
    journal.record(actor=user, verb="second-factor-enrolled", subject=f"user:{user.pk}", now=now)
    return _fresh_backup_codes(factor)


@transaction.atomic
def verify(*, user: User, code: str, now: datetime) -> bool:
    """Whether a code lets the user in. One that did never does again.

    The row is locked: of two requests with one code, one gets in.
    """
    factor = SecondFactor.objects.select_for_update().filter(user=user).first()
    if factor is None:
        return False
    typed = "".join(code.split()).replace("-", "").lower()
    if typed.isdecimal():
        secret = unseal(bytes(factor.secret_sealed), purpose=_SEALED_AS)
        step = _matching_step(secret, typed, now)
        if step is None or step <= factor.last_step:
            return False
        factor.last_step = step
        factor.save(update_fields=["last_step"])
        return True
    wanted = prints_to_find(typed, purpose=_PRINTED_AS)
    used, _ = BackupCode.objects.filter(factor=factor, code_print__in=wanted).delete()
    if used:
        journal.record(
            actor=user,
            verb="backup-code-used",
            subject=f"user:{user.pk}",
            now=now,
            details={"left": factor.backup_codes.count()},
        )
    return bool(used)


@transaction.atomic
def renew_backup_codes(*, user: User, now: datetime) -> list[str]:
    """New backup codes, told this once; the earlier ones are void."""
    factor = SecondFactor.objects.select_for_update().get(user=user)
    factor.backup_codes.all().delete()
    journal.record(actor=user, verb="backup-codes-renewed", subject=f"user:{user.pk}", now=now)
    return _fresh_backup_codes(factor)


def _fresh_backup_codes(factor: SecondFactor) -> list[str]:
    # A letter first: digits alone are taken for an authenticator's code.
    codes = [
        "".join([secrets.choice(_LETTERS[:23]), *(secrets.choice(_LETTERS) for _ in range(9))])
        for _ in range(BACKUP_CODES)
    ]
    BackupCode.objects.bulk_create(
        BackupCode(factor=factor, code_print=one) for one in prints_of(codes, purpose=_PRINTED_AS)
    )
    return [f"{one[:5]}-{one[5:]}" for one in codes]


def _matching_step(secret: str, code: str, now: datetime) -> int | None:
    typed = "".join(code.split())
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdecimal()):
        return None
    totp, step = _totp(secret), int(now.timestamp()) // STEP_SECONDS
    for away in TOLERANCE:
        shown = totp.generate((step + away) * STEP_SECONDS).decode()
        if secrets.compare_digest(shown, typed):
            return step + away
    return None


def _totp(secret: str) -> TOTP:
    # SHA-1 is what authenticators understand; a one-time code does not rest on its collisions.
    return TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303

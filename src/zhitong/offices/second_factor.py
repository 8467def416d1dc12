"""The second factor: authenticators and backup codes, kept by django-allauth.

Secrets lie sealed in allauth's table, see `SEALED`. Its `internal` modules are imported here and
nowhere else, so that an upgrade of allauth has one file to look at; so is what it leaves to us: a
code counts once in all processes, for as long as a clock that is off may show it.
"""

from __future__ import annotations

from datetime import datetime

from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.mfa.utils import decrypt, encrypt
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop as _

from zhitong.kernel import journal
from zhitong.kernel.errors import UserError
from zhitong.kernel.resealing import Column
from zhitong.kernel.sealing import prints_to_find, seal, unseal

_SEALED_AS, _PRINTED_AS = "second-factor", "backup-code"
SEALED = tuple(
    Column(table="mfa_authenticator", column="data", key=key, purpose=_SEALED_AS)
    for key in ("secret", "seed")
)
# Before allauth kept the backup codes, only their keyed prints were; those are as good as sealed.
_PRINT = "print:"


class WrongCode(UserError):
    """Neither a code of this moment nor an unused backup code."""

    code = "wrong-code"


class Adapter(DefaultMFAAdapter):
    """How allauth keeps secrets here (setting `MFA_ADAPTER`)."""

    def encrypt(self, text: str) -> str:
        return seal(text, purpose=_SEALED_AS).hex()

    def decrypt(self, encrypted_text: str) -> str:
        if encrypted_text.startswith(_PRINT):
            return encrypted_text
        return unseal(bytes.fromhex(encrypted_text), purpose=_SEALED_AS)


def of(user: User) -> Authenticator | None:
    """The authenticator that the account has enrolled."""
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()


def new_secret() -> str:
    """A secret for an authenticator, sealed."""
    return encrypt(generate_totp_secret())


@transaction.atomic
def enrol(*, user: User, secret: str, code: str, now: datetime) -> list[str]:
    """Bind an authenticator by its sealed secret, proven by a code; the backup codes, told once.

    Raises `WrongCode`, also for an account that has an authenticator or another password by now.
    """
    # Of two requests that enrol, one does.
    changed = User.objects.select_for_update().get(pk=user.pk).password != user.password
    # A key may have come since the secret was drawn: what stays lies under the newest.
    fresh = {"secret": encrypt(decrypt(secret))}
    offered = Authenticator(user=user, type=Authenticator.Type.TOTP, data=fresh)
    if changed or of(user) or not _counts(TOTP(offered), _plain(code), now):
        raise WrongCode(_("验证码不正确，请核对手机时间后输入验证器当前显示的 6 位数字。"))
    codes = _shown(RecoveryCodes.activate(user))
    _record(user, "second-factor-enrolled", now)
    return codes


@transaction.atomic
def verify(*, user: User, code: str, now: datetime) -> bool:
    """Whether a code lets the user in. One that did never does again.

    The rows are locked: of two requests with one code, one gets in.
    """
    typed = _plain(code)
    for held in Authenticator.objects.select_for_update().filter(user=user).order_by("id"):
        kind = held.wrap()
        if isinstance(kind, TOTP) and _counts(kind, typed, now):
            return True
        if isinstance(kind, RecoveryCodes) and kind.validate_code(_as_kept(typed, held)):
            _record(user, "backup-code-used", now, left=len(kind.get_unused_codes()))
            return True
    return False


@transaction.atomic
def renew_backup_codes(*, user: User, now: datetime) -> list[str]:
    """New backup codes, told this once; the earlier ones are void."""
    Authenticator.objects.select_for_update().get(user=user, type=Authenticator.Type.TOTP)
    _backup_codes(user).delete()
    codes = _shown(RecoveryCodes.activate(user))
    _record(user, "backup-codes-renewed", now)
    return codes


def backup_codes_left(user: User) -> int:
    held = _backup_codes(user).first()
    return len(held.wrap().get_unused_codes()) if held else 0


def _backup_codes(user: User) -> QuerySet[Authenticator]:
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES)


def _shown(codes: RecoveryCodes) -> list[str]:
    return [f"{one[:5]}-{one[5:]}" for one in codes.get_unused_codes()]


def _plain(code: str) -> str:
    return "".join(one for one in code if one.isalnum()).lower()


def _counts(totp: TOTP, typed: str, now: datetime) -> bool:
    """Whether the authenticator shows this code and it is not spent; it is spent with this.

    allauth marks it in its cache, too, but only for one step, and only in this process.
    """
    held, at = totp.instance, now.timestamp()
    life = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
    spent = {one: used for one, used in held.data.get("spent", {}).items() if at - used < life}
    if typed in spent or not totp.validate_code(typed):
        return False
    held.data["spent"] = spent | {typed: at}
    held.save()
    return True


def _as_kept(typed: str, held: Authenticator) -> str:
    """A backup code as allauth finds it among those that were there before."""
    prints = [_PRINT + one.hex() for one in prints_to_find(typed, purpose=_PRINTED_AS)]
    return next((one for one in prints if one in held.data.get("migrated_codes", ())), typed)


def _record(user: User, verb: str, now: datetime, **details: int) -> None:
    journal.record(actor=user, verb=verb, subject=f"user:{user.pk}", now=now, details=details)

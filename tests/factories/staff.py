"""People who work in offices."""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User

from zhitong import places
from zhitong.kernel.sealing import prints_of
from zhitong.offices import second_factor
from zhitong.offices.models import Department, Organisation, Role, Staff

PASSWORD = "secret"
DIGITS, STEP_SECONDS = 6, 30


def clerk(division: str, *, roles: Sequence[str] = Role.values, name: str = "") -> User:
    """An account of the human resources office of a division."""
    office, _ = Organisation.objects.get_or_create(
        division=division,
        department=Department.HUMAN_RESOURCES,
        defaults={"name": f"{places.get(division).name}人社部门"},
    )
    user = get_user_model().objects.create_user(name or f"clerk-{division}", password=PASSWORD)
    Staff.objects.create(user=user, organisation=office, roles=list(roles))
    return user


def authenticator(user: User) -> str:
    """The secret of an authenticator that the account enrolled long ago."""
    sealed = second_factor.new_secret()
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": sealed})
    return decrypt(sealed)


def shown_by(secret: str, *, steps_away: int = 0) -> str:
    """The digits that the authenticator shows now, or on a clock that is off (RFC 6238)."""
    shown = TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP_SECONDS)
    return shown.generate(int(time.time()) + steps_away * STEP_SECONDS).decode()


def old_backup_codes(user: User, *codes: str) -> tuple[str, ...]:
    """Backup codes as the move to allauth left them: only their prints are kept."""
    prints = [f"print:{one.hex()}" for one in prints_of(codes, purpose="backup-code")]
    Authenticator.objects.create(
        user=user, type=Authenticator.Type.RECOVERY_CODES, data={"migrated_codes": prints}
    )
    return codes

"""People who work in offices."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.utils import timezone

from zhitong import places
from zhitong.kernel.sealing import seal
from zhitong.offices import second_factor
from zhitong.offices.models import Department, Organisation, Role, SecondFactor, Staff

PASSWORD = "secret"


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
    secret = second_factor.new_secret()
    SecondFactor.objects.create(
        user=user,
        secret_sealed=seal(secret, purpose="second-factor"),
        confirmed_at=timezone.now(),
    )
    return secret


def shown_by(secret: str) -> str:
    """The digits that the authenticator shows now."""
    return second_factor.code_at(secret=secret, when=timezone.now())

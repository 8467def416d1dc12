"""Accounts to try the report chain with, one at each level; never where real people work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.translation import gettext_noop as _

from zhitong import places
from zhitong.kernel import journal
from zhitong.kernel.errors import UserError
from zhitong.offices.models import Department, Organisation, Role, Staff
from zhitong.offices.operations import FIRST_USERNAME, TRIAL_PREFIX, ensure_office, new_password
from zhitong.places import Level

_ROLES = {
    Level.TOWNSHIP: (Role.ENTER,),
    Level.COUNTY: (Role.ENTER, Role.VERIFY),
    Level.CITY: (Role.APPROVE, Role.READ),
    Level.PROVINCE: (Role.APPROVE, Role.PLAN, Role.READ),
}


class NotATrial(UserError):
    """A database of its own, or accounts that are neither the first nor of a trial."""

    code = "not-a-trial"


@dataclass(frozen=True, slots=True)
class TrialAccount:
    """The password is told this once and kept nowhere."""

    username: str
    password: str
    office: str
    roles: tuple[str, ...]


@transaction.atomic
def open_trial_accounts(*, township: str, now: datetime) -> list[TrialAccount]:
    """An account at a township and at every level above it; called again, with new passwords.

    Their passwords are printed on somebody's screen and nobody answers for them, so this is
    refused (`NotATrial`) unless the server is the embedded one and no other accounts exist.
    Raises `places.PlaceError` for a code that is no place, `UserError` for one that is no township.
    """
    division = places.get(township)
    if division.level != Level.TOWNSHIP:
        raise UserError(_("试用账号从乡镇开始：请给出乡镇的区划代码或名称。"), code="no-township")
    _refuse_real_work()
    above = [one for one in places.ancestors(division.code) if not one.pseudo]
    opened = []
    for one in (*above, division):
        office = ensure_office(one.code, Department.HUMAN_RESOURCES)
        opened.append(_open(TRIAL_PREFIX + one.level.name.lower(), office, _ROLES[one.level], now))
    return opened[::-1]


def _open(
    username: str, office: Organisation, roles: tuple[Role, ...], now: datetime
) -> TrialAccount:
    user, _created = get_user_model().objects.get_or_create(username=username)
    password = new_password()
    user.set_password(password)
    user.is_active = True
    user.save()
    Staff.objects.update_or_create(
        user=user,
        defaults={"organisation": office, "roles": list(roles), "sessions_from": now},
    )
    journal.record(
        actor=None,
        verb="trial-account-opened",
        subject=f"user:{user.pk}",
        now=now,
        details={"organisation": office.pk, "roles": list(roles)},
    )
    return TrialAccount(username, password, office.name, tuple(role.label for role in roles))


def _refuse_real_work() -> None:
    if not settings.DATABASES["default"]["EMBEDDED"]:
        raise NotATrial(_("试用账号只能建在自带的数据库里；正式使用请由管理员开设账号。"))
    if others := list(_others()):
        raise NotATrial(
            _("已有正式账号（{names}），不能再建试用账号；请由管理员开设。"),
            names="、".join(others[:3]),
        )


def _others() -> Iterator[str]:
    users = get_user_model().objects.exclude(username=FIRST_USERNAME).order_by("username")
    names = users.exclude(username__startswith=TRIAL_PREFIX).values_list("username", flat=True)
    return names.iterator()

"""Setting up an installation: its first account and the departments that work together."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.contrib.auth import get_user_model
from django.db import connection, transaction

from zhitong import places
from zhitong.config import locks
from zhitong.kernel import journal
from zhitong.offices.models import OF_THE_STATE, Department, Organisation, Role, Staff
from zhitong.places import Level

FIRST_USERNAME = "admin"
TRIAL_PREFIX = "trial-"
"""Of accounts that `trial` opens; they are nobody's."""

# Nothing that a reader of a printed password could take for something else.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"

# What a department's office is called in a province and below; a municipality uses the latter.
_OFFICES = {
    Department.HUMAN_RESOURCES: ("人力资源和社会保障厅", "人力资源和社会保障局"),
    Department.PUBLIC_SECURITY: ("公安厅", "公安局"),
    Department.TRANSPORT: ("交通运输厅", "交通运输局"),
    Department.HEALTH: ("卫生健康委员会", "卫生健康局"),
    Department.RAILWAY: ("铁路办公室", "铁路办公室"),
}

_TOWNSHIP_OFFICE = "人力资源和社会保障所"


@transaction.atomic
def ensure_first_account(*, division: str, now: datetime) -> tuple[str, str] | None:
    """Before any other account but those of a trial, an administrator of a division, every role.

    Returns user name and password, which is stored nowhere else; None when accounts exist.
    Raises `places.PlaceError` for a division that does not exist.
    """
    users = get_user_model().objects
    # Two servers started at once must not both find an empty table of accounts.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [locks.FIRST_ACCOUNT])
    if users.exclude(username__startswith=TRIAL_PREFIX).exists():
        return None
    password = new_password()
    user = users.create_user(FIRST_USERNAME, password=password)
    office = ensure_office(places.canonical(division), Department.HUMAN_RESOURCES)
    Staff.objects.create(user=user, organisation=office, roles=Role.values)
    journal.record(
        actor=None,
        verb="account-created",
        subject=f"user:{user.pk}",
        now=now,
        details={"organisation": office.pk, "roles": Role.values},
    )
    return FIRST_USERNAME, password


def new_password() -> str:
    """One to be copied from a screen once: four groups of four letters."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


@transaction.atomic
def ensure_departments(*, division: str) -> list[Organisation]:
    """The offices of the state's departments in a division, those missing created; in their order.

    Raises `places.PlaceError` for a division that does not exist.
    """
    code = places.canonical(division)
    return [ensure_office(code, department) for department in OF_THE_STATE]


def ensure_office(code: str, department: Department) -> Organisation:
    """The office of one of the state's departments in a division, created when missing."""
    office, _ = Organisation.objects.get_or_create(
        division=code, department=department, defaults={"name": office_name(code, department)}
    )
    return office


def office_name(code: str, department: Department) -> str:
    """河北省人力资源和社会保障厅, 衡水市交通运输局, 大营镇人力资源和社会保障所."""
    division = places.get(code)
    if division.level == Level.TOWNSHIP and department == Department.HUMAN_RESOURCES:
        return division.name + _TOWNSHIP_OFFICE
    provincial, below = _OFFICES[department]
    is_provincial = division.level == Level.PROVINCE and not division.municipality
    return division.name + (provincial if is_provincial else below)

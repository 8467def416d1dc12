"""Offices of the report chain and days that units have reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User

from zhitong import places
from zhitong.flows.chain import operations
from zhitong.flows.models import Return
from zhitong.offices.models import Department, Organisation, Role, Staff
from zhitong.places import Category

DAY = date(2020, 3, 2)
DAYING, XINTUN, WANGJUN = "131121102", "131121103", "131121202"
RAOYANG_TOWN = "131124100"
ZAOQIANG, HENGSHUI, HEBEI = "131121", "1311", "13"
KEYS = tuple(one.key for one in Category)


def officer(division: str, *, roles: Sequence[str] = Role.values, name: str = "") -> User:
    """A post of human resources without a password: nobody signs in, and hashing takes long."""
    office, _ = Organisation.objects.get_or_create(
        division=division,
        department=Department.HUMAN_RESOURCES,
        defaults={"name": f"{places.get(division).name}人社部门"},
    )
    user = get_user_model().objects.create(username=name or f"clerk-{division}")
    Staff.objects.create(user=user, organisation=office, roles=list(roles))
    return user


def offices() -> dict[str, User]:
    """A clerk of each township, and a reviewer of the county, the city and the province."""
    return {
        DAYING: officer(DAYING, roles=[Role.ENTER]),
        XINTUN: officer(XINTUN, roles=[Role.ENTER]),
        RAOYANG_TOWN: officer(RAOYANG_TOWN, roles=[Role.ENTER]),
        ZAOQIANG: officer(ZAOQIANG, roles=[Role.VERIFY, Role.ENTER]),
        HENGSHUI: officer(HENGSHUI, roles=[Role.APPROVE]),
        HEBEI: officer(HEBEI, roles=[Role.APPROVE]),
    }


def counts(*figures: int) -> dict[str, int]:
    """Five counts by category key; those not given are zero."""
    return dict(zip(KEYS, (*figures, 0, 0, 0, 0, 0), strict=False))


def reasons(text: str = "村组核实") -> dict[str, str]:
    return dict.fromkeys(KEYS, text)


def report(
    unit: str, *figures: int, by: User, now: datetime, about: date = DAY, **more: Any
) -> Return:
    """A unit's day declared and submitted."""
    return operations.declare(
        unit=unit,
        about=about,
        counts=counts(*figures),
        reasons=reasons(),
        by=by,
        now=now,
        submit=True,
        **more,
    )


def climb(units: list[str], *, staff: Mapping[str, User], now: datetime, about: date = DAY) -> None:
    """Accepted at every level."""
    for level in (ZAOQIANG, HENGSHUI, HEBEI):
        done = operations.accept(units=units, about=about, by=staff[level], now=now)
        assert done.refused == []

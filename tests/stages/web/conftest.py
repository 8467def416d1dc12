"""Staff of several offices, stored figures, and templates that fail for what they do not know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.template import engines
from django.test import Client

from factories.figures import DAY, HEBEI, HENGSHUI, store_figure
from zhitong import places
from zhitong.offices.models import Department, Organisation, Role, Staff


class Missing(str):
    """Stands for an undefined template variable and refuses to be shown."""

    def __contains__(self, key: object) -> bool:
        return key == "%s"

    def __mod__(self, name: object) -> str:
        raise AssertionError(f"undefined template variable: {name}")


@pytest.fixture(autouse=True)
def undefined_variables_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", Missing("%s"))


@pytest.fixture
def staff_of(db: None) -> Callable[..., User]:
    """An account of the human resources office of a division."""

    def make(division: str, roles: list[str] | None = None, name: str = "") -> User:
        office, _ = Organisation.objects.get_or_create(
            division=division,
            department=Department.HUMAN_RESOURCES,
            defaults={"name": f"{places.get(division).name}人社部门"},
        )
        user = get_user_model().objects.create_user(name or f"clerk-{division}", password="secret")
        Staff.objects.create(user=user, organisation=office, roles=roles or Role.values)
        return user

    return make


@pytest.fixture
def desk_of(staff_of: Callable[..., User]) -> Callable[..., Client]:
    """A browser in which staff of a division are signed in."""

    def make(division: str, **more: Any) -> Client:
        client = Client()
        client.force_login(staff_of(division, **more))
        return client

    return make


@pytest.fixture
def hebei_days(db: None, now: datetime) -> None:
    """Three days of Hebei and the same day a year before: province, cities, Hengshui's counties."""
    hengshui = [one.code for one in places.children(HENGSHUI)]
    codes = [HEBEI, *(one.code for one in places.children(HEBEI)), *hengshui]
    for back in (0, 1, 2, 366):
        for at, code in enumerate(codes):
            base = 115_740 if code == HEBEI else 1000 + 150 * at
            store_figure(division=code, about=DAY - timedelta(days=back), base=base - back, now=now)

"""Staff of several offices, stored figures, and templates that fail for what they do not know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.template import engines
from django.test import Client

from factories.figures import store_hebei_days
from factories.staff import clerk


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
    return clerk


@pytest.fixture
def desk_of(db: None) -> Callable[..., Client]:
    """A browser in which staff of a division are signed in."""

    def make(division: str, **more: Any) -> Client:
        client = Client()
        client.force_login(clerk(division, **more))
        return client

    return make


@pytest.fixture
def hebei_days(db: None, now: datetime) -> None:
    store_hebei_days(now)

"""The role of requests: made where one may, asked for where one may not."""

from __future__ import annotations

import pytest
from django.db import connection

from zhitong.config import embedded
from zhitong.offices import desk_role

pytestmark = pytest.mark.django_db


def test_requests_may_take_the_role_and_nobody_can_log_in_as_it() -> None:
    assert desk_role.exists()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolcanlogin OR rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole"
            " FROM pg_roles WHERE rolname = %s",
            [desk_role.ROLE],
        )
        assert cursor.fetchone() == (False,)


def test_making_the_role_again_changes_nothing() -> None:
    embedded.make_role(desk_role.ROLE)

    assert desk_role.exists()


def test_on_a_server_of_ones_own_the_words_for_its_administrator_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql:///zhitong")
    monkeypatch.setattr(desk_role, "ROLE", "zhitong_never_made")

    with pytest.raises(desk_role.RoleMissing) as refusal:
        desk_role.ensure()

    assert "CREATE ROLE zhitong_never_made NOLOGIN" in refusal.value.sentence
    assert refusal.value.code == "desk-role-missing"

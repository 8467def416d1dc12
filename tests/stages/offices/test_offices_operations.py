"""The first account and the departments of a province."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.contrib.auth import authenticate, get_user_model

from zhitong import places
from zhitong.kernel.models import JournalEntry
from zhitong.offices import access
from zhitong.offices.models import OF_THE_STATE, Department, Organisation, Role
from zhitong.offices.operations import ensure_departments, ensure_first_account, office_name

pytestmark = pytest.mark.django_db


def test_the_first_account_administers_the_province_and_is_made_once(now: datetime) -> None:
    account = ensure_first_account(division="130000", now=now)

    assert account is not None
    user = authenticate(username=account[0], password=account[1])
    assert access.scope_of(user) == "13"
    assert all(access.may(user, role) for role in Role)
    assert ensure_first_account(division="13", now=now) is None
    assert get_user_model().objects.count() == 1


def test_the_journal_knows_of_the_account_and_not_of_its_password(now: datetime) -> None:
    account = ensure_first_account(division="13", now=now)

    entry = JournalEntry.objects.get()
    assert entry.verb == "account-created"
    assert account is not None
    assert account[1] not in str(entry.details)


def test_a_password_can_be_read_aloud_and_not_be_guessed(now: datetime) -> None:
    account = ensure_first_account(division="13", now=now)

    assert account is not None
    assert re.fullmatch(r"(?:[a-hjkmnp-z2-9]{4}-){3}[a-hjkmnp-z2-9]{4}", account[1])
    assert not set(account[1]) & set("01ilo")


def test_five_departments_of_a_province_are_made_once() -> None:
    offices = ensure_departments(division="13")

    assert [office.department for office in offices] == list(OF_THE_STATE)
    assert offices == ensure_departments(division="130000")
    assert Organisation.objects.count() == 5


@pytest.mark.parametrize(
    ("division", "department", "name"),
    [
        ("13", Department.HUMAN_RESOURCES, "河北省人力资源和社会保障厅"),
        ("1311", Department.TRANSPORT, "衡水市交通运输局"),
        ("11", Department.PUBLIC_SECURITY, "北京市公安局"),
        ("131121", Department.HEALTH, "枣强县卫生健康局"),
        ("131121102", Department.HUMAN_RESOURCES, "大营镇人力资源和社会保障所"),
    ],
)
def test_offices_are_called_by_their_level(
    division: str, department: Department, name: str
) -> None:
    assert office_name(division, department) == name


def test_a_division_that_does_not_exist_makes_no_account(now: datetime) -> None:
    with pytest.raises(places.PlaceError):
        ensure_first_account(division="99", now=now)

    assert not get_user_model().objects.exists()

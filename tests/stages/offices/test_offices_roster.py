"""Lists of accounts: all or none, once, and within the administrator's reach."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User

from factories.chain import HENGSHUI, officer
from zhitong import places
from zhitong.kernel.models import JournalEntry
from zhitong.offices import rules
from zhitong.offices.invitations import DAYS, NotInvited, accept, invite, invited
from zhitong.offices.models import Department, Organisation, Role, Staff
from zhitong.offices.roster import Line, appoint

pytestmark = pytest.mark.django_db

DAYING, ZAOQIANG = "131121102", "131121"


def lines(*rows: tuple[str, str], **more: str) -> list[Line]:
    return [
        Line(row=at, division=division, username=username, **more)
        for at, (division, username) in enumerate(rows, 2)
    ]


def test_the_townships_of_a_province_at_once(now: datetime, django_assert_max_num_queries) -> None:
    towns = places.expected_townships("13")
    wanted = lines(*((code, f"zt{code}") for code in towns))

    with django_assert_max_num_queries(40):
        outcome = appoint(lines=wanted, by=None, now=now)

    assert outcome.faults == []
    assert len(towns) > 2200
    assert outcome.created == len(towns) == Staff.objects.count() == Organisation.objects.count()
    assert len({one.token for one in outcome.opened}) == len(towns)


def test_the_same_list_again_changes_nothing(now: datetime) -> None:
    wanted = lines((DAYING, "dy-1"), (ZAOQIANG, "zq-1"))
    appoint(lines=wanted, by=None, now=now)
    again = appoint(lines=wanted, by=None, now=now)

    assert again.created == 0
    assert [one.token for one in again.opened] == [None, None]
    assert User.objects.count() == 2
    assert JournalEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("line", "key", "code"),
    [
        ({"division": "999999"}, "division", "unknown-division"),
        ({"division": ""}, "division", "unknown-division"),
        ({"username": "a b"}, "username", "bad-username"),
        ({"username": "DY-1"}, "username", "username-twice"),
        ({"username": "taken"}, "username", "username-taken"),
        ({"department": "教育"}, "department", "unknown-department"),
        ({"roles": "录入、国王"}, "roles", "unknown-role"),
        ({"division": "1309"}, "division", "not-yours-to-appoint"),
        ({"division": HENGSHUI, "roles": "管理"}, "division", "not-yours-to-appoint"),
    ],
)
def test_one_wrong_row_keeps_all_out(
    now: datetime, line: dict[str, str], key: str, code: str
) -> None:
    head = officer(HENGSHUI, name="head")
    officer("130921", name="taken")
    accounts = User.objects.count()
    wrong = Line(**({"row": 3, "division": DAYING, "username": "dy-2"} | line))
    outcome = appoint(lines=[*lines((DAYING, "dy-1")), wrong], by=head, now=now)

    assert {(one.key, one.code) for one in outcome.faults} == {(key, code)}
    assert outcome.opened == []
    assert all(one.sentence.endswith("。") for one in outcome.faults)
    assert User.objects.count() == accounts


@pytest.mark.parametrize(
    ("above", "department", "to", "to_department", "administrator", "may"),
    [
        ("1311", "human_resources", "131121", "human_resources", True, True),
        ("1311", "human_resources", "1311", "human_resources", False, True),
        ("1311", "human_resources", "1311", "human_resources", True, False),
        ("1311", "human_resources", "1311", "transport", True, True),
        ("13", "human_resources", "13", "human_resources", True, True),
        ("1311", "transport", "131121", "transport", True, True),
        ("1311", "transport", "131121", "health", False, False),
        ("1311", "human_resources", "13", "human_resources", False, False),
        ("1311", "human_resources", "1309", "human_resources", False, False),
    ],
)
def test_administrators_are_appointed_from_above(
    above: str, department: str, to: str, to_department: str, administrator: bool, may: bool
) -> None:
    assert (
        rules.may_appoint(
            above=above,
            department=department,
            to=to,
            to_department=to_department,
            administrator=administrator,
        )
        is may
    )


def test_every_department_has_its_view() -> None:
    assert set(rules.VIEWS) == set(Department.values)
    assert Role.ADMINISTER in Role.values


def test_a_link_expires_and_a_later_one_voids_it(now: datetime) -> None:
    user = officer(HENGSHUI)
    [first] = invite(users=[user], by=None, now=now)
    [second] = invite(users=[user], by=None, now=now)

    with pytest.raises(NotInvited):
        invited(token=first, now=now)
    assert invited(token=second, now=now + timedelta(days=DAYS, seconds=-1)) == user
    for moment in (now + timedelta(days=DAYS), now + timedelta(days=365)):
        with pytest.raises(NotInvited):
            accept(token=second, password="a good long password", now=moment)

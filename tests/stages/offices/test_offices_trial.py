"""Accounts for trying the report chain: a line of posts, and never among real ones."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.conf import settings
from django.contrib.auth import authenticate, get_user_model

from zhitong.flows.chain.rules import REVIEWERS, line_of
from zhitong.kernel.errors import UserError
from zhitong.kernel.models import JournalEntry
from zhitong.offices.models import Role, Staff
from zhitong.offices.operations import ensure_first_account
from zhitong.offices.trial import NotATrial, open_trial_accounts

DAYING = "131121102"

pytestmark = pytest.mark.django_db


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "EMBEDDED", True)


def test_every_level_of_the_chain_has_an_account_that_may_act(
    embedded: None, now: datetime
) -> None:
    opened = open_trial_accounts(township=DAYING, now=now)

    posts = [Staff.objects.get(user__username=one.username) for one in opened]
    assert [post.organisation.division for post in posts] == [DAYING, "131121", "1311", "13"]
    assert Role.ENTER in posts[0].roles
    needed = [REVIEWERS[level] for level in line_of(DAYING)]
    assert all(role in post.roles for role, post in zip(needed, posts[1:], strict=True))
    assert opened[0].office == "大营镇人力资源和社会保障所"


def test_a_password_opens_its_account_until_the_next_are_given(
    embedded: None, now: datetime
) -> None:
    first = open_trial_accounts(township=DAYING, now=now)[0]
    assert authenticate(None, username=first.username, password=first.password)
    second = open_trial_accounts(township=DAYING, now=now)[0]

    assert authenticate(None, username=first.username, password=first.password) is None
    assert authenticate(None, username=second.username, password=second.password)
    assert get_user_model().objects.count() == 4
    details = JournalEntry.objects.filter(verb="trial-account-opened").values_list("details")
    assert len(details) == 8
    assert not any(first.password in str(one) for one in details)


def test_a_municipality_has_no_account_between_county_and_province(
    embedded: None, now: datetime
) -> None:
    opened = open_trial_accounts(township="110105001", now=now)
    levels = {one.username for one in opened}
    assert levels == {"trial-township", "trial-county", "trial-province"}
    assert len(line_of("110105001")) == 2


def test_where_others_work_there_is_no_trial(embedded: None, now: datetime) -> None:
    ensure_first_account(division="13", now=now)
    get_user_model().objects.create_user("wang-li")

    with pytest.raises(NotATrial, match="wang-li"):
        open_trial_accounts(township=DAYING, now=now)
    assert not get_user_model().objects.filter(username__startswith="trial-").exists()


def test_a_database_of_ones_own_is_no_trial(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "EMBEDDED", False)
    with pytest.raises(NotATrial, match="自带的数据库"):
        open_trial_accounts(township=DAYING, now=now)


def test_trial_accounts_leave_the_first_account_to_come(embedded: None, now: datetime) -> None:
    open_trial_accounts(township=DAYING, now=now)
    assert ensure_first_account(division="13", now=now) is not None
    assert ensure_first_account(division="13", now=now) is None


@pytest.mark.parametrize("code", ["13", "131121"])
def test_a_report_begins_in_a_township(embedded: None, now: datetime, code: str) -> None:
    with pytest.raises(UserError, match="乡镇"):
        open_trial_accounts(township=code, now=now)

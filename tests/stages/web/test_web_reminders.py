"""Deadlines, the one click that reminds all, and what an office was reminded of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from factories.chain import DAYING, HEBEI, HENGSHUI, XINTUN, ZAOQIANG, officer, offices, report
from stages.web.test_web_doors import assert_no_inline
from stages.web.test_web_returns import read, send, told
from zhitong.flows.models import Reminder, Timetable
from zhitong.offices.models import Role

pytestmark = pytest.mark.django_db
HEAD = "administrator"
Desk = Callable[[str], Client]


@pytest.fixture
def staff():
    return offices() | {HEAD: officer(HEBEI, name=HEAD, roles=[Role.ADMINISTER])}


@pytest.fixture
def desk(staff) -> Desk:
    def sign_in(who: str) -> Client:
        client = Client()
        client.force_login(staff[who])
        return client

    return sign_in


def times(**more: str) -> dict[str, str]:
    soon = timezone.localdate() + timedelta(days=2)  # tomorrow may be today by the time it is sent
    return {
        "since": soon.isoformat(),
        "township": "14:00",
        "county": "15:00",
        "city": "16:00",
        "province": "17:30",
        "remind": "-30, 15",
        "quiet": "45",
        **more,
    }


def test_one_click_reminds_all_and_tells_whom(desk: Desk, staff, now) -> None:
    report(DAYING, 1, by=staff[DAYING], now=now)
    county = desk(ZAOQIANG)
    assert "全部提醒" in read(county, "returns_chase")

    first = told(send(county, "remind", {}), county)
    again = told(send(county, "remind", {}), county)

    count = Reminder.objects.count()
    assert count > 5 and f"已提醒 {count} 个单位" in first
    assert f"另有 {count} 个单位刚提醒过" in again and Reminder.objects.count() == count
    when = timezone.localtime(Reminder.objects.latest("at").at)
    assert f"{when:%H:%M}" in again, "the list shows when"


def test_a_clerk_is_told_on_every_page_until_it_is_read(desk: Desk) -> None:
    send(desk(ZAOQIANG), "remind", {})
    clerk = desk(XINTUN)

    for name in ("desk:returns", "registry:entry", "desk:plans", "accounts:own"):
        assert "有 1 条未读的催报提醒" in clerk.get(reverse(name)).content.decode()
    page = clerk.get(reverse("desk:reminders")).content.decode()
    assert "还没有提交日报" in page and "未读" in page
    assert_no_inline(page)
    clerk.post(reverse("desk:reminders_read"))
    assert "未读" not in clerk.get(reverse("desk:reminders")).content.decode()
    assert "未读的催报提醒" not in read(clerk)
    assert Reminder.objects.filter(read_at=None).exists(), "the others' are their own"


def test_a_township_has_no_button_and_no_way_to_remind(desk: Desk) -> None:
    clerk = desk(DAYING)
    assert "全部提醒" not in read(clerk, "returns_chase")
    assert "由县级及以上" in told(send(clerk, "remind", {}), clerk)
    assert not Reminder.objects.exists()


def test_the_province_sets_deadlines_and_everybody_reads_them(desk: Desk) -> None:
    head = desk(HEAD)
    done = head.post(reverse("desk:returns_deadlines_set"), times())

    assert "已设置" in told(done, head)
    assert Timetable.objects.get().remind == [-30, 15]
    page = desk(DAYING).get(reverse("desk:returns_deadlines")).content.decode()
    assert "17:30" in page and "-30, 15" in page and "45 分钟" in page and "尚未执行" in page
    assert "设置新的截止时间" not in page
    assert_no_inline(page)


@pytest.mark.parametrize(
    "wrong",
    [
        {"since": "x"},
        {"since": "2020-01-01"},
        {"county": "13:00"},
        {"city": "25:00"},
        {"remind": "x"},
        {"quiet": "0"},
        {"quiet": "\0"},
    ],
)
def test_nonsense_in_deadlines_is_told_and_kept_in_the_form(desk: Desk, wrong) -> None:
    response = desk(HEAD).post(reverse("desk:returns_deadlines_set"), times(**wrong))
    assert response.status_code == 422 and 'value="17:30"' in response.content.decode()
    assert not Timetable.objects.exists()


@pytest.mark.parametrize("who", [DAYING, ZAOQIANG, HENGSHUI, HEBEI])
def test_nobody_else_sets_deadlines(desk: Desk, who) -> None:
    assert desk(who).post(reverse("desk:returns_deadlines_set"), times()).status_code == 403

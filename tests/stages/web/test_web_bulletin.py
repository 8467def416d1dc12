"""The bulletin's page: what is published and what is a draft, where figures come from, files."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from pypdf import PdfReader

from factories.chain import officer, report
from factories.departures import wishes
from factories.trips import trip
from factories.workers import at_work, reported
from stages.bulletin.hebei import DAY, DAYING, WANGJUN, operated, stock
from zhitong.bulletin import counts
from zhitong.bulletin.operations import publish
from zhitong.flows.operations import store_days
from zhitong.offices.models import Department, Organisation, Role, Staff

DeskOf = Callable[..., Client]
ADDRESS = "/bulletin/"


@pytest.fixture
def day(db: None, now: datetime) -> None:
    """Hebei's day in the registry, stored, with its trips."""
    stock()
    operated()
    store_days(days=[DAY - timedelta(days=1), DAY], now=now)


def test_without_a_published_one_the_draft_says_so_and_what_to_do(
    desk_of: DeskOf, day: None
) -> None:
    response = desk_of("13").get(ADDRESS)
    text = response.content.decode()

    assert response.context["version"] == 0
    assert "试算稿，未发布" in text
    assert "zhitong bulletin --division 13 --date 2020-03-02 --publish" in text
    assert "共接送628车次" in text


def test_the_draft_says_what_the_command_publishes(
    desk_of: DeskOf, day: None, now: datetime
) -> None:
    drafted = desk_of("13").get("/bulletin/bulletin.txt").content.decode()

    assert drafted == publish(division="13", about=DAY, now=now).prose


def test_what_is_missing_stands_before_every_total(
    desk_of: DeskOf, day: None, now: datetime
) -> None:
    report(DAYING, 1, by=officer(DAYING, roles=[Role.ENTER], name="unit"), now=now)
    text = desk_of("131121").get(ADDRESS).content.decode()

    total = text.index("人。按务工地分")
    assert text.index("日报：应报") < total
    assert text.index("逾期未报") < total


def test_a_published_version_is_shown_as_it_was_and_later_changes_are_told(
    desk_of: DeskOf, day: None, now: datetime
) -> None:
    first = publish(division="13", about=DAY, now=now)
    at_work([(DAYING, DAYING)])
    store_days(days=[DAY], now=now)
    desk = desk_of("13")
    response = desk.get(ADDRESS)
    text = response.content.decode()

    assert response.context["words"] == first.prose
    assert "已发布，第 1 版" in text and "现为 175" in text
    assert response.context["changed"] == 3  # all, those in the province, those in the township

    publish(division="13", about=DAY, now=now + timedelta(hours=1))
    assert desk.get(ADDRESS).context["version"] == 2
    earlier = desk.get(ADDRESS, {"version": "1"})
    assert "已被第 2 版取代" in earlier.content.decode()
    assert earlier.context["words"] == first.prose
    assert desk.get(ADDRESS, {"version": "3"}).status_code == 404
    assert desk.get(ADDRESS, {"version": "0"}).context["issue"].shown is None


def test_figures_reconcile_with_the_pages_they_link_to(
    desk_of: DeskOf, day: None, now: datetime
) -> None:
    publish(division="13", about=DAY, now=now)
    desk = desk_of("13")
    groups = {one.title: one for one in desk.get(ADDRESS).context["groups"]}

    dashboard = desk.get(groups["登记统计"].address).context["report"]
    assert groups["在岗总数"].lines[0].value == dashboard.total == 174
    shuttles = desk.get(groups["门对门（当日）"].address).context["listing"].page
    runs, people = sorted(line.value for line in groups["门对门（当日）"].lines)
    assert shuttles.paginator.count == runs == 154
    assert sum(one.people for one in shuttles.paginator.object_list) == people == 6864
    through = desk.get(groups["直通车"].address).context["listing"].page
    assert through.paginator.count == 5
    for one in groups.values():
        assert desk.get(one.address).status_code == 200
        assert parse_qs(urlsplit(one.address).query)["division"] == ["13"]


def test_all_sums_are_listed_and_one_that_does_not_hold_is_told(
    desk_of: DeskOf, day: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desk_of("13")
    assert desk.get(ADDRESS).context["wrong"] == []

    monkeypatch.setattr(counts, "point_to_point", lambda **_: counts.Carried(trips=1, people=1))
    text = desk.get(ADDRESS).content.decode()
    assert "项不符" in text and "不符时不能发布" in text


@pytest.mark.parametrize("department", [Department.TRANSPORT, Department.HEALTH])
def test_a_department_without_the_registry_reads_the_same_words(
    department: Department, desk_of: DeskOf, day: None
) -> None:
    wishes(3, home=DAYING, destination="330782", together=True)
    planned = trip(origin=DAYING, destination="330782", people=2, day=DAY + timedelta(days=1))
    office = Organisation.objects.create(division="13", department=department, name="某厅")
    other = officer("13", name="other")
    Staff.objects.filter(user=other).update(organisation=office, roles=[Role.READ])
    client = Client()
    client.force_login(other)

    theirs = client.get("/bulletin/bulletin.txt").content.decode()

    assert theirs == desk_of("13").get("/bulletin/bulletin.txt").content.decode()
    assert planned.number not in theirs


def test_files_of_a_published_version_hold_what_was_published(
    desk_of: DeskOf, day: None, now: datetime
) -> None:
    bulletin = publish(division="13", about=DAY, now=now)
    at_work([(DAYING, WANGJUN)] * 3)
    store_days(days=[DAY], now=now)
    desk = desk_of("13")

    assert desk.get("/bulletin/bulletin.txt").content.decode() == bulletin.prose
    told = json.loads(desk.get("/bulletin/bulletin.json").content)
    assert {"section": "S2", "key": "total", "value": 174, "query": "counts.workers_at_work"} in (
        told["figures"]
    )
    response = desk.get("/bulletin/bulletin.pdf")
    pages = PdfReader(io.BytesIO(response.content)).pages
    text = "".join("".join(page.extract_text() for page in pages).split())
    assert "第1版" in text and "14,147" in text and "60402015391742/2246" in text
    assert "%E7%AC%AC1%E7%89%88.pdf" in response.headers["Content-Disposition"]  # 第1版
    draft = desk.get("/bulletin/bulletin.pdf", {"version": "0"})
    assert "试算稿" in PdfReader(io.BytesIO(draft.content)).pages[0].extract_text()
    assert desk.get("/bulletin/bulletin.docx").status_code == 404


def test_a_day_without_figures_says_the_first_step(desk_of: DeskOf, db: None) -> None:
    assert "第一步" in desk_of("13").get(ADDRESS).content.decode()
    assert desk_of("1311").get("/bulletin/bulletin.txt").status_code == 404


def test_a_township_has_its_own_and_english_frames_the_chinese_text(
    desk_of: DeskOf, day: None
) -> None:
    reported(DAYING)
    desk = desk_of(DAYING)
    desk.cookies["django_language"] = "en"
    text = desk.get(ADDRESS).content.decode()

    assert "枣强县大营镇农民工“点对点”返岗复工服务情况通报" in text
    assert "The official text is in Chinese, as it is published." in text

"""Repeated rows at the desk: what would change, and the decisions."""

from __future__ import annotations

import pytest
from django.test import Client

from factories.staff import clerk
from stages.registry.survey_rows import person, traveller, write_csv
from zhitong.kernel.models import JournalEntry
from zhitong.registry import duplicates, preview
from zhitong.registry.intake import admit_surveys
from zhitong.registry.models import Duplicate, Worker
from zhitong.registry.survey import QUESTIONS as FORM
from zhitong.web.registry.words import LABELS, QUESTIONS

ZAOQIANG = "131121"


@pytest.fixture
def waiting(db: None, tmp_path, now):
    """Receive the first rows, then the second ones; the duplicates of these."""

    def receive(first: list[dict[str, str]], second: list[dict[str, str]]) -> list[Duplicate]:
        sent_by = clerk(ZAOQIANG, name="sender")
        for name, rows in (("a.csv", first), ("b.csv", second)):
            admit_surveys(
                [write_csv(tmp_path / name, rows)], about=now.date(), sent_by=sent_by, now=now
            )
        return list(Duplicate.objects.order_by("row"))

    return receive


def changed(duplicate: Duplicate) -> dict[str, tuple[str, str]]:
    return {
        one.label: (one.registered, one.row) for one in preview.compare(duplicate) if one.differs
    }


def test_only_what_differs_is_marked_and_nothing_stands_in_clear(waiting) -> None:
    (found,) = waiting(
        [traveller(1, name="张小三")],
        [person(1, name="张大三", phone="13912345678", work="天津市武清区", employer="某厂")],
    )

    assert changed(found) == {
        "姓名": ("张*三", "张*三"),
        "手机号": ("138****0001", "139****5678"),
        "就业状态": ("在家待岗", "在岗"),
        "上岗日期": ("2020-03-02", "2020-02-20"),
        "务工地": ("北京市朝阳区", "天津市武清区"),
        "工作单位": ("", "某厂"),
        "务工类别": ("", "跨省"),
    }


def test_a_row_that_says_the_same_changes_nothing(waiting) -> None:
    (found,) = waiting([traveller(1)], [traveller(1), person(9)])

    assert (found.identical, changed(found)) == (True, {})


def test_a_row_is_looked_at_and_decided(desk_of, waiting) -> None:
    one, two = waiting(
        [person(1), person(2)], [person(1, name="张大三"), person(2, address="李庄村")]
    )
    client = desk_of(ZAOQIANG)
    listed = client.get("/registry/repeated/").content.decode()
    assert "张小三" not in listed
    page = client.get(f"/registry/repeated/{one.pk}/").content.decode()
    assert "将更新" in page
    assert "张大三" not in page

    after = client.post(f"/registry/repeated/{one.pk}/decide/", {"decision": "replace"})
    assert f"/registry/repeated/{two.pk}/" in after.headers["Location"]
    assert Worker.objects.filter(name="张大三").exists()
    last = client.post(f"/registry/repeated/{two.pk}/decide/", {"decision": "keep"}, follow=True)
    assert "没有待处理的重复记录" in last.content.decode()


def test_the_second_who_decides_otherwise_is_told(desk_of, waiting, now) -> None:
    (found,) = waiting([person(1)], [person(1, name="张大三")])
    duplicates.decide(duplicate=found, decision=Duplicate.Decision.KEEP, by=None, now=now)

    answer = desk_of(ZAOQIANG).post(
        f"/registry/repeated/{found.pk}/decide/", {"decision": "replace"}
    )

    assert answer.status_code == 409
    assert "已处理为“保留原记录”" in answer.content.decode()


def test_all_that_say_the_same_are_kept_at_once(desk_of, waiting) -> None:
    waiting([person(1), person(2), person(3)], [person(1), person(2), person(3, name="张大三")])
    client: Client = desk_of(ZAOQIANG)

    page = client.post("/registry/repeated/keep-identical/", follow=True).content.decode()

    assert "已保留 2 条内容相同的。" in page
    assert Duplicate.objects.filter(decision="pending").count() == 1
    entry = JournalEntry.objects.latest("pk")
    assert (entry.verb, entry.details) == ("duplicates.kept-identical", {"duplicates": 2})


def test_the_list_asks_as_often_for_many_as_for_few(
    desk_of, waiting, django_assert_max_num_queries
) -> None:
    numbers = range(1, 20)
    waiting([person(one) for one in numbers], [person(one, address="李庄") for one in numbers])
    client = desk_of(ZAOQIANG)

    with django_assert_max_num_queries(14):
        client.get("/registry/repeated/")


def test_questions_and_decisions_are_known_to_the_catalogue() -> None:
    shown = {label for label, _ in preview._SHOWN.values()}
    asked = {one.heading for one in FORM.values()}
    assert shown <= asked == QUESTIONS
    assert {str(one) for one in Duplicate.Decision.labels} <= LABELS

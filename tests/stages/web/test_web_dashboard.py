"""What the dashboard shows, from where, and for whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factories.figures import DAY, HEBEI, HENGSHUI, RAOYANG, ZAOQIANG, store_figure
from zhitong import places
from zhitong.bulletin import rounding
from zhitong.flows.models import DailyFigure
from zhitong.web.desk.figures import quantile_steps
from zhitong.web.templatetags.desk import wan

DeskOf = Callable[..., Client]


def test_the_total_stands_in_wan_with_its_exact_value_and_coverage(
    desk_of: DeskOf, hebei_days: None
) -> None:
    text = desk_of(HEBEI).get("/").content.decode()

    assert (
        '<data value="1736100" title="1,736,100">173.61<span class="unit">万</span></data>' in text
    )
    due = len(places.expected_townships(HEBEI))
    assert f"{due - 1:,}" in text
    assert f"/ {due:,}" in text


def test_the_change_against_yesterday_and_a_year_before_carries_its_sign(
    desk_of: DeskOf, hebei_days: None
) -> None:
    response = desk_of(HEBEI).get("/")

    assert response.context["day_change"].difference == 15
    assert response.context["year_change"].difference == 15 * 366
    assert "+15 (" in response.content.decode()


def test_a_day_on_which_nobody_reported_is_not_compared_with(
    desk_of: DeskOf, hebei_days: None
) -> None:
    DailyFigure.objects.filter(about=date(2019, 3, 2)).update(townships_reported=0)
    response = desk_of(HEBEI).get("/")

    assert response.context["year_change"] is None
    assert all(line.year_before is None for line in response.context["lines"])
    assert "较上年同日 无可比数据（当日无上报）" in response.content.decode()
    assert response.context["day_change"].difference == 15


@pytest.mark.parametrize("workers", [17_361, 14_147, 1_736_100, 285_000, 9_999])
def test_pages_write_large_figures_as_the_bulletin_does(workers: int) -> None:
    shown = re.sub(r"<[^>]*>", "", wan(workers)).replace(",", "")
    assert shown == rounding.wan(workers)


def test_the_five_categories_come_in_their_order_and_fill_the_bar(
    desk_of: DeskOf, hebei_days: None
) -> None:
    lines = desk_of(HEBEI).get("/").context["lines"]

    assert [line.label for line in lines] == ["乡内", "乡外县内", "县外市内", "市外省内", "跨省"]
    assert [line.colour for line in lines] == [
        "#4477AA",
        "#66CCEE",
        "#228833",
        "#CCBB44",
        "#EE6677",
    ]
    assert lines[-1].start + lines[-1].share == pytest.approx(100)


def test_a_day_without_figures_says_the_first_step(desk_of: DeskOf, db: None) -> None:
    response = desk_of(HEBEI).get("/")

    assert "第一步" in response.content.decode()
    assert "zhitong intake" in response.content.decode()


def test_another_day_can_be_looked_at_and_nonsense_is_not_found(
    desk_of: DeskOf, hebei_days: None
) -> None:
    desk = desk_of(HEBEI)

    assert desk.get("/", {"date": "2020-03-01"}).context["report"].about.isoformat() == "2020-03-01"
    assert "2021-01-01 还没有日报数据" in desk.get("/", {"date": "2021-01-01"}).content.decode()
    assert desk.get("/", {"date": "yesterday"}).status_code == 404


@pytest.mark.parametrize(
    ("home", "asked", "status"),
    [
        (HEBEI, HENGSHUI, 200),
        (HEBEI, "130000", 200),
        (HEBEI, "13112", 404),
        (HEBEI, "41", 404),
        (HENGSHUI, ZAOQIANG, 200),
        (HENGSHUI, "1301", 404),
        (HENGSHUI, HEBEI, 404),
        (ZAOQIANG, ZAOQIANG, 200),
        (ZAOQIANG, RAOYANG, 404),
        (ZAOQIANG, HENGSHUI, 404),
        (ZAOQIANG, "nowhere", 404),
    ],
)
def test_a_reader_sees_their_own_subtree_only(
    desk_of: DeskOf, hebei_days: None, home: str, asked: str, status: int
) -> None:
    assert desk_of(home).get("/", {"division": asked}).status_code == status


def test_an_account_without_a_post_is_told_whom_to_ask(
    client: Client, django_user_model: type, hebei_days: None
) -> None:
    client.force_login(django_user_model.objects.create_user("nobody"))

    response = client.get("/")

    assert response.status_code == 403
    assert "请联系本单位管理员" in response.content.decode()


def test_the_number_of_queries_does_not_grow_with_the_rows(
    desk_of: DeskOf, hebei_days: None, now: datetime
) -> None:
    desk = desk_of(HEBEI)
    few = queries_of(desk, "/?division=131121")
    for township in places.expected_townships(ZAOQIANG):
        store_figure(division=township, about=DAY, base=7, now=now)

    assert queries_of(desk, "/?division=131121") == few
    assert queries_of(desk, "/") == few


def queries_of(desk: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert desk.get(address).status_code == 200
    return len(captured)


def test_the_map_knows_every_child_by_the_code_of_its_boundary(
    desk_of: DeskOf, hebei_days: None
) -> None:
    from zhitong.web.boundaries.shipped import FOLDER

    values = desk_of(HEBEI).get("/").context["map"]["chart"]["values"]
    boundaries = (FOLDER / "13-cities.json").read_text(encoding="utf-8")

    assert len(values) == 11
    assert all(f'"code":"{one["code"]}"' in boundaries for one in values)


@pytest.mark.parametrize(
    ("values", "steps"),
    [
        ([], []),
        ([5], [(5, 5)]),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [(1, 2), (3, 4), (5, 6), (7, 8), (9, 10)]),
        ([0, 0, 0, 0, 9], [(0, 0), (9, 9)]),
        ([1, 1, 1, 1], [(1, 1)]),
    ],
)
def test_steps_of_the_map_hold_equally_many_places(
    values: list[int], steps: list[tuple[int, int]]
) -> None:
    assert quantile_steps(values) == steps

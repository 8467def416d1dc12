"""Declared totals on the desk: cards, map, the year before, and the files."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import polars as pl
import pytest
from django.test import Client
from django.urls import reverse

from factories.chain import (
    DAY,
    DAYING,
    HEBEI,
    HENGSHUI,
    RAOYANG_TOWN,
    XINTUN,
    ZAOQIANG,
    offices,
    report,
)
from stages.web.test_web_doors import assert_no_inline
from stages.web.test_web_returns import read
from zhitong.flows.rules import same_day_a_year_before

pytestmark = pytest.mark.django_db
Desk = Callable[[str], Client]


@pytest.fixture
def desk(now) -> Desk:
    staff = offices()
    for unit, people in ((DAYING, 3), (XINTUN, 5), (RAOYANG_TOWN, 7)):
        report(unit, people, by=staff[unit], now=now)
    report(DAYING, 2, by=staff[DAYING], now=now, about=same_day_a_year_before(DAY))

    def sign_in(division: str) -> Client:
        client = Client()
        client.force_login(staff[division])
        return client

    return sign_in


def test_every_level_sees_its_children_on_map_and_in_the_table(desk: Desk) -> None:
    province, county = (
        read(desk(HEBEI), "returns_declared"),
        read(desk(ZAOQIANG), "returns_declared"),
    )

    assert province.index("已报/应报") < province.index("填报合计")
    assert '"value": 15' in province and 'id="map"' in province
    assert '"value": null' in province and '"value": 0' not in province, "silence is not zero"
    assert f"/returns/declared/?division={HENGSHUI}" in province
    assert "+15" in province and "较登记库" in province
    assert "+13" in province and "较上年同日" in province
    assert f"/returns/?division={DAYING}" in county and 'id="sketch"' in county
    assert_no_inline(province)
    township = read(desk(DAYING), "returns_declared")
    assert "与登记库一致" not in township and "分地区填报合计" not in township


def test_the_files_hold_what_the_page_shows(desk: Desk) -> None:
    client = desk(ZAOQIANG)
    query = {"division": ZAOQIANG, "date": DAY.isoformat()}
    book = client.get(reverse("desk:returns_xlsx"), query)
    days = query | {"first": (DAY - timedelta(days=1)).isoformat(), "last": DAY.isoformat()}
    table = client.get(reverse("desk:returns_table", args=["parquet"]), days)

    assert "attachment" in book.headers["Content-Disposition"]
    assert b"".join(book.streaming_content)[:2] == b"PK"
    read = pl.read_parquet(io.BytesIO(b"".join(table.streaming_content)))
    assert read["declared"].sum() == 8
    for form, more in (("exe", {}), ("csv", {"first": "x"}), ("csv", {"first": "2019-01-01"})):
        wrong = client.get(reverse("desk:returns_table", args=[form]), days | more)
        assert wrong.status_code == 404


@pytest.mark.parametrize("division", [HEBEI, ZAOQIANG])
def test_a_page_of_declared_totals_costs_few_queries(
    desk: Desk, division, django_assert_max_num_queries
) -> None:
    client = desk(division)
    with django_assert_max_num_queries(16):
        read(client, "returns_declared")

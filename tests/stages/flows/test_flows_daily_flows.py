"""Flows from home to the province of work, stored with the day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from factories.workers import at_work, idle
from zhitong.flows.chain.destinations import flows_between
from zhitong.flows.models import DailyFlow
from zhitong.flows.operations import store_day
from zhitong.flows.report import report

DAY = date(2020, 3, 2)
DAYING, WANGJUN, RAOYANG = "131121102", "131121202", "131124100"
BEIJING, CHENGDU = "110105001", "510107"

pytestmark = pytest.mark.django_db


@pytest.fixture
def workers() -> None:
    at_work([(DAYING, BEIJING)] * 3 + [(WANGJUN, BEIJING), (RAOYANG, CHENGDU), (DAYING, DAYING)])
    at_work([(DAYING, CHENGDU)], started=date(2020, 1, 1), ended=DAY)
    idle([DAYING])


def test_flows_are_counted_by_home_county_and_province_of_work(workers, now):
    store_day(about=DAY, now=now)

    rows = DailyFlow.objects.values_list("home", "destination", "people")
    assert list(rows) == [("131121", "11", 4), ("131121", "13", 1), ("131124", "51", 1)]


def test_flows_add_up_to_the_report(workers, now):
    store_day(about=DAY, now=now)
    counted = report(division="13", about=DAY)

    for digits in (2, 4, 6):
        abroad = flows_between(division="13", about=DAY, digits=digits)
        everywhere = flows_between(division="13", about=DAY, digits=digits, abroad=False)
        assert sum(people for *_, people in abroad) == counted.outside_province == 5
        assert sum(people for *_, people in everywhere) == counted.total == 6
    assert flows_between(division="1311", about=DAY, digits=4)[0] == ("1311", "11", 4)


def test_a_county_counts_its_flows_by_township_and_they_are_the_stored_ones(workers, now):
    store_day(about=DAY, now=now)

    by_township = flows_between(division="131121", about=DAY, digits=9)
    assert by_township == [(DAYING, "11", 3), (WANGJUN, "11", 1)]
    assert flows_between(division=DAYING, about=DAY, digits=9, abroad=False) == [
        (DAYING, "11", 3),
        (DAYING, "13", 1),
    ]
    assert flows_between(division="131121", about=DAY, digits=6) == [("131121", "11", 4)]
    assert (DAYING, "51", 1) in flows_between(
        division=DAYING, about=DAY - timedelta(days=1), digits=9
    )


def test_storing_again_replaces_the_flows_of_that_day_alone(workers, now):
    store_day(about=DAY, now=now)
    store_day(about=DAY - timedelta(days=1), now=now)
    at_work([(RAOYANG, CHENGDU)])
    store_day(about=DAY, now=now)

    latest = DailyFlow.objects.filter(home="131124").values_list("about", "people")
    assert list(latest) == [(DAY - timedelta(days=1), 1), (DAY, 2)]

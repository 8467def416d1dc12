"""Stored figures equal counted ones and are read without counting."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from factories.workers import at_work, reported
from zhitong import places
from zhitong.flows import queries
from zhitong.flows.models import DailyFigure
from zhitong.flows.operations import store_day, store_days
from zhitong.flows.report import report
from zhitong.kernel.models import JournalEntry

DAY = date(2020, 3, 2)
DAYING, RAOYANG, BEIJING = "131121102", "131124100", "110105001"

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_counties() -> None:
    at_work([(DAYING, DAYING)] * 3 + [(RAOYANG, BEIJING)] * 2)
    at_work([(DAYING, BEIJING)], started=date(2019, 1, 1))
    reported(DAYING, RAOYANG)


def test_stored_equals_counted_at_every_level(two_counties, now):
    for day in (DAY, DAY - timedelta(days=1), date(2019, 3, 2)):
        store_day(about=day, now=now)

    for division in ("13", "1311", "131121", DAYING):
        assert queries.stored(division=division, about=DAY) == report(division=division, about=DAY)


def test_every_division_of_a_province_gets_a_row_zeros_included(two_counties, now):
    stored = store_day(about=DAY, now=now)
    townships = list(places.descendants("13", places.Level.TOWNSHIP))

    assert DailyFigure.objects.filter(about=DAY).count() == stored > len(townships)
    assert not DailyFigure.objects.exclude(division__startswith="13").exists()
    silent = DailyFigure.objects.get(about=DAY, division="1301")
    assert (silent.other_province, silent.townships_reported) == (0, 0)
    assert silent.townships_due == len(places.expected_townships("1301"))


def test_a_day_with_reports_of_zero_only_is_stored(now):
    reported(DAYING)
    store_day(about=DAY, now=now)
    assert queries.stored(division="131121", about=DAY).coverage.reported == 1


def test_storing_again_replaces(two_counties, now):
    store_day(about=DAY, now=now)
    at_work([(DAYING, DAYING)])
    later = now + timedelta(hours=1)
    store_day(about=DAY, now=later)

    assert queries.stored(division="13", about=DAY).total == 7
    assert set(DailyFigure.objects.values_list("computed_at", flat=True)) == {later}
    assert JournalEntry.objects.filter(verb="figures.stored", subject="day:2020-03-02").count() == 2


def test_pages_read_stored_figures_only(two_counties, now, django_assert_num_queries):
    store_day(about=DAY, now=now)
    with django_assert_num_queries(1):
        province = queries.stored(division="13", about=DAY)
    assert province.total == 6 and province.day_before is None
    assert [child.division for child in province.children] == [
        child.code for child in places.children("13")
    ]


def test_a_day_never_computed_is_absent():
    assert queries.stored(division="13", about=DAY) is None
    assert queries.latest_day(division="13") is None


def test_trend_lists_the_stored_days(two_counties, now):
    store_days(days=[DAY, date(2020, 2, 9), date(2020, 2, 10)], now=now)

    days = queries.trend(division="1311", first=date(2020, 2, 1), last=DAY)
    assert [(day.about, day.total) for day in days] == [
        (date(2020, 2, 9), 1),
        (date(2020, 2, 10), 6),
        (DAY, 6),
    ]
    assert queries.latest_day(division="1311") == DAY

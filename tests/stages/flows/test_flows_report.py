"""The report against a count by hand, for small worlds and for random ones."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factories.workers import at_work, idle, reported
from zhitong import places
from zhitong.flows.report import UnknownPlace, report
from zhitong.flows.rules import DayOutOfRange, same_day_a_year_before
from zhitong.registry.models import Batch, ReportedTownship, Spell, Worker

DAY = date(2020, 3, 2)
# 枣强县大营镇, 王均乡; 饶阳县; 桃城区; 石家庄市长安区; 北京市朝阳区
DAYING, WANGJUN, RAOYANG, TAOCHENG, SHIJIAZHUANG, BEIJING = (
    "131121102",
    "131121202",
    "131124100",
    "131102001",
    "130102001",
    "110105001",
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def three_townships() -> None:
    """Eleven at work from 枣强, two from 饶阳, three who are not at work."""
    at_work(
        [(DAYING, DAYING)] * 4
        + [(DAYING, WANGJUN)] * 3
        + [(WANGJUN, RAOYANG)] * 2
        + [(WANGJUN, SHIJIAZHUANG)]
        + [(WANGJUN, BEIJING)]
        + [(RAOYANG, BEIJING)] * 2
    )
    idle([DAYING] * 3)
    reported(DAYING, WANGJUN)


def test_a_county_by_category(three_townships):
    county = report(division="131121", about=DAY)

    assert dict(county.categories) == {
        "within_township": 4,
        "within_county": 3,
        "within_city": 2,
        "elsewhere_in_province": 1,
        "other_province": 1,
    }
    assert (county.total, county.within_province, county.outside_province) == (11, 10, 1)
    assert {child.division: child.total for child in county.children if child.total} == {
        DAYING: 7,
        WANGJUN: 4,
    }


def test_coverage_stands_beside_every_total(three_townships):
    province = report(division="130000", about=DAY)
    due = len(places.expected_townships("13"))

    assert (province.division, province.total) == ("13", 13)
    assert (province.coverage.reported, province.coverage.due) == (2, due)
    city = {child.division: child for child in province.children}["1311"]
    assert str(city.coverage) == f"2/{len(places.expected_townships('1311'))}"
    silent = {child.division: child for child in province.children}["1301"]
    assert (silent.total, silent.coverage.reported) == (0, 0)


def test_zero_is_a_report_and_silence_is_not():
    reported(DAYING)
    county = report(division="131121", about=DAY)

    assert (county.total, county.coverage.reported) == (0, 1)
    assert county.known and county.day_before is None and county.year_before is None


def test_a_township_that_reports_twice_counts_once_and_a_withdrawn_batch_never():
    reported(DAYING)
    reported(DAYING, WANGJUN)
    Batch.objects.filter(pk=reported(*places.expected_townships("131124")).pk).update(
        state=Batch.State.WITHDRAWN
    )
    assert report(division="1311", about=DAY).coverage.reported == 2


def test_a_farm_owes_no_report():
    farm = next(
        one.code
        for one in places.descendants("13", places.Level.TOWNSHIP)
        if one.statistical and one.code not in places.expected_townships("13")
    )
    reported(farm)
    assert report(division="13", about=DAY).coverage.reported == 0


def test_a_spell_counts_from_its_first_day_until_before_its_end():
    at_work([(DAYING, BEIJING)], started=DAY, ended=DAY + timedelta(days=1))

    totals = [
        report(division="13", about=DAY + timedelta(days=shift)).total for shift in (-1, 0, 1)
    ]
    assert totals == [0, 1, 0]


def test_the_day_before_and_the_year_before():
    at_work([(DAYING, BEIJING)] * 2, started=date(2018, 5, 1))
    at_work([(DAYING, DAYING)] * 3, started=date(2019, 1, 1), ended=date(2019, 3, 3))
    at_work([(DAYING, DAYING)], started=DAY)

    county = report(division="131121", about=DAY)

    assert county.total == 3
    assert county.day_before.total == 2 and county.day_before.about == date(2020, 3, 1)
    assert county.year_before.total == 5 and county.year_before.about == date(2019, 3, 2)


def test_29_february_looks_back_at_28():
    assert same_day_a_year_before(date(2020, 2, 29)) == date(2019, 2, 28)
    assert same_day_a_year_before(date(2021, 2, 28)) == date(2020, 2, 28)
    at_work([(DAYING, BEIJING)], started=date(2019, 2, 28), ended=date(2019, 3, 1))
    assert report(division="13", about=date(2020, 2, 29)).year_before.total == 1


def test_homes_known_to_the_county_only_stay_visible():
    at_work([("131121", "1301")] * 2 + [(DAYING, BEIJING)])

    county = report(division="131121", about=DAY)

    assert county.total == 3 and sum(child.total for child in county.children) == 1
    assert county.unplaced["elsewhere_in_province"] == 2


def test_a_township_is_the_end_of_the_tree(three_townships):
    township = report(division=DAYING, about=DAY)
    assert (township.total, township.children) == (7, ())
    assert str(township.coverage) == "1/1"


def test_homes_in_villages_count_for_their_township():
    at_work([("131121102201", BEIJING)])
    assert report(division=DAYING, about=DAY).total == 1
    assert sum(child.total for child in report(division="131121", about=DAY).children) == 1


@pytest.mark.parametrize(
    ("text", "code"), [("139900", "unknown-division"), ("河北", "bad-division-code")]
)
def test_a_division_that_does_not_exist(text, code):
    with pytest.raises(UnknownPlace) as caught:
        report(division=text, about=DAY)
    assert caught.value.code == code


@pytest.mark.parametrize("day", [date.min, date(1899, 12, 31), date(2200, 1, 1), date.max])
def test_a_day_that_cannot_be_meant(day):
    with pytest.raises(DayOutOfRange):
        report(division="13", about=day)


def test_json_holds_every_part(three_townships):
    told = report(division="130000", about=DAY).as_json()
    assert told["total"] == told["within_province"] + told["outside_province"] == 13
    assert list(told["categories"]) == [one.key for one in places.Category]
    assert told["coverage"]["reported"] == 2
    assert sum(child["total"] for child in told["children"]) == 13


HOMES = (DAYING, WANGJUN, RAOYANG, TAOCHENG, SHIJIAZHUANG, BEIJING, "131121", "131121102201")
spells = st.tuples(
    st.sampled_from(HOMES),
    st.sampled_from((DAYING, RAOYANG, SHIJIAZHUANG, BEIJING, "3101", "5101")),
    st.sampled_from((1, 1, 1, 2, 3, 4)),
    st.integers(-380, 5),
    st.one_of(st.none(), st.integers(1, 380)),
)


def store_spells(rows) -> list[Spell]:
    """One worker each, so that no two spells can overlap. Days count from the day of the report."""
    Worker.objects.all().delete()
    made = []
    for home, work, status, start, length in rows:
        started = DAY + timedelta(days=start)
        ended = None if length is None else started + timedelta(days=length)
        if status == Spell.Status.AT_WORK:
            category = places.category(home, work) or places.Category.WITHIN_COUNTY
            made += at_work([(home, work)], started=started, ended=ended, category=category)
        else:
            made += idle([home], status=status, started=started)
    return made


def by_hand(made: list[Spell], division: str, day: date) -> Counter[int]:
    return Counter(
        int(spell.category)
        for spell in made
        if spell.status == Spell.Status.AT_WORK
        and spell.home.startswith(division)
        and spell.started <= day
        and (spell.ended is None or spell.ended > day)
    )


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(spells, max_size=30))
def test_the_statement_equals_a_count_by_hand(db, rows):
    ReportedTownship.objects.all().delete()
    made = store_spells(rows)
    for division in ("13", "1311", "131121", DAYING):
        found = report(division=division, about=DAY)
        for stock, day in (
            (found, DAY),
            (found.day_before, date(2020, 3, 1)),
            (found.year_before, date(2019, 3, 2)),
        ):
            expected = by_hand(made, division, day)
            counts = {one.key: expected[one.value] for one in places.Category}
            assert (stock is None and not any(counts.values())) or stock.categories == counts
        assert found.total == sum(found.categories.values())
        children = sum(child.total for child in found.children)
        if found.children:
            assert found.total == children + sum(found.unplaced.values())

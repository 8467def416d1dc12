"""Each figure is counted from records; sums that disagree are refused by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from factories.trips import trip, trips
from factories.workers import at_work, departure, workers
from stages.bulletin.hebei import (
    BOTOU,
    CHENGDU,
    DAY,
    DAYING,
    TIANJIN,
    WANGJUN,
    ZAOQIANG,
    operated,
    stock,
)
from zhitong.bulletin.counts import Carried
from zhitong.bulletin.figures import collect, reconcile
from zhitong.bulletin.reconciliation import Disagreement
from zhitong.offices.models import Department, Organisation
from zhitong.registry.models import Departure, Party
from zhitong.transport.models import Passage, Plan, Trip

pytestmark = pytest.mark.django_db


def told(division: str = "130000", about: date = DAY) -> dict:
    return collect(division=division, about=about).as_json()


def test_the_figures_of_the_article():
    stock()
    operated()
    figures = collect(division="130000", about=DAY)
    reconcile(figures)
    sections = figures.as_json()

    assert [
        (one["date"], one["direction"], one["people"], one["vehicles"]) for one in sections["S1"]
    ] == [
        ("2020-02-24", "inbound", 17, 1),
        ("2020-02-27", "outbound", 24, 1),
        ("2020-02-28", "outbound", 64, 3),
    ]
    assert sections["S1"][0]["from"] == ["河南省周口市"]
    assert sections["S1"][0]["to"] == ["河北省张家口市怀来县大黄庄镇"]
    assert sections["S1"][2]["to"] == ["四川省成都市", "浙江省金华市义乌市", "辽宁省大连市"]
    assert (sections["S2"]["total"], sections["S2"]["within_province"]) == (174, 135)
    assert sections["S2"]["outside_province"] == 39
    assert sections["S4"] == {
        "outbound": {"trips": 90, "people": 1243},
        "inbound": {"trips": 24, "people": 529},
    }
    assert sections["S6"] == {
        "total": {"trips": 628, "people": 14147},
        "door_to_door": {"runs": 154, "people": 6864},
        "point_to_point": {"vehicles": 474, "people": 7283},
    }
    assert all(one["holds"] for one in sections["S9"]["sums"])


def test_sections_without_records_are_absent_with_a_reason():
    sections = told()
    assert {name for name, section in sections.items() if "absent" in section} == {
        "S3",
        "S5",
        "S7",
        "S8",
    }
    assert all(sections[name]["absent"] for name in ("S3", "S5", "S7", "S8"))
    assert sections["S1"] == [] and sections["S6"]["total"] == {"trips": 0, "people": 0}


def test_only_what_arrived_by_the_day_counts():
    trip(origin=ZAOQIANG, destination=TIANJIN, people=3, day=DAY)
    trip(origin=ZAOQIANG, destination=TIANJIN, people=5, day=date(2020, 3, 3))
    trip(origin=ZAOQIANG, destination=TIANJIN, people=7, day=DAY, state=Trip.State.CANCELLED)
    Passage.objects.create(
        trip=trip(origin=ZAOQIANG, destination=TIANJIN, people=1, day=DAY),
        state=Passage.State.NO_SHOW,
    )
    trips(2, origin=DAYING, destination=ZAOQIANG, people=[4, 4], kind=Trip.Kind.SHUTTLE)

    sections = told()
    assert sections["S4"]["outbound"] == {"trips": 2, "people": 4}
    # Yesterday's runs are not the day's.
    assert sections["S6"]["door_to_door"] == {"runs": 0, "people": 0}


def test_directions_are_seen_from_the_division():
    trip(origin=ZAOQIANG, destination=TIANJIN, people=3, title="天津直通车")
    trip(origin=ZAOQIANG, destination="130102", people=2, title="省内直通车")

    assert [one["direction"] for one in told("13")["S1"]] == ["outbound", "internal"]
    assert told("12")["S4"]["inbound"] == {"trips": 1, "people": 3}
    assert told("1301")["S4"] == {
        "outbound": {"trips": 0, "people": 0},
        "inbound": {"trips": 0, "people": 0},
    }
    assert told("1301")["S6"]["point_to_point"] == {"vehicles": 1, "people": 2}


def test_vehicles_of_a_through_coach_are_distinct_plates():
    for _ in range(2):
        trip(origin=BOTOU, destination=TIANJIN, people=10, title="天津直通车", plate="冀J00001")
    [row] = told()["S1"]
    assert (row["trips"], row["vehicles"], row["people"]) == (2, 1, 20)


def plan() -> Plan:
    return Plan.objects.create(
        made_at=datetime(2020, 3, 2, 12, tzinfo=ZoneInfo("Asia/Shanghai")),
        scope="13",
        first_day=date(2020, 3, 3),
        last_day=date(2020, 3, 9),
        policy={},
        problem={},
        answer={},
        digest=b"\x01" * 32,
        cost=1,
        lower_bound=1,
        seed=1,
    )


def test_pooling_counts_parties_that_share_a_trip():
    family, single, alone, by_rail = (workers([DAYING] * size) for size in (3, 1, 2, 1))
    made = plan()
    for aboard in ([*family, *single], alone):
        coach = trip(
            origin=DAYING,
            destination=CHENGDU,
            people=[],
            day=date(2020, 3, 4),
            state=Trip.State.PLANNED,
            plan=made,
        )
        for people in (family, single, alone):
            party = Party.objects.create(label=f"{len(people)}") if len(people) > 1 else None
            for worker in set(people) & set(aboard):
                wish = departure(worker, destination=CHENGDU, party=party)
                Passage.objects.create(
                    trip=coach, worker=worker, departure=wish, state=Passage.State.BOOKED
                )
    departure(by_rail[0], destination=CHENGDU, mode=Departure.Mode.RAIL)
    departure(workers([WANGJUN])[0], destination=CHENGDU, mode=Departure.Mode.ANY)

    assert told()["S3"] == {
        "first": "2020-03-03",
        "last": "2020-03-09",
        "wishes": 7,
        "people": 6,
        "parties": 3,
        "trips": 2,
        "together": 4,
        "share_together": 0.6667,
    }


def test_departments_with_an_office():
    for division, department in (
        ("13", Department.HUMAN_RESOURCES),
        ("1311", Department.HUMAN_RESOURCES),
        ("13", Department.RAILWAY),
        ("12", Department.HEALTH),
    ):
        Organisation.objects.create(division=division, department=department, name="处")
    assert told()["S5"] == {"departments": 2, "offices": {"human_resources": 2, "railway": 1}}


def test_a_disagreement_names_every_sum_with_both_sides():
    at_work([(DAYING, DAYING)] * 3)
    figures = collect(division="13", about=DAY)
    reconcile(figures)

    wrong = replace(figures, workers=4, transported=Carried(7, 0))
    with pytest.raises(Disagreement) as caught:
        reconcile(wrong)

    assert caught.value.code == "figures-disagree"
    assert "在岗人数等于省内加省外：左侧 4，右侧 3+0=3" in caught.value.sentence
    assert "接送车次等于门对门加点对点：左侧 7，右侧 0+0=0" in caught.value.sentence
    assert len(caught.value.sums) == 3


def test_a_through_coach_outside_the_interprovincial_trips_is_a_disagreement():
    figures = collect(division="13", about=DAY)
    trip(origin=BOTOU, destination=TIANJIN, people=24, title="天津直通车")
    coaches = collect(division="13", about=DAY).through_coaches

    with pytest.raises(Disagreement, match="出省直通车人次包含在出省人次之内：左侧 0，右侧 24"):
        reconcile(replace(figures, through_coaches=coaches))


def test_every_figure_names_the_function_that_counted_it():
    from zhitong.bulletin import counts
    from zhitong.flows import report

    stock()
    operated()
    rows = collect(division="13", about=DAY).rows()
    names = {row.query for row in rows}
    for name in names:
        module, _, function = name.rpartition(".")
        home = counts if module == "counts" else report
        assert callable(getattr(home, function)), name
    keys = {(row.section, row.key): row for row in rows}
    assert len(keys) == len(rows)
    assert keys["S1", "2020-02-28.outbound.people"].value == 64
    assert keys["S2", "total"].query == "counts.workers_at_work"
    assert keys["S2", "categories.other_province"].value == 39
    assert keys["S6", "point_to_point.vehicles"].value == 474

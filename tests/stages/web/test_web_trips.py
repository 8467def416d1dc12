"""Plans and trips on the desk: who sees which, what a list answers, what a download leaves."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from pypdf import PdfReader

from factories.departures import three_villages_one_factory, wishes
from factories.figures import HEBEI, HENGSHUI, RAOYANG, ZAOQIANG
from factories.trips import trip as operated_trip
from factories.trips import trips as operated_trips
from zhitong.kernel.models import JournalEntry
from zhitong.offices.models import Role
from zhitong.policies.operations import load_shipped
from zhitong.transport.models import Plan, Trip
from zhitong.transport.plans import make_plan
from zhitong.web.desk.seating import rows_of

DeskOf = Callable[..., Client]


@pytest.fixture
def planned(db: None, now: datetime) -> Plan:
    """Thirteen people of Zaoqiang to Chengdu, and two of Raoyang whom no coach is worth."""
    load_shipped()
    three_villages_one_factory()
    wishes(2, home="131124100", destination="330782", together=True)
    return make_plan(
        scope=HENGSHUI,
        first_day=date(2020, 3, 3),
        last_day=date(2020, 3, 9),
        profile="2020-02-11",
        iterations=500,
        made_by=None,
        now=now,
    )


@pytest.fixture
def coach(planned: Plan) -> Trip:
    return planned.trips.get()


def test_a_plan_shows_its_figures_and_who_was_left(desk_of: DeskOf, planned: Plan) -> None:
    response = desk_of(HENGSHUI).get(f"/plans/{planned.pk}/")
    figures = response.context["figures"]

    assert (figures.trips, figures.people, figures.parties) == (1, 13, 13)
    assert figures.pooled == 1.0
    assert [line.people for line in figures.vehicles] == [13]
    assert figures.left == [("不成团", 2)]
    text = response.content.decode()
    assert "未安排人员" in text
    assert "下界" in text


def test_arcs_lead_from_county_to_city_in_longitude_and_latitude(
    desk_of: DeskOf, planned: Plan
) -> None:
    (arc,) = desk_of(HENGSHUI).get(f"/plans/{planned.pk}/").context["flow_data"]["arcs"]

    assert (arc["from"], arc["to"], arc["people"]) == ("枣强县", "成都市", 13)
    assert arc["start"] == pytest.approx([115.7, 37.5], abs=0.3)
    assert arc["end"] == pytest.approx([104.07, 30.66], abs=0.3)


def test_a_trip_shows_stops_seats_policy_and_a_masked_list(desk_of: DeskOf, coach: Trip) -> None:
    response = desk_of(ZAOQIANG).get(f"/trips/{coach.pk}/")
    text = response.content.decode()

    assert len(response.context["list"].stops) == 4
    assert response.context["seats"].taken == 13
    assert "交运明电〔2020〕56号" in text
    rests = response.context["rests"]
    assert rests[0]["km"] == 320  # four hours at 80 km/h
    assert {rest["minutes"] for rest in rests if not rest["banned"]} == {20}
    assert [rest["minutes"] for rest in rests if rest["banned"]] == [180]
    assert "途中休息" in text
    for passage in coach.passages.select_related("worker"):
        assert passage.worker.name not in text
    assert "**********" in text


@pytest.mark.parametrize(
    ("home", "status"),
    [
        (HEBEI, 200),
        (HENGSHUI, 200),
        (ZAOQIANG, 200),
        ("51", 200),  # where the coach arrives
        (RAOYANG, 404),
        ("1301", 404),
        ("41", 404),
    ],
)
def test_a_trip_and_its_papers_are_for_those_it_touches(
    desk_of: DeskOf, coach: Trip, home: str, status: int
) -> None:
    operated_trip(origin=f"{home}0000"[:6] if len(home) > 2 else "130102", destination="110101")
    reader = desk_of(home)

    assert reader.get(f"/trips/{coach.pk}/").status_code == status
    assert reader.get(f"/trips/{coach.pk}/placard.pdf").status_code == status
    for paper in ("pdf", "xlsx"):
        assert reader.post(f"/trips/{coach.pk}/manifest.{paper}").status_code == status
        assert reader.get(f"/trips/{coach.pk}/manifest.{paper}").status_code == 405


@pytest.mark.parametrize(
    ("home", "status", "trips"),
    [
        (HEBEI, 200, 1),
        (HENGSHUI, 200, 1),
        (ZAOQIANG, 200, 1),
        (RAOYANG, 404, 0),
        ("1301", 404, 0),
        ("41", 404, 0),
    ],
)
def test_a_plan_is_for_those_whom_it_touches(
    desk_of: DeskOf, planned: Plan, home: str, status: int, trips: int
) -> None:
    reader = desk_of(home)
    response = reader.get(f"/plans/{planned.pk}/")

    assert response.status_code == status
    assert len(reader.get("/plans/").context["plans"]) == (1 if status == 200 else 0)
    if status == 200:
        assert response.context["listing"].page.paginator.count == trips


def test_a_county_sees_who_of_its_own_was_left_over(desk_of: DeskOf, planned: Plan) -> None:
    assert desk_of(ZAOQIANG).get(f"/plans/{planned.pk}/").context["left_over"] == []
    assert len(desk_of(HENGSHUI).get(f"/plans/{planned.pk}/").context["left_over"]) == 2


def test_a_masked_manifest_is_journalled_without_a_name(desk_of: DeskOf, coach: Trip) -> None:
    response = desk_of(ZAOQIANG).post(f"/trips/{coach.pk}/manifest.pdf")
    entry = JournalEntry.objects.latest("id")

    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Cache-Control"] == "no-store"
    assert "attachment" in response.headers["Content-Disposition"]
    assert coach.number in "".join(
        page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages
    )
    assert (entry.verb, entry.subject) == ("manifest.download", f"trip:{coach.pk}")
    assert entry.details == {"kind": "pdf", "masked": True}


def test_the_full_copy_is_for_posts_that_may_reveal_and_leaves_two_entries(
    desk_of: DeskOf, coach: Trip
) -> None:
    address = f"/trips/{coach.pk}/manifest.xlsx"
    clerk = desk_of(ZAOQIANG, roles=[Role.READ], name="clerk")
    dispatcher = desk_of(ZAOQIANG, roles=[Role.DISPATCH], name="dispatcher")

    refused = clerk.post(address, {"reveal": "1"})
    entries_after_refusal = JournalEntry.objects.filter(verb__startswith="manifest.").count()
    given = dispatcher.post(address, {"reveal": "1"})

    assert refused.status_code == 403
    assert "不能查看未脱敏的乘车名单" in refused.content.decode()
    assert entries_after_refusal == 0
    assert "完整件" not in clerk.get(f"/trips/{coach.pk}/").content.decode()
    verbs = JournalEntry.objects.order_by("id").values_list("verb", flat=True)
    assert list(verbs)[-2:] == ["manifest.download", "manifest.reveal"]
    cells = [
        str(cell.value)
        for sheet in load_workbook(io.BytesIO(given.content))
        for row in sheet.iter_rows()
        for cell in row
    ]
    assert coach.passages.first().worker.name in cells


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ({}, ["A1", "B1", "B2"]),
        ({"sort": "-people"}, ["B2", "B1", "A1"]),
        ({"sort": "people"}, ["A1", "B1", "B2"]),
        ({"sort": "password"}, ["A1", "B1", "B2"]),
        ({"q": "b"}, ["B1", "B2"]),
        ({"q": "天津"}, ["B1"]),
        ({"q": "冀A"}, ["A1"]),
        ({"q": "nothing like it"}, []),
        ({"day": "2020-02-27"}, ["A1"]),
        ({"day": "never"}, ["A1", "B1", "B2"]),
        ({"type": "shuttle"}, ["B2"]),
        ({"type": "shuttle", "day": "2020-02-27"}, []),
        ({"page": "99"}, ["A1", "B1", "B2"]),
    ],
)
def test_the_list_of_trips_answers_what_is_asked(
    desk_of: DeskOf, asked: dict[str, str], numbers: list[str]
) -> None:
    for number, day, destination, people, kind, plate in (
        ("A1", 27, "5101", 1, "coach", "冀A1"),
        ("B1", 28, "12", 2, "coach", "冀T1"),
        ("B2", 28, "131121", 3, "shuttle", "冀T2"),
    ):
        made = operated_trip(
            origin=ZAOQIANG,
            destination=destination,
            people=people,
            day=date(2020, 2, day),
            kind=kind,
            plate=plate,
        )
        Trip.objects.filter(pk=made.pk).update(number=number)

    listing = desk_of(HENGSHUI).get("/trips/", asked).context["listing"]

    assert [one.number for one in listing.page] == numbers


@pytest.mark.parametrize("address", ["/trips/", "/plans/", "/plans/{plan}/", "/trips/{trip}/"])
def test_queries_do_not_grow_with_the_rows(
    desk_of: DeskOf, planned: Plan, coach: Trip, address: str, now: datetime
) -> None:
    address = address.format(plan=planned.pk, trip=coach.pk)
    reader = desk_of(HENGSHUI)
    ends = {"origin": ZAOQIANG, "destination": "510100", "plan": planned}
    operated_trips(10, people=[2] * 10, **ends)
    few = queries_of(reader, address)

    operated_trips(190, people=[2] * 190, **ends)

    assert queries_of(reader, address) == few
    assert few <= 26


def queries_of(reader: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert reader.get(address).status_code == 200
    return len(captured)


def test_without_plans_and_trips_the_first_step_is_told(desk_of: DeskOf) -> None:
    reader = desk_of(HEBEI)

    assert "zhitong plan" in reader.get("/plans/").content.decode()
    assert "--kind trips" in reader.get("/trips/").content.decode()


@pytest.mark.parametrize("seats", [19, 35, 53, 7, 5, 3])
def test_every_seat_is_drawn_once_and_the_last_row_is_full(seats: int) -> None:
    rows = rows_of(seats)

    assert sorted(seat for row in rows for seat in row if seat) == list(range(1, seats + 1))
    assert all(len(row) == 5 for row in rows) or seats < 5
    assert None not in rows[-1]


def test_rear_rows_that_the_policy_keeps_are_marked(desk_of: DeskOf, coach: Trip) -> None:
    plan = desk_of(ZAOQIANG).get(f"/trips/{coach.pk}/").context["seats"]

    assert plan.kept == 9
    assert plan.taken + plan.kept + plan.free == coach.seats
    assert {seat.state for seat in plan.rows[-1] if seat} == {"kept"}

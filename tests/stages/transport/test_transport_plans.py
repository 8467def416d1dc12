"""From registered departures to trips with seats: booked once, all or nothing, undone cleanly."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from random import Random

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from factories.departures import three_villages_one_factory, wish, wishes
from zhitong.kernel.models import JournalEntry
from zhitong.policies.operations import load_shipped
from zhitong.registry.models import Departure, Party
from zhitong.transport import plans, queries
from zhitong.transport.models import LeftOver, Manifest, Passage, Plan, Stop, Trip

pytestmark = pytest.mark.django_db

TUESDAY, WEDNESDAY = date(2020, 3, 3), date(2020, 3, 4)
NOW = datetime.fromisoformat("2020-03-02T17:00:00+08:00")
CHENGDU = "510107"


@pytest.fixture(autouse=True)
def profiles(db):
    load_shipped()


def plan(*, scope="13", first_day=TUESDAY, last_day=WEDNESDAY, profile="2020-02-11", **given):
    given = {"iterations": 2000, "seed": 1, "made_by": None, "now": NOW} | given
    return plans.make_plan(
        scope=scope, first_day=first_day, last_day=last_day, profile=profile, **given
    )


def test_three_villages_share_one_coach_to_their_factory():
    three_villages_one_factory()

    made = plan()

    trip = made.trips.get()
    assert trip.number == "13-20200303-0001"
    assert trip.title == "枣强—武侯"
    assert (trip.vehicle_type, trip.rated, trip.usable) == ("35座大型客车", 35, 17)
    assert "交运明电〔2020〕56号" in trip.usable_source
    assert trip.passages.count() == 13
    assert {one.division for one in trip.stops.all()} == {
        "131121100",
        "131121101",
        "131121102",
        CHENGDU,
    }
    assert trip.drivers == 3
    assert trip.stops.get(position=0).planned_at.isoformat() == "2020-03-02T22:00:00+00:00"
    assert made.cost >= made.lower_bound > 0


def test_without_a_load_cap_a_smaller_coach_is_enough():
    three_villages_one_factory()

    trip = plan(profile="ordinary").trips.get()

    assert (trip.vehicle_type, trip.usable) == ("19座中型客车", 19)


def test_full_coaches_inside_a_city_and_half_full_ones_beyond_are_one_problem():
    wishes(19, home="131121101", destination="131102")
    wishes(17, home="131121101", destination=CHENGDU)

    made = plan()

    (block,) = made.problem["blocks"]
    assert {trip.title: (trip.rated, trip.usable) for trip in made.trips.all()} == {
        "枣强—桃城": (19, 19),
        "枣强—武侯": (35, 17),
    }
    assert {party["load_class"] for party in block["problem"]["parties"]} == {1, 2}
    assert sorted(block["problem"]["types"][0]["class_seats"]) == [9, 19]
    sources = {trip.title: trip.usable_source for trip in made.trips.all()}
    assert "交运明电〔2020〕56号" in sources["枣强—武侯"]
    assert "交运明电〔2020〕56号" not in sources["枣强—桃城"]


def test_strangers_are_spread_and_the_rear_rows_stay_free():
    wishes(17, home="131121101", destination=CHENGDU)

    trip = plan().trips.get()

    seats = sorted(trip.passages.values_list("seat", flat=True))
    assert len(set(seats)) == 17
    assert max(seats) <= 35 - 9
    assert seats[:3] == [1, 3, 5]


def test_a_party_sits_together_on_a_day_that_all_can_travel():
    party = Party.objects.create(label="一家")
    for earliest, latest in ((date(2020, 3, 2), WEDNESDAY), (WEDNESDAY, date(2020, 3, 9))):
        wish(
            home="131121101",
            destination=CHENGDU,
            earliest=earliest,
            latest=latest,
            party=party,
        )
    wishes(8, home="131121101", destination=CHENGDU)

    made = plan()

    trip = made.trips.get()
    assert trip.day == WEDNESDAY
    seats = sorted(trip.passages.filter(departure__party=party).values_list("seat", flat=True))
    assert seats[1] - seats[0] == 1


def test_a_party_without_a_common_day_is_left_over_with_what_to_do():
    party = Party.objects.create(label="一家")
    for day in (TUESDAY, WEDNESDAY):
        wish(home="131121101", destination=CHENGDU, earliest=day, latest=day, party=party)

    made = plan()

    left = list(made.left_over.all())
    assert [one.reason for one in left] == [LeftOver.Reason.NO_COMMON_DAY] * 2
    assert "相差1天" in left[0].remedy
    assert not made.trips.exists()


def test_a_party_with_two_destinations_is_left_over():
    party = Party.objects.create(label="一家")
    wish(home="131121101", destination=CHENGDU, party=party)
    wish(home="131121101", destination="330782", party=party)

    assert {one.reason for one in plan().left_over.all()} == {LeftOver.Reason.PARTY_DISAGREES}


def test_one_person_gets_no_coach_but_a_reason_and_a_remedy():
    wishes(10, home="131121101", destination=CHENGDU, latest=TUESDAY)
    late = wish(home="131121101", destination=CHENGDU, earliest=WEDNESDAY)

    made = plan()

    assert made.trips.get().day == TUESDAY
    left = made.left_over.get()
    assert (left.departure, left.reason) == (late, LeftOver.Reason.TOO_FEW)
    assert left.remedy == "早1天出行可乘3月3日同线路班车的空余座位"


def test_one_person_learns_of_a_coach_that_passes_near():
    wishes(10, home="131121101", destination=CHENGDU, latest=TUESDAY)
    late = wish(home="131121102", destination=CHENGDU, earliest=WEDNESDAY)

    left = plan().left_over.get()

    assert left.departure == late
    assert re.fullmatch(r"早1天出行可并入3月3日开往武侯的班车，车费增加\d+元", left.remedy)
    assert left.advice["values"]["days"] == 1
    with translation.override("en"):
        (line,) = queries.left_over(plan=left.plan, scope="13")
    assert line.remedy.startswith("1 day(s) earlier may join the coach to 武侯 on 3-3")


def test_a_remedy_of_an_older_version_is_told_as_it_was_written():
    wishes(2, home="131121101", destination=CHENGDU)
    made = plan()
    made.left_over.update(advice={}, remedy="请乘火车")

    assert {one.remedy for one in queries.left_over(plan=made, scope="13")} == {"请乘火车"}


def test_too_few_people_learn_how_many_more_it_takes():
    wishes(2, home="131121101", destination=CHENGDU)

    assert {one.remedy for one in plan().left_over.all()} == {
        "同线路同日再有3人即可成团，否则建议改乘火车或公路客运"
    }


def test_people_who_stay_in_their_county_town_need_no_coach():
    wishes(6, home="131121100", destination="131121")

    assert {one.reason for one in plan().left_over.all()} == {LeftOver.Reason.TOO_NEAR}


def test_a_village_larger_than_any_coach_fills_two():
    wishes(40, home="131121101", destination=CHENGDU, together=True)

    made = plan()

    assert made.trips.count() == 2
    assert Passage.objects.filter(trip__plan=made).count() == 40
    assert not made.left_over.exists()


def test_trips_inside_the_city_may_be_full_and_those_leaving_it_half():
    wishes(19, home="131121101", destination="131102")
    wishes(9, home="131121101", destination=CHENGDU)

    made = plan()

    assert {(trip.destination, trip.vehicle_type, trip.usable) for trip in made.trips.all()} == {
        ("131102", "19座中型客车", 19),
        (CHENGDU, "19座中型客车", 9),
    }


def test_only_coach_wishes_of_the_scope_in_these_days_are_planned():
    wishes(5, home="131121101", destination=CHENGDU)
    wishes(5, home="131121101", destination=CHENGDU, mode=Departure.Mode.RAIL)
    wishes(5, home="130730101", destination=CHENGDU)
    wishes(
        5, home="131121101", destination=CHENGDU, earliest=date(2020, 3, 8), latest=date(2020, 3, 9)
    )

    made = plan(scope="1311")

    assert Passage.objects.filter(trip__plan=made).count() == 5


def test_the_same_request_gives_the_same_plan():
    three_villages_one_factory()

    first, second = plan(), plan()

    assert first == second
    assert Trip.objects.count() == 1
    assert JournalEntry.objects.filter(verb="plan.make").count() == 1


def test_newcomers_are_planned_beside_the_trips_there_are():
    three_villages_one_factory()
    first = plan()
    wishes(6, home="131121101", destination=CHENGDU)

    second = plan()

    assert second != first
    assert second.trips.get().number == "13-20200303-0002"
    assert second.trips.get().passages.count() == 6
    assert plan() == second


def test_a_discarded_plan_sets_its_people_free():
    three_villages_one_factory()
    first = plan()

    plans.discard_plan(plan=first, by=None, now=NOW)
    second = plan()

    assert second != first
    assert second.trips.get().passages.filter(state=Passage.State.BOOKED).count() == 13
    first.refresh_from_db()
    assert (first.state, first.decided_at) == (Plan.State.DISCARDED, NOW)
    assert {one.state for one in first.trips.all()} == {Trip.State.CANCELLED}
    assert second.trips.get().number == "13-20200303-0002"


def test_a_plan_is_accepted_once_and_then_has_manifests():
    three_villages_one_factory()
    made = plan()

    plans.accept_plan(plan=made, by=None, now=NOW)

    assert Manifest.objects.get().version == 1
    with pytest.raises(plans.WrongState, match="已确认"):
        plans.accept_plan(plan=made, by=None, now=NOW)


def test_the_stored_problem_and_answer_pass_the_checker_again():
    from zhitong import planning
    from zhitong.planning.formats import plan_from_json, problem_from_json

    three_villages_one_factory()
    made = plan()
    made.refresh_from_db()
    assert "km" not in made.demand["blocks"][0]["problem"]

    for problem, answer in zip(made.problem["blocks"], made.answer["blocks"], strict=True):
        report = planning.check(
            problem_from_json(problem["problem"]), plan_from_json(answer["plan"])
        )
        assert report.ok
        assert report.cost == pytest.approx(made.cost)


def test_a_class_with_many_parties_is_cut_by_prefecture_and_nobody_is_lost(monkeypatch):
    monkeypatch.setattr("zhitong.transport.blocks.BLOCK_PARTIES", 10)
    wishes(12, home="131121101", destination=CHENGDU)
    wishes(9, home="131121101", destination="330782")
    wishes(9, home="130730101", destination=CHENGDU)

    made = plan()

    assert [block["key"] for block in made.problem["blocks"]] == [
        "1/1307",
        "1/1311/33",
        "1/1311/51",
    ]
    assert Passage.objects.filter(trip__plan=made).count() == 30


def test_nothing_to_plan_is_said_and_nothing_is_stored():
    with pytest.raises(plans.NothingToPlan, match="没有待安排"):
        plan()

    assert not Plan.objects.exists()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"scope": "99"}, "区划代码"),
        ({"last_day": date(2020, 3, 1)}, "早于开始日期"),
        ({"last_day": date(2020, 5, 1)}, "最多编制31天"),
        ({"iterations": None}, "求解时间"),
        ({"iterations": -1}, "求解时间"),
    ],
)
def test_a_senseless_request_is_refused_with_a_sentence(given, sentence):
    with pytest.raises(plans.BadRequest, match=sentence):
        plan(**given)


def test_a_failure_in_the_middle_leaves_nothing(monkeypatch):
    three_villages_one_factory()

    def fails(*args, **kwargs):
        raise RuntimeError("the power failed")

    monkeypatch.setattr(LeftOver.objects, "bulk_create", fails)
    with pytest.raises(RuntimeError, match="power"), transaction.atomic():
        plan()

    assert not Plan.objects.exists() and not Trip.objects.exists() and not Stop.objects.exists()
    assert not JournalEntry.objects.exists()


def test_a_seat_holds_one_live_passage():
    three_villages_one_factory()
    passage = plan().trips.get().passages.first()

    with pytest.raises(IntegrityError, match="a_seat_holds_one_live_passage"), transaction.atomic():
        Passage.objects.create(trip=passage.trip, seat=passage.seat, state=Passage.State.BOOKED)


def test_a_departure_is_served_once():
    three_villages_one_factory()
    passage = plan().trips.get().passages.first()

    with pytest.raises(IntegrityError, match="a_departure_has_one_live_passage"):
        Passage.objects.create(
            trip=passage.trip, departure=passage.departure, state=Passage.State.BOOKED
        )


@pytest.mark.parametrize("seed", range(3))
def test_everybody_is_aboard_or_left_over_and_nobody_is_both(seed):
    random = Random(seed)
    homes = ("131121100", "131121101", "131122100", "130730101", "130981100")
    for _ in range(40):
        earliest = date(2020, 3, random.randint(1, 6))
        wishes(
            random.randint(1, 5),
            home=random.choice(homes),
            destination=random.choice(("510107", "5101", "330782", "120101", "131102")),
            earliest=earliest,
            latest=earliest + timedelta(days=random.randint(0, 3)),
            together=random.random() < 0.5,
        )

    made = plan(last_day=date(2020, 3, 6))

    aboard = list(Passage.objects.filter(trip__plan=made).values_list("departure", flat=True))
    left = list(made.left_over.values_list("departure", flat=True))
    asked = Departure.objects.filter(earliest__lte=date(2020, 3, 6), latest__gte=TUESDAY)
    assert sorted(aboard + left) == sorted(asked.values_list("pk", flat=True))
    for trip in made.trips.all():
        people = trip.passages.select_related("departure", "pickup", "drop")
        assert trip.usable / 2 <= len(people) <= trip.usable
        for one in people:
            assert one.departure.earliest <= trip.day <= one.departure.latest
            assert one.departure.origin[:9] == one.pickup.division
            assert one.departure.destination[:6] == one.drop.division
            assert one.pickup.position < one.drop.position


def test_a_stopped_plan_is_gone_on_from_and_replaced():
    three_villages_one_factory()
    stopped = plan(iterations=0)
    assert not stopped.trips.exists()

    better = plan(resume=True)

    stopped.refresh_from_db()
    assert stopped.state == Plan.State.DISCARDED
    assert better.cost < stopped.cost
    assert better.trips.get().passages.count() == 13
    assert JournalEntry.objects.get(verb="plan.make", subject=f"plan:{better.pk}").details[
        "resumes"
    ] == (stopped.pk)
    # nothing better is to be had, and the request has its plan
    assert plan(resume=True, seed=2) == plan() == better


def test_a_plan_is_gone_on_from_with_people_who_came_since():
    three_villages_one_factory()
    first = plan()
    wishes(4, home="131121101", destination=CHENGDU)

    second = plan(resume=True)

    assert second != first
    assert second.trips.get().passages.count() == 17
    assert not Passage.objects.filter(trip__plan=first, state=Passage.State.BOOKED).exists()


def test_only_a_proposed_plan_for_the_same_people_is_gone_on_from():
    three_villages_one_factory()
    made = plan()
    with pytest.raises(plans.NothingToResume, match="没有"):
        plan(resume=True, profile="ordinary")

    plans.accept_plan(plan=made, by=None, now=NOW)

    with pytest.raises(plans.NothingToResume, match="已确认"):
        plan(resume=True)


def test_a_dear_trip_says_why_and_what_would_help():
    for _ in range(2):
        wishes(34, home="131121101", destination=CHENGDU, latest=TUESDAY)
    wishes(5, home="131121101", destination=CHENGDU, earliest=WEDNESDAY)

    made = plan()

    (line,) = queries.dear_trips(plan=made, scope="13")
    assert line.trip.passages.count() == 5
    assert line.rate > 1.5
    assert line.reason in ("可出行日无同路车次", "同路车辆座位不足")
    assert re.search(r"3月3日开往武侯的班车，节省\d+元$", line.remedy)
    with translation.override("en"):
        (line,) = queries.dear_trips(plan=made, scope="13")
    assert re.search(r"the coach to 武侯 on 3-3 and save \d+ yuan$", line.remedy)
    assert queries.dear_trips(plan=made, scope="1307") == []

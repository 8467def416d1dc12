"""Who sees which trip and plan, and what the desk's reads count."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.http import Http404

from factories.departures import wish, wishes
from factories.trips import trip as operated_trip
from zhitong.offices.models import Organisation, Role, Staff
from zhitong.policies.operations import load_shipped
from zhitong.transport import access, plans, queries
from zhitong.transport.models import LeftOver, Passage, Plan, Trip

pytestmark = pytest.mark.django_db

NOW = datetime.fromisoformat("2020-03-02T17:00:00+08:00")
ZAOQIANG, HUAILAI, CHENGDU = "131121101", "130730101", "510107"


def officer(division: str) -> User:
    office = Organisation.objects.create(
        division=division, department="human_resources", name=f"{division}人社"
    )
    user = User.objects.create_user(f"user-{division}")
    Staff.objects.create(user=user, organisation=office, roles=[Role.READ])
    return user


@pytest.fixture
def plan(db) -> Plan:
    """One coach from Zaoqiang, one from Huailai, one person of Zaoqiang left over."""
    load_shipped()
    wishes(9, home=ZAOQIANG, destination=CHENGDU)
    wishes(9, home=HUAILAI, destination=CHENGDU)
    wish(home=ZAOQIANG, destination="650102", name="张小三")
    return plans.make_plan(
        scope="13",
        first_day=date(2020, 3, 3),
        last_day=date(2020, 3, 4),
        profile="2020-02-11",
        iterations=500,
        made_by=None,
        now=NOW,
    )


@pytest.fixture
def zaoqiang(plan) -> Trip:
    return plan.trips.get(origin=ZAOQIANG)


@pytest.mark.parametrize(
    ("division", "sees"),
    [
        ("13", True),
        ("1311", True),
        ("131121", True),
        ("131121101", True),
        ("51", True),
        ("5101", True),
        ("1307", False),
        ("130730", False),
        ("11", False),
        ("131122", False),
    ],
)
def test_a_trip_is_seen_where_it_begins_and_where_it_ends(zaoqiang, division, sees):
    user = officer(division)
    assert access.trips_in("1307").exists()  # the denied officers of Zhangjiakou own another trip

    if sees:
        assert access.trip_for(user, zaoqiang.pk) == zaoqiang
    else:
        with pytest.raises(Http404):
            access.trip_for(user, zaoqiang.pk)


def test_nobody_without_a_post_sees_a_trip_or_plan(zaoqiang, plan):
    for user in (AnonymousUser(), User.objects.create_user("nobody")):
        with pytest.raises(Http404):
            access.trip_for(user, zaoqiang.pk)
        with pytest.raises(Http404):
            access.plan_for(user, plan.pk)
        assert not access.plans_for(user).exists()


def test_a_dismissed_officer_sees_nothing(zaoqiang):
    user = officer("13")
    user.is_active = False
    user.save()

    with pytest.raises(Http404):
        access.trip_for(user, zaoqiang.pk)


@pytest.mark.parametrize(
    ("division", "sees"), [("13", True), ("131121", True), ("51", True), ("1302", False)]
)
def test_a_plan_is_seen_by_its_office_and_where_its_trips_stop(plan, division, sees):
    user = officer(division)
    operated_trip(origin="1302", destination="12")

    if sees:
        assert access.plan_for(user, plan.pk) == plan
        assert list(access.plans_for(user)) == [plan]
    else:
        with pytest.raises(Http404):
            access.plan_for(user, plan.pk)
        assert not access.plans_for(user).exists()


def test_an_unknown_id_is_not_found_either(plan):
    with pytest.raises(Http404):
        access.trip_for(officer("13"), 10**9)
    with pytest.raises(Http404):
        access.plan_for(officer("1301"), 10**9)


def test_a_county_sees_its_trips_of_the_provincial_plan(plan, zaoqiang):
    assert [one.people for one in queries.trips_of(scope="13", plan=plan)] == [9, 9]
    assert list(queries.trips_of(scope="131121", plan=plan)) == [zaoqiang]
    assert not queries.trips_of(scope=None, plan=plan)


def test_cancelled_passengers_are_not_counted(plan, zaoqiang):
    zaoqiang.passages.filter(seat=1).update(state=Passage.State.CANCELLED)

    assert queries.trips_of(scope="131121", plan=plan).get().people == 8


def test_flows_go_from_county_to_city_and_people_add_up(plan):
    flows = queries.flows_of(scope="13", plan=plan)

    assert [(one.origin, one.destination, one.people, one.trips) for one in flows] == [
        ("130730", "5101", 9, 1),
        ("131121", "5101", 9, 1),
    ]
    assert flows[1].origin_name == "衡水市枣强县" and flows[1].destination_name == "成都市"
    assert flows[1].start and flows[1].end


def test_operated_trips_flow_between_their_ends():
    operated_trip(origin="130981", destination="12", people=24, day=date(2020, 2, 27))

    flow = queries.flows_of(scope="13", day=date(2020, 2, 27))[0]

    assert (flow.origin, flow.destination, flow.people) == ("130981", "12", 24)


def test_counties_under_a_province_itself_are_told_apart():
    for destination in ("429004", "429005"):
        operated_trip(origin="130981", destination=destination, people=9)

    flows = queries.flows_of(scope="13")

    assert [one.destination_name for one in flows] == ["仙桃市", "潜江市"]


def test_reads_take_the_same_number_of_queries_however_many_trips(plan, django_assert_num_queries):
    with django_assert_num_queries(1):
        list(queries.trips_of(scope="13", plan=plan))
    with django_assert_num_queries(1):
        queries.flows_of(scope="13", plan=plan)
    with django_assert_num_queries(1):
        queries.left_over(plan=plan, scope="13")


def test_who_was_left_over_is_masked_and_only_told_at_home(plan):
    line = queries.left_over(plan=plan, scope="1311")[0]

    assert (line.name, line.reason) == ("张*三", "不成团")
    assert "成团" in line.remedy
    assert queries.left_over(plan=plan, scope="1307") == []
    assert queries.left_over(plan=plan, scope=None) == []


def test_the_list_of_a_trip_is_masked(zaoqiang):
    shown = queries.manifest_of(trip=zaoqiang)

    assert len(shown.people) == 9
    assert all("*" in person.name and "****" in person.identity for person in shown.people)


def test_the_summary_counts_rows(plan):
    told = queries.summary(plan=plan)

    assert (told["trips"], told["people"]) == (2, 18)
    assert told["left_over"] == {LeftOver.Reason.TOO_FEW: 1}
    assert told["cost_sent"] < told["cost"] and told["lower_bound"] <= told["cost"]

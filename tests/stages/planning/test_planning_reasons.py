"""Why parties are left and trips are dear: remedies are true, priced, and read well."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.planning.pooling_cases import COACH, MINIBUS, family, on_a_line, problems
from zhitong.planning import Limits, Party, Plan, Problem, Stop, Trip, Unassigned, check, solve
from zhitong.planning.decisions import Pins
from zhitong.planning.joining import Aboard, ways_together
from zhitong.planning.reasons import (
    LABELS,
    Explanation,
    Remedy,
    explain,
    explain_dear,
    explain_left,
    rule_text,
)
from zhitong.planning.whatif import RuleCost


def loosened(problem, group, rule, amount):
    """``problem`` with one rule loosened for ``group``, larger vehicles at the largest's price."""
    limits = problem.limits
    if rule == "window":
        moved = {one.party.id for one in group}
        return replace(
            problem,
            parties=tuple(
                replace(
                    party,
                    earliest=party.earliest + min(0, int(amount)),
                    latest=party.latest + max(0, int(amount)),
                )
                if party.id in moved
                else party
                for party in problem.parties
            ),
        )
    if rule == "seats":
        most = max(kind.capacity for kind in problem.types)
        return replace(
            problem,
            types=tuple(
                replace(kind, capacity=kind.capacity + int(amount))
                if kind.capacity == most
                else kind
                for kind in problem.types
            ),
        )
    change = {
        "together": {},
        "pickup-hop": {"pickup_hop_km": int(amount)},
        "drop-hop": {"drop_hop_km": int(amount)},
        "detour": {"detour": amount},
        "stops": {
            "max_pickups": limits.max_pickups + int(amount),
            "max_drops": limits.max_drops + int(amount),
        },
    }[rule]
    return replace(problem, limits=replace(limits, **change))


def cheapest_joint_trip(problem, parties):
    """The least cost of one trip of all ``parties`` that the checker accepts, inf if none."""
    rest = replace(problem, parties=tuple(parties))
    day = max(party.earliest for party in parties)
    best = math.inf
    for pickups, drops, kind in product(
        permutations({party.origin for party in parties}),
        permutations({party.destination for party in parties}),
        range(len(problem.types)),
    ):
        ids = tuple(party.id for party in parties)
        report = check(rest, Plan((Trip(kind, day, pickups, drops, ids),)))
        if report.ok:
            best = min(best, report.cost)
    return best


@settings(max_examples=150, deadline=None)
@given(problems(most_parties=4, split=False), st.integers(1, 3))
def test_a_way_is_feasible_when_its_rule_is_loosened_and_costs_what_it_says(problem, cut):
    problem = replace(
        problem,
        apart=(),
        pins=Pins(),
        published=None,
        types=tuple(
            replace(kind, class_seats=(), available_per_day=None) for kind in problem.types
        ),
        parties=tuple(replace(party, load_class=0) for party in problem.parties),
    )
    trip, group = problem.parties[:cut], problem.parties[cut:]
    if not trip or not group or cheapest_joint_trip(problem, trip) == math.inf:
        return
    # whoever asks is a party or a trip, so they have a day in common
    if max(one.earliest for one in group) > min(one.latest for one in group):
        return
    riders = [[Aboard(party, party.size) for party in some] for some in (trip, group)]

    ways = ways_together(problem, *riders)

    strict = cheapest_joint_trip(problem, problem.parties)
    assert (strict < math.inf) == any(way.rule == "together" for way in ways)
    for way in ways:
        looser = loosened(problem, riders[1], way.rule, way.amount)
        assert cheapest_joint_trip(looser, looser.parties) <= way.cost + 1e-6
        if way.rule in ("together", "window", "pickup-hop", "drop-hop", "stops"):
            assert cheapest_joint_trip(looser, looser.parties) == pytest.approx(way.cost)


def late_by_a_day():
    """ "b" could ride with "a" from the same village, were it to leave one day later."""
    return on_a_line(
        (0, 500, 900),
        [
            Party("a", 0, 1, 15, 3, 3),
            Party("b", 0, 1, 2, 1, 2),
            Party("c", 0, 2, 19, 0, 0),
            Party("d", 0, 2, 19, 0, 0),
        ],
        types=(MINIBUS,),
    )


def test_one_day_later_it_joins_and_saves_a_whole_vehicle():
    problem = late_by_a_day()
    plan = solve(problem, stop=Stop(iterations=300))
    at = next(i for i, trip in enumerate(plan.trips) if trip.parties == ("b",))
    other = next(i for i, trip in enumerate(plan.trips) if trip.parties == ("a",))

    (dear,) = explain_dear(problem, plan)

    assert (dear.trip, dear.reason) == (at, "window")
    assert dear.remedy == Remedy("window", 1.0, other, -(900 + 4.5 * 500))
    assert dear.remedy.text() == f"1 day later it joins trip {other + 1} and saves 3,150"
    assert dear.remedy.text("zh-hans") == f"晚1天出行可并入第{other + 1}车次，节省3,150元"


def alone_beside(other, limits=None, types=(MINIBUS,)):
    """A party of 2 and one that fills a vehicle's price, each alone, "few" being dear."""
    parties = [Party("few", 0, 2, 2, 0, 0), other]
    problem = on_a_line((0, 60, 500, 800), parties, types=types, limits=limits or Limits())
    trips = tuple(
        Trip(0, one.earliest, (one.origin,), (one.destination,), (one.id,)) for one in parties
    )
    return problem, Plan(trips)


@pytest.mark.parametrize(
    ("other", "limits", "remedy"),
    [
        # along the road: 60 km between pickups where 40 are allowed, nothing else in the way
        (Party("x", 1, 2, 15, 0, 0), Limits(), Remedy("pickup-hop", 60.0, 1, -(900 + 4.5 * 440))),
        # 300 km between drops where 200 are allowed
        (Party("x", 0, 3, 15, 0, 0), Limits(), Remedy("drop-hop", 300.0, 1, -(900 + 4.5 * 500))),
        # the vehicle has 19 seats and 20 people
        (Party("x", 0, 2, 18, 0, 0), Limits(), Remedy("seats", 1.0, 1, -(900 + 4.5 * 500))),
        # a second drop where one is allowed
        (
            Party("x", 0, 3, 15, 0, 0),
            Limits(max_drops=1, drop_hop_km=400),
            Remedy("stops", 1.0, 1, -(900 + 4.5 * 500)),
        ),
    ],
)
def test_the_rule_in_the_way_is_named_with_what_it_would_have_to_be(other, limits, remedy):
    problem, plan = alone_beside(other, limits)

    (dear,) = explain_dear(problem, plan)

    assert dear.reason == remedy.rule
    assert dear.remedy == remedy


def test_a_detour_in_the_way_is_named():
    # by way of 0-1-3 the riders of 0 take 12 km for a direct 8
    km = [[0, 6, 8], [6, 0, 6], [8, 6, 0]]
    parties = (Party("few", 0, 2, 1, 0, 0), Party("x", 1, 2, 12, 0, 0))
    points = [(33.0, 114.0), (33.0, 114.1), (33.0, 114.2)]
    problem = Problem(points, km, parties, (MINIBUS,))
    plan = Plan((Trip(0, 0, (0,), (2,), ("few",)), Trip(0, 0, (1,), (2,), ("x",))))

    (dear,) = explain_dear(problem, plan)

    assert dear.remedy == Remedy("detour", 1.5, 1, -(900 + 4.5 * 8) + 4.5 * 6)


def test_who_has_nobody_near_is_remote():
    parties = [Party("far", 0, 2, 1, 0, 0), Party("x", 1, 2, 19, 0, 0)]
    problem = on_a_line((0, 400, 900), parties, types=(MINIBUS,))
    plan = solve(problem, stop=Stop(iterations=100))

    (dear,) = explain_dear(problem, plan)

    assert (dear.reason, dear.remedy) == ("remote", None)
    assert dear.text() == (
        f"trip {dear.trip + 1} costs {dear.rate:.1f} times the usual a person-km:"
        " nobody goes there."
    )


def test_two_more_seats_for_a_party_too_large_are_cheaper_than_two_vehicles():
    problem = on_a_line((0, 500), [Party("big", 0, 1, 37, 0, 0)], types=(MINIBUS, COACH))
    plan = solve(problem, stop=Stop(iterations=10))

    (left,) = explain_left(problem, plan)

    assert left.reason == "larger-than-any-vehicle"
    assert left.remedy == Remedy("seats", 2, None, 1300 + 6 * 500)
    assert left.text() == (
        "party big is left: larger than any vehicle;"
        " with 2 more seats it travels alone and costs 4,300 more."
    )
    assert left.text("zh-hans") == (
        "big未安排；超过最大车型可用座位；增加2个座位可单独安排车辆，增加4,300元。"
    )


def test_a_much_too_large_party_is_to_be_split():
    problem = on_a_line((0, 500), [Party("big", 0, 1, 60, 0, 0)], types=(MINIBUS, COACH))
    plan = solve(problem, stop=Stop(iterations=10))

    (left,) = explain_left(problem, plan)

    # 35 and 25 people, each in the larger coach
    assert left.remedy == Remedy("split", 2, None, 2 * (1300 + 6 * 500))


def test_a_party_without_a_vehicle_waits_a_day_or_joins_somebody():
    kind = replace(MINIBUS, available_per_day=1)
    parties = [Party("a", 0, 1, 10, 0, 0), Party("b", 0, 1, 10, 0, 0), Party("c", 0, 1, 3, 0, 0)]
    problem = on_a_line((0, 500), parties, types=(kind,))
    trips = (Trip(0, 0, (0,), (1,), ("a",)),)
    left = (Unassigned("b", "no-vehicle-left", ""), Unassigned("c", "no-vehicle-left", ""))

    found = {one.party: one for one in explain_left(problem, Plan(trips, left))}

    assert found["c"].remedy == Remedy("together", 0.0, 0, 0.0)
    assert found["b"].remedy == Remedy("seats", 1.0, 0, 0.0)


def test_explaining_a_whole_plan_is_quick_and_names_only_what_is_dear():
    problem = family(300, 2)
    plan = solve(problem, stop=Stop(iterations=30_000))

    found = explain(problem, plan, most=20)

    assert 0 < len(found) <= 20
    assert all(one.reason in LABELS and one.rate > 1.5 for one in found)
    assert all(one.remedy is None or one.remedy.change < 0 for one in found)
    for one in found:
        for language in ("en", "zh-hans"):
            assert LABELS[one.reason][language != "en"] in one.text(language)


def test_an_empty_plan_has_nothing_to_explain():
    problem = on_a_line((0, 500), [])

    assert explain(problem, Plan(())) == ()


def test_an_unknown_reason_is_told_as_it_is():
    assert "strike" in Explanation("strike", None, party="a").text("zh-hans")


def test_what_a_rule_costs_is_told_in_both_languages():
    cost = RuleCost("pickup-hop", "40 -> 80 km", 200_000.0, 6_000.0)
    english = "the limit between pickups costs 3.0% (6,000, compared with 40 -> 80 km)"
    chinese = "上车点间距限制使费用增加3.0%（6,000元，按40 -> 80 km比较）"

    assert [rule_text(cost), rule_text(cost, "zh-hans")] == [english, chinese]

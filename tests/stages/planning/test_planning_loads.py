"""Load caps by relation and parties kept apart: searched, bounded, judged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stages.planning.pooling_cases import (
    BIG_COACH,
    COACH,
    MINIBUS,
    family,
    on_a_line,
    three_villages_one_factory,
)
from stages.planning.pooling_optimum import optimum
from zhitong.planning import (
    Party,
    Plan,
    ProblemError,
    Stop,
    Trip,
    check,
    check_certificate,
    formats,
    lower_bound,
    solve,
    with_load_shares,
)

SHORT = Stop(iterations=300)


def village_wuhan_and_beyond(*sizes):
    """The village at km 0, Wuhan at 400, a city beyond at 500; parties go to each in turn."""
    parties = [Party(k, 0, 1 + k % 2, size, 0, 0) for k, size in enumerate(sizes)]
    return on_a_line((0, 400, 500), parties, types=(MINIBUS, COACH, BIG_COACH))


def rules_of(report):
    return {violation.rule for violation in report.violations}


def test_only_the_trip_to_wuhan_carries_half():
    problem = with_load_shares(village_wuhan_and_beyond(9, 19), {1: 0.5})

    plan = solve(problem, stop=SHORT)

    # 28 people do not fit 26 seats of a big coach together: 9 of 19 seats, and 19 of 19
    assert [kind.class_seats for kind in problem.types] == [(9,), (17,), (26,)]
    assert [(trip.type, trip.parties) for trip in plan.trips] == [(0, (0,)), (0, (1,))]
    assert plan.cost == optimum(problem).cost
    assert check(problem, plan, verify_bound=True).ok


def test_a_shared_trip_falls_under_the_strictest_cap_of_its_riders():
    problem = with_load_shares(village_wuhan_and_beyond(5, 5), {1: 0.5})
    together = Trip(0, 0, (0,), (1, 2), (0, 1))

    assert rules_of(check(problem, Plan((together,)))) == {"load-cap"}
    assert check(problem, Plan((replace(together, type=1),))).ok
    assert solve(problem, stop=SHORT).trips == (replace(together, type=1),)


def test_classes_that_do_not_order_the_vehicles_alike_meet_at_the_fewest_seats():
    types = (replace(MINIBUS, class_seats=(4, 19)), replace(COACH, class_seats=(35, 8)))
    parties = [Party(k, 0, 1, 4, 0, 0, load_class=1 + k) for k in range(2)]
    problem = on_a_line((0, 500), parties, types=types)

    plan = solve(problem, stop=SHORT)

    assert plan.trips == (Trip(1, 0, (0,), (1,), (0, 1)),)
    assert plan.cost == optimum(problem).cost


def test_a_capped_party_is_split_by_the_seats_left_to_it():
    problem = with_load_shares(
        on_a_line((0, 500), [Party("big", 0, 1, 20, 0, 0, splittable=True)], types=(MINIBUS,)),
        {1: 0.5},
    )

    plan = solve(problem, stop=SHORT)

    assert check(problem, plan, verify_bound=True).ok
    assert sorted(people for trip in plan.trips for _, people in trip.parts) == [2, 9, 9]


def test_whom_no_load_class_lets_ride_is_left_with_a_reason():
    problem = with_load_shares(village_wuhan_and_beyond(3, 4), {1: 0.0})

    plan = solve(problem, stop=SHORT)

    assert [(item.party, item.reason) for item in plan.unassigned] == [(0, "no-vehicle")]
    assert [trip.parties for trip in plan.trips] == [(1,)]
    assert check(problem, plan, verify_bound=True).ok


def test_the_bound_knows_that_half_the_seats_take_twice_the_vehicles():
    free = on_a_line((0, 500), [Party(k, 0, 1, 1, 0, 0) for k in range(20)], types=(MINIBUS,))
    half = with_load_shares(free, {1: 0.5})

    bound = lower_bound(half)

    assert lower_bound(free).value == pytest.approx(20 / 19 * (900 + 4.5 * 500))
    assert bound.value == pytest.approx(20 / 9 * (900 + 4.5 * 500))
    assert check_certificate(half, bound.proof).bound == pytest.approx(bound.value)


def test_parties_kept_apart_take_two_vehicles():
    problem = replace(three_villages_one_factory(), apart=(("c", "a"),))

    plan = solve(problem, stop=SHORT)

    assert all(not {"a", "c"} <= set(trip.parties) for trip in plan.trips)
    assert len(plan.trips) == 2
    assert plan.cost == optimum(problem).cost
    everyone = Plan((Trip(0, 2, (0, 1, 2), (3,), ("a", "b", "c")),))
    assert rules_of(check(problem, everyone)) == {"apart"}


def test_a_start_that_mixes_parties_to_be_kept_apart_is_taken_apart():
    free = three_villages_one_factory()
    problem = replace(free, apart=(("a", "b"),))

    plan = solve(problem, stop=Stop(iterations=1), start=solve(free, stop=SHORT))

    assert check(problem, plan).ok


@pytest.mark.parametrize("parties", [60, 450])
def test_halves_of_a_large_problem_keep_parties_apart_and_caps(parties):
    whole = family(parties, 7)
    apart = [(k, k + 1) for k in range(0, parties - 1, 3)]
    problem = with_load_shares(
        replace(whole, apart=tuple(apart)), dict.fromkeys(range(50, 70), 0.5)
    )

    plan = solve(problem, stop=Stop(iterations=8000), seed=1)

    assert check(problem, plan, verify_bound=True).violations == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"apart": (("a", "z"),)}, "unknown-party"),
        ({"apart": (("a", "a"),)}, "apart-from-itself"),
        ({"apart": (("a", "b", "c"),)}, "bad-pair"),
        ({"types": (replace(MINIBUS, class_seats=(20,)),)}, "bad-capacity"),
        ({"types": (replace(MINIBUS, class_seats=(-1,)),)}, "bad-capacity"),
        ({"types": (replace(MINIBUS, class_seats=(9,)), COACH)}, "bad-load-class"),
        ({"parties": (Party("a", 0, 3, 1, 0, 0, load_class=1),)}, "bad-load-class"),
    ],
)
def test_nonsense_is_refused(change, code):
    with pytest.raises(ProblemError) as refusal:
        replace(three_villages_one_factory(), **change)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("shares", "code"),
    [({9: 0.5}, "unknown-point"), ({1: 1.5}, "bad-load"), ({1: -0.1}, "bad-load")],
)
def test_shares_of_nothing_or_of_more_than_all_are_refused(shares, code):
    with pytest.raises(ProblemError) as refusal:
        with_load_shares(three_villages_one_factory(), shares)

    assert refusal.value.code == code


def test_more_load_classes_than_the_search_tabulates_are_refused():
    problem = replace(three_villages_one_factory(), types=(replace(MINIBUS, class_seats=(9,) * 9),))

    with pytest.raises(ProblemError) as refusal:
        solve(problem, stop=SHORT)

    assert refusal.value.code == "too-many-load-classes"


def test_caps_and_pairs_come_back_from_a_file_and_old_files_have_none(tmp_path):
    problem = replace(with_load_shares(three_villages_one_factory(), {3: 0.5}), apart=(("a", "b"),))
    formats.write_problem(tmp_path / "problem.json", problem)
    assert formats.read_problem(tmp_path / "problem.json") == problem

    document = formats.problem_to_json(three_villages_one_factory())
    del document["apart"]
    for row in document["types"]:
        del row["class_seats"]
    for row in document["parties"]:
        del row["load_class"]
    assert formats.problem_from_json(document) == three_villages_one_factory()

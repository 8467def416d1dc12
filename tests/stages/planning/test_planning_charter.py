"""The charter solver: keeps every rule, never beats the bound, repeats itself."""

from __future__ import annotations

from dataclasses import replace
from threading import Event, Timer

import pytest
from hypothesis import given, settings

from stages.planning.pooling_cases import (
    COACH,
    MINIBUS,
    family,
    on_a_line,
    problems,
    three_villages_one_factory,
)
from stages.planning.pooling_optimum import optimum
from zhitong.planning import (
    Limits,
    Party,
    Plan,
    ProblemError,
    Stop,
    Trip,
    check,
    formats,
    solve,
)

SHORT = Stop(iterations=300)


def test_three_villages_share_one_minibus_in_the_order_of_the_road():
    plan = solve(three_villages_one_factory(), stop=SHORT)

    assert plan.trips == (Trip(0, 2, (0, 1, 2), (3,), ("a", "b", "c")),)
    assert plan.cost == 900 + 4.5 * 500


@settings(max_examples=150, deadline=None)
@given(problems())
def test_every_plan_keeps_every_rule_and_states_its_true_cost(problem):
    plan = solve(problem, stop=SHORT, seed=1)

    report = check(problem, plan)
    assert report.violations == ()
    assert plan.cost == pytest.approx(report.cost)
    assert plan.lower_bound <= plan.cost + 1e-6


def test_small_problems_are_solved_to_the_optimum():
    for seed in range(5):
        whole = family(40, seed)
        some = sorted(whole.parties, key=lambda party: (party.destination, party.origin))[:8]
        problem = replace(whole, parties=tuple(some))

        assert solve(problem, stop=Stop(iterations=3000)).cost == pytest.approx(
            optimum(problem).cost
        )


@pytest.mark.parametrize("parties", [60, 500])
def test_the_same_seed_and_iterations_give_the_same_plan(parties):
    problem = family(parties, 3)
    first, again, other = (
        replace(solve(problem, stop=Stop(iterations=4000), seed=seed), seconds=0.0)
        for seed in (5, 5, 6)
    )

    assert check(problem, first).ok
    assert first == again
    assert first != other


@pytest.mark.parametrize("stop", [Stop(seconds=0), Stop(iterations=0)])
def test_no_time_at_all_sends_everybody_alone(stop):
    problem = family(50, 1)

    plan = solve(problem, stop=stop)

    assert check(problem, plan).ok
    assert len(plan.trips) == 50


def test_a_hundredth_of_a_second_is_enough_for_a_plan():
    problem = family(300, 1)

    assert check(problem, solve(problem, stop=Stop(seconds=0.01))).ok


def test_nobody_to_carry_costs_nothing():
    plan = solve(replace(three_villages_one_factory(), parties=()), stop=SHORT)

    assert (plan.trips, plan.cost, plan.gap) == ((), 0.0, 0.0)


def test_a_start_is_improved_and_never_worsened():
    problem = family(80, 2)
    good = solve(problem, stop=Stop(iterations=5000), seed=1)

    better = solve(problem, stop=Stop(iterations=10), seed=2, start=good)

    assert better.cost <= good.cost + 1e-6


def test_a_start_that_breaks_rules_is_taken_apart():
    problem = three_villages_one_factory()
    wrong = Plan((Trip(0, 9, (2, 0, 1), (3,), ("a", "b", "c")), Trip(0, 2, (0,), (3,), ("z",))))

    assert check(problem, solve(problem, stop=SHORT, start=wrong)).ok


def test_a_party_larger_than_any_vehicle_is_left_with_a_remedy():
    problem = on_a_line((0, 500), [Party("big", 0, 1, 21, 0, 0)], types=(MINIBUS,))

    plan = solve(problem, stop=SHORT)

    assert plan.trips == ()
    assert plan.unassigned[0].reason == "larger-than-any-vehicle"
    assert "2 more seats" in plan.unassigned[0].remedy
    assert check(problem, plan).ok


def test_a_large_party_is_split_if_it_may_be():
    parties = [Party("big", 0, 1, 45, 0, 0, splittable=True), Party("small", 0, 1, 10, 0, 0)]
    problem = on_a_line((0, 500), parties, types=(MINIBUS,))

    plan = solve(problem, stop=SHORT)

    assert check(problem, plan).ok
    assert len(plan.trips) == 3


def test_a_large_party_takes_the_train_when_that_is_all_there_is():
    parties = [Party("big", 0, 1, 45, 0, 0, outside_price=9000.0)]
    problem = on_a_line((0, 500), parties, types=(MINIBUS,))

    plan = solve(problem, stop=SHORT)

    assert (plan.outside, plan.cost) == (("big",), 9000.0)
    assert check(problem, plan).ok


def test_a_lone_traveller_takes_the_train_but_shares_a_full_coach():
    lone = Party("lone", 0, 1, 1, 5, 5, outside_price=300.0)
    crowd = [Party(k, 0, 1, 6, 0, 0, outside_price=1800.0) for k in range(5)]
    problem = on_a_line((0, 500), [lone, *crowd], types=(COACH,))

    plan = solve(problem, stop=SHORT)

    assert plan.outside == ("lone",)
    assert len(plan.trips) == 1
    assert plan.cost == 300 + 1300 + 6 * 500


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"limits": Limits(max_pickups=4)}, "too-many-stops"),
    ],
)
def test_what_the_search_does_not_honour_is_refused_at_the_door(change, code):
    with pytest.raises(ProblemError) as refusal:
        solve(replace(three_villages_one_factory(), **change), stop=SHORT)

    assert refusal.value.code == code


def test_progress_falls_in_cost_and_rises_in_share():
    seen = []
    solve(family(60, 1), stop=Stop(iterations=3000), progress=seen.append)

    assert len(seen) > 3
    assert [p.cost for p in seen] == sorted((p.cost for p in seen), reverse=True)
    assert [p.share for p in seen] == sorted(p.share for p in seen)
    assert seen[-1].share == 1.0


def test_a_proven_optimum_ends_a_timed_run_early():
    plan = solve(three_villages_one_factory(), stop=Stop(seconds=600))

    assert plan.gap < 1e-6
    assert plan.seconds < 300


def test_an_event_ends_a_long_run_with_the_best_plan_so_far():
    problem = family(500, 7)
    event = Event()

    def soon(_progress):
        Timer(0.2, event.set).start()

    # the first round is short and starts the timer, the second would take ten minutes
    plan = solve(problem, stop=Stop(seconds=36_000, event=event), progress=soon)

    assert plan.seconds < 300
    assert check(problem, plan).ok
    assert plan.iterations > 0
    assert 0 < plan.lower_bound < plan.cost < 2_000_000


def _stop(_progress):
    return True


def _interrupt(_progress):
    raise KeyboardInterrupt


@pytest.mark.parametrize("progress", [_stop, _interrupt])
def test_a_run_stopped_half_way_goes_on_from_its_file(progress, tmp_path):
    problem = family(200, 7)
    event = Event()
    budget = Stop(iterations=60_000, event=event)
    early = solve(problem, stop=budget, seed=1, progress=progress)
    formats.write_plan(tmp_path / "plan.json", early)

    late = solve(
        problem,
        stop=Stop(iterations=60_000),
        seed=1,
        start=formats.read_plan(tmp_path / "plan.json", problem),
    )

    assert event.is_set()
    assert early.iterations < 60_000
    assert check(problem, early, verify_bound=True).ok
    assert check(problem, late, verify_bound=True).ok
    assert late.cost < early.cost
    assert late.lower_bound >= early.lower_bound


def test_the_proof_may_be_left_out_or_have_a_budget_of_its_own():
    problem = family(200, 8)
    bounds = [
        solve(problem, stop=Stop(iterations=2000), proof=proof).lower_bound
        for proof in (Stop(iterations=0), Stop(iterations=2), Stop(seconds=300))
    ]

    assert bounds == sorted(bounds)
    assert 0 < bounds[0] < bounds[1] < bounds[2]

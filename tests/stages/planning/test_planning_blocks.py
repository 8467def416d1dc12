"""Large problems: cutting, filling, the bounds, and the same plan whoever executes it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhitong.planning import Limits, Plan, ProblemError, Stop, VehicleType, blocks, check
from zhitong.planning.blocks import LOWERING, _Run, plan_blocks, survey_blocks
from zhitong.planning.charter import solve
from zhitong.planning.filling import fill_vehicles
from zhitong.planning.large import LargeProblem, cut
from zhitong.planning.regions import regions

FLEET = (VehicleType("19 seats", 19, 900.0, 4.5), VehicleType("53 seats", 53, 1700.0, 7.5))
STEPS = Stop(iterations=6000)


def drawn(parties, seed=1, origins=30, drops=12, **changes):
    """Villages around one town, factories all over the country."""
    rng = np.random.default_rng(seed)
    villages = np.array([38.0, 115.0]) + rng.normal(0, 0.35, (origins, 2))
    factories = np.column_stack([rng.uniform(22, 40, drops), rng.uniform(106, 122, drops)])
    earliest = rng.integers(0, 5, parties)
    return replace(
        LargeProblem(
            points=np.concatenate([villages, factories]),
            origin=rng.integers(0, origins, parties),
            destination=origins + rng.integers(0, drops, parties),
            size=rng.integers(1, 7, parties),
            earliest=earliest,
            latest=earliest + rng.integers(0, 3, parties),
            types=FLEET,
        ),
        **changes,
    )


def test_every_party_is_in_one_block_within_its_size():
    problem = drawn(500)
    blocks = list(cut(problem, np.arange(500), parties=60))
    assert sorted(np.concatenate(blocks).tolist()) == list(range(500))
    assert max(map(len, blocks)) <= 60
    assert len(blocks) < 30


def test_one_relation_is_cut_as_well():
    problem = drawn(100, origins=1, drops=1)
    blocks = list(cut(problem, np.arange(100), parties=30))
    assert sorted(np.concatenate(blocks).tolist()) == list(range(100))
    assert max(map(len, blocks)) <= 30


def test_whole_vehicles_are_full_and_keep_every_rule():
    problem = drawn(600, origins=2, drops=2)
    trips, left = fill_vehicles(problem)
    assert len(trips) > 20
    riders = [party for trip in trips for party in trip.parties]
    assert sorted(riders + left.tolist()) == list(range(600))
    for trip in trips:
        assert problem.size[list(trip.parties)].sum() == FLEET[trip.type].capacity
    alone = solve(problem.part(left).problem(), stop=Stop(iterations=0))
    assert not [
        violation
        for violation in check(problem.problem(), Plan(tuple(trips))).violations
        if violation.rule != "party-missing"
    ]
    assert alone.cost > 0


def test_the_plan_keeps_every_rule_and_costs_what_it_says():
    problem = drawn(400)
    found = survey_blocks(problem, stop=STEPS, seed=3, processes=1, block_parties=100)
    report = check(problem.problem(), found.plan)
    assert report.violations == ()
    assert report.cost == pytest.approx(found.plan.cost)
    assert found.blocks > 3
    assert found.plan.lower_bound <= found.kept_bound <= found.plan.cost
    assert found.plan.cost < problem.alone().sum() / 2


def test_two_processes_make_the_same_plan_as_one():
    problem = drawn(250)
    here = survey_blocks(problem, stop=STEPS, seed=5, processes=1, block_parties=60).plan
    there = survey_blocks(problem, stop=STEPS, seed=5, processes=2, block_parties=60).plan
    assert replace(here, seconds=0.0) == replace(there, seconds=0.0)


def test_the_bound_holds_for_plans_across_blocks_as_the_checker_confirms():
    problem = drawn(250)
    found = survey_blocks(problem, stop=STEPS, seed=5, processes=1, block_parties=60)
    whole = problem.problem()
    report = check(whole, found.plan, verify_bound=True)
    assert report.violations == ()
    assert report.bound == pytest.approx(found.plan.lower_bound)
    assert found.plan.lower_bound <= solve(whole, stop=Stop(iterations=20_000)).cost
    assert found.plan.gap < 0.3 < 1 - problem.seat_bound() / found.plan.cost


def test_without_a_proof_the_seat_bound_is_left():
    problem = drawn(100)
    plan = plan_blocks(problem, stop=STEPS, seed=5, processes=1, prove=False)
    assert plan.lower_bound == pytest.approx(problem.seat_bound())


@given(st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_every_anchored_trip_lies_in_one_region(seed):
    problem = drawn(60, seed, origins=12, drops=12)
    parts = list(regions(problem, parties=8))
    assert sum(len(part.origins) * len(part.drops) for part in parts) == (
        len(np.unique(problem.origin)) * len(np.unique(problem.destination))
    )
    km = problem.problem().km
    rng = np.random.default_rng(seed)
    # parties whose stops are all within a hop of the first's share its region
    first = int(rng.integers(len(problem)))
    o, d = problem.origin[first], problem.destination[first]
    near = (km[problem.origin, o] <= 40) & (km[problem.destination, d] <= 200)
    home = [part for part in parts if o in part.origins and d in part.drops]
    assert len(home) == 1
    assert set(np.flatnonzero(near)) <= set(home[0].parties)


def _stop(_progress):
    return True


def _interrupt(_progress):
    raise KeyboardInterrupt


@pytest.mark.parametrize("progress", [_stop, _interrupt])
def test_a_run_stopped_early_carries_everybody(progress):
    problem = drawn(200)
    plan = survey_blocks(problem, stop=STEPS, processes=1, progress=progress, block_parties=40).plan
    assert check(problem.problem(), plan, verify_bound=True).violations == ()
    assert plan.iterations < STEPS.iterations / 2


def test_blocks_share_the_iterations():
    problem = drawn(250)
    plan = plan_blocks(problem, stop=STEPS, seed=5, processes=1)
    assert 0 < plan.iterations <= STEPS.iterations


def test_a_run_by_the_clock_keeps_every_rule_and_proves_its_bound():
    problem = drawn(300)
    plan = plan_blocks(problem, stop=Stop(seconds=1.5), seed=5, processes=1)
    assert check(problem.problem(), plan, verify_bound=True).violations == ()


def test_regions_for_which_there_is_no_time_fall_back_on_seat_prices(monkeypatch):
    problem = drawn(200)
    whole = survey_blocks(problem, stop=STEPS, seed=5, processes=1, block_parties=40).plan
    monkeypatch.setattr(
        _Run, "until", lambda self, share: self.began if share == LOWERING else None
    )
    late = survey_blocks(problem, stop=STEPS, seed=5, processes=1, block_parties=40).plan
    assert late.trips == whole.trips
    assert 0 < late.lower_bound <= problem.seat_bound() * (1 + 1e-9) < whole.lower_bound
    assert check(problem.problem(), late, verify_bound=True).violations == ()


def test_blocks_without_time_for_pricing_begin_from_what_their_riders_pay(monkeypatch):
    problem = drawn(200)
    whole = survey_blocks(problem, stop=STEPS, seed=5, processes=1, block_parties=40)
    monkeypatch.setattr(blocks, "WORK_A_PARTY", 0.0)
    short = survey_blocks(problem, stop=STEPS, seed=5, processes=1, block_parties=40)
    assert short.plan.trips == whole.plan.trips
    # nothing is proven of the blocks by themselves, and still much of the plan as a whole
    assert problem.seat_bound() < 0.5 * short.plan.lower_bound
    assert short.plan.lower_bound < whole.plan.lower_bound
    assert check(problem.problem(), short.plan, verify_bound=True).violations == ()


@pytest.mark.parametrize(("name", "value"), [("WORTH", 0.0), ("LEAST_PROOF", 1.0)])
def test_no_time_is_spent_on_a_proof_that_would_not_be_done(monkeypatch, name, value):
    problem = drawn(300)
    monkeypatch.setattr(blocks, name, value)
    plan = plan_blocks(problem, stop=Stop(seconds=1.5), seed=5, processes=1)
    assert plan.lower_bound == pytest.approx(problem.seat_bound())
    assert check(problem.problem(), plan, verify_bound=True).violations == ()


def test_progress_falls_to_the_cost_of_the_plan():
    seen = []
    problem = drawn(250)
    found = survey_blocks(problem, stop=STEPS, processes=1, progress=seen.append, block_parties=60)
    assert seen[-1].share == 1.0
    assert seen[-1].cost == pytest.approx(found.plan.cost)
    assert [one.cost for one in seen] == sorted((one.cost for one in seen), reverse=True)


def test_nobody_is_no_trouble():
    assert plan_blocks(drawn(0), stop=STEPS, processes=1).trips == ()


def test_no_time_leaves_everybody_alone():
    problem = drawn(50)
    plan = plan_blocks(problem, stop=Stop(seconds=0), processes=1)
    assert check(problem.problem(), plan).ok


@given(st.integers(1, 60), st.integers(0, 1000), st.booleans())
@settings(max_examples=15, deadline=None)
def test_the_seat_bound_is_below_every_plan(parties, seed, empty_return):
    problem = drawn(parties, seed, limits=Limits(empty_return=empty_return))
    plan = solve(problem.problem(), stop=Stop(iterations=500), seed=seed, threads=1)
    assert problem.seat_bound() <= plan.cost


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"size": np.full(20, 99)}, "too-large"),
        ({"size": np.zeros(20, dtype=int)}, "bad-size"),
        ({"size": np.full(20, 1.5)}, "not-whole"),
        ({"size": np.ones(19, dtype=int)}, "columns-length"),
        ({"latest": np.full(20, -1)}, "empty-window"),
        ({"origin": np.full(20, 999)}, "unknown-point"),
        ({"points": np.full((42, 2), np.nan)}, "points-not-finite"),
        ({"points": np.zeros((42, 3))}, "points-shape"),
        ({"types": ()}, "no-vehicles"),
        ({"types": (VehicleType("one", 9, 1.0, 1.0, 3),)}, "limited-fleet"),
        ({"limits": Limits(max_drops=4)}, "too-many-stops"),
        ({"road_factor": 0.5}, "bad-factor"),
    ],
)
def test_nonsense_is_refused(changes, code):
    with pytest.raises(ProblemError) as refused:
        drawn(20, **changes)
    assert refused.value.code == code

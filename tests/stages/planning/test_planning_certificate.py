"""The certificate: every bound of ours is verified, every tampered price is found."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.planning.pooling_cases import (
    FLEET,
    MINIBUS,
    family,
    on_a_line,
    problems,
    road_km,
    three_villages_one_factory,
)
from stages.planning.pooling_optimum import optimum
from zhitong.planning import (
    Limits,
    Party,
    Plan,
    Problem,
    Proof,
    Stop,
    check,
    check_certificate,
    formats,
    lower_bound,
    routes,
    solve,
)


@settings(max_examples=150, deadline=None)
@given(problems())
def test_every_bound_is_verified(problem):
    bound = lower_bound(problem)

    certificate = check_certificate(problem, bound.proof)

    assert certificate.flaws == ()
    assert certificate.bound == pytest.approx(bound.value)


@settings(max_examples=150, deadline=None)
@given(problems(most_parties=6, split=False), st.data())
def test_a_price_above_what_travelling_alone_costs_is_found(problem, data):
    if not problem.parties:
        return
    party = data.draw(st.sampled_from(problem.parties))
    proof = lower_bound(problem).proof
    alone = solve(replace(problem, parties=(party,), apart=()), stop=Stop(iterations=0)).cost
    prices = tuple((one, alone + 1 if one == party.id else price) for one, price in proof.prices)

    assert not check_certificate(problem, replace(proof, prices=prices)).ok


def test_a_slightly_dearer_party_of_a_full_trip_is_found():
    problem = family(120, 6)
    proof = lower_bound(problem).proof
    raised = tuple((party, price * 1.02) for party, price in proof.prices)

    assert check_certificate(problem, proof).ok
    certificate = check_certificate(problem, replace(proof, prices=raised))
    assert certificate.bound == 0
    assert "beyond its cost" in certificate.flaws[0]


@pytest.mark.parametrize(
    ("proof", "words"),
    [
        (Proof((("z", 1.0),)), "unknown"),
        (Proof((("a", 1.0), ("a", 1.0))), "priced before"),
        (Proof((("a", float("nan")),)), "has the price nan"),
        (Proof((("a", -1.0),)), "has the price -1"),
        (Proof((("a", 1.0),), zones=(0,)), "1 of 4 points"),
        (Proof((("a", 3151.0),)), "beyond its cost"),
    ],
)
def test_a_proof_that_proves_nothing_is_refused_in_words(proof, words):
    certificate = check_certificate(three_villages_one_factory(), proof)

    assert not certificate.ok
    assert words in certificate.flaws[0]


def test_whom_no_vehicle_carries_may_have_no_price():
    problem = on_a_line((0, 500), [Party("big", 0, 1, 45, 0, 0)], types=(MINIBUS,))

    assert not check_certificate(problem, Proof((("big", 1.0),))).ok
    assert check_certificate(problem, Proof((("big", 0.0),))).ok


@pytest.mark.parametrize("limits", [Limits(max_pickups=5), Limits(max_drops=4, empty_return=True)])
def test_seat_prices_are_verified_where_routes_are_not_enumerated(limits):
    problem = replace(three_villages_one_factory(), limits=limits)
    bound = lower_bound(problem)

    assert bound.method == "seats"
    assert check_certificate(problem, bound.proof).bound == pytest.approx(bound.value)


@settings(max_examples=100, deadline=None)
@given(problems(most_parties=6, split=False))
def test_zones_give_a_bound_below_the_optimum_that_is_verified(problem):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routes, "MOST_SETS", 4)
        bound = lower_bound(problem)

    assert bound.value <= optimum(problem, leave=False).worth + 1e-6
    assert check_certificate(problem, bound.proof).flaws == ()


def townships(parties, seed):
    """Sparse demand of a prefecture: as many origins as parties, destinations in a few regions."""
    rng = np.random.default_rng(seed)
    origins = rng.normal((33.0, 114.0), 0.5, (parties, 2))
    drops = np.repeat(rng.uniform((22.0, 107.0), (40.0, 121.0), (8, 2)), 12, axis=0)
    points = np.concatenate([origins, drops + rng.normal(0, 0.7, drops.shape)])
    people = [
        Party(
            index,
            index,
            parties + int(rng.integers(len(drops))),
            int(rng.integers(1, 5)),
            first := int(rng.integers(0, 4)),
            first + 2,
        )
        for index in range(parties)
    ]
    return Problem(points, road_km(points), tuple(people), FLEET)


def test_hundreds_of_origins_leave_a_small_gap():
    problem = townships(400, 1)
    plan = solve(problem, stop=Stop(iterations=60_000), proof=Stop(iterations=20))

    assert check_certificate(problem, plan.proof).bound == pytest.approx(plan.lower_bound)
    assert plan.gap < 0.06


def test_zones_stand_in_for_too_many_routes(monkeypatch):
    problem = townships(150, 2)
    exact = lower_bound(problem)
    monkeypatch.setattr(routes, "MOST_SETS", 30_000)
    zoned = lower_bound(problem)

    assert (exact.method, zoned.method) == ("routes", "zones")
    assert 0.1 * exact.value < zoned.value <= exact.value * (1 + 1e-6)
    assert check_certificate(problem, zoned.proof).ok


def test_the_checker_reports_the_verified_bound_and_a_bound_that_is_not_proven():
    problem = three_villages_one_factory()
    plan = solve(problem, stop=Stop(iterations=300))

    assert check(problem, plan).bound is None
    assert check(problem, plan, verify_bound=True).bound == pytest.approx(plan.cost)
    bare = check(problem, replace(plan, proof=Proof()), verify_bound=True)
    assert [violation.rule for violation in bare.violations] == ["proof"]


def test_a_proof_comes_back_from_a_file_and_an_old_plan_has_none(tmp_path):
    problem = three_villages_one_factory()
    plan = replace(Plan((), proof=lower_bound(problem).proof))
    formats.write_plan(tmp_path / "plan.json", plan)
    document = formats.plan_to_json(plan)
    del document["proof"]
    (tmp_path / "old.json").write_text(json.dumps(document))

    assert formats.read_plan(tmp_path / "plan.json", problem) == plan
    assert formats.read_plan(tmp_path / "old.json", problem).proof == Proof()

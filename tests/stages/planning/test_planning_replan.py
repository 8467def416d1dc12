"""Replanning: changes against a published plan are as few as the penalty asks, told and judged."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.planning.pooling_cases import (
    MINIBUS,
    family,
    on_a_line,
    problems,
    three_villages_one_factory,
)
from stages.planning.pooling_optimum import optimum, worth
from zhitong.planning import (
    Change,
    Party,
    Plan,
    ProblemError,
    Published,
    Stop,
    Trip,
    Unassigned,
    check,
    formats,
    replan,
    solve,
)

SHORT = Stop(iterations=300)
TOGETHER = Trip(0, 2, (0, 1, 2), (3,), ("a", "b", "c"))
ALONE = tuple(Trip(0, 2, (k,), (3,), (name,)) for k, name in enumerate("abc"))


def told(*trips, penalty=1000.0, outside=()):
    return replace(
        three_villages_one_factory(), published=Published(trips, tuple(outside), penalty)
    )


def rules_of(problem, plan):
    return {violation.rule for violation in check(problem, plan).violations}


def changed(plan):
    return {(change.party, change.what, change.before, change.after) for change in plan.changes}


def test_a_high_penalty_returns_the_published_plan_and_a_low_one_the_cheapest():
    kept = solve(told(*ALONE, penalty=1e6), stop=SHORT)
    cheap = solve(told(*ALONE, penalty=1.0), stop=SHORT)

    assert set(kept.trips) == set(ALONE)
    assert (kept.penalty, kept.changes) == (0.0, ())
    # one of the three trips goes on, with two more aboard
    assert cheap.trips == (TOGETHER,)
    assert (cheap.cost, cheap.penalty) == (900 + 4.5 * 500, 2.0)
    assert changed(cheap) < {(name, "trip", 2, 2) for name in "abc"}
    assert len(cheap.changes) == 2


@pytest.mark.parametrize("parties", [80, 450])
def test_unchanged_demand_keeps_a_large_published_plan(parties):
    whole = family(parties, 21)
    plan = solve(whole, stop=Stop(iterations=3000), seed=1)
    problem = replace(whole, published=Published(plan.trips, plan.outside, 1e6))

    again = solve(problem, stop=Stop(iterations=3000), seed=2)

    assert again.trips == plan.trips
    assert again.changes == ()


@pytest.mark.parametrize("parties", [300, 450])
def test_new_and_cancelled_parties_change_little_under_a_penalty(parties):
    whole = family(parties, 22)
    before = replace(whole, parties=whole.parties[: parties - parties // 10])
    plan = solve(before, stop=Stop(iterations=5000), seed=1)
    after = replace(whole, parties=whole.parties[parties // 10 :])

    def replanned(penalty):
        problem = replace(after, published=Published(plan.trips, plan.outside, penalty))
        new = solve(problem, stop=Stop(iterations=5000), seed=2)
        assert check(problem, new, verify_bound=True).violations == ()
        assert new.penalty == penalty * len(new.changes)
        return new

    free, dear = replanned(0.0), replanned(2000.0)

    assert len(dear.changes) < parties // 20 < len(free.changes)
    assert dear.cost >= free.cost


def test_the_published_day_is_kept_even_where_another_would_do():
    parties = tuple(replace(p, earliest=0, latest=5) for p in told().parties)
    problem = replace(told(replace(TOGETHER, day=4)), parties=parties)

    plan = solve(problem, stop=SHORT)

    assert plan.trips == (replace(TOGETHER, day=4),)
    assert plan.changes == ()


def test_a_window_that_no_longer_holds_the_day_changes_it():
    parties = (replace(told().parties[0], latest=1), *told().parties[1:])
    problem = replace(told(TOGETHER, penalty=1.0), parties=parties)

    plan = solve(problem, stop=SHORT)

    assert ("a", "day", 2, 1) in changed(plan)
    assert worth(problem, plan) == pytest.approx(optimum(problem).worth)
    assert check(problem, plan, verify_bound=True).ok


def test_who_was_to_pay_outside_and_now_rides_has_changed_and_the_other_way_round():
    parties = tuple(replace(p, outside_price=1.0) for p in told().parties)
    free = replace(told(TOGETHER, penalty=1.0), parties=parties)
    forced = replace(told(outside="abc", penalty=1.0))

    outside, riding = solve(free, stop=SHORT), solve(forced, stop=SHORT)

    assert changed(outside) == {(name, "outside", 2, None) for name in "abc"}
    assert changed(riding) == {(name, "ride", None, 2) for name in "abc"}
    assert outside.penalty == riding.penalty == 3.0
    assert check(free, outside).ok
    assert check(forced, riding).ok


def test_who_stays_behind_has_changed():
    types = (replace(MINIBUS, available_per_day=0),)
    problem = replace(told(TOGETHER), types=types)

    plan = solve(problem, stop=SHORT)

    assert changed(plan) == {(name, "behind", 2, None) for name in "abc"}
    assert plan.penalty == 3000.0
    assert check(problem, plan, verify_bound=True).ok


def test_two_trips_cannot_both_go_on_with_the_same_published_one():
    problem = told(TOGETHER)
    split = Plan((Trip(0, 2, (0, 1), (3,), ("a", "b")), Trip(0, 2, (2,), (3,), ("c",))))
    c_changes = Change("c", "trip", 2, 2, 1)

    assert rules_of(problem, split) == {"penalty", "changes"}
    assert rules_of(problem, replace(split, penalty=1000.0, changes=(c_changes,))) == set()


@pytest.mark.parametrize(
    ("changes", "penalty"),
    [
        ((Change("a", "trip", 2, 2, 0),), 1000.0),
        ((Change("c", "day", 2, 2, 1),), 1000.0),
        ((Change("c", "trip", 2, 2, 0),), 1000.0),
        ((Change("a", "trip", 2, 2, 0), Change("b", "trip", 2, 2, 0)), 2000.0),
        ((Change("c", "trip", 2, 2, 1), Change("a", "trip", 2, 2, 0)), 1000.0),
        ((Change("c", "trip", 2, 2, 1), Change("z", "trip", 2, 2, 1)), 1000.0),
        ((Change("c", "trip", 2, 2, 1),), 900.0),
    ],
)
def test_the_checker_sees_changes_that_are_not_told_truly(changes, penalty):
    split = Plan((Trip(0, 2, (0, 1), (3,), ("a", "b")), Trip(0, 2, (2,), (3,), ("c",))))

    broken = rules_of(told(TOGETHER), replace(split, changes=changes, penalty=penalty))

    assert broken
    assert broken <= {"changes", "penalty"}


def test_of_all_ways_to_go_on_the_one_with_fewest_changes_counts():
    """The first new trip shares most with the first old one, but the other way round keeps more."""
    people = [Party(k, 0, 1, 1, 0, 0) for k in range(11)]
    way = (0,), (1,)
    old = (Trip(0, 0, *way, (0, 1, 2, 3, 4, 5, 6)), Trip(0, 0, *way, (7, 8, 9)))
    new = (Trip(0, 0, *way, (0, 1, 2, 3, 7, 8, 9)), Trip(0, 0, *way, (4, 5, 6, 10)))
    problem = replace(
        on_a_line((0, 500), people, types=(MINIBUS,)), published=Published(old, (), 1.0)
    )
    # old trips 0 and 1 to new trips 0 and none keep four, to new trips 1 and 0 six
    fewest = tuple(Change(party, "trip", 0, 0, 0) for party in range(4))
    greedy = tuple(Change(party, "trip", 0, 0, int(party < 7)) for party in (4, 5, 6))
    greedy += tuple(Change(party, "trip", 0, 0, 0) for party in (7, 8, 9))

    assert rules_of(problem, Plan(new, penalty=4.0, changes=fewest)) == set()
    assert rules_of(problem, Plan(new, penalty=6.0, changes=greedy)) == {"penalty", "changes"}
    assert len(replan.changes_of(problem, Plan(new))) == 4


def test_parts_of_a_party_change_one_by_one():
    party = Party("big", 0, 1, 30, 0, 3, splittable=True)
    parts = [Trip(0, day, (0,), (1,), ("big",), (("big", 15),)) for day in (0, 1, 2)]
    problem = replace(
        on_a_line((0, 500), [party], types=(MINIBUS,)),
        published=Published(tuple(parts[:2]), (), 10.0),
    )
    moved = Plan((parts[0], parts[2]), penalty=10.0, changes=(Change("big", "day", 0, 2, 1),))

    assert rules_of(problem, moved) == set()
    assert solve(problem, stop=SHORT).changes == ()


@st.composite
def replanned_problems(draw):
    """Small problems with any trips at all as the published ones, of parties old and new."""
    problem = draw(problems(most_parties=5, split=False))
    ids = [*(party.id for party in problem.parties), "cancelled"]
    chosen = draw(st.permutations(ids))
    trips, outside = [], ()
    while chosen:
        some = tuple(chosen[: draw(st.integers(1, 3))])
        chosen = chosen[len(some) :]
        what = draw(st.sampled_from(("trip", "trip", "outside", "new")))
        if what == "trip":
            trips.append(Trip(0, draw(st.integers(0, 5)), (0,), (1,), some))
        elif what == "outside":
            outside += some
    penalty = draw(st.sampled_from((0.0, 5.0, 200.0, 1e5)))
    return replace(problem, published=Published(tuple(trips), outside, penalty))


@settings(max_examples=80, deadline=None)
@given(replanned_problems())
def test_no_replanning_is_better_than_the_best_and_every_change_is_told(problem):
    plan = solve(problem, stop=Stop(iterations=300), seed=3)

    assert check(problem, plan, verify_bound=True).violations == ()
    assert worth(problem, plan) >= optimum(problem).worth - 1e-6


def test_small_replannings_are_solved_to_the_best():
    for seed in range(6):
        whole = family(40, seed)
        some = sorted(whole.parties, key=lambda party: (party.destination, party.origin))[:6]
        old = solve(replace(whole, parties=tuple(some[:5])), stop=SHORT, seed=seed)
        problem = replace(
            whole, parties=tuple(some[1:]), published=Published(old.trips, old.outside, 300.0)
        )

        plan = solve(problem, stop=Stop(iterations=3000))

        assert worth(problem, plan) == pytest.approx(optimum(problem).worth)


@pytest.mark.parametrize("penalty", [-1.0, float("nan"), float("inf")])
def test_a_penalty_that_is_none_is_refused(penalty):
    with pytest.raises(ProblemError) as refusal:
        told(TOGETHER, penalty=penalty)

    assert refusal.value.code == "bad-penalty"


def test_published_plans_and_changes_come_back_from_files(tmp_path):
    problem = told(TOGETHER, outside=("z",))
    formats.write_problem(tmp_path / "problem.json", problem)
    assert formats.read_problem(tmp_path / "problem.json") == problem

    changes = (Change("c", "trip", 2, 2, 1),)
    plan = Plan((TOGETHER,), (Unassigned("x", "y", "z"),), penalty=5.0, changes=changes)
    formats.write_plan(tmp_path / "plan.json", plan)
    assert formats.read_plan(tmp_path / "plan.json", problem) == plan
    document = formats.plan_to_json(plan)
    del document["penalty"], document["changes"]
    assert formats.plan_from_json(document).changes == ()

"""The shuttle solver on named tiny problems and on generated ones, judged by the checker."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from stages.planning.shuttle_cases import (
    EIGHT,
    line,
    problems,
    three_villages_one_factory,
    two_factories_next_door,
    two_factories_staggered,
)
from zhitong.planning import ProblemError, Stop
from zhitong.planning.check_shuttle import check
from zhitong.planning.shuttle import (
    BusType,
    Direction,
    Home,
    Shift,
    ShuttleLimits,
    ShuttleProblem,
    Travel,
    fleet,
    sbrp,
    solve,
)
from zhitong.planning.shuttle.search import improve

SHORT = Stop(iterations=400)


def solved(problem, **options):
    plan = solve(problem, stop=SHORT, seed=1, **options)
    assert check(problem, plan).violations == ()
    return plan


def test_three_villages_ride_in_one_bus():
    plan = solved(three_villages_one_factory())

    (run,) = plan.runs
    assert [visit.point for visit in run.visits] == [0, 1, 2]
    assert plan.cost == 300 + 3 * 60
    assert plan.unassigned == ()


@pytest.mark.parametrize("seed", [-1, 1.5, None])
def test_a_seed_that_is_none_is_refused(seed):
    with pytest.raises(ProblemError, match="a seed is"):
        solve(three_villages_one_factory(), stop=SHORT, seed=seed)


@pytest.mark.parametrize(("ride", "buses"), [(32 * 60, 1), (32 * 60 - 1, 2)])
def test_the_ride_limit_is_kept_to_the_second(ride, buses):
    # leaving a, 30 minutes of road and two stops of a minute: 32 minutes
    problem = three_villages_one_factory(
        limits={"max_ride": ride},
        shifts=(Shift("day", "works", 3, start=(EIGHT, EIGHT)),),
    )

    assert len(solved(problem).buses) == buses


def test_the_arrival_window_lets_one_bus_do_two_runs():
    narrow = three_villages_one_factory(
        limits={"load_cap": 0.5}, shifts=(Shift("day", "works", 3, start=(EIGHT, EIGHT)),)
    )
    wide = replace(narrow, shifts=(Shift("day", "works", 3, start=(EIGHT - 3600, EIGHT)),))

    assert len(solved(narrow).buses) == 3
    assert len(solved(wide).buses) < 3


@pytest.mark.parametrize(("gap", "buses"), [(24, 1), (23, 2)])
def test_one_bus_serves_staggered_shifts_if_it_can_be_back_in_time(gap, buses):
    assert len(solved(two_factories_staggered(gap)).buses) == buses


def test_afternoon_runs_mirror_morning_runs():
    morning = three_villages_one_factory()
    afternoon = replace(
        morning, shifts=(Shift("day", "works", 3, end=(EIGHT + 28800, EIGHT + 30000)),)
    )

    there, back = solved(morning), solved(afternoon)

    assert back.cost == there.cost
    assert [visit.point for visit in back.runs[0].visits] == [2, 1, 0]


def test_one_bus_brings_a_shift_and_takes_the_one_before_home():
    day = (EIGHT - 600, EIGHT)
    night = (EIGHT, EIGHT + 1800)
    problem = three_villages_one_factory(
        shifts=(Shift("day", "works", 3, start=day), Shift("night", "works", 3, end=night)),
        homes=(Home("a", 0, "day", 10), Home("b", 1, "night", 10)),
    )

    (bus,) = solved(problem).buses

    assert [run.direction for run in bus.runs] == [Direction.IN, Direction.OUT]


def test_a_village_larger_than_any_bus_is_shared_out():
    problem = three_villages_one_factory(homes=(Home("a", 0, "day", 70),))

    plan = solved(problem)

    assert sorted(run.load for run in plan.runs) == [10, 30, 30]


def test_small_buses_are_used_where_they_suffice_and_few_ones_are_not_overdrawn():
    problem = three_villages_one_factory(
        buses=(BusType("coach", 30, 4, fixed=300.0), BusType("van", 10, 4, fixed=100.0, count=1)),
        homes=tuple(Home(name, v, "day", 10) for v, name in enumerate("abc")),
        limits={"max_ride": 600.0 + 1},
    )

    plan = solved(problem)

    assert [stranded.reason for stranded in plan.unassigned] == ["ride-too-long"] * 2
    assert [problem.buses[bus.kind].name for bus in plan.buses] == ["van"]


def test_each_bus_starts_from_the_nearer_of_two_depots():
    problem = replace(
        three_villages_one_factory(travel=line(0, 10, 20, 30, 100, 0)),
        buses=(BusType("far", 30, 4, per_km=3.0), BusType("near", 30, 5, per_km=3.0)),
    )

    assert [bus.kind for bus in solved(problem).buses] == [1]


def test_scattered_homes_share_a_stop_within_walking_distance():
    problem = three_villages_one_factory(
        homes=(
            Home("a", 0, "day", 5, walks=((1, 400.0),)),
            Home("b", 1, "day", 5),
            Home("c", 2, "day", 5, walks=((1, 501.0),)),
        ),
        limits={"max_walk": 500.0},
    )

    (run,) = solved(problem).runs

    assert [visit.point for visit in run.visits] == [1, 2]
    assert sorted(run.visits[0].riders) == [("a", 5), ("b", 5)]


def test_nobody_walks_unless_walking_is_allowed():
    problem = three_villages_one_factory(homes=(Home("a", 0, "day", 5, walks=((1, 1.0),)),))

    assert solved(problem).runs[0].visits[0].point == 0


def test_a_home_without_a_road_is_named():
    seconds = line(0, 10, 20, 30, 30).seconds.copy()
    seconds[0, 3] = np.inf
    travel = Travel(seconds, seconds, ("甲村", "乙村", "丙村", "厂门", "车场"))
    problem = three_villages_one_factory(travel=travel)

    (stranded,) = solved(problem).unassigned

    assert (stranded.home, stranded.reason) == ("a", "unreachable")
    assert "甲村" in stranded.remedy
    assert "厂门" in stranded.remedy


def test_too_few_buses_leave_somebody_behind_and_say_what_helps():
    problem = three_villages_one_factory(
        buses=(BusType("coach", 10, 4, count=2),),
        shifts=(Shift("day", "works", 3, start=(EIGHT, EIGHT)),),
    )

    plan = solved(problem)

    assert [(left.reason, left.riders) for left in plan.unassigned] == [("no-bus", 10)]
    assert "coach" in plan.unassigned[0].remedy


def test_no_homes_and_no_time_are_fine():
    assert solved(three_villages_one_factory(homes=())).buses == ()

    plan = solve(three_villages_one_factory(), stop=Stop(seconds=0.0))
    assert check(three_villages_one_factory(), plan).ok


def test_the_same_seed_and_iterations_give_the_same_plan():
    rng = np.random.default_rng(3)
    at = rng.uniform(0, 1800, (42, 2))
    seconds = np.abs(at[:, None] - at).sum(axis=2)
    problem = ShuttleProblem(
        travel=Travel(seconds, seconds),
        shifts=tuple(
            Shift(k, str(k), 40, start=(EIGHT + 600 * k, EIGHT + 600 * k)) for k in (0, 1)
        ),
        homes=tuple(Home(i, i, i % 2, int(rng.integers(1, 9))) for i in range(40)),
        buses=(BusType("coach", 30, 41, 300.0, 3.0),),
        limits=ShuttleLimits(max_ride=3000.0, stop_fixed=30.0),
    )
    seen = []

    plans = [
        solve(problem, stop=Stop(iterations=9000), seed=5, progress=seen.append) for _ in range(2)
    ]

    assert plans[0] == plans[1]
    assert check(problem, plans[0]).ok
    assert seen[0].share <= seen[-1].share <= 1.0


def test_two_searches_run_at_the_same_time(monkeypatch):
    meeting = threading.Barrier(2, timeout=60.0)

    def improve_together(*arguments):
        if threading.current_thread() is not threading.main_thread():
            meeting.wait()  # ends only when both are here
        return improve(*arguments)

    monkeypatch.setattr(fleet, "improve", improve_together)

    assert len(solved(three_villages_one_factory()).buses) == 1


@settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(problems())
def test_plans_for_generated_problems_keep_every_rule(problem):
    plan = solve(problem, stop=Stop(iterations=120), seed=1)

    assert check(problem, plan).violations == ()


@pytest.mark.parametrize(("calls", "ride", "runs"), [(2, 1620, 1), (2, 1619, 2), (1, 1620, 2)])
def test_factories_share_a_run_where_loads_may_be_mixed_and_the_ride_limit_holds(calls, ride, runs):
    problem = two_factories_next_door(max_calls=calls, max_ride=ride)

    plan = solved(problem)

    assert len(plan.buses) == len(plan.runs) == runs
    if runs == 1:
        assert [call.shift for call in plan.runs[0].calls] == ["near", "far"]
        assert plan.runs[0].visits[0].riders == (("a", 12), ("b", 12))


def test_a_mixed_run_home_calls_at_the_far_gate_first():
    morning = two_factories_next_door()
    problem = replace(
        morning, shifts=tuple(replace(s, start=None, end=s.start) for s in morning.shifts)
    )

    (run,) = solved(problem).runs

    assert [call.shift for call in run.calls] == ["far", "near"]
    assert solved(problem).cost == solved(morning).cost


def test_three_gates_with_their_own_windows_on_one_run():
    gates = [
        Shift(name, name, 1 + k, (EIGHT + 60 * m, EIGHT + 60 * m))
        for k, (name, m) in enumerate([("x", 0), ("y", 4), ("z", 9)])
    ]
    problem = ShuttleProblem(
        travel=line(0, 20, 23, 27, 0),
        shifts=tuple(gates),
        homes=tuple(Home(name, 0, name, 9) for name in "xyz"),
        buses=(BusType("coach", 30, 4, fixed=300.0),),
        limits=ShuttleLimits(max_ride=3600.0, stop_fixed=60.0, gate_fixed=60.0, max_calls=3),
    )

    assert len(solved(problem).runs) == 1
    late = (EIGHT + 60 * 10, EIGHT + 60 * 11)  # a minute later than the bus would be there
    assert (
        len(solved(replace(problem, shifts=(*gates[:2], replace(gates[2], start=late)))).runs) == 2
    )


BAD = [
    ({"buses": ()}, "no-buses"),
    ({"buses": (BusType("b", 30, 4, count=0),)}, "no-buses"),
    ({"buses": (BusType("b", 0, 4),)}, "no-seats"),
    ({"buses": (BusType("b", 9, 4), BusType("b", 9, 4))}, "duplicate-id"),
    ({"buses": (BusType("b", 9, 4, fixed=float("nan")),)}, "bad-cost"),
    ({"buses": (BusType("b", 9, 4, count=-1),)}, "bad-count"),
    ({"buses": (BusType("b", 9, 7),)}, "unknown-point"),
    ({"homes": (Home("a", 9, "day", 1),)}, "unknown-point"),
    ({"homes": (Home("a", 0, "day", 1), Home("a", 1, "day", 1))}, "duplicate-id"),
    ({"homes": (Home("a", 0, "day", 0),)}, "no-riders"),
    ({"homes": (Home("a", 0, "night", 1),)}, "unknown-shift"),
    ({"homes": (Home("a", 0, "day", 1, walks=((1, -1.0),)),)}, "bad-walk"),
    ({"shifts": (Shift("day", "works", 3, start=(2.0, 1.0)),)}, "empty-window"),
    ({"shifts": (Shift("day", "works", 3),)}, "empty-window"),
    ({"shifts": (Shift("day", "works", 3, start=(0.0, float("inf"))),)}, "bad-window"),
    ({"shifts": (Shift("day", "works", -1, start=(0.0, 1.0)),)}, "unknown-point"),
    ({"limits": {"max_ride": 0.0}}, "bad-limit"),
    ({"limits": {"max_ride": float("nan")}}, "bad-limit"),
    ({"limits": {"load_cap": 1.5}}, "bad-limit"),
    ({"limits": {"stop_fixed": -1.0}}, "bad-limit"),
    ({"limits": {"together": 31}}, "together"),
    ({"limits": {"max_calls": 4}}, "bad-limit"),
    ({"travel": Travel(line(0, 10, 20, 30, 30).seconds)}, "no-distances"),
]


@pytest.mark.parametrize(("change", "code"), BAD)
def test_a_problem_without_sense_is_refused(change, code):
    with pytest.raises(ProblemError) as refusal:
        three_villages_one_factory(**change)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "seconds",
    [
        [[0.0, 1.0]],
        [[0.0, -1.0], [1.0, 0.0]],
        [[0.0, float("nan")], [1.0, 0.0]],
        [[0.0, 1e12], [1.0, 0.0]],
        [["far", 1.0], [1.0, 0.0]],
        [[0.0], [1.0, 0.0]],
    ],
)
def test_a_matrix_without_sense_is_refused(seconds):
    with pytest.raises(ProblemError) as refusal:
        Travel(seconds)
    assert refusal.value.code == "bad-matrix"


INSTANCES = Path(__file__).parents[4] / "shared" / "data" / "sbrp"


@pytest.mark.skipif(not INSTANCES.exists(), reason="the public school-bus instances are not here")
@pytest.mark.parametrize("ride", [2700, 5400])
def test_a_public_school_bus_instance_needs_fewer_buses_than_published(ride, tmp_path):
    problem = sbrp.read_instance(INSTANCES / "RSRB02", ride=ride)

    plan = solve(problem, stop=Stop(iterations=10_000), seed=1, buses_first=1.0)
    read_back = sbrp.plan_of(problem, sbrp.solution_of(plan))

    assert check(problem, read_back).ok
    assert len(read_back.buses) < sbrp.BIRD[ride][2]

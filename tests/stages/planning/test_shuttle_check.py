"""Every rule of the shuttle checker is broken by a plan that breaks nothing else."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace

import pytest

from stages.planning.shuttle_cases import (
    EIGHT,
    line,
    three_villages_one_factory,
    two_factories_next_door,
    two_factories_staggered,
)
from zhitong.planning.check_shuttle import check
from zhitong.planning.shuttle import (
    Bus,
    BusType,
    Call,
    Direction,
    Home,
    Run,
    Shift,
    ShuttlePlan,
    Stranded,
    Travel,
    Visit,
)

AT_GATE = EIGHT - 120


def visit(home: str, minutes: float, riders: int = 10, point: int | None = None) -> Visit:
    """A stop of one minute that ends so many minutes before the gate is reached."""
    leave = AT_GATE - minutes * 60
    return Visit(
        "abc".index(home) if point is None else point, ((home, riders),), leave - 60, leave
    )


RUN = Run(
    Direction.IN,
    (visit("a", 32), visit("b", 21), visit("c", 10)),
    (Call("day", AT_GATE, EIGHT),),
)


def plan(*runs: Run, **fields) -> ShuttlePlan:
    return ShuttlePlan((Bus(0, runs),), **fields)


def rules(problem, plan) -> set[str]:
    return {violation.rule for violation in check(problem, plan).violations}


def test_one_run_for_three_villages_keeps_every_rule_and_is_priced():
    report = check(three_villages_one_factory(), plan(RUN))

    assert report.ok
    assert report.cost == 300 + 3 * 60


def test_a_bus_may_wait_with_riders_on_board():
    early = replace(RUN, visits=(visit("a", 39), *RUN.visits[1:]))

    assert rules(three_villages_one_factory(), plan(early)) == set()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"calls": (Call("night", AT_GATE, EIGHT),)}, "unknown-shift"),
        ({"direction": Direction.OUT}, "direction"),
        ({"visits": (visit("a", 32), visit("b", 21), visit("c", 10, point=9))}, "unknown-point"),
        ({"visits": (visit("a", 32), visit("b", 21), visit("c", 20, point=1))}, "walk"),
        ({"calls": (Call("day", AT_GATE - 30, EIGHT),)}, "too-fast"),
        ({"calls": (Call("day", AT_GATE + 30, EIGHT),)}, "gate-time"),
        ({"visits": (visit("a", 41), *RUN.visits[1:])}, "ride"),
        ({"calls": (Call("day", AT_GATE, math.nan),)}, "times"),
        ({"calls": (Call("day", AT_GATE, EIGHT + 1),)}, "window"),
    ],
)
def test_one_wrong_field_of_a_run_breaks_one_rule(change, rule):
    broken = rules(three_villages_one_factory(), plan(replace(RUN, **change)))

    assert broken - {"missing", "twice"} == {rule}


def test_the_ride_limit_is_kept_to_the_second():
    for ride, broken in ((32 * 60.0, set()), (32 * 60.0 - 1, {"ride"})):
        problem = three_villages_one_factory(limits={"max_ride": ride})
        assert rules(problem, plan(RUN)) == broken


def test_a_stop_that_is_too_short_is_found():
    hasty = replace(RUN.visits[1], arrive=RUN.visits[1].arrive + 1)
    run = replace(RUN, visits=(RUN.visits[0], hasty, RUN.visits[2]))

    assert rules(three_villages_one_factory(), plan(run)) == {"stop-time"}


def test_unknown_bus_type_idle_bus_and_empty_run_are_found():
    problem = three_villages_one_factory()

    assert rules(problem, ShuttlePlan((Bus(3, (RUN,)),))) == {"unknown-type"}
    assert rules(problem, ShuttlePlan((Bus(0, (RUN,)), Bus(0, ())))) == {"idle-bus"}
    assert rules(problem, plan(replace(RUN, visits=()))) == {"empty-run", "missing"}


def test_riders_must_exist_be_some_and_belong_to_the_shift():
    problem = three_villages_one_factory(
        shifts=(
            Shift("day", "works", 3, start=(EIGHT - 1200, EIGHT)),
            Shift("other", "mill", 3, start=(EIGHT - 1200, EIGHT)),
        )
    )
    stranger = replace(RUN.visits[2], riders=(("c", 10), ("z", 1)))
    nobody = replace(RUN.visits[2], riders=(("c", 10), ("b", 0)))
    with_stranger = replace(RUN, visits=(*RUN.visits[:2], stranger))
    with_nobody = replace(RUN, visits=(*RUN.visits[:2], nobody))

    assert rules(problem, plan(with_stranger)) == {"unknown-home"}
    assert rules(problem, plan(with_nobody)) - {"split"} == {"riders"}
    elsewhere = replace(RUN, calls=(Call("other", AT_GATE, EIGHT),))
    assert "wrong-shift" in rules(problem, plan(elsewhere))


def test_seats_after_the_load_cap_are_counted():
    assert rules(three_villages_one_factory(limits={"load_cap": 0.9}), plan(RUN)) == {"seats"}


def test_a_second_run_needs_time_to_get_there():
    problem = two_factories_staggered(13)
    runs = [
        Run(
            Direction.IN,
            (Visit(0, ((home, 20),), at - 840, at - 720),),
            (Call(shift, at - 120, at),),
        )
        for shift, home, at in (("first", "a", EIGHT), ("second", "b", EIGHT + 13 * 60))
    ]

    assert rules(problem, plan(*runs)) == {"chain"}
    assert rules(problem, ShuttlePlan((Bus(0, runs[:1]), Bus(0, runs[1:])))) == set()


def test_a_depot_without_a_road_is_found():
    seconds = line(0, 10, 20, 30, 30).seconds.copy()
    seconds[4, 0] = math.inf
    problem = three_villages_one_factory(travel=Travel(seconds), buses=(BusType("coach", 30, 4),))

    assert rules(problem, plan(RUN)) == {"depot"}


def test_everybody_is_carried_once():
    problem = three_villages_one_factory()
    without_c = replace(RUN, visits=RUN.visits[:2])
    left = Stranded("c", Direction.IN, 10, "no-bus", "one more bus")

    assert rules(problem, plan(without_c)) == {"missing"}
    assert rules(problem, plan(without_c, unassigned=(left,))) == set()
    assert rules(problem, plan(RUN, unassigned=(left,))) == {"twice"}
    assert rules(problem, plan(without_c, unassigned=(left, replace(left, home="z")))) == {
        "unknown-home"
    }


@pytest.mark.parametrize("reason", ["ride-too-long", "unreachable", "no reason"])
def test_nobody_is_left_behind_without_cause(reason):
    left = Stranded("c", Direction.IN, 10, reason, "")
    without_c = replace(RUN, visits=RUN.visits[:2])

    assert rules(three_villages_one_factory(), plan(without_c, unassigned=(left,))) == {"no-cause"}


def test_riders_of_one_home_are_not_spread_without_need():
    halves = (visit("c", 11, riders=4), visit("c", 10, riders=6))
    spread = replace(RUN, visits=(visit("a", 33), visit("b", 22), *halves))

    assert rules(three_villages_one_factory(), plan(spread)) == {"split"}
    assert rules(three_villages_one_factory(limits={"together": 6}), plan(spread)) == set()


def test_no_more_buses_than_exist():
    problem = three_villages_one_factory(buses=(BusType("coach", 30, 4, count=1),))
    apart = [replace(RUN, visits=visits) for visits in (RUN.visits[:2], RUN.visits[2:])]

    assert rules(problem, ShuttlePlan(tuple(Bus(0, (run,)) for run in apart))) == {"fleet"}


def test_a_wrong_cost_is_found():
    assert rules(three_villages_one_factory(), plan(RUN, cost=481.0)) == {"cost"}


def test_an_afternoon_run_is_judged_from_the_gate_outwards():
    problem = three_villages_one_factory(
        shifts=(Shift("day", "works", 3, end=(EIGHT, EIGHT)),),
        homes=(Home("c", 2, "day", 10), Home("a", 0, "day", 10)),
        limits={"max_ride": 31 * 60.0},
    )
    home = Run(
        Direction.OUT,
        (
            Visit(2, (("c", 10),), EIGHT + 600, EIGHT + 660),
            Visit(0, (("a", 10),), EIGHT + 1860, EIGHT + 1920),
        ),
        (Call("day", EIGHT - 120, EIGHT),),
    )
    late = replace(home.visits[1], arrive=EIGHT + 1861, leave=EIGHT + 1921)

    assert rules(problem, plan(home)) == set()
    assert rules(problem, plan(replace(home, visits=(home.visits[0], late)))) == {"ride"}


def test_the_checker_loads_no_solver():
    code = (
        "import sys, zhitong.planning.check_shuttle\n"
        "sys.exit(any(name in sys.modules for name in ('numba', 'highspy', 'pyvrp')))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


MIXED = Run(
    Direction.IN,
    (Visit(0, (("a", 12), ("b", 12)), EIGHT - 1920, EIGHT - 1860),),
    (Call("near", EIGHT - 660, EIGHT - 540), Call("far", EIGHT - 240, EIGHT - 120)),
)


def test_a_mixed_run_calls_at_two_gates():
    problem = two_factories_next_door()

    assert rules(problem, plan(MIXED)) == set()
    assert check(problem, plan(MIXED)).cost == 300 + 3 * 50


@pytest.mark.parametrize(
    ("limits", "rule"),
    [
        ({"max_calls": 1}, "calls"),
        ({"max_ride": 27 * 60.0 - 1}, "ride"),
        ({"gate_per_rider": 1.0}, "gate-time"),
        ({"load_cap": 0.79}, "seats"),
    ],
)
def test_a_mixed_run_keeps_the_limits(limits, rule):
    assert rules(two_factories_next_door(**limits), plan(MIXED)) - {"missing"} == {rule}


@pytest.mark.parametrize(
    ("calls", "rule"),
    [
        ((), "calls"),
        ((MIXED.calls[0], MIXED.calls[0]), "calls"),
        (MIXED.calls[:1], "wrong-shift"),
        ((MIXED.calls[0], replace(MIXED.calls[1], leave=EIGHT + 1)), "window"),
        ((MIXED.calls[0], replace(MIXED.calls[1], arrive=EIGHT - 241)), "too-fast"),
    ],
)
def test_every_call_of_a_mixed_run_is_judged(calls, rule):
    broken = rules(two_factories_next_door(), plan(replace(MIXED, calls=calls)))

    assert broken - {"missing"} == {rule}


def test_a_gate_is_called_at_only_for_riders():
    only_near = replace(MIXED, visits=(replace(MIXED.visits[0], riders=(("a", 12),)),))

    assert rules(two_factories_next_door(), plan(only_near)) == {"idle-call", "missing"}

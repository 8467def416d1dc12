"""The lower bound on buses against every plan there is, on tiny problems."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, permutations, product

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
from zhitong.planning import Stop
from zhitong.planning.check_shuttle import check
from zhitong.planning.shuttle import (
    Bus,
    BusType,
    Call,
    Direction,
    Home,
    Run,
    Shift,
    ShuttleLimits,
    ShuttlePlan,
    ShuttleProblem,
    Travel,
    Visit,
    formats,
    solve,
)
from zhitong.planning.shuttle.bound import fewest_buses


def run_after(problem, homes, free, place) -> tuple[Run, float, int] | None:
    """The earliest run for ``homes`` in this order by a bus free at ``place``, if there is one."""
    shift = next(s for s in problem.shifts if s.id == homes[0].shift)
    limits, seconds = problem.limits, problem.travel.seconds
    load = sum(home.riders for home in homes)
    direction = Direction.IN if shift.start else Direction.OUT
    stops = [(h.point, limits.at_stop(h.riders)) for h in homes]
    gate = (shift.gate, limits.at_gate(load))
    way = [*stops, gate] if direction is Direction.IN else [gate, *stops]
    clock, at = free + (seconds[place, way[0][0]] if place is not None else 0.0), way[0][0]
    times = []
    for point, stand in way:
        arrive = clock + seconds[at, point]
        clock, at = arrive + stand, point
        times.append((arrive, clock))
    at_gate = times[-1 if direction is Direction.IN else 0]
    first, last = shift.window(direction)
    wait = max(0.0, first - at_gate[1])
    times = [(arrive + wait, leave + wait) for arrive, leave in times]
    at_gate = (at_gate[0] + wait, at_gate[1] + wait)
    visited = times[:-1] if direction is Direction.IN else times[1:]
    rides = [
        at_gate[0] - leave if direction is Direction.IN else arrive - at_gate[1]
        for arrive, leave in visited
    ]
    if at_gate[1] > last + 1e-7 or max(rides) > limits.max_ride or load > problem.largest_load:
        return None
    visits = tuple(
        Visit(h.point, ((h.id, h.riders),), *t) for h, t in zip(homes, visited, strict=True)
    )
    return Run(direction, visits, (Call(shift.id, *at_gate),)), times[-1][1], at


def bus_for(problem, homes) -> Bus | None:
    """Some bus day that carries exactly ``homes``, out of all orders and cuts into runs."""
    for order in permutations(homes):
        for cuts in product((False, True), repeat=len(order) - 1):
            runs, piece, free, place = [], [order[0]], -1e6, None
            pieces = [piece]
            for home, cut in zip(order[1:], cuts, strict=True):
                if cut:
                    pieces.append([home])
                else:
                    pieces[-1].append(home)
            if any(len({home.shift for home in piece}) > 1 for piece in pieces):
                continue
            for piece in pieces:
                found = run_after(problem, piece, free, place)
                if found is None:
                    break
                run, free, place = found
                runs.append(run)
            else:
                return Bus(0, tuple(runs))
    return None


def best_plan(problem) -> ShuttlePlan | None:
    """A plan with the fewest buses, by trying every way to share homes out among them."""
    n = len(problem.homes)
    fits = {}
    for size in range(1, n + 1):
        for some in combinations(range(n), size):
            fits[some] = bus_for(problem, [problem.homes[i] for i in some])
    best: dict[tuple[int, ...], tuple[Bus, ...] | None] = {(): ()}

    def cover(left):
        if left not in best:
            plans = [
                (bus, *rest)
                for some, bus in fits.items()
                if bus is not None and left[0] in some and set(some) <= set(left)
                if (rest := cover(tuple(i for i in left if i not in some))) is not None
            ]
            best[left] = min(plans, key=len, default=None)
        return best[left]

    buses = cover(tuple(range(n)))
    return None if buses is None else ShuttlePlan(buses)


def random_problem(seed: int) -> ShuttleProblem:
    """Up to five homes, two shifts in either direction, ways that may break the triangle rule."""
    rng = np.random.default_rng(seed)
    homes = int(rng.integers(1, 6))
    at = rng.uniform(0, 900, (homes + 3, 2))
    seconds = np.abs(at[:, None] - at).sum(axis=2)
    if rng.random() < 0.3:
        seconds = seconds * rng.uniform(0.5, 2.0, seconds.shape)
        np.fill_diagonal(seconds, 0.0)
    shifts = []
    for k in (0, 1):
        opens = EIGHT + float(rng.integers(0, 3600))
        window = (opens, opens + float(rng.integers(0, 1800)))
        morning = rng.random() < 0.6
        shifts.append(
            Shift(k, str(k), homes + k, window if morning else None, None if morning else window)
        )
    limits = ShuttleLimits(
        max_ride=float(rng.integers(1800, 4000)),
        stop_fixed=float(rng.integers(0, 60)),
        stop_per_rider=float(rng.choice([0.0, 2.5])),
        gate_fixed=float(rng.integers(1, 120)),
        gate_per_rider=float(rng.choice([0.0, 1.0])),
    )
    return ShuttleProblem(
        travel=Travel(seconds),
        shifts=tuple(shifts),
        homes=tuple(
            Home(i, i, int(rng.integers(0, 2)), int(rng.integers(1, 21))) for i in range(homes)
        ),
        buses=(BusType("coach", 20, homes + 2),),
        limits=limits,
    )


def test_the_bound_is_below_the_best_of_all_plans():
    tight = 0
    for seed in range(150):
        problem = random_problem(seed)
        plan = best_plan(problem)
        if plan is None:
            continue
        assert check(problem, plan).violations == ()
        bound = fewest_buses(problem)
        assert bound <= len(plan.buses), seed
        tight += bound == len(plan.buses) > 1

    assert tight > 20


@settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(problems())
def test_the_bound_is_below_every_plan_that_carries_everybody(problem):
    free = replace(problem, buses=tuple(replace(kind, count=None) for kind in problem.buses))

    plan = solve(free, stop=Stop(iterations=120), seed=1)

    assert plan.lower_bound_buses == fewest_buses(free) <= len(plan.buses)


@pytest.mark.parametrize(("gap", "buses"), [(24, 1), (23, 2)])
def test_the_bound_knows_how_soon_a_bus_can_be_back(gap, buses):
    assert fewest_buses(two_factories_staggered(gap)) == buses


def test_the_bound_knows_seats_and_the_window():
    crowd = tuple(Home(name, v, "day", 30) for v, name in enumerate("abc"))

    assert fewest_buses(three_villages_one_factory(homes=())) == 0
    assert fewest_buses(three_villages_one_factory()) == 1
    assert fewest_buses(three_villages_one_factory(homes=crowd)) == 3
    wide = (Shift("day", "works", 3, start=(EIGHT - 7200, EIGHT)),)
    assert fewest_buses(three_villages_one_factory(homes=crowd, shifts=wide)) == 1


def test_mixed_loads_lower_the_bound():
    assert fewest_buses(two_factories_next_door()) == 1
    assert fewest_buses(two_factories_next_door(max_calls=1)) == 2


def test_riders_nobody_can_carry_need_no_bus():
    problem = three_villages_one_factory(travel=line(0, 0, 0, 60, 60))

    assert fewest_buses(problem) == 0


def test_a_claimed_bound_is_refuted_by_a_plan_with_fewer_buses():
    problem = three_villages_one_factory()
    plan = solve(problem, stop=Stop(iterations=100))
    read = formats.plan_from_json(formats.plan_to_json(plan))

    assert read.lower_bound_buses == 1
    (wrong,) = check(problem, replace(read, lower_bound_buses=2)).violations
    assert wrong.rule == "bound"

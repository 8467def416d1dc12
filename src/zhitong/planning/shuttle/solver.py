"""Plans shuttles: few buses, then little cost."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from itertools import pairwise

from zhitong.planning.control import Stop
from zhitong.planning.refusals import refuse_bad_run
from zhitong.planning.shuttle.arrays import absent_items, arrays_of, buses_of, items_of
from zhitong.planning.shuttle.bound import fewest_buses
from zhitong.planning.shuttle.fleet import Fleet
from zhitong.planning.shuttle.model import (
    Bus,
    Direction,
    Home,
    Run,
    Shift,
    ShuttlePlan,
    ShuttleProblem,
    ShuttleProgress,
    Stranded,
)
from zhitong.planning.shuttle.stops import choose_stops

BUSES_FIRST = 0.6
"""The share of the budget spent on saving buses; the rest saves money."""


def solve(
    problem: ShuttleProblem,
    *,
    stop: Stop,
    seed: int = 1,
    progress: Callable[[ShuttleProgress], None] | None = None,
    buses_first: float = BUSES_FIRST,
) -> ShuttlePlan:
    """Carry everybody who can be carried, with as few buses as found, then as cheaply.

    The share ``buses_first`` of the budget goes into saving buses. Two runs with the same seed
    and number of iterations give the same plan. How many buses are needed at least is worked out
    first, and no more are saved once that is reached. Raises ``ProblemError`` for a seed that is
    none.
    """
    began = time.perf_counter()
    refuse_bad_run(seed=seed)
    kinds = tuple(
        (index, direction)
        for index, shift in enumerate(problem.shifts)
        for direction in Direction
        if shift.window(direction) is not None
    )
    stranded: list[Stranded] = []
    carried: list[list[tuple[Home, int]]] = []
    for index, direction in kinds:
        shift = problem.shifts[index]
        able: list[tuple[Home, tuple[tuple[int, float], ...]]] = []
        for home in problem.homes:
            if home.shift != shift.id:
                continue
            places = _places(problem, home)
            reasons = [_refusal(problem, shift, direction, home, point) for point, _ in places]
            if all(reason is not None for reason in reasons):
                stranded += [reason for reason in reasons[:1] if reason is not None]
                continue
            fine = zip(places, reasons, strict=True)
            able.append((home, tuple(place for place, reason in fine if reason is None)))
        carried.append(choose_stops(able))
    items = items_of(problem, kinds, carried)
    bound = fewest_buses(problem)
    if not items:
        spent = time.perf_counter() - began
        return ShuttlePlan((), tuple(stranded), cost=0.0, seconds=spent)
    fleet = Fleet(
        arrays_of(problem, kinds, items), stop=stop, seed=seed, progress=progress, began=began
    )
    fleet.open()
    fleet.save_buses(buses_first, enough=bound)
    fleet.save_money()
    buses = buses_of(fleet.arrays, fleet.state)
    for item in absent_items(fleet.arrays, fleet.state):
        stranded += [
            Stranded(home, kinds[item.kind][1], riders, "no-bus", _more_buses(problem, item.load))
            for home, riders in item.riders
        ]
    return ShuttlePlan(
        buses=buses,
        unassigned=tuple(stranded),
        cost=sum(bus_cost(problem, bus) for bus in buses),
        lower_bound_buses=bound,
        iterations=fleet.iterations,
        seconds=time.perf_counter() - began,
    )


def bus_cost(problem: ShuttleProblem, bus: Bus) -> float:
    """Fixed cost and every km from the depot back to it."""
    kind = problem.buses[bus.kind]
    metres = problem.travel.metres
    if metres is None or kind.per_km == 0:
        return kind.fixed
    points = [kind.depot]
    for run in bus.runs:
        points += points_of(problem, run)
    points.append(kind.depot)
    return kind.fixed + kind.per_km / 1000 * sum(float(metres[a, b]) for a, b in pairwise(points))


def points_of(problem: ShuttleProblem, run: Run) -> list[int]:
    """The points of a run in driving order, the gates included."""
    gate = {shift.id: shift.gate for shift in problem.shifts}
    stops = [visit.point for visit in run.visits]
    gates = [gate[call.shift] for call in run.calls]
    return [*stops, *gates] if run.direction is Direction.IN else [*gates, *stops]


def _places(problem: ShuttleProblem, home: Home) -> tuple[tuple[int, float], ...]:
    """Where the riders of ``home`` may board, each with the metres to walk."""
    limit = problem.limits.max_walk
    near = [(point, walk) for point, walk in home.walks if walk <= limit and point != home.point]
    return ((home.point, 0.0), *near)


def _refusal(
    problem: ShuttleProblem, shift: Shift, direction: Direction, home: Home, point: int
) -> Stranded | None:
    """Why riders cannot board at ``point`` whatever the buses do."""
    seconds = problem.travel.seconds
    name = problem.travel.name
    depots = {kind.depot for kind in problem.buses if kind.count != 0}
    gate = shift.gate
    first, last = (point, gate) if direction is Direction.IN else (gate, point)
    pairs = [(first, last)]
    for depot in sorted(depots):
        pairs += [(depot, first), (last, depot)]
    for a, b in pairs:
        if math.isinf(seconds[a, b]):
            remedy = f"no way from {name(a)} to {name(b)}: check their places, or another stop"
            return Stranded(home.id, direction, home.riders, "unreachable", remedy)
    ride = float(seconds[first, last])
    if ride > problem.limits.max_ride + 1e-9:
        remedy = (
            f"the direct ride takes {ride:.0f} s: allow that much"
            f" instead of {problem.limits.max_ride:.0f} s, or carry them otherwise"
        )
        return Stranded(home.id, direction, home.riders, "ride-too-long", remedy)
    return None


def _more_buses(problem: ShuttleProblem, load: int) -> str:
    limited = [kind for kind in problem.buses if kind.count is not None]
    fitting = [kind for kind in limited if problem.limits.usable(kind) >= load]
    kind = min(fitting or limited, key=lambda kind: (kind.fixed, kind.seats))
    return f"one more bus of {kind.name!r}"

"""Judges any shuttle plan against its problem, whoever made it: a solver, a person, a stranger.

Shares no code with the solver. Takes the times that the plan lists as they are, and holds each
against the travel and service times; a bus may wait anywhere, with riders on board at their
expense. Times agree when they differ by at most a millionth of a second.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from zhitong.planning.shuttle.form import malformed
from zhitong.planning.shuttle.model import (
    Bus,
    BusType,
    Direction,
    Home,
    Id,
    Run,
    Shift,
    ShuttlePlan,
    ShuttleProblem,
    Visit,
)

TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken ``rule`` in words; ``bus`` and ``run`` are indices, ``home`` an id, where known."""

    rule: str
    message: str
    bus: int | None = None
    run: int | None = None
    home: Id | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on a plan; ``cost`` is recomputed, infinite when a bus cannot be priced."""

    violations: tuple[Violation, ...]
    cost: float

    @property
    def ok(self) -> bool:
        return not self.violations


def check(problem: ShuttleProblem, plan: ShuttlePlan) -> Report:
    """Judge ``plan``: every broken rule, and what the plan really costs."""
    if flaws := [Violation("malformed", text, bus) for text, bus in malformed(plan)]:
        return Report(tuple(flaws), math.inf)
    case = _Case(problem, plan)
    violations: list[Violation] = []
    sound = True
    for number, bus in enumerate(plan.buses):
        wrong = [Violation(rule, text, number) for rule, text in _bus_form(case, bus)]
        for index, run in enumerate(bus.runs):
            for form in _FORM:
                wrong += [Violation(*found, number, index) for found in form(case, run)]
        violations += wrong
        if wrong:
            sound = False
            continue
        for index, run in enumerate(bus.runs):
            for conduct in _CONDUCT:
                found_here = conduct(case, bus, run)
                violations += [Violation(*found, number, index) for found in found_here]
        for whole_bus in _BUS:
            violations += [Violation(*found, number) for found in whole_bus(case, bus)]
    for whole in _WHOLE:
        violations += [Violation(rule, text, home=home) for rule, text, home in whole(case)]
    cost = sum(_bus_cost(case, bus) for bus in plan.buses) if sound else math.inf
    if sound and not math.isnan(plan.cost) and abs(plan.cost - cost) > 0.01:
        violations.append(Violation("cost", f"states a cost of {plan.cost}, costs {cost}"))
    everybody = all(left.reason != "no-bus" for left in plan.unassigned)
    if not violations and everybody and len(plan.buses) < plan.lower_bound_buses:
        text = f"{len(plan.buses)} buses do, at least {plan.lower_bound_buses} are claimed"
        violations.append(Violation("bound", text))
    return Report(tuple(violations), cost)


class _Case:
    """A problem and a plan with the look-ups that several rules need."""

    def __init__(self, problem: ShuttleProblem, plan: ShuttlePlan) -> None:
        self.problem = problem
        self.plan = plan
        self.limits = problem.limits
        self.home: dict[Id, Home] = {home.id: home for home in problem.homes}
        self.shift: dict[Id, Shift] = {shift.id: shift for shift in problem.shifts}

    def seconds(self, a: int, b: int) -> float:
        return float(self.problem.travel.seconds[a, b])

    def window(self, run: Run, shift: Shift) -> tuple[float, float]:
        return (shift.start if run.direction is Direction.IN else shift.end) or (0.0, 0.0)

    def way(self, run: Run) -> list[tuple[int, float, float]]:
        """Places of a run in driving order as (point, arrive, leave), the gates included."""
        gates = [(self.shift[call.shift].gate, call.arrive, call.leave) for call in run.calls]
        stops = [(visit.point, visit.arrive, visit.leave) for visit in run.visits]
        return [*stops, *gates] if run.direction is Direction.IN else [*gates, *stops]

    def riders_of(self, run: Run, shift: Id) -> int:
        """Riders of ``shift`` on board."""
        return sum(
            riders
            for visit in run.visits
            for home_id, riders in visit.riders
            if self.home[home_id].shift == shift
        )


Found = Iterator[tuple[str, str]]
FoundHome = Iterator[tuple[str, str, Id]]


def _aboard(visit: Visit) -> int:
    return sum(riders for _, riders in visit.riders)


def _load(run: Run) -> int:
    return sum(_aboard(visit) for visit in run.visits)


# --- the form of a bus and its runs: what must hold before their conduct can be judged -----------


def _bus_form(case: _Case, bus: Bus) -> Found:
    if not 0 <= bus.kind < len(case.problem.buses):
        yield "unknown-type", f"there is no bus type {bus.kind}"
    if not bus.runs:
        yield "idle-bus", "a bus without runs"


def _shifts_exist(case: _Case, run: Run) -> Found:
    for call in run.calls:
        shift = case.shift.get(call.shift)
        if shift is None:
            yield "unknown-shift", f"there is no shift {call.shift!r}"
        elif (shift.start if run.direction is Direction.IN else shift.end) is None:
            yield "direction", f"shift {call.shift!r} has no runs {run.direction.value}"


def _calls_allowed(case: _Case, run: Run) -> Found:
    most = case.limits.max_calls
    if not 1 <= len(run.calls) <= most:
        yield "calls", f"calls at {len(run.calls)} gates, from 1 to {most} are allowed"
    if len({call.shift for call in run.calls}) < len(run.calls):
        yield "calls", "calls for the same shift twice"


def _has_visits(case: _Case, run: Run) -> Found:
    if not run.visits or any(not visit.riders for visit in run.visits):
        yield "empty-run", "a run needs stops, and riders at each of them"


def _points_exist(case: _Case, run: Run) -> Found:
    for visit in run.visits:
        if not 0 <= visit.point < len(case.problem.travel):
            yield "unknown-point", f"there is no point {visit.point}"


def _riders_exist(case: _Case, run: Run) -> Found:
    for visit in run.visits:
        for home_id, riders in visit.riders:
            if home_id not in case.home:
                yield "unknown-home", f"there is no home {home_id!r}"
            if riders < 1:
                yield "riders", f"{riders} riders of home {home_id!r}"


def _times_exist(case: _Case, run: Run) -> Found:
    times = [moment for call in run.calls for moment in (call.arrive, call.leave)]
    times += [moment for visit in run.visits for moment in (visit.arrive, visit.leave)]
    if not all(math.isfinite(moment) for moment in times):
        yield "times", "a time is missing"


# --- the conduct of a run ------------------------------------------------------------------------


def _riders_belong(case: _Case, bus: Bus, run: Run) -> Found:
    for visit in run.visits:
        for home_id, _ in visit.riders:
            if all(case.home[home_id].shift != call.shift for call in run.calls):
                yield "wrong-shift", f"home {home_id!r} is not of a shift of this run"


def _calls_needed(case: _Case, bus: Bus, run: Run) -> Found:
    for call in run.calls:
        if case.riders_of(run, call.shift) == 0:
            yield "idle-call", f"calls at the gate of {call.shift!r}, nobody goes there"


def _riders_walk_little(case: _Case, bus: Bus, run: Run) -> Found:
    for visit in run.visits:
        for home_id, _ in visit.riders:
            home = case.home[home_id]
            walks = [walk for point, walk in home.walks if point == visit.point]
            if home.point != visit.point and min(walks, default=math.inf) > case.limits.max_walk:
                yield "walk", f"home {home_id!r} cannot walk to point {visit.point}"


def _roads_allow(case: _Case, bus: Bus, run: Run) -> Found:
    for (a, _, leave), (b, arrive, _) in pairwise(case.way(run)):
        if arrive < leave + case.seconds(a, b) - TOLERANCE:
            yield "too-fast", f"{a} to {b} takes {case.seconds(a, b)} s, given {arrive - leave}"


def _stops_long_enough(case: _Case, bus: Bus, run: Run) -> Found:
    for visit in run.visits:
        needed = case.limits.stop_fixed + case.limits.stop_per_rider * _aboard(visit)
        if visit.leave < visit.arrive + needed - TOLERANCE:
            yield "stop-time", f"stays {visit.leave - visit.arrive} s at {visit.point} of {needed}"


def _gate_long_enough(case: _Case, bus: Bus, run: Run) -> Found:
    limits = case.limits
    for call in run.calls:
        riders = case.riders_of(run, call.shift)
        needed = limits.gate_fixed + limits.gate_per_rider * riders
        if call.leave < call.arrive + needed - TOLERANCE:
            yield "gate-time", f"stays {call.leave - call.arrive} s at the gate of {needed}"


def _in_window(case: _Case, bus: Bus, run: Run) -> Found:
    for call in run.calls:
        first, last = case.window(run, case.shift[call.shift])
        if not first - TOLERANCE <= call.leave <= last + TOLERANCE:
            yield "window", f"done at the gate at {call.leave}, allowed from {first} to {last}"


def _seats_suffice(case: _Case, bus: Bus, run: Run) -> Found:
    seats = case.problem.buses[bus.kind].seats
    if _load(run) > seats * case.limits.load_cap + 1e-9:
        yield "seats", f"{_load(run)} riders in {seats} seats, load cap {case.limits.load_cap}"


def _rides_short(case: _Case, bus: Bus, run: Run) -> Found:
    at_gate = {call.shift: call for call in run.calls}
    for visit in run.visits:
        for shift in {case.home[home_id].shift for home_id, _ in visit.riders} & at_gate.keys():
            if run.direction is Direction.IN:
                ride = at_gate[shift].arrive - visit.leave
            else:
                ride = visit.arrive - at_gate[shift].leave
            if ride > case.limits.max_ride + TOLERANCE:
                yield "ride", f"a ride of {ride} s from or to {visit.point}"


# --- a bus and its runs --------------------------------------------------------------------------


def _runs_in_time(case: _Case, bus: Bus) -> Found:
    for earlier, later in pairwise(bus.runs):
        a, _, leave = case.way(earlier)[-1]
        b, arrive, _ = case.way(later)[0]
        if arrive < leave + case.seconds(a, b) - TOLERANCE:
            yield "chain", f"free at {leave}, cannot be at the next run at {arrive}"


def _depot_in_reach(case: _Case, bus: Bus) -> Found:
    depot = case.problem.buses[bus.kind].depot
    first = case.way(bus.runs[0])[0][0]
    last = case.way(bus.runs[-1])[-1][0]
    if math.isinf(case.seconds(depot, first)) or math.isinf(case.seconds(last, depot)):
        yield "depot", f"there is no way between depot {depot} and the runs"


# --- the plan as a whole -------------------------------------------------------------------------


def _everybody_once(case: _Case) -> FoundHome:
    carried: Counter[tuple[Id, Direction]] = Counter()
    for bus in case.plan.buses:
        for run in bus.runs:
            for visit in run.visits:
                for home_id, riders in visit.riders:
                    carried[home_id, run.direction] += riders
    for left in case.plan.unassigned:
        carried[left.home, left.direction] += left.riders
        if left.home not in case.home:
            yield "unknown-home", f"there is no home {left.home!r}", left.home
    for home in case.problem.homes:
        shift = case.shift[home.shift]
        for direction, window in ((Direction.IN, shift.start), (Direction.OUT, shift.end)):
            wanted = home.riders if window is not None else 0
            if (number := carried[home.id, direction]) != wanted:
                rule = "missing" if number < wanted else "twice"
                text = f"{number} of {wanted} riders are accounted for, {direction.value}"
                yield rule, text, home.id


def _kept_together(case: _Case) -> FoundHome:
    parts: Counter[tuple[Id, Direction]] = Counter()
    for bus in case.plan.buses:
        for run in bus.runs:
            for visit in run.visits:
                for home_id in {home_id for home_id, _ in visit.riders}:
                    parts[home_id, run.direction] += 1
    kinds = [kind for kind in case.problem.buses if kind.count != 0]
    seats = max(math.floor(kind.seats * case.limits.load_cap + 1e-9) for kind in kinds)
    together = min(seats, case.limits.together or seats)
    for (home_id, _), number in parts.items():
        home = case.home.get(home_id)
        if home is not None and number > math.ceil(home.riders / together):
            yield "split", f"{home.riders} riders are spread over {number} stops", home_id


def _left_for_cause(case: _Case) -> FoundHome:
    depots = {kind.depot for kind in case.problem.buses if kind.count != 0}
    for left in case.plan.unassigned:
        home = case.home.get(left.home)
        if home is None or left.reason == "no-bus":
            continue
        gate = case.shift[home.shift].gate
        first, last = home.point, gate
        if left.direction is Direction.OUT:
            first, last = gate, home.point
        if left.reason == "ride-too-long":
            cause = case.seconds(first, last) > case.limits.max_ride
        elif left.reason == "unreachable":
            ways = [case.seconds(first, last)]
            ways += [case.seconds(depot, first) for depot in depots]
            ways += [case.seconds(last, depot) for depot in depots]
            cause = any(math.isinf(way) for way in ways)
        else:
            cause = False
        if not cause:
            yield "no-cause", f"is left out as {left.reason!r}, which is not so", left.home


def _fleet_suffices(case: _Case) -> FoundHome:
    used = Counter(bus.kind for bus in case.plan.buses)
    for index, kind in enumerate(case.problem.buses):
        if kind.count is not None and used[index] > kind.count:
            yield "fleet", f"{used[index]} buses of {kind.name!r}, {kind.count} exist", kind.name


def _bus_cost(case: _Case, bus: Bus) -> float:
    kind: BusType = case.problem.buses[bus.kind]
    metres = case.problem.travel.metres
    if metres is None:
        return kind.fixed
    points = [kind.depot, *(point for run in bus.runs for point, _, _ in case.way(run)), kind.depot]
    return kind.fixed + kind.per_km / 1000 * sum(float(metres[a, b]) for a, b in pairwise(points))


_FORM: tuple[Callable[[_Case, Run], Found], ...] = (
    _shifts_exist,
    _calls_allowed,
    _has_visits,
    _points_exist,
    _riders_exist,
    _times_exist,
)
_CONDUCT: tuple[Callable[[_Case, Bus, Run], Found], ...] = (
    _riders_belong,
    _calls_needed,
    _riders_walk_little,
    _roads_allow,
    _stops_long_enough,
    _gate_long_enough,
    _in_window,
    _seats_suffice,
    _rides_short,
)
_BUS: tuple[Callable[[_Case, Bus], Found], ...] = (_runs_in_time, _depot_in_reach)
_WHOLE: tuple[Callable[[_Case], FoundHome], ...] = (
    _everybody_once,
    _kept_together,
    _left_for_cause,
    _fleet_suffices,
)

"""Judges a plan of a large problem: ``check`` is asked about a few thousand trips at a time.

So no table of distances is larger than those trips need. What concerns the plan as a whole is
judged here.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.check import check
from zhitong.planning.form import malformed
from zhitong.planning.model import PartyId, Plan, Trip
from zhitong.planning.verdict import Report, Violation

if TYPE_CHECKING:
    from zhitong.planning.large import LargeProblem

TRIPS = 2000


def check_large(problem: LargeProblem, plan: Plan, *, trips: int = TRIPS) -> Report:
    """Every rule that ``plan`` breaks, and what it costs; ``trips`` at a time are looked at."""
    if flaws := [Violation("malformed", text, trip) for text, trip in malformed(plan)]:
        return Report(tuple(flaws), math.inf)
    violations = [*_everybody_once(problem, plan)]
    sound = []
    for index, trip in enumerate(plan.trips):
        if strangers := [*_strangers(problem, index, trip)]:
            violations += strangers
        else:
            sound.append(index)
    cost = 0.0 if len(sound) == len(plan.trips) else math.inf
    for first in range(0, len(sound), trips):
        report = _judged(problem, plan, sound[first : first + trips])
        violations += report.violations
        cost += report.cost
    if plan.lower_bound > cost + 1e-6 * max(1.0, cost):
        text = f"the lower bound {plan.lower_bound:g} is above the cost {cost:g}"
        violations.append(Violation("bound", text))
    return Report(tuple(violations), cost)


def _everybody_once(problem: LargeProblem, plan: Plan) -> Iterator[Violation]:
    rides = Counter(party for trip in plan.trips for party in trip.parties)
    for party in (*plan.outside, *(left.party for left in plan.unassigned)):
        text = f"party {party!r} is not carried, though vehicles are without number"
        yield Violation("needless-unassigned", text, party=party)
        rides[party] += 1
    for party, times in rides.items():
        if times > 1:
            text = f"party {party!r} is carried or listed {times} times"
            yield Violation("party-twice", text, party=party)
    for party in range(len(problem)):
        if not rides[party]:
            yield Violation("party-missing", f"party {party!r} is nowhere", party=party)


def _strangers(problem: LargeProblem, index: int, trip: Trip) -> Iterator[Violation]:
    """What ``trip`` speaks of and ``problem`` does not have."""
    for party in trip.parties:
        if not _within(party, len(problem)):
            yield Violation("unknown-party", f"there is no party {party!r}", index, party)
    for stop in (*trip.pickups, *trip.drops):
        if not _within(stop, len(problem.points)):
            yield Violation("unknown-point", f"there is no point {stop!r}", index)


def _within(number: PartyId, many: int) -> bool:
    return isinstance(number, int) and 0 <= number < many


def _judged(problem: LargeProblem, plan: Plan, indices: list[int]) -> Report:
    """Of the trips at ``indices``, in terms of the whole."""
    some = [plan.trips[index] for index in indices]
    chosen = np.array(sorted({int(p) for trip in some for p in trip.parties}), dtype=np.int64)
    stops = [stop for trip in some for stop in (*trip.pickups, *trip.drops)]
    points = np.union1d(problem.points_of(chosen), np.array(stops, dtype=np.int64))
    point = {int(stop): at for at, stop in enumerate(points)}
    own = {int(party): at for at, party in enumerate(chosen)}
    part = replace(
        problem.part(chosen),
        points=problem.points[points],
        origin=np.searchsorted(points, problem.origin[chosen]),
        destination=np.searchsorted(points, problem.destination[chosen]),
    )
    trips = tuple(
        Trip(
            trip.type,
            trip.day,
            tuple(point[stop] for stop in trip.pickups),
            tuple(point[stop] for stop in trip.drops),
            tuple(own[int(party)] for party in trip.parties),
            tuple((own.get(int(party), -1), people) for party, people in trip.parts),
        )
        for trip in some
    )
    report = check(part.problem(), Plan(trips))
    return replace(
        report,
        violations=tuple(
            replace(
                one,
                trip=None if one.trip is None else indices[one.trip],
                party=None if one.party is None else _whole(one.party, chosen),
            )
            for one in report.violations
            # whether everybody rides once is asked of the whole plan
            if one.rule != "party-twice"
        ),
    )


def _whole(party: PartyId, chosen: NDArray[np.int64]) -> PartyId:
    """The number of a ``party`` of the part in the whole problem."""
    return int(chosen[int(party)]) if 0 <= int(party) < len(chosen) else party

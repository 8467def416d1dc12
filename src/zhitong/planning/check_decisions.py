"""Judges whether a plan keeps a planner's pins and states truly what changed since the last one.

Part of the checker: shares no code with the solver and has one small function a rule.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from zhitong.planning.decisions import Change, Pins
from zhitong.planning.model import PartyId, Plan, Problem
from zhitong.planning.verdict import Violation

TOLERANCE = 1e-6


def judge_decisions(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Every pin that ``plan`` does not keep, and every untruth about changes."""
    if problem.pins != Pins():
        for rule in _PINS:
            yield from rule(problem, plan)
    yield from _penalty_true(problem, plan)
    yield from _changes_true(problem, plan)


# --- pins ----------------------------------------------------------------------------------------


def _pinned_trips_stay(problem: Problem, plan: Plan) -> Iterator[Violation]:
    missing = Counter(problem.pins.trips) - Counter(plan.trips)
    for trip in missing:
        text = f"the pinned trip on day {trip.day} with {trip.parties!r} is not in the plan"
        yield Violation("pinned-trip", text)


def _pinned_days_kept(problem: Problem, plan: Plan) -> Iterator[Violation]:
    days = dict(problem.pins.days)
    for index, trip in enumerate(plan.trips):
        for party_id in trip.parties:
            if days.get(party_id, trip.day) != trip.day:
                text = f"party {party_id!r} is pinned to day {days[party_id]}, not {trip.day}"
                yield Violation("pinned-day", text, index, party_id)


def _pinned_together(problem: Problem, plan: Plan) -> Iterator[Violation]:
    trips = _trips_of(plan)
    for one, other in problem.pins.together:
        if trips.get(one) != trips.get(other):
            text = f"parties {one!r} and {other!r} are pinned together"
            yield Violation("pinned-together", text, party=one)


def _pinned_alone(problem: Problem, plan: Plan) -> Iterator[Violation]:
    alone = set(problem.pins.alone)
    for index, trip in enumerate(plan.trips):
        if len(trip.parties) > 1 and (some := alone.intersection(trip.parties)):
            party_id = next(party_id for party_id in trip.parties if party_id in some)
            text = f"party {party_id!r} is pinned alone but shares a trip"
            yield Violation("pinned-alone", text, index, party_id)


def _pinned_outside(problem: Problem, plan: Plan) -> Iterator[Violation]:
    for party_id in problem.pins.outside:
        if party_id not in plan.outside:
            text = f"party {party_id!r} is pinned outside"
            yield Violation("pinned-outside", text, party=party_id)


_PINS: tuple[Callable[[Problem, Plan], Iterator[Violation]], ...] = (
    _pinned_trips_stay,
    _pinned_days_kept,
    _pinned_together,
    _pinned_alone,
    _pinned_outside,
)


def _trips_of(plan: Plan) -> dict[PartyId, list[int]]:
    trips: dict[PartyId, list[int]] = {}
    for index, trip in enumerate(plan.trips):
        for party_id in trip.parties:
            trips.setdefault(party_id, []).append(index)
    return trips


# --- what changed since the published plan -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Piece:
    """People of a party on trip ``trip`` of a plan, or outside, or behind, who were told before.

    ``change`` is what their change is if they have one; ``kept`` whether they have none for sure;
    ``old`` are published trips of theirs on the same day.
    """

    trip: int | None
    change: Change
    kept: bool
    old: frozenset[int]


def _penalty_true(problem: Problem, plan: Plan) -> Iterator[Violation]:
    each = problem.published.penalty if problem.published else 0.0
    true = each * _fewest(_pieces(problem, plan))
    if abs(plan.penalty - true) > TOLERANCE * max(1.0, true):
        text = f"states the penalty {plan.penalty:g} for changes, which is {true:g}"
        yield Violation("penalty", text)


def _changes_true(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """The listed changes are changes, as few as can be, and without them nothing changes."""
    pieces = _pieces(problem, plan)
    listed = Counter(plan.changes)
    unlisted = []
    for piece in pieces:
        if listed[piece.change] > 0:
            listed[piece.change] -= 1
        else:
            unlisted.append(piece)
    for change in listed.elements():
        text = f"party {change.party!r} does not change so"
        yield Violation("changes", text, change.trip, change.party)
    if _fewest(unlisted):
        yield Violation("changes", "more changes than are listed")
    elif len(plan.changes) > _fewest(pieces):
        text = f"lists {len(plan.changes)} changes, of which {_fewest(pieces)} are enough"
        yield Violation("changes", text)


def _pieces(problem: Problem, plan: Plan) -> list[_Piece]:
    published = problem.published
    if published is None:
        return []
    old: dict[PartyId, list[int]] = {}
    for number, trip in enumerate(published.trips):
        for party_id in trip.parties:
            old.setdefault(party_id, []).append(number)
    told = {*old, *published.outside} & {party.id for party in problem.parties}

    def piece(party_id: PartyId, where: str, index: int | None, day: int | None) -> _Piece:
        days = {published.trips[number].day: number for number in old.get(party_id, ())}
        what = where
        if where == "trip" and day not in days:
            what = "day" if days else "ride"
        return _Piece(
            trip=index,
            change=Change(party_id, what, min(days, default=None), day, index),
            kept=where == "outside" and party_id in published.outside,
            old=frozenset(
                number for number in old.get(party_id, ()) if published.trips[number].day == day
            ),
        )

    return [
        piece(party_id, where, index, day)
        for party_id, where, index, day in _places(plan)
        if party_id in told
    ]


def _places(plan: Plan) -> Iterator[tuple[PartyId, str, int | None, int | None]]:
    for index, trip in enumerate(plan.trips):
        for party_id in trip.parties:
            yield party_id, "trip", index, trip.day
    for party_id in plan.outside:
        yield party_id, "outside", None, None
    for item in plan.unassigned:
        yield item.party, "behind", None, None


def _fewest(pieces: list[_Piece]) -> int:
    """How many of ``pieces`` change at least, by the rule of ``Published``."""
    together: dict[int, Counter[int]] = {}
    for piece in pieces:
        if piece.trip is not None and piece.old:
            together.setdefault(piece.trip, Counter()).update(piece.old)
    return sum(not piece.kept for piece in pieces) - _most_kept(together)


def _most_kept(together: dict[int, Counter[int]]) -> int:
    """The heaviest assignment of new trips to published ones, where ``together[new][old]`` weigh.

    New trips come in one by one; each takes the augmenting path that gains most.
    """
    holder: dict[int, int] = {}
    total = 0
    for start in together:
        gain = {start: 0}
        before: dict[int, tuple[int, int]] = {}
        best = 0
        end: tuple[int, int | None] = (start, None)
        waiting = [start]
        while waiting:
            new = waiting.pop(0)
            for old, weight in together[new].items():
                other = holder.get(old)
                if other is None:
                    if gain[new] + weight > best:
                        best, end = gain[new] + weight, (new, old)
                elif other != new:
                    freed = gain[new] + weight - together[other][old]
                    if freed > gain.get(other, -math.inf):
                        gain[other] = freed
                        before[other] = (new, old)
                        waiting.append(other)
                        if freed > best:
                            best, end = freed, (other, None)
        new, free = end
        if free is not None:
            holder[free] = new
        while new != start:
            new, old = before[new]
            holder[old] = new
        total += best
    return total

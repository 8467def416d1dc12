"""Takes a planner's pins out of a problem, so that only what is left is planned, and back in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from zhitong.planning.check import judge_trip
from zhitong.planning.costs import trip_cost
from zhitong.planning.decisions import Pins
from zhitong.planning.model import PartyId, Problem, ProblemError, Trip
from zhitong.planning.net import Net
from zhitong.planning.ordering import memory
from zhitong.planning.pool import costs_of
from zhitong.planning.state import empty_state
from zhitong.planning.ties import Ties, no_ties


@dataclass(frozen=True)
class Undecided:
    """What is left to plan: ``problem`` has the parties about whom nothing is decided.

    Their windows are narrowed to pinned days; who travels together or alone is still in its pins,
    and its published plan is the whole one. ``trips`` and ``outside`` are decided; they cost
    ``cost``.
    """

    problem: Problem
    trips: tuple[Trip, ...] = ()
    outside: tuple[PartyId, ...] = ()
    cost: float = 0.0


def undecided(problem: Problem) -> Undecided:
    """``problem`` without what is decided. Raises ``ProblemError`` for trips that break a rule."""
    pins = problem.pins
    if pins == Pins():
        return Undecided(problem)
    _refuse_broken_trips(problem)
    parties = tuple(
        replace(party, earliest=first, latest=last)
        for party in problem.parties
        if party.id not in pins.decided
        for first, last in (pins.day_of(party),)
    )
    there = {party.id for party in parties}
    left = replace(
        problem,
        parties=parties,
        apart=tuple(pair for pair in problem.apart if there.issuperset(pair)),
        pins=Pins(
            together=tuple(pair for pair in pins.together if there.issuperset(pair)),
            alone=tuple(party_id for party_id in pins.alone if party_id in there),
        ),
    )
    price = {party.id: party.outside_price or 0.0 for party in problem.parties}
    cost = sum(trip_cost(problem, trip) for trip in pins.trips)
    cost += sum(price[party_id] for party_id in pins.outside)
    return Undecided(left, pins.trips, pins.outside, cost)


def refuse_impossible_groups(net: Net, ties: Ties) -> None:
    """Raise ``ProblemError`` if parties that travel together cannot share a trip by themselves."""
    for lead in np.flatnonzero(np.diff(ties.mates)):
        group = np.concatenate(([lead], ties.mate[ties.mates[lead] : ties.mates[lead + 1]]))
        room = int(net.cap[np.bitwise_or.reduce(net.load[group])].max())
        possible = net.n[group].sum() <= room and np.isfinite(
            costs_of(
                net,
                memory(4),
                empty_state(net, no_ties()),
                np.array([0, len(group)]),
                group.astype(np.int32),
            )
        )
        if not possible:
            raise ProblemError(
                "pinned-together",
                f"{len(group)} parties that are pinned together cannot share a trip by themselves",
            )


def decided_prices(problem: Problem) -> dict[PartyId, float]:
    """Prices of decided parties that sum to what the decisions cost: trips by people aboard."""
    size = {party.id: party.size for party in problem.parties}
    prices: Counter[PartyId] = Counter()
    for trip in problem.pins.trips:
        aboard = {
            party_id: dict(trip.parts).get(party_id, size[party_id]) for party_id in trip.parties
        }
        share = trip_cost(problem, trip) / sum(aboard.values())
        for party_id, people in aboard.items():
            prices[party_id] += share * people  # type: ignore[assignment]
    outside = {party.id: party.outside_price or 0.0 for party in problem.parties}
    return {**prices, **{party_id: outside[party_id] for party_id in problem.pins.outside}}


def _refuse_broken_trips(problem: Problem) -> None:
    for trip in problem.pins.trips:
        if broken := judge_trip(problem, trip):
            where = f"the pinned trip on day {trip.day} with {', '.join(map(repr, trip.parties))}"
            raise ProblemError("pinned-trip", f"{where} breaks a rule: {broken[0].message}")
    for (index, day), many in Counter((trip.type, trip.day) for trip in problem.pins.trips).items():
        kind = problem.types[index]
        if kind.available_per_day is not None and many > kind.available_per_day:
            raise ProblemError(
                "pinned-fleet",
                f"{many} of {kind.name!r} are pinned on day {day}, {kind.available_per_day} exist",
            )

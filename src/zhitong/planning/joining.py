"""What it takes for a group to join a trip: one rule loosened, by how much, at what cost.

Every order of the stops of both is tried. A way that breaks two rules is none: nobody grants two
exceptions for one bus.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise, permutations

from zhitong.planning.model import Party, Problem, Trip

MOST_DAYS = 3
MOST_HOP = 3.0
MOST_DETOUR = 2.0
MOST_SEATS = 10
MOST_STOPS = 4
"""How far a rule is loosened at most: days, times the hop, detour, seats, stops on either side."""

EPSILON = 1e-9


@dataclass(frozen=True, slots=True)
class Aboard:
    """``people`` of ``party``, who may be fewer than all."""

    party: Party
    people: int


@dataclass(frozen=True, slots=True)
class Way:
    """The joint trip costs ``cost`` if ``rule`` allows ``amount`` ("together": nothing to loosen).

    ``amount``: days later (negative: earlier), km of the longest hop, times the direct distance,
    seats more than the largest vehicle has, stops more than allowed.
    """

    rule: str
    amount: float
    cost: float


def aboard(problem: Problem, trip: Trip) -> list[Aboard]:
    """Who rides in ``trip``."""
    party = {one.id: one for one in problem.parties}
    parts = dict(trip.parts)
    return [
        Aboard(party[party_id], parts.get(party_id, party[party_id].size))
        for party_id in trip.parties
    ]


def days_of(group: Sequence[Aboard]) -> tuple[int, int]:
    """First and last day on which all may leave; the first is later where there is none."""
    return max(one.party.earliest for one in group), min(one.party.latest for one in group)


def ways_together(problem: Problem, trip: Sequence[Aboard], group: Sequence[Aboard]) -> list[Way]:
    """How ``group`` may join ``trip``: for each rule the cheapest way that breaks none but it."""
    riders = [*trip, *group]
    ids = {one.party.id for one in riders}
    if any(ids.issuperset(pair) for pair in problem.apart):
        return []
    broken = [*_window(trip, group), *_seats(problem, riders), *_stops(problem, riders)]
    if len(broken) > 1 or None in broken:
        return []
    rule, amount = broken[0] or ("", 0.0) if broken else ("", 0.0)
    best: dict[str, Way] = {}
    for km, hurt in _orders(problem, riders):
        if len(hurt) + bool(rule) > 1:
            continue
        why, much = (rule, amount) if rule else next(iter(hurt.items()), ("together", 0.0))
        cost = _price(problem, riders, km)
        if why not in best or cost < best[why].cost - EPSILON:
            best[why] = Way(why, much, cost)
    return list(best.values())


def _window(trip: Sequence[Aboard], group: Sequence[Aboard]) -> Iterator[tuple[str, float] | None]:
    first, last = days_of(trip)
    earliest, latest = days_of(group)
    days = first - latest if first > latest else min(0, last - earliest)
    if days:
        yield ("window", float(days)) if abs(days) <= MOST_DAYS else None


def _seats(problem: Problem, riders: Sequence[Aboard]) -> Iterator[tuple[str, float] | None]:
    more = sum(one.people for one in riders) - max(_room(problem, riders))
    if more > 0:
        yield ("seats", float(more)) if more <= MOST_SEATS else None


def _stops(problem: Problem, riders: Sequence[Aboard]) -> Iterator[tuple[str, float] | None]:
    for stops, most in (
        ({one.party.origin for one in riders}, problem.limits.max_pickups),
        ({one.party.destination for one in riders}, problem.limits.max_drops),
    ):
        if len(stops) > MOST_STOPS:
            yield None
        elif len(stops) > most:
            yield "stops", float(len(stops) - most)


def _room(problem: Problem, riders: Sequence[Aboard]) -> list[int]:
    """Usable seats of each vehicle type for these riders' load classes."""
    classes = {one.party.load_class for one in riders}
    return [min(kind.seats(one) for one in classes) if kind.exists else 0 for kind in problem.types]


def _price(problem: Problem, riders: Sequence[Aboard], km: int) -> float:
    """The cheapest vehicle; where none is large enough, one as dear as the largest."""
    room = _room(problem, riders)
    people = min(sum(one.people for one in riders), max(room))
    return min(
        problem.price(kind, km)
        for kind, seats in zip(problem.types, room, strict=True)
        if seats >= people
    )


def _orders(problem: Problem, riders: Sequence[Aboard]) -> Iterator[tuple[int, dict[str, float]]]:
    """Paid km of each order of stops, and the rules it breaks with what they would have to be."""
    limits, km = problem.limits, problem.km
    pairs = {(one.party.origin, one.party.destination) for one in riders}
    for pickups in permutations(sorted({o for o, _ in pairs})):
        boarding = [int(km[a, b]) for a, b in pairwise(pickups)]
        if max(boarding, default=0) > MOST_HOP * limits.pickup_hop_km:
            continue
        for drops in permutations(sorted({d for _, d in pairs})):
            alighting = [int(km[a, b]) for a, b in pairwise(drops)]
            if max(alighting, default=0) > MOST_HOP * limits.drop_hop_km:
                continue
            hops = [*boarding, int(km[pickups[-1], drops[0]]), *alighting]
            at = list(accumulate(hops, initial=0))
            detour = max(
                _detour(
                    at[len(pickups) + drops.index(d)] - at[pickups.index(o)],
                    int(km[o, d]),
                    limits.detour,
                )
                for o, d in pairs
            )
            if detour > max(MOST_DETOUR, limits.detour):
                continue
            hurt = {}
            for rule, value, most in (
                ("pickup-hop", max(boarding, default=0), limits.pickup_hop_km),
                ("drop-hop", max(alighting, default=0), limits.drop_hop_km),
                ("detour", detour, limits.detour),
            ):
                if value > most + EPSILON:
                    hurt[rule] = float(value)
            back = int(km[drops[-1], pickups[0]]) if limits.empty_return else 0
            yield at[-1] + back, hurt


def _detour(ride: int, direct: int, allowed: float) -> float:
    """``ride`` in times of ``direct``; no more than ``allowed`` where it is kept."""
    if ride <= allowed * direct + EPSILON:
        return min(allowed, ride / direct) if direct else allowed
    return ride / direct if direct else math.inf

"""The exact optimum of tiny pooling problems, by trying everything. No party is split."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import combinations, pairwise, permutations, product

from zhitong.planning import Published
from zhitong.planning.costs import trip_cost


@dataclass(frozen=True)
class Optimum:
    """The least ``worth``: ``cost``, penalties for changes, and ``left`` people behind."""

    worth: float
    cost: float
    left: int


def leaving_price(problem):
    """What one person left behind counts, by the definition in docs/algorithms/charter.md."""
    km = [int(problem.km[p.origin, p.destination]) for p in problem.parties]
    if problem.limits.empty_return:
        backs = [int(problem.km[p.destination, p.origin]) for p in problem.parties]
        km = [out + back for out, back in zip(km, backs, strict=True)]
    longest = max(km, default=0)
    return 1 + 2 * max(_price(problem, kind, longest) for kind in problem.types)


def optimum(problem, *, leave=True):
    """The best of all plans; infinite where somebody must stay behind but may not (``leave``).

    Whoever no vehicle could carry and nothing outside takes is left out of it. Not for published
    plans beside pinned trips.
    """
    search = _Everything(problem, leaving_price(problem) if leave else math.inf)
    pinned = Counter((trip.type, trip.day) for trip in problem.pins.trips)
    cost = sum(trip_cost(problem, trip) for trip in problem.pins.trips)
    price = {party.id: party.outside_price for party in problem.parties}
    cost += sum(price[party_id] for party_id in problem.pins.outside)
    search.go((1 << len(search.parties)) - 1, cost, 0.0, 0, pinned)
    return search.best


def worth(problem, plan):
    """What ``plan`` counts: its cost and penalty, and people behind whom a vehicle could carry."""
    size = {party.id: party.size for party in problem.parties}
    could = {party.id for party in problem.parties if problem.fits(party)}
    behind = sum(item.people or size[item.party] for item in plan.unassigned if item.party in could)
    return plan.cost + plan.penalty + leaving_price(problem) * behind


class _Everything:
    """Depth first over trips, each with each vehicle and day, against what trips cost unlimited."""

    def __init__(self, problem, leaving):
        self.problem = problem
        self.published = problem.published or Published()
        self.parties = [
            party
            for party in problem.parties
            if party.id not in problem.pins.decided
            and (party.outside_price is not None or _fits(problem, party))
        ]
        self.leaving = leaving
        self.best = Optimum(math.inf, math.inf, 0)
        self.options = {}
        for size in range(1, len(self.parties) + 1):
            for group in combinations(range(len(self.parties)), size):
                mask = sum(1 << i for i in group)
                some = [self.parties[i] for i in group]
                self.options[mask] = sorted(self._options(some), key=lambda one: sum(one[:2]))
        self.least = {0: 0.0}
        for chosen in range(1, 1 << len(self.parties)):
            self.least[chosen] = min(
                (
                    sum(self.options[group][0][:2]) + self.least[chosen ^ group]
                    for group in _groups(chosen)
                    if self.options[group]
                ),
                default=math.inf,
            )

    def _options(self, group):
        """(cost, penalty, people left, what is used) of every way to serve ``group``."""
        riders = {party.id for party in group}
        bundles = self.problem.pins.groups()
        if any(0 < len(riders & bundle) < len(bundle) for bundle in bundles):
            return
        told = self._told(riders)
        old = [(i, trip) for i, trip in enumerate(self.published.trips) if riders & {*trip.parties}]
        for cost, kind, day in _choices(self.problem, group):
            yield cost, self.published.penalty * len(told), 0, ((kind, day),)
            for label, trip in old:
                if trip.day == day:
                    changed = len(told - {*trip.parties})
                    yield cost, self.published.penalty * changed, 0, ((kind, day), label)
        if len(group) == 1 or riders in bundles:
            behind = sum(party.size for party in group if party.outside_price is None)
            if behind and self.leaving == math.inf:
                return
            priced = {party.id for party in group if party.outside_price is not None}
            changed = len(told - (priced & {*self.published.outside}))
            charge = self.published.penalty * changed + (self.leaving * behind if behind else 0.0)
            yield sum(party.outside_price or 0.0 for party in group), charge, behind, ()

    def _told(self, riders):
        """Who of ``riders`` was told something by the published plan."""
        aboard = {party_id for trip in self.published.trips for party_id in trip.parties}
        return riders & (aboard | {*self.published.outside})

    def go(self, mask, cost, penalty, left, used):
        if cost + penalty + self.least[mask] >= self.best.worth - 1e-9:
            return
        if not mask:
            self.best = Optimum(cost + penalty, cost, left)
            return
        for group in _groups(mask):
            for more, charge, behind, taken in self.options[group]:
                if any(used[cell] >= self._room(cell) for cell in taken):
                    continue
                used.update(taken)
                self.go(mask ^ group, cost + more, penalty + charge, left + behind, used)
                used.subtract(taken)

    def _room(self, cell):
        if isinstance(cell, int):
            return 1
        many = self.problem.types[cell[0]].available_per_day
        return math.inf if many is None else many


def _groups(mask):
    """The subsets of ``mask`` with its lowest member."""
    first = mask & -mask
    rest = part = mask ^ first
    while True:
        yield first | part
        if part == 0:
            return
        part = (part - 1) & rest


def _fits(problem, party):
    return any(
        (kind.capacity, *kind.class_seats)[party.load_class] >= party.size
        for kind in problem.types
        if kind.available_per_day != 0
    )


def _choices(problem, group):
    """(cost, type, day) of every vehicle and day that may carry ``group`` in one trip."""
    km = _shortest(problem, group)
    people = sum(party.size for party in group)
    first = max(problem.pins.day_of(party)[0] for party in group)
    last = min(problem.pins.day_of(party)[1] for party in group)
    riders = {party.id for party in group}
    if len(riders) > 1 and riders & {*problem.pins.alone}:
        return []
    if km == math.inf or any(riders.issuperset(pair) for pair in problem.apart):
        return []
    return [
        (_price(problem, kind, km), index, day)
        for index, kind in enumerate(problem.types)
        if all((kind.capacity, *kind.class_seats)[party.load_class] >= people for party in group)
        and kind.available_per_day != 0
        for day in range(first, last + 1)
    ]


def _price(problem, kind, km):
    beside = sum(km > above for above in problem.crew.above_km)
    return kind.fixed + kind.per_km * km + problem.crew.price * beside


def _shortest(problem, group):
    """Paid km of the shortest order of stops that keeps hops and rides."""
    limits = problem.limits
    origins = {party.origin for party in group}
    drops = {party.destination for party in group}
    if len(origins) > limits.max_pickups or len(drops) > limits.max_drops:
        return math.inf
    shortest = math.inf
    for first, second in product(permutations(origins), permutations(drops)):
        stops = first + second
        hops = [int(problem.km[a, b]) for a, b in pairwise(stops)]
        if any(hop > limits.pickup_hop_km for hop in hops[: len(first) - 1]):
            continue
        if any(hop > limits.drop_hop_km for hop in hops[len(first) :]):
            continue
        rides = [
            (
                sum(hops[first.index(p.origin) : len(first) + second.index(p.destination)]),
                int(problem.km[p.origin, p.destination]),
            )
            for p in group
        ]
        if any(ride > limits.detour * direct + 1e-9 for ride, direct in rides):
            continue
        km = sum(hops) + (int(problem.km[stops[-1], stops[0]]) if limits.empty_return else 0)
        shortest = min(shortest, km)
    return shortest

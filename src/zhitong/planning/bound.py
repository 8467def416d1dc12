"""A cost that no plan can beat, with the prices that prove it.

A price for every party such that no possible trip costs less than its riders' prices sum to: then
no plan costs less than all prices together. The best prices solve a linear programme whose rows
are trips (``price_programme``); ``pricing`` lowers prices until they are feasible.
docs/algorithms/charter.md has the proofs.

Where the routes are too many to enumerate, stops near each other are taken for one (``zones``).
Where the limits allow longer routes than ``routes`` knows, the *seat bound* is all there is:
everybody buys a seat of a full vehicle on the shortest way.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.control import Effort, Stop
from zhitong.planning.costs import trip_cost
from zhitong.planning.decisions import Pins
from zhitong.planning.form import is_amount
from zhitong.planning.model import Party, PartyId, Plan, Problem, Proof, Unassigned
from zhitong.planning.net import SEARCHED_STOPS, Floats, Ints, Items, Net, net_of, solo_cost
from zhitong.planning.pins import decided_prices, undecided
from zhitong.planning.price_programme import Programme
from zhitong.planning.pricing import repair, sum_prices
from zhitong.planning.refusals import refuse_foreign_plan
from zhitong.planning.routes import Core, demand_of, routes_of
from zhitong.planning.zones import between_zones, zonings

ROUNDS = 60
"""A bound that is still rising after so many rounds is good enough."""

SHARE = 0.1
"""Routes are enumerated when that takes no more than this share of the work that may be done."""

ENDS = "origin", "destination"

SAFE = 1.0 - 1e-9
"""Sums of floating-point prices may be too high by less than this."""


@dataclass(frozen=True, slots=True)
class Bound:
    """``value`` is at most the optimum; ``duals`` are the parties' prices, which sum to it.

    ``method`` is "routes", "zones" or "seats"; ``zones`` as in ``Proof``.
    """

    value: float
    method: str
    duals: Mapping[PartyId, float]
    zones: tuple[int, ...] = ()

    def without(self, problem: Problem, left: Sequence[Unassigned]) -> Bound:
        """What carrying everybody but those ``left`` behind costs at least."""
        if not left:
            return self
        size = {party.id: party.size for party in problem.parties}
        duals = dict(self.duals)
        for item in left:
            behind = size[item.party] if item.people is None else item.people
            duals[item.party] *= 1.0 - behind / size[item.party]
        return Bound(sum(duals.values()), self.method, duals, self.zones)

    @property
    def proof(self) -> Proof:
        """What ``check_certificate`` verifies."""
        return Proof(tuple(self.duals.items()), self.zones)


def lower_bound(
    problem: Problem,
    *,
    seconds: float | None = None,
    start: Plan | None = None,
    rounds: int = ROUNDS,
) -> Bound:
    """What every plan costs at least that leaves behind only parties no vehicle can carry.

    Better with more ``seconds`` (None: as long as it rises), up to ``rounds``, and with a good plan
    to ``start`` from; valid always. A fleet limited by day is taken as unlimited.

    Raises ``ProblemError`` for a ``start`` that is none of this problem's plans; whether it keeps
    the rules is no matter. ``ValueError`` for seconds or rounds that are none.
    """
    if start is not None:
        refuse_foreign_plan(problem, start)
    Stop(seconds=seconds, iterations=rounds)  # judges both
    effort = Effort(None if seconds is None else time.perf_counter() + seconds)
    return prove(problem, effort=effort, start=start, rounds=rounds)


def prove(
    problem: Problem, *, effort: Effort, start: Plan | None = None, rounds: int = ROUNDS
) -> Bound:
    """As ``lower_bound``, with an ``effort`` that may be cut short while it runs.

    Limited by work alone, the same arguments give the same bound.
    """
    whole, problem = problem, _relaxed(problem)
    duals = {party.id: 0.0 for party in whole.parties}
    for party_id, price in decided_prices(whole).items():
        duals[party_id] = price * SAFE
    carried = [
        index
        for index, party in enumerate(problem.parties)
        if party.outside_price is not None or problem.fits(party)
    ]
    if not carried:
        return Bound(sum(duals.values()), "seats", duals)
    net = net_of(problem, _whole(problem, carried))
    prices, method = _seat_prices(problem, net, carried), "seats"
    zones: tuple[int, ...] = ()
    for zone, coarse in _ever_coarser(problem, net, carried, effort):
        routes = routes_of(coarse, effort, share=SHARE)
        demand = demand_of(coarse) if routes else None
        if not routes or not demand:
            continue
        programme = Programme(coarse, routes, demand)
        programme.add_trips(_trips_of(problem, carried, start))
        known = _prices_of(problem, carried, start)
        better = programme.best_prices(rounds, effort, known, _shares_of(problem, carried, start))
        if better.sum() > prices.sum():
            prices, method, zones = better, "zones" if zone else "routes", zone
        break
    for index, price in zip(carried, prices, strict=True):
        duals[problem.parties[index].id] = float(price) * SAFE
    return Bound(sum(duals.values()), method, duals, zones)


def mended(
    problem: Problem, prices: Floats, origins: NDArray[np.int64], drops: NDArray[np.int64]
) -> Floats | None:
    """``prices`` (P) lowered until every trip is feasible whose anchors are these points.

    All parties must fit into a vehicle. None when the routes are too many to look at.
    """
    everybody = range(len(problem.parties))
    net = net_of(problem, _whole(problem, everybody))
    stops = [sorted({getattr(p, end) for p in problem.parties}) for end in ENDS]
    core = Core(*(np.isin(some, of) for some, of in zip(stops, (origins, drops), strict=True)))
    routes = routes_of(net, core=core)
    demand = demand_of(net) if routes else None
    if not routes or not demand:
        return None
    demand.price[:] = prices
    sum_prices(net, demand)
    repair(net, routes, demand)
    return demand.price.copy()


def _relaxed(problem: Problem) -> Problem:
    """What is left of ``problem`` after what is decided, without the ties between its parties."""
    left = undecided(problem).problem
    if left.pins == Pins() and not left.apart and not left.published:
        return left
    return replace(left, pins=Pins(), apart=(), published=None)


def _ever_coarser(
    problem: Problem, net: Net, carried: Sequence[int], effort: Effort
) -> Iterator[tuple[tuple[int, ...], Net]]:
    """``net`` itself, then between ever larger zones, while there is time."""
    if max(problem.limits.max_pickups, problem.limits.max_drops) > SEARCHED_STOPS:
        return
    if not effort.spent:
        yield (), net
    parties = [problem.parties[index] for index in carried]
    for zone in zonings(problem, parties):
        if effort.spent:
            return
        yield tuple(zone.tolist()), between_zones(net, zone, parties)


def _whole(problem: Problem, carried: Sequence[int]) -> Items:
    """Every carried party as one item, however large."""
    parties = [problem.parties[index] for index in carried]
    return Items(
        party=np.array(carried, dtype=np.int32),
        people=np.array([party.size for party in parties], dtype=np.int32),
        by_outside=np.array([_outside_is_cheaper(problem, party) for party in parties]),
        outside=(),
        outside_cost=0.0,
        unassigned=(),
    )


def _outside_is_cheaper(problem: Problem, party: Party) -> bool:
    price = party.outside_price
    if price is None:
        return False
    return not problem.fits(party) or price < solo_cost(problem, party, party.size)


def _prices_of(problem: Problem, carried: Sequence[int], plan: Plan | None) -> Floats:
    """The prices that prove ``plan``'s bound, 0 for whom it does not price.

    Before they were made ``SAFE``, so that a bound does not shrink each time it is taken up again.
    Whatever else a file may hold is no price; a negative one would hide what its party may do.
    """
    known = {party: price for party, price in plan.proof.prices if is_amount(price)} if plan else {}
    return np.array([known.get(problem.parties[index].id, 0.0) for index in carried]) / SAFE


def _shares_of(problem: Problem, carried: Sequence[int], plan: Plan | None) -> Floats:
    """Prices that sum to what ``plan`` costs: each trip's riders share its cost by the head."""
    item = {problem.parties[index].id: position for position, index in enumerate(carried)}
    shares = np.zeros(len(carried))
    for trip in plan.trips if plan else ():
        parts = dict(trip.parts)
        riders = [
            (item[party_id], parts.get(party_id, problem.parties[carried[item[party_id]]].size))
            for party_id in trip.parties
            if party_id in item
        ]
        people = sum(many for _, many in riders)
        for position, many in riders:
            shares[position] += trip_cost(problem, trip) * many / people
    for party_id in plan.outside if plan else ():
        if party_id in item:
            price = problem.parties[carried[item[party_id]]].outside_price
            shares[item[party_id]] = price or 0.0
    return shares


def _trips_of(
    problem: Problem, carried: Sequence[int], plan: Plan | None
) -> list[tuple[NDArray[np.int32], float]]:
    """The trips of ``plan`` that carry several parties, none of them in part."""
    if plan is None:
        return []
    item = {problem.parties[index].id: position for position, index in enumerate(carried)}
    trips = []
    for trip in plan.trips:
        if len(trip.parties) > 1 and not trip.parts and set(trip.parties) <= item.keys():
            items = np.array([item[party_id] for party_id in trip.parties], dtype=np.int32)
            trips.append((items, trip_cost(problem, trip)))
    return trips


def _seat_prices(problem: Problem, net: Net, carried: Sequence[int]) -> Floats:
    """The seat bound: size times the best price of a seat on the shortest link of any trip."""
    pickups, drops = problem.limits.max_pickups, problem.limits.max_drops
    link = _shortest_link(net, net.od, pickups, drops)
    if problem.limits.empty_return:
        link = link + _shortest_link(net, net.back.T, pickups, drops)
    km = link[net.o, net.d]
    cap = net.cap[net.load]
    trip = net.fixed + np.outer(km, net.per_km)
    seat: Floats = np.where(cap > 0, trip / np.maximum(1, cap), np.inf).min(axis=1)
    outside = [problem.parties[index].outside_price for index in carried]
    ceiling = np.array([np.inf if price is None else price for price in outside])
    alone = np.array([problem.fits(problem.parties[index]) for index in carried])
    prices: Floats = np.minimum(ceiling, np.where(alone, net.n * seat, np.inf))
    return prices


def _shortest_link(net: Net, km: Ints, pickups: int, drops: int) -> Ints:
    """For each pair of stops, the least ``km`` (O, D) between stops that a trip of it may visit."""
    near_d = np.zeros(net.dd.shape, dtype=np.bool_)
    for d in range(len(near_d)):
        near_d[d, net.near_d[net.near_d_ptr[d] : net.near_d_ptr[d + 1]]] = True
    near_o = net.near_o | np.eye(len(net.oo), dtype=np.bool_)
    for _ in range(pickups - 1):
        km = np.array([km[near].min(axis=0) for near in near_o])
    for _ in range(drops - 1):
        km = np.array([km[:, near].min(axis=1) for near in near_d]).T
    return km

"""Verifies a lower bound from its prices, without the code that found them.

A proof gives every party a price. It holds when nobody's price exceeds their outside price and
on every route a vehicle may take, on every day, the prices of any riders sum to at most what the
vehicle costs: then no plan costs less than all prices together. Here routes are enumerated in
another way than by the solver: drop chains one by one, their pickup chains as arrays.
docs/algorithms/charter.md has the argument.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.costs import trip_cost
from zhitong.planning.model import Party, PartyId, Problem, Proof

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

CLOSE = 1e-6
"""Money by which prices may exceed a vehicle's cost: floating-point sums."""

MOST_ROUTES = 100_000_000
"""A proof over more routes than this is not accepted."""

SEAT_PRICES = 40
"""Prices of a seat that are tried before riders are sorted."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a proof is worth: ``bound``, or 0 and what is wrong with it."""

    bound: float
    flaws: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.flaws


def check_certificate(problem: Problem, proof: Proof) -> Certificate:
    """Verify ``proof``; the bound holds for plans that carry everybody whom a vehicle can carry."""
    flaws = [
        *_bad_prices(problem, proof),
        *_bad_prices_on_pinned_trips(problem, proof),
        *_bad_zones(problem, proof),
    ]
    if not flaws:
        riders = _riders(problem, proof)
        if riders and not _seats_prove(problem, riders):
            flaws = list(_dear_trips(_World(problem, proof.zones, riders)))
    if flaws:
        return Certificate(0.0, tuple(flaws))
    return Certificate(math.fsum(price for _, price in proof.prices))


@dataclass(frozen=True, slots=True)
class _Rider:
    party: Party
    price: float
    weight: float


def _riders(problem: Problem, proof: Proof) -> list[_Rider]:
    """Every party that a trip may carry, also without a price: it may give a stop its use."""
    price = dict(proof.prices)
    return [
        _Rider(
            replace(party, earliest=first, latest=last),
            price.get(party.id, 0.0),
            _weight(problem, party),
        )
        for party in problem.parties
        if problem.fits(party) and party.id not in problem.pins.decided
        for first, last in (problem.pins.day_of(party),)
    ]


def _weight(problem: Problem, party: Party) -> float:
    """Seats of a vehicle without load caps that the party stands for, whatever the vehicle.

    A party under a cap of half the seats fills as much of the vehicle as twice its people would.
    """
    shares = [kind.seats(party.load_class) / kind.capacity for kind in problem.types if kind.exists]
    return party.size / max(shares)


def _bad_prices(problem: Problem, proof: Proof) -> Iterator[str]:
    parties = {party.id: party for party in problem.parties}
    on_pinned_trips = {party_id for trip in problem.pins.trips for party_id in trip.parties}
    seen: set[PartyId] = set()
    for party_id, price in proof.prices:
        party = parties.get(party_id)
        if party is None or party_id in seen:
            yield f"prices party {party_id!r}, who is unknown or priced before"
            continue
        seen.add(party_id)
        if not (math.isfinite(price) and price >= 0):
            yield f"party {party_id!r} has the price {price}"
        ceiling = party.outside_price
        if party.id in on_pinned_trips:
            ceiling = math.inf
        if ceiling is None:
            ceiling = math.inf if problem.fits(party) else 0.0
        if price > ceiling + CLOSE:
            yield f"party {party_id!r} is priced {price:g}, more than {ceiling:g} outside"


def _bad_prices_on_pinned_trips(problem: Problem, proof: Proof) -> Iterator[str]:
    """Who rides a pinned trip rides nowhere else, so the trips' costs bound their prices."""
    riders = {party_id for trip in problem.pins.trips for party_id in trip.parties}
    prices = math.fsum(price for party_id, price in proof.prices if party_id in riders)
    costs = math.fsum(trip_cost(problem, trip) for trip in problem.pins.trips)
    if prices > costs + CLOSE:
        yield f"prices riders of pinned trips {prices:g}, more than the {costs:g} these cost"


def _bad_zones(problem: Problem, proof: Proof) -> Iterator[str]:
    many = len(problem.points)
    if proof.zones and len(proof.zones) != many:
        yield f"gives zones to {len(proof.zones)} of {many} points"


# --- the short way: everybody buys a seat of a full vehicle -------------------------------------


def _seats_prove(problem: Problem, riders: list[_Rider]) -> bool:
    """Whether a price a head that any vehicle earns covers every price of a party."""
    link = _least_link(problem, riders, problem.km)
    if problem.limits.empty_return:
        link = link + _least_link(problem, riders, problem.km.T)
    for rider in riders:
        km = int(link[rider.party.origin, rider.party.destination])
        seat = min(
            (kind.fixed + kind.per_km * km) / kind.seats(rider.party.load_class)
            for kind in problem.types
            if kind.exists and kind.seats(rider.party.load_class)
        )
        if rider.price > rider.party.size * seat + CLOSE / problem.largest_capacity:
            return False
    return True


def _least_link(problem: Problem, riders: list[_Rider], between: Ints) -> Ints:
    """For each two points the least ``between`` of a vehicle's last pickup and first drop.

    The vehicle also picks up at the one point and drops at the other, some hops away.
    """
    origins = sorted({rider.party.origin for rider in riders})
    drops = sorted({rider.party.destination for rider in riders})
    limits, km = problem.limits, problem.km
    link = between[np.ix_(origins, drops)]
    for some, hop, times in (
        (origins, limits.pickup_hop_km, limits.max_pickups - 1),
        (drops, limits.drop_hop_km, limits.max_drops - 1),
    ):
        near = np.minimum(km, km.T)[np.ix_(some, some)] <= hop
        np.fill_diagonal(near, True)
        for _ in range(min(times, len(some))):
            link = np.array([link[at].min(axis=0) for at in near])
        link = link.T
    whole = np.zeros_like(km)
    whole[np.ix_(origins, drops)] = link
    return whole


# --- the long way: every route -----------------------------------------------------------------


class _World:
    """Stops (or zones) and who may ride between them.

    Origins and destinations are numbered from 0; one more origin, the last, stands for none.
    ``pair`` (O + 1, D) is the row of a pair in the tables ``value has seats`` (A + 1, Y[, K]): the
    riders' prices, whether there is a rider, what they pay beyond each price of a seat.
    """

    def __init__(self, problem: Problem, zones: Sequence[int], riders: list[_Rider]) -> None:
        self.types = [kind for kind in problem.types if kind.exists]
        self.limits = problem.limits
        self.crew = problem.crew
        zone = list(zones) or list(range(len(problem.points)))
        o_points = sorted({rider.party.origin for rider in riders})
        d_points = sorted({rider.party.destination for rider in riders})
        self.o_names = sorted({zone[p] for p in o_points})
        self.d_names = sorted({zone[p] for p in d_points})
        o_at = {name: i for i, name in enumerate(self.o_names)}
        d_at = {name: i for i, name in enumerate(self.d_names)}
        o_of, d_of = [o_at[zone[p]] for p in o_points], [d_at[zone[p]] for p in d_points]
        self.none = len(o_at)
        km = problem.km
        self.oo = _least(km[np.ix_(o_points, o_points)], o_of, o_of)
        self.dd = _least(km[np.ix_(d_points, d_points)], d_of, d_of)
        self.od = _least(km[np.ix_(o_points, d_points)], o_of, d_of)
        self.back = np.zeros(self.od.T.shape, dtype=np.int64)
        if problem.limits.empty_return:
            self.back = _least(km[np.ix_(d_points, o_points)], d_of, o_of)
            if len(o_at) < len(o_points) or len(d_at) < len(d_points):
                self._shorten_returns()
        self.days = sorted({rider.party.earliest for rider in riders})
        self.ride = np.full((self.none + 1, len(d_at)), -1.0)
        self.pair = np.full((self.none + 1, len(d_at)), -1)
        self.riders: list[list[_Rider]] = []
        for rider in riders:
            party = rider.party
            o, d = o_at[zone[party.origin]], d_at[zone[party.destination]]
            longest = self.limits.detour * int(km[party.origin, party.destination]) + 1e-9
            self.ride[o, d] = max(self.ride[o, d], longest)
            if self.pair[o, d] < 0:
                self.pair[o, d] = len(self.riders)
                self.riders.append([])
            self.riders[self.pair[o, d]].append(rider)
        self._fill_tables(riders)

    def _fill_tables(self, riders: list[_Rider]) -> None:
        pairs, days = len(self.riders), len(self.days)
        worth = np.array([r.price / r.weight for r in riders if r.price > 0] or [1.0])
        self.seat = np.geomspace(worth.min(), worth.max(), SEAT_PRICES)
        self.value = np.zeros((pairs + 1, days))
        self.has = np.zeros((pairs + 1, days), dtype=np.bool_)
        self.beyond = np.zeros((pairs + 1, days, SEAT_PRICES))
        for row, some in enumerate(self.riders):
            for rider in some:
                party = rider.party
                for y, day in enumerate(self.days):
                    if party.earliest <= day <= party.latest:
                        self.value[row, y] += rider.price
                        self.has[row, y] = True
                        self.beyond[row, y] += np.maximum(0, rider.price - rider.weight * self.seat)
        self.top = self.value.max(axis=1)[self.pair]  # (O + 1, D)

    def _shorten_returns(self) -> None:
        """A trip that passes a zone twice is listed with it once; its way home may be shorter."""
        for row in range(len(self.back)):
            self.back[row] = (self.back[row][:, None] + self.oo).min(axis=0)
        self.back = np.array(
            [(self.dd[row][:, None] + self.back).min(0) for row in range(len(self.dd))]
        )

    def cheapest(self, km: Ints) -> Floats:
        costs: Floats = np.array([kind.fixed + kind.per_km * km for kind in self.types])
        return np.asarray(costs.min(axis=0) + self.drivers(km))

    def drivers(self, km: Ints) -> Floats:
        """What those beside the first cost on trips of ``km``."""
        beside = (np.asarray(km)[..., None] > np.array(self.crew.above_km)).sum(axis=-1)
        return np.asarray(self.crew.price * beside)


def _least(km: Ints, rows: list[int], columns: list[int]) -> Ints:
    least = np.full((max(rows) + 1, max(columns) + 1), np.iinfo(np.int64).max // 4)
    for i, row in enumerate(rows):
        np.minimum.at(least[row], columns, km[i])
    if rows is columns:
        np.fill_diagonal(least, 0)
    return least


def _dear_trips(world: _World) -> Iterator[str]:
    """The first route on which riders pay more than a vehicle costs; nothing if there is none."""
    pickups = _Pickups(world)
    checked = 0
    for drops in _drop_chains(world):
        after = np.array([0, *np.cumsum([world.dd[a, b] for a, b in pairwise(drops)])])
        users = np.flatnonzero((world.pair[:, drops] >= 0).any(axis=1))
        gain = world.top[:, drops].sum(axis=1)
        best = np.sort(gain[users])[-world.limits.max_pickups :].sum()
        nearest = world.od[users, drops[0]].min() + after[-1]
        if best <= world.cheapest(nearest) + CLOSE:
            continue
        chains, before = pickups.among(users)
        checked += len(chains)
        if checked > MOST_ROUTES:
            yield f"needs more than {MOST_ROUTES} routes to be checked"
            return
        first = chains[np.arange(len(chains)), (chains != world.none).argmax(axis=1)]
        link = world.od[chains[:, -1], drops[0]]
        km = before[:, 0] + link + after[-1] + world.back[drops[-1], first]
        cost = world.cheapest(km)
        some = np.flatnonzero(gain[chains].sum(axis=1) > cost + CLOSE)
        for part in np.array_split(some, 1 + len(some) // 2000):
            ride = before[part][:, :, None] + link[part][:, None, None] + after
            stops = chains[part]
            fine = ride <= world.ride[stops][:, :, drops]
            rows = np.where(fine, world.pair[stops][:, :, drops], -1)
            flaw = _dear_day(world, rows, stops != world.none, km[part], cost[part])
            if flaw:
                route, day, excess = flaw
                by = [world.o_names[o] for o in stops[route] if o != world.none]
                to = [world.d_names[d] for d in drops]
                yield f"a trip {by} to {to} on day {day} is worth {excess:g} beyond its cost"
                return


def _dear_day(
    world: _World, rows: Ints, stop: NDArray[np.bool_], km: Ints, cost: Floats
) -> tuple[int, int, float] | None:
    """A route of ``rows`` (R, pickups, drops), a day and an excess of prices over cost."""
    value = world.value[rows].sum(axis=(1, 2))
    has = world.has[rows]
    boards, alights = np.any(has, axis=2) | ~stop[:, :, None], np.any(has, axis=1)
    used = np.all(boards, axis=1) & np.all(alights, axis=1)
    where, day = np.nonzero((value > cost[:, None] + CLOSE) & used)
    for some in np.array_split(np.arange(len(where)), 1 + len(where) // 2000):
        r, y = where[some], day[some]
        beyond = world.beyond[rows[r], y[:, None, None]].sum(axis=(1, 2))  # (some, K)
        drivers = world.drivers(km[r])
        doubt = np.zeros(len(some), dtype=np.bool_)
        for kind in world.types:
            most = (kind.capacity * world.seat + beyond).min(axis=1)
            doubt |= most > kind.fixed + kind.per_km * km[r] + drivers + CLOSE
        for at in np.flatnonzero(doubt):
            excess = _excess(world, rows[r[at]], world.days[y[at]], int(km[r[at]]))
            if excess > CLOSE:
                return int(r[at]), world.days[y[at]], excess
    return None


def _excess(world: _World, rows: Ints, day: int, km: int) -> float:
    """By how much riders' prices can exceed a vehicle's cost, the last rider perhaps in part."""
    riders = [
        (rider.price / rider.weight, rider.weight)
        for row in rows.ravel().tolist()
        if row >= 0
        for rider in world.riders[row]
        if rider.party.earliest <= day <= rider.party.latest
    ]
    riders.sort(reverse=True)
    worst = -math.inf
    for kind in world.types:
        left, value = float(kind.capacity), 0.0
        for seat, weight in riders:
            value += seat * min(left, weight)
            left -= min(left, weight)
            if not left:
                break
        worst = max(worst, value - kind.fixed - kind.per_km * km)
    return worst - world.crew.cost(km)


def _drop_chains(world: _World) -> Iterator[tuple[int, ...]]:
    """Every sequence of different drops, consecutive ones within a hop."""
    near = [np.flatnonzero(row <= world.limits.drop_hop_km).tolist() for row in world.dd]
    open_chains: list[tuple[int, ...]] = [(d,) for d in range(len(near))]
    while open_chains:
        chain = open_chains.pop()
        yield chain
        if len(chain) < world.limits.max_drops:
            open_chains += [(*chain, d) for d in near[chain[-1]] if d not in chain]


class _Pickups:
    """Chains of pickups among given origins, (R, max_pickups), the last pickup in the last column.

    Missing stops are ``world.none``; with them the km from each stop to the last.
    """

    def __init__(self, world: _World) -> None:
        self.world = world
        self.known: dict[bytes, tuple[Ints, Ints]] = {}

    def among(self, users: Ints) -> tuple[Ints, Ints]:
        key = users.tobytes()
        if key not in self.known:
            if len(self.known) > 200:
                self.known.clear()
            self.known[key] = self._chains(users)
        return self.known[key]

    def _chains(self, users: Ints) -> tuple[Ints, Ints]:
        most, none = self.world.limits.max_pickups, self.world.none
        near = self.world.oo[np.ix_(users, users)] <= self.world.limits.pickup_hop_km
        chain = np.arange(len(users))[:, None]
        km = np.zeros_like(chain)
        chains, kms = [], []
        for length in range(1, most + 1):
            room = (len(chain), most - length)
            chains.append(np.hstack([np.full(room, none), users[chain]]))
            kms.append(np.hstack([np.repeat(km[:, :1], room[1], axis=1), km]))
            row, before = np.nonzero(near.T[chain[:, 0]])
            new = np.all(chain[row] != before[:, None], axis=1)
            row, before = row[new], before[new]
            hop = self.world.oo[users[before], users[chain[row, 0]]]
            chain = np.column_stack([before, chain[row]])
            km = np.column_stack([km[row, 0] + hop, km[row]])
        return np.concatenate(chains), np.concatenate(kms)

"""A problem as flat arrays for the compiled search.

Origins and destinations in use are numbered from 0 each (``o``, ``d``); *items* are what the
search moves: parties, or the parts of a party that is larger than every vehicle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.model import Party, PartyId, Problem, ProblemError, Unassigned

SEARCHED_STOPS = 3
"""The order of at most this many pickups and drops is searched; more is refused at the door."""

MOST_LOAD_CLASSES = 8
"""Seats are tabulated for every set of so many load classes; more are refused at the door."""

FARAWAY = 1 << 30
"""Km between stops that no trip may join."""

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]


class Net(NamedTuple):
    """Constant arrays of a search over P items, O origins, D destinations, K vehicle types.

    ``oo``, ``od``, ``dd``: km; ``back``: km of the empty return, (D, O); ``ride``: longest ride in
    km, (O, D); ``near_o``: pickups within a hop of each other in some direction, (O, O);
    ``near_d_ptr`` and ``near_d``: for each destination those within a hop, itself first.
    ``o d n e l`` (P): origin, destination, people, first and last day. ``solo`` (P): cost of
    travelling alone. ``cap`` (2^C, K): seats under every set of the C load classes; ``load`` (P):
    the set of an item's own class. ``fixed per_km`` (K). ``crew_above``: km above which one driver
    more is needed, for ``crew_price``. ``spot`` (P, 2): the destination on a flat map.
    ``enemy[enemies[p]:enemies[p + 1]]``: items that may not share a trip with p.
    """

    oo: Ints
    od: Ints
    dd: Ints
    back: Ints
    ride: Ints
    near_o: NDArray[np.bool_]
    near_d_ptr: Ints
    near_d: Ints
    max_pickups: int
    max_drops: int
    pickup_hop: float
    drop_hop: float
    o: Ints
    d: Ints
    n: Ints
    e: Ints
    l: Ints  # noqa: E741
    solo: Floats
    cap: Ints
    load: Ints
    fixed: Floats
    per_km: Floats
    crew_above: Ints
    crew_price: float
    spot: Floats
    enemies: Ints
    enemy: Ints


@dataclass(frozen=True)
class Items:
    """What the search moves: ``party[i]`` is the position in ``problem.parties`` of item i."""

    party: Ints
    people: Ints
    by_outside: NDArray[np.bool_]
    """Whether the item, when alone, pays the party's outside price rather than a vehicle."""
    outside: tuple[PartyId, ...]
    """Parties that no vehicle can carry and that have an outside price."""
    outside_cost: float
    unassigned: tuple[Unassigned, ...]


def refuse_unsupported(problem: Problem) -> None:
    """Raise ``ProblemError`` for what the charter search does not honour yet."""
    limits = problem.limits
    if max(limits.max_pickups, limits.max_drops) > SEARCHED_STOPS:
        raise ProblemError(
            "too-many-stops",
            f"the charter search orders at most {SEARCHED_STOPS} pickups and {SEARCHED_STOPS}"
            f" drops a trip, not {limits.max_pickups} and {limits.max_drops}",
        )
    if (classes := len(problem.types[0].class_seats)) > MOST_LOAD_CLASSES:
        raise ProblemError(
            "too-many-load-classes",
            f"the charter search knows {MOST_LOAD_CLASSES} load classes, not {classes}",
        )


def items_of(problem: Problem) -> Items:
    """Split what may be split, set aside what cannot travel."""
    party_of: list[int] = []
    people: list[int] = []
    by_outside: list[bool] = []
    outside: list[PartyId] = []
    unassigned: list[Unassigned] = []
    outside_cost = 0.0
    for index, party in enumerate(problem.parties):
        price = party.outside_price
        largest = problem.most_seats(party)
        if party.size > largest:
            parts = _parts_that_find_vehicles(problem, party) if problem.fits(party) else []
            # parts cannot pay outside one by one, so they must be sure of vehicles
            sure = parts and _endless_seats(problem, party) > 0
            if price is not None and (not sure or price < solo_cost(problem, party, party.size)):
                outside.append(party.id)
                outside_cost += price
            elif not parts:
                unassigned.append(_too_large(party, largest))
            party_parts = [] if outside[-1:] == [party.id] else parts
            party_of += [index] * len(party_parts)
            people += party_parts
            by_outside += [False] * len(party_parts)
        else:
            party_of.append(index)
            people.append(party.size)
            by_outside.append(price is not None and price < solo_cost(problem, party, party.size))
    return Items(
        np.array(party_of, dtype=np.int32),
        np.array(people, dtype=np.int32),
        np.array(by_outside, dtype=np.bool_),
        tuple(outside),
        outside_cost,
        tuple(unassigned),
    )


def solo_cost(problem: Problem, party: Party, people: int) -> float:
    """The cheapest vehicle that takes ``people`` of ``party`` directly, several if need be."""
    km = direct_km(problem, party)
    return sum(
        min(
            problem.price(kind, km)
            for kind in problem.types
            if kind.exists and kind.seats(party.load_class) >= part
        )
        for part in _parts(people, problem.most_seats(party))
    )


def direct_km(problem: Problem, party: Party) -> int:
    """Paid kilometres of a direct trip."""
    km = int(problem.km[party.origin, party.destination])
    if problem.limits.empty_return:
        km += int(problem.km[party.destination, party.origin])
    return km


def net_of(problem: Problem, items: Items) -> Net:
    """The arrays of ``problem`` over its ``items``."""
    parties = [problem.parties[i] for i in items.party]
    origins, drops, origin_of, shared = stops_of(problem, items)
    at_d = {point: i for i, point in enumerate(drops)}
    km, limits = problem.km, problem.limits
    oo, od, dd, do = (
        km[np.ix_(a, b)].astype(np.int32).reshape(len(a), len(b))
        for a, b in ((origins, origins), (origins, drops), (drops, drops), (drops, origins))
    )
    if shared < len(origins):
        own = np.arange(len(origins)) >= shared
        oo[(own[:, None] | own) & ~np.eye(len(origins), dtype=np.bool_)] = FARAWAY
    near_d = np.minimum(dd, dd.T) <= limits.drop_hop_km
    np.fill_diagonal(near_d, True)
    lists = [
        np.concatenate(([i], [j for j in np.flatnonzero(near_d[i]) if j != i]))
        for i in range(len(drops))
    ]
    solo = [
        (party.outside_price or 0.0) if by_outside else solo_cost(problem, party, int(people))
        for party, people, by_outside in zip(parties, items.people, items.by_outside, strict=True)
    ]

    enemies, enemy = _enemies(problem, items)
    return Net(
        oo=ints(oo),
        od=ints(od),
        dd=ints(dd),
        back=ints(do if limits.empty_return else np.zeros_like(do)),
        ride=ints(np.minimum(np.floor(float(limits.detour) * od + 1e-9), FARAWAY - 1)),
        near_o=np.minimum(oo, oo.T) <= min(limits.pickup_hop_km, FARAWAY - 1),
        near_d_ptr=ints(np.cumsum([0] + [len(row) for row in lists])),
        near_d=ints(np.concatenate(lists) if lists else []),
        max_pickups=limits.max_pickups,
        max_drops=limits.max_drops,
        pickup_hop=float(min(limits.pickup_hop_km, FARAWAY - 1)),
        drop_hop=float(limits.drop_hop_km),
        o=ints(origin_of),
        d=ints([at_d[party.destination] for party in parties]),
        n=items.people,
        e=ints([party.earliest for party in parties]),
        l=ints([party.latest for party in parties]),
        solo=np.array(solo, dtype=np.float64),
        cap=_seats(problem),
        load=ints([1 << party.load_class >> 1 for party in parties]),
        fixed=np.array([kind.fixed for kind in problem.types], dtype=np.float64),
        per_km=np.array([kind.per_km for kind in problem.types], dtype=np.float64),
        crew_above=ints(problem.crew.above_km),
        crew_price=float(problem.crew.price),
        spot=_spots(problem, parties),
        enemies=enemies,
        enemy=enemy,
    )


class Stops(NamedTuple):
    """Points in use, by the numbers the search gives them, and the origin number of every item.

    Whoever is pinned alone boards at an origin of his own, the last ones from ``shared`` on, from
    which it is too far to any other.
    """

    origins: list[int]
    drops: list[int]
    origin_of: list[int]
    shared: int


def stops_of(problem: Problem, items: Items) -> Stops:
    """The stops of a search over ``items``."""
    parties = [problem.parties[i] for i in items.party]
    alone = set(problem.pins.alone)
    origins = sorted({party.origin for party in parties if party.id not in alone})
    at = {point: number for number, point in enumerate(origins)}
    shared = len(origins)
    own: dict[PartyId, int] = {}
    for party in parties:
        if party.id in alone and party.id not in own:
            own[party.id] = len(origins)
            origins.append(party.origin)
    return Stops(
        origins,
        sorted({party.destination for party in parties}),
        [own[party.id] if party.id in own else at[party.origin] for party in parties],
        shared,
    )


def net_part(net: Net, chosen: NDArray[np.int64]) -> Net:
    """``net`` with the items ``chosen`` (ascending) only."""
    at = np.full(len(net.o), -1, dtype=np.int32)
    at[chosen] = np.arange(len(chosen), dtype=np.int32)
    enemies, enemy = net.enemies, net.enemy
    if len(enemy):
        whose = np.repeat(at, np.diff(enemies))
        there = (whose >= 0) & (at[enemy] >= 0)
        enemies = ints(np.searchsorted(whose[there], np.arange(len(chosen) + 1)))
        enemy = at[enemy[there]]
    else:
        enemies = enemies[: len(chosen) + 1]
    columns = {
        name: getattr(net, name)[chosen] for name in ("o", "d", "n", "e", "l", "load", "solo")
    }
    return net._replace(**columns, enemies=enemies, enemy=enemy)


def ints(values: object) -> Ints:
    """``values`` as the compiled search reads them."""
    return np.ascontiguousarray(values, dtype=np.int32)


def _seats(problem: Problem) -> Ints:
    """Usable seats (2^C, K) under every set of load classes; none of what does not exist."""
    classes = len(problem.types[0].class_seats)
    own = np.array(
        [
            [kind.seats(c) if kind.exists else 0 for kind in problem.types]
            for c in range(classes + 1)
        ]
    )
    seats = np.repeat(own[:1], 1 << classes, axis=0)
    for c in range(classes):
        has = (np.arange(len(seats)) >> c) & 1 == 1
        seats[has] = np.minimum(seats[has], own[c + 1])
    return ints(seats)


def _enemies(problem: Problem, items: Items) -> tuple[Ints, Ints]:
    """Pairs that may not share a trip, in both directions, as starts and items."""
    position = {party.id: index for index, party in enumerate(problem.parties)}
    items_of_party: dict[int, list[int]] = {}
    for item, party in enumerate(items.party.tolist() if problem.apart else ()):
        items_of_party.setdefault(party, []).append(item)
    pairs = {
        pair
        for one, other in problem.apart
        for p in items_of_party.get(position[one], ())
        for q in items_of_party.get(position[other], ())
        for pair in ((p, q), (q, p))
    }
    both = np.array(sorted(pairs), dtype=np.int32).reshape(-1, 2)
    starts = np.searchsorted(both[:, 0], np.arange(len(items.party) + 1))
    return ints(starts), ints(both[:, 1])


def _spots(problem: Problem, parties: list[Party]) -> Floats:
    at = problem.points[[party.destination for party in parties]].reshape(-1, 2).copy()
    at[:, 1] *= np.cos(np.radians(problem.points[:, 0].mean())) if len(at) else 1.0
    return at


def _parts(size: int, largest: int) -> list[int]:
    whole, rest = divmod(size, largest)
    return [largest] * whole + ([rest] if rest else [])


def _parts_that_find_vehicles(problem: Problem, party: Party) -> list[int]:
    """Parts of a splittable party, as large as vehicles can be counted on.

    Unlimited vehicles take parts as large as the largest of them. Where all are limited the
    largest are filled first, as many as there are in the party's window; who then remains can only
    hope for somebody else's seats.
    """
    if endless := _endless_seats(problem, party):
        return _parts(party.size, endless)
    days = party.latest - party.earliest + 1
    rest, parts = party.size, []
    for kind in sorted(problem.types, key=lambda kind: -kind.seats(party.load_class)):
        seats = kind.seats(party.load_class)
        many = min((kind.available_per_day or 0) * days, rest // seats if seats else 0)
        parts += [seats] * many
        rest -= seats * many
    return parts + _parts(rest, problem.most_seats(party))


def _endless_seats(problem: Problem, party: Party) -> int:
    """Seats for ``party`` in the largest vehicle of which there are as many as needed."""
    return max(
        (kind.seats(party.load_class) for kind in problem.types if kind.available_per_day is None),
        default=0,
    )


def _too_large(party: Party, largest: int) -> Unassigned:
    if not largest:
        return Unassigned(
            party.id,
            "no-vehicle",
            f"find a vehicle that may carry {party.size} of their load class",
        )
    return Unassigned(
        party.id,
        "larger-than-any-vehicle",
        f"allow the party to be split, or find a vehicle with {party.size - largest} more seats",
    )

"""What ties trips to each other: vehicles limited by day, published trips, parties bound together.

Without ties a trip's cost follows from its items alone. With them a trip also has a *cell*, a type
of vehicle on a day, of which there are only so many, and perhaps a *label*, the published trip that
it continues, which no other trip may continue too.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.decisions import Published
from zhitong.planning.model import PartyId, Problem, ProblemError, Trip
from zhitong.planning.net import Floats, Ints, Items, Net, direct_km, ints

PLENTY = 1 << 29
"""Room in a cell whose vehicles are unlimited."""

ANEW = -3
"""Instead of a cell: choose one."""


class Ties(NamedTuple):
    """Of P items, K types, Y days, L published trips; ``days`` is empty where nothing is tied.

    ``days`` (Y): what days the search's day numbers stand for. ``room`` (K Y + L): vehicles left of
    type k on day y at ``k Y + y``, then 1 for each published trip that may be continued; ``cells``
    is K Y. ``label_day`` (L): its day number, -1 if nobody can leave then. ``was`` (P): the
    published trip of an item, else ``WAS_NOTHING`` and so on.
    ``change``: the penalty if that changes. ``away`` (P): the price of paying outside, or
    what staying behind counts where there is none. ``leader`` (P): of items that travel together
    the first; ``mate[mates[p]:mates[p + 1]]``: for it, the others.
    """

    days: NDArray[np.int64]
    room: Ints
    cells: int
    label_day: Ints
    was: Ints
    change: float
    away: Floats
    leader: Ints
    mates: Ints
    mate: Ints

    @property
    def bind(self) -> bool:
        """Whether any trip is tied."""
        return len(self.days) > 0


WAS_NOTHING = -1
WAS_OUTSIDE = -2
WAS_OUT_OF_REACH = -3
"""Instead of a published trip, in ``Ties.was``; the last for who paid outside and cannot now."""

MOST_CELLS = 5_000_000
"""More vehicles types times days than this are refused at the door."""


def ties_of(
    problem: Problem, items: Items, net: Net, taken: Sequence[Trip] = ()
) -> tuple[Net, Ties]:
    """What ties the trips of ``problem``, and ``net`` with days numbered as there.

    ``taken`` are trips beside those of the problem, which have their vehicles and may continue
    published trips. Raises ``ProblemError`` for vehicles limited on too many days, and for parties
    travelling together of which one is too large for any vehicle.
    """
    limited = any(kind.available_per_day for kind in problem.types)
    published = problem.published or Published()
    tied = limited or problem.pins.together or problem.published
    if not tied or not len(items.party):
        return net, no_ties()
    told = np.unique([trip.day for trip in published.trips]).astype(np.int64)
    days = _days(net, told) if limited else np.union1d(net.e, told).astype(np.int64)
    if len(days) * len(problem.types) > MOST_CELLS:
        raise ProblemError("too-many-days", f"vehicles are limited on {len(days)} days")
    parties = [problem.parties[index] for index in items.party]
    leaving = leaving_price(problem)
    away = [
        leaving * people if party.outside_price is None else party.outside_price
        for party, people in zip(parties, items.people.tolist(), strict=True)
    ]
    number = {day: at for at, day in enumerate(days.tolist())}
    was = ints(_published_trip_of(problem, items, published))
    room = _room(problem, number, taken, published)
    leader, mates, mate = _bundles(problem, items)
    numbered = net._replace(
        e=ints(np.searchsorted(days, net.e)),
        l=ints(np.searchsorted(days, net.l, side="right") - 1),
    )
    return numbered, Ties(
        days=days,
        room=room,
        cells=len(days) * len(problem.types),
        label_day=ints([number.get(trip.day, -1) for trip in published.trips]),
        was=was,
        change=published.penalty,
        away=np.array(away, dtype=np.float64),
        leader=leader,
        mates=mates,
        mate=mate,
    )


def _room(
    problem: Problem, number: Mapping[int, int], taken: Sequence[Trip], published: Published
) -> Ints:
    """``Ties.room`` when the trips ``taken`` have theirs."""
    many = [
        PLENTY if kind.available_per_day is None else min(kind.available_per_day, PLENTY)
        for kind in problem.types
    ]
    room = np.repeat(np.array(many), len(number)).reshape(len(many), len(number))
    labels = np.ones(len(published.trips), dtype=np.int64)
    for trip in taken:
        if trip.day in number and many[trip.type] < PLENTY:
            room[trip.type, number[trip.day]] -= 1
        shared = [
            len(set(trip.parties) & set(old.parties)) * (old.day == trip.day) * labels[at]
            for at, old in enumerate(published.trips)
        ]
        if any(shared):
            labels[int(np.argmax(shared))] = 0
    return ints(np.concatenate([room.ravel(), labels]))


def _published_trip_of(problem: Problem, items: Items, published: Published) -> list[int]:
    """``Ties.was``: parts of a party take its published trips one after the other."""
    trips: dict[PartyId, list[int]] = defaultdict(list)
    for at, trip in enumerate(published.trips):
        for party_id in trip.parties:
            trips[party_id].append(at)
    outside = set(published.outside)
    was, seen = [], Counter[PartyId]()
    for index in items.party:
        party = problem.parties[index]
        mine = trips.get(party.id, [])
        if mine:
            was.append(mine[min(seen[party.id], len(mine) - 1)])
        else:
            there = WAS_OUTSIDE if party.outside_price is not None else WAS_OUT_OF_REACH
            was.append(there if party.id in outside else WAS_NOTHING)
        seen[party.id] += 1
    return was


def _bundles(problem: Problem, items: Items) -> tuple[Ints, Ints, Ints]:
    """``leader``, ``mates`` and ``mate``; all empty where nobody is pinned together."""
    groups = problem.pins.groups()
    if not groups:
        return ints([]), ints([]), ints([])
    at: dict[PartyId, list[int]] = defaultdict(list)
    for item, index in enumerate(items.party.tolist()):
        at[problem.parties[index].id].append(item)
    leader = np.arange(len(items.party))
    others: list[list[int]] = [[] for _ in leader]
    for group in groups:
        if any(len(at[party_id]) != 1 for party_id in group):
            raise ProblemError(
                "pinned-together", "a party larger than every vehicle is pinned to another"
            )
        first, *rest = sorted(at[party_id][0] for party_id in group)
        leader[rest] = first
        others[first] = rest
    mates = np.cumsum([0] + [len(rest) for rest in others])
    return ints(leader), ints(mates), ints([item for rest in others for item in rest])


def leaving_price(problem: Problem) -> float:
    """What one person left behind counts when plans are compared: more than any lone trip costs.

    Twice the dearest vehicle on the longest direct way of a party. No part of a plan's cost.
    """
    km = max((direct_km(problem, party) for party in problem.parties), default=0)
    return 1.0 + 2.0 * max(problem.price(kind, km) for kind in problem.types)


def _days(net: Net, told: NDArray[np.int64]) -> NDArray[np.int64]:
    """Days that are enough: of days with the same open windows one for each item, and ``told``."""
    edges = np.unique(np.concatenate([net.e, net.l + np.int64(1)]).astype(np.int64))
    lengths = np.minimum(np.diff(edges), len(net.e))
    if lengths.sum() > MOST_CELLS:
        raise ProblemError("too-many-days", "vehicles are limited on more days than are planned")
    starts = np.repeat(edges[:-1] - np.cumsum(lengths) + lengths, lengths)
    days: NDArray[np.int64] = np.union1d(starts + np.arange(lengths.sum()), told)
    return days


def ties_part(ties: Ties, chosen: NDArray[np.int64], room: Ints) -> Ties:
    """``ties`` of the items ``chosen`` (ascending), who may use ``room``."""
    if not ties.bind:
        return ties
    part = ties._replace(room=room, was=ties.was[chosen], away=ties.away[chosen])
    if not len(ties.leader):
        return part
    # who travels together is in one trip, and so in one part
    at = np.full(len(ties.leader), -1)
    at[chosen] = np.arange(len(chosen))
    many = np.diff(ties.mates)[chosen]
    inside = at[ties.leader[ties.mate]] >= 0
    return part._replace(
        leader=ints(at[ties.leader[chosen]]),
        mates=ints(np.concatenate(([0], np.cumsum(many)))),
        mate=ints(at[ties.mate[inside]]),
    )


def shared_out(
    ties: Ties, assignment: Ints, slices: Sequence[NDArray[np.int64]], random: np.random.Generator
) -> list[Ints]:
    """Room for each of several ``slices`` of the items: what its own trips hold, and a random share
    of what no trip holds, so that together they stay within ``ties.room``.
    """
    if not ties.bind:
        return [ties.room] * len(slices)
    held = []
    for chosen in slices:
        _, first = np.unique(assignment[0, chosen], return_index=True)
        cell, label = assignment[1, chosen[first]], assignment[2, chosen[first]]
        places = np.concatenate([cell[cell >= 0], ties.cells + label[label >= 0]])
        held.append(np.bincount(places, minlength=len(ties.room)))
    spare = ties.room - np.sum(held, axis=0)
    rooms = []
    for turn, own in enumerate(held):
        more = random.binomial(spare, 1.0 / (len(slices) - turn))
        spare = spare - more
        rooms.append(ints(np.where(ties.room >= PLENTY, PLENTY, own + more)))
    return rooms


def no_ties() -> Ties:
    """For problems whose trips are independent of each other."""
    none = np.zeros(0, dtype=np.int32)
    return Ties(
        days=np.zeros(0, dtype=np.int64),
        room=none,
        cells=0,
        label_day=none,
        was=none,
        change=0.0,
        away=np.zeros(0),
        leader=none,
        mates=none,
        mate=none,
    )

"""Between plans and what the search works on: from a plan to groups of items, and back."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.model import PartyId, Plan, Problem, Trip
from zhitong.planning.net import Ints, Items, Net
from zhitong.planning.ordering import PERMS, memory
from zhitong.planning.search import open_state
from zhitong.planning.trips import (
    CLASSES,
    D_STOP,
    DROPS,
    FIRST,
    KM,
    LOAD,
    O_STOP,
    ORDER,
    PICKUPS,
    SIZE,
)

Assignment = Ints
"""The trip number of every item."""


def alone(items: int) -> Assignment:
    """Every item in a trip of its own."""
    return np.arange(items, dtype=np.int32)


def assignment_of(trip_of: Assignment) -> tuple[NDArray[np.int64], Ints]:
    """The groups of ``trip_of`` as starts and items, in the form ``load_trips`` reads."""
    order = np.argsort(trip_of, kind="stable").astype(np.int32)
    ends = np.flatnonzero(np.diff(trip_of[order])) + 1
    return np.concatenate(([0], ends, [len(order)])).astype(np.int64), order


def groups_of(problem: Problem, items: Items, plan: Plan) -> list[list[int]]:
    """The items of each trip of ``plan``; a part goes where a part of that party rides."""
    waiting: dict[PartyId, list[int]] = defaultdict(list)
    for item, party in enumerate(items.party):
        waiting[problem.parties[party].id].append(item)
    groups = []
    for trip in plan.trips:
        group = [waiting[party_id].pop(0) for party_id in trip.parties if waiting[party_id]]
        aboard = set(trip.parties)
        if group and not any(aboard.issuperset(pair) for pair in problem.apart):
            groups.append(group)
    for party_id in plan.outside:
        groups += [[item] for item in waiting.pop(party_id, [])]
    return groups


def plan_of(problem: Problem, items: Items, net: Net, trip_of: Assignment) -> Plan:
    """The plan that ``trip_of`` stands for: stops in order, vehicles, days, cost."""
    if not len(trip_of):
        return Plan((), items.unassigned, items.outside, cost=items.outside_cost)
    origins = sorted({problem.parties[i].origin for i in items.party})
    drops = sorted({problem.parties[i].destination for i in items.party})
    state = open_state(net, memory(12), *assignment_of(trip_of))
    trips: list[Trip] = []
    outside = list(items.outside)
    cost = items.outside_cost
    for t in np.flatnonzero(state.row[:, SIZE] > 0):
        row = state.row[t]
        members = [int(p) for p in state.members[t, : row[SIZE]]]
        cost += float(state.cost[t])
        if len(members) == 1 and items.by_outside[members[0]]:
            outside.append(problem.parties[items.party[members[0]]].id)
            continue
        people: Counter[int] = Counter()
        for p in members:
            people[int(items.party[p])] += int(items.people[p])
        order_o = PERMS[row[ORDER] >> 3, : row[PICKUPS]]
        order_d = PERMS[row[ORDER] & 7, : row[DROPS]]
        trips.append(
            Trip(
                type=_cheapest_type(net, int(row[CLASSES]), int(row[LOAD]), int(row[KM])),
                day=int(row[FIRST]),
                pickups=tuple(origins[row[O_STOP + i]] for i in order_o),
                drops=tuple(drops[row[D_STOP + j]] for j in order_d),
                parties=tuple(problem.parties[i].id for i in sorted(people)),
                parts=tuple(
                    (problem.parties[i].id, people[i])
                    for i in sorted(people)
                    if people[i] < problem.parties[i].size
                ),
            )
        )
    trips.sort(key=lambda trip: (trip.day, trip.drops, trip.pickups, str(trip.parties)))
    return Plan(tuple(trips), items.unassigned, tuple(outside), cost=cost)


def _cheapest_type(net: Net, classes: int, load: int, km: int) -> int:
    prices = np.where(net.cap[classes] >= load, net.fixed + net.per_km * km, np.inf)
    return int(prices.argmin())

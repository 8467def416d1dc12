"""Between plans and what the search works on: from a plan to groups of items, and back."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.model import PartyId, Plan, Problem, Trip
from zhitong.planning.net import Ints, Items, Net, stops_of
from zhitong.planning.ordering import PERMS, memory
from zhitong.planning.pins import Undecided
from zhitong.planning.remedies import left_behind
from zhitong.planning.search import Groups, open_state
from zhitong.planning.state import (
    AWAY,
    CELL,
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
from zhitong.planning.ties import ANEW, Ties

Assignment = Ints
"""Of every item (3, P): its trip's number, and where trips are tied its trip's cell and label."""


def alone(items: int) -> Assignment:
    """Every item in a trip of its own."""
    return untied(np.arange(items, dtype=np.int32))


def untied(trip_of: Ints) -> Assignment:
    """The trips of ``trip_of``, whose cells are still to be chosen."""
    assignment = np.full((3, len(trip_of)), ANEW, dtype=np.int32)
    assignment[0] = trip_of
    return assignment


def groups_of(assignment: Assignment) -> Groups:
    """The trips of ``assignment``, by number; whoever is away may try anew."""
    some = np.flatnonzero(assignment[1] != AWAY)
    start, at = trips_in(assignment[0, some])
    order = some[at].astype(np.int32)
    first = order[start[:-1]]
    return Groups(start, order, assignment[1, first], assignment[2, first])


def trips_in(trip_of: Ints) -> tuple[NDArray[np.int64], Ints]:
    """The items of each trip in order of its number, as starts and items."""
    order = np.argsort(trip_of, kind="stable").astype(np.int32)
    ends = np.flatnonzero(np.diff(trip_of[order])) + 1
    edges = [0, *ends, len(order)] if len(order) else [0]
    return np.array(edges, dtype=np.int64), order


def groups_of_plan(problem: Problem, items: Items, ties: Ties, plan: Plan) -> Groups:
    """The items of each trip of ``plan``; a part goes where a part of that party rides.

    Trips that mix parties to be kept apart, or part those that travel together, are left out.
    """
    groups_together = problem.pins.groups()
    waiting: dict[PartyId, list[int]] = defaultdict(list)
    for item, party in enumerate(items.party):
        waiting[problem.parties[party].id].append(item)
    groups: list[list[int]] = []
    cells: list[int] = []
    day_number = {day: number for number, day in enumerate(ties.days.tolist())}
    for trip in plan.trips:
        group = [waiting[party_id].pop(0) for party_id in trip.parties if waiting[party_id]]
        aboard = set(trip.parties)
        parted = any(0 < len(aboard & some) < len(some) for some in groups_together)
        if group and not parted and not any(aboard.issuperset(pair) for pair in problem.apart):
            groups.append(group)
            known = trip.day in day_number and 0 <= trip.type < len(problem.types)
            cells.append(trip.type * len(ties.days) + day_number[trip.day] if known else ANEW)
    for party_id in plan.outside:
        groups += [[item] for item in waiting.pop(party_id, [])]
    cells += [AWAY] * (len(groups) - len(cells))
    return Groups(
        np.cumsum([0] + [len(group) for group in groups]).astype(np.int64),
        np.array([p for group in groups for p in group], dtype=np.int32),
        np.array(cells, dtype=np.int32),
        np.array([_label(ties, group) for group in groups], dtype=np.int32),
    )


def _label(ties: Ties, group: list[int]) -> int:
    """The published trip that most of ``group`` were in, -1 if none."""
    was = Counter(int(ties.was[p]) for p in group) if len(ties.was) else Counter()
    return max((label for label in was if label >= 0), key=was.__getitem__, default=-1)


def plan_of(given: Undecided, items: Items, net: Net, ties: Ties, assignment: Assignment) -> Plan:
    """The plan that ``assignment`` stands for: stops in order, vehicles, days, cost.

    With what was decided before.
    """
    if not assignment.shape[1]:
        cost = given.cost + items.outside_cost
        return Plan(given.trips, items.unassigned, given.outside + items.outside, cost=cost)
    problem = given.problem
    stops = stops_of(problem, items)
    state = open_state(net, ties, memory(12), groups_of(assignment))
    trips = list(given.trips)
    outside = [*given.outside, *items.outside]
    left: Counter[int] = Counter()
    cost = given.cost + items.outside_cost
    for t in np.flatnonzero(state.row[:, SIZE] > 0):
        row = state.row[t]
        members = [int(p) for p in state.members[t, : row[SIZE]]]
        kind, day = _vehicle(net, items, ties, row, members)
        if day is None:
            for p in members:
                party = problem.parties[items.party[p]]
                if party.outside_price is None:
                    left[int(items.party[p])] += int(items.people[p])
                else:
                    outside.append(party.id)
                    cost += party.outside_price
            continue
        cost += problem.price(problem.types[kind], int(row[KM]))
        people: Counter[int] = Counter()
        for p in members:
            people[int(items.party[p])] += int(items.people[p])
        order_o = PERMS[row[ORDER] >> 3, : row[PICKUPS]]
        order_d = PERMS[row[ORDER] & 7, : row[DROPS]]
        trips.append(
            Trip(
                type=kind,
                day=day,
                pickups=tuple(stops.origins[row[O_STOP + i]] for i in order_o),
                drops=tuple(stops.drops[row[D_STOP + j]] for j in order_d),
                parties=tuple(problem.parties[i].id for i in sorted(people)),
                parts=tuple(
                    (problem.parties[i].id, people[i])
                    for i in sorted(people)
                    if people[i] < problem.parties[i].size
                ),
            )
        )
    trips.sort(key=lambda trip: (trip.day, trip.drops, trip.pickups, str(trip.parties)))
    unassigned = items.unassigned + left_behind(problem, trips, left)
    return Plan(tuple(trips), unassigned, tuple(outside), cost=cost)


def _vehicle(
    net: Net, items: Items, ties: Ties, row: Ints, members: list[int]
) -> tuple[int, int | None]:
    """Type and day of a trip; ``AWAY`` and no day where it is none."""
    if ties.bind:
        cell = int(row[CELL])
        if cell < 0:
            return cell, None
        return cell // len(ties.days), int(ties.days[cell % len(ties.days)])
    if len(members) == 1 and items.by_outside[members[0]]:
        return AWAY, None
    seats = net.cap[row[CLASSES]] >= row[LOAD]
    prices = np.where(seats, net.fixed + net.per_km * row[KM], np.inf)
    return int(prices.argmin()), int(row[FIRST])

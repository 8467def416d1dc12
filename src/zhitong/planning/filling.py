"""The first step of a large plan: full vehicles straight from one stop to another.

A full vehicle on the direct way costs exactly what the seat bound charges its riders, so nothing is
lost on them; what remains on each relation is pooled.
"""

from __future__ import annotations

import numpy as np

from zhitong.planning.large import Ints, LargeProblem
from zhitong.planning.model import Trip


def fill_vehicles(problem: LargeProblem) -> tuple[list[Trip], Ints]:
    """Trips with every seat taken, and the positions of the parties that remain."""
    direct = problem.direct_km() * (2 if problem.limits.empty_return else 1)
    pair = problem.origin * len(problem.points) + problem.destination
    order = np.argsort(pair, kind="stable")
    edges = np.flatnonzero(np.diff(pair[order])) + 1
    starts = np.concatenate([[0], edges, [len(order)]]) if len(order) else np.zeros(1, dtype=int)
    people = np.add.reduceat(problem.size[order], starts[:-1]) if len(order) else starts[:0]
    least = min(kind.capacity for kind in problem.types)
    trips: list[Trip] = []
    taken = np.zeros(len(problem), dtype=np.bool_)
    for relation in np.flatnonzero(people >= least):
        members = order[starts[relation] : starts[relation + 1]]
        kind = _best_kind(problem, int(direct[members[0]]))
        if people[relation] < problem.types[kind].capacity:
            continue
        stops = int(problem.origin[members[0]]), int(problem.destination[members[0]])
        for day, riders in _full_loads(problem, members, problem.types[kind].capacity):
            taken[riders] = True
            trips.append(Trip(kind, day, stops[:1], stops[1:], tuple(riders)))
    return trips, np.flatnonzero(~taken)


def _best_kind(problem: LargeProblem, km: int) -> int:
    """The vehicle type with the cheapest seat when full."""
    prices = [(kind.fixed + kind.per_km * km) / kind.capacity for kind in problem.types]
    return int(np.argmin(prices))


def _full_loads(problem: LargeProblem, members: Ints, seats: int) -> list[tuple[int, list[int]]]:
    """Days and parties that fill ``seats`` exactly, those with the least time left first."""
    rows = sorted(
        zip(
            problem.latest[members].tolist(),
            problem.earliest[members].tolist(),
            problem.size[members].tolist(),
            members.tolist(),
            strict=True,
        )
    )
    loads = []
    for day in sorted({latest for latest, _, _, _ in rows}):
        here = [row for row in rows if row[1] <= day <= row[0]]
        waiting = sum(size for _, _, size, _ in here)
        while waiting >= seats:
            free, riders = seats, []
            for _, _, size, party in here:
                if size <= free:
                    riders.append(party)
                    free -= size
                    if not free:
                        break
            if free:
                break
            gone = set(riders)
            loads.append((day, sorted(riders)))
            here = [row for row in here if row[3] not in gone]
            rows = [row for row in rows if row[3] not in gone]
            waiting -= seats
    return loads

"""What a plan costs by its own lists of stops, for checkers and for whoever shows it."""

from __future__ import annotations

import math
from itertools import pairwise

from zhitong.planning.model import Plan, Problem, Trip


def plan_cost(problem: Problem, plan: Plan) -> float:
    """What the listed trips and the outside prices sum to; infinite if anything has no price."""
    parties = {party.id: party for party in problem.parties}
    total = 0.0
    for trip in plan.trips:
        total += trip_cost(problem, trip)
    for party_id in plan.outside:
        price = parties[party_id].outside_price if party_id in parties else None
        total += math.inf if price is None else price
    return total


def trip_cost(problem: Problem, trip: Trip) -> float:
    """Vehicle, km and drivers along the listed stops; infinite for an unknown type or point."""
    stops = trip.pickups + trip.drops
    if (
        not 0 <= trip.type < len(problem.types)
        or not all(0 <= stop < len(problem.points) for stop in stops)
        or not stops
    ):
        return math.inf
    kind = problem.types[trip.type]
    km = sum(int(problem.km[a, b]) for a, b in pairwise(stops))
    if problem.limits.empty_return:
        km += int(problem.km[stops[-1], stops[0]])
    return kind.fixed + kind.per_km * km + problem.crew.cost(km)

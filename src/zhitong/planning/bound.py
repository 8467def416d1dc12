"""A cost that no plan can beat.

Each person of a party buys a seat of some vehicle of which at most ``capacity`` are sold, on a trip
at least as long as the shortest way from origin to destination; docs/algorithms/charter.md has the
proof. The shortest way is taken over the whole matrix because rounded road distances need not
satisfy the triangle inequality.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.model import Party, PartyId, Problem


@dataclass(frozen=True, slots=True)
class Bound:
    """``value`` is at most the optimum; ``duals`` are the parties' shares that sum to it."""

    value: float
    method: str
    duals: Mapping[PartyId, float]


def lower_bound(problem: Problem, *, seconds: float = 1.0) -> Bound:
    """The seat bound of ``problem``; it needs far less than ``seconds`` at any size."""
    shortest = shortest_ways(problem.km)
    duals = {party.id: _share(problem, shortest, party) for party in problem.parties}
    return Bound(sum(duals.values()), "seat", duals)


def shortest_ways(km: NDArray[np.int64]) -> NDArray[np.int64]:
    """The shortest way between every two points through any others, shape (n, n)."""
    way = km.copy()
    np.fill_diagonal(way, 0)
    for via in range(len(way)):
        np.minimum(way, way[:, via, None] + way[None, via, :], out=way)
    return way


def _share(problem: Problem, shortest: NDArray[np.int64], party: Party) -> float:
    km = int(shortest[party.origin, party.destination])
    if problem.limits.empty_return:
        km += int(shortest[party.destination, party.origin])
    prices = []
    if party.outside_price is not None:
        prices.append(party.outside_price)
    if party.splittable or party.size <= problem.largest_capacity:
        prices.append(
            party.size
            * min((kind.fixed + kind.per_km * km) / kind.capacity for kind in problem.types)
        )
    return min(prices, default=0.0)

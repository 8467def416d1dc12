"""What the peers share: an instance as arrays, arcs that rules forbid, and trips out of routes.

A route visits stops for parties; pickups and drops never share a stop in these instances, so a stop
also tells which of the two is meant. Nothing here imports the platform: the peers live apart.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PICKUP_HOP, DROP_HOP, DETOUR, STOPS = 40, 200, 1.3, 3
FORBIDDEN_KM = 20_000
"""Longer than any route; in metres and half yuan a km it still fits what the tools reckon with."""


@dataclass
class Instance:
    """`km` (N, N); a party is (origin, destination, people, first day, last day)."""

    km: np.ndarray
    parties: list[tuple[int, int, int, int, int]]
    types: list[tuple[int, int, float]]

    @property
    def days(self) -> range:
        return range(min(p[3] for p in self.parties), max(p[4] for p in self.parties) + 1)

    def alone(self, party: int) -> float:
        """The cheapest vehicle that takes the party directly."""
        o, d, n, _, _ = self.parties[party]
        return min(fixed + per_km * self.km[o, d] for cap, fixed, per_km in self.types if cap >= n)

    def arcs(self) -> np.ndarray:
        """`km` with FORBIDDEN_KM between drop and pickup and beyond a hop."""
        arcs = self.km.copy()
        is_drop = np.zeros(len(arcs), dtype=bool)
        is_drop[[p[1] for p in self.parties]] = True
        arcs[np.ix_(is_drop, ~is_drop)] = FORBIDDEN_KM
        for group, hop in ((~is_drop, PICKUP_HOP), (is_drop, DROP_HOP)):
            block = arcs[np.ix_(group, group)]
            arcs[np.ix_(group, group)] = np.where(block > hop, FORBIDDEN_KM, block)
        return arcs

    def with_depot(self, arcs: np.ndarray) -> np.ndarray:
        """One more place, at no distance from anywhere: open routes begin and end there."""
        return np.pad(arcs, ((0, 1), (0, 1)))

    def fleet(self, each: int) -> list[tuple[int, int]]:
        """(type, day) of every vehicle, `each` of a kind a day."""
        kinds = range(len(self.types))
        return [(kind, day) for day in self.days for kind in kinds for _ in range(each)]


def arguments() -> tuple[Instance, argparse.Namespace]:
    parser = argparse.ArgumentParser()
    parser.add_argument("--instance", type=Path, required=True)
    parser.add_argument("--time", type=float, default=60.0, help="seconds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plan-out", type=Path, required=True)
    args = parser.parse_args()
    content = json.loads(args.instance.read_text())
    instance = Instance(
        np.array(content["km"], dtype=np.int64),
        [(p["o"], p["d"], p["n"], p["e"], p["l"]) for p in content["parties"]],
        [(t["cap"], t["fixed"], t["per_km"]) for t in content["types"]],
    )
    return instance, args


def write(
    path: Path, instance: Instance, routes: Iterable[tuple[int, int, list[tuple[int, bool]]]]
) -> None:
    """Write routes as trips: (type, day, [(party, whether it boards)] in order of visits)."""
    trips = []
    for kind, day, visits in routes:
        pickups: list[int] = []
        drops: list[int] = []
        for party, boards in visits:
            stops, stop = (
                (pickups, instance.parties[party][0])
                if boards
                else (drops, instance.parties[party][1])
            )
            if stop not in stops:
                stops.append(stop)
        parties = sorted({party for party, _ in visits})
        if len(parties) > 1:  # whoever rides alone is priced as every lone party is
            trips.append(
                {"type": kind, "day": day, "pickups": pickups, "drops": drops, "parties": parties}
            )
    path.write_text(json.dumps({"trips": trips}))

"""Draws instances of the pooling family as files, as many as one likes.

    python benchmarks/pooling_family.py --parties 1000 --seeds 21 22 --out DIR

The way the instances of the planning problem were drawn: 50 origins in a disc of 70 km, 80
destinations in a box 150 to 2,500 km away, great circle times 1.3 in whole km, parties of 1 to 6
with windows of 1 to 4 days out of 6, three kinds of coaches.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import numpy as np

from zhitong.planning import Party, Problem, VehicleType

FLEET = (
    VehicleType("19 seats", 19, 900.0, 4.5),
    VehicleType("35 seats", 35, 1300.0, 6.0),
    VehicleType("53 seats", 53, 1700.0, 7.5),
)


def family(parties: int, seed: int) -> Problem:
    """An instance of so many parties."""
    rng = np.random.default_rng(seed)
    centre = np.array([33.0, 114.0])
    points = []
    while len(points) < 50:
        x, y = rng.uniform(-70, 70, 2)
        if math.hypot(x, y) <= 70:
            offset = y / 111.2, x / (111.2 * math.cos(math.radians(33)))
            points.append(centre + np.array(offset))
    while len(points) < 130:
        point = np.array([rng.uniform(21.5, 41.0), rng.uniform(106.0, 122.0)])
        if 150 <= road_km(np.array([centre, point]))[0, 1] <= 2500:
            points.append(point)
    origin_weight = rng.lognormal(0, 0.6, 50)
    drop_weight = 1 / (np.arange(80) + 3.0) ** 0.8
    rows = []
    for index in range(parties):
        size = int(rng.choice(6, p=[0.55, 0.25, 0.10, 0.05, 0.03, 0.02])) + 1
        days = int(rng.choice(4, p=[0.20, 0.35, 0.30, 0.15])) + 1
        first = int(rng.integers(0, 6 - days + 1))
        rows.append(
            Party(
                index,
                int(rng.choice(50, p=origin_weight / origin_weight.sum())),
                50 + int(rng.choice(80, p=drop_weight / drop_weight.sum())),
                size,
                first,
                first + days - 1,
            )
        )
    return Problem(points, road_km(np.array(points)), tuple(rows), FLEET)


def road_km(points: np.ndarray) -> np.ndarray:
    """1.3 times the great circle, in whole km."""
    lat, lon = np.radians(points).T
    a = (
        np.sin((lat[:, None] - lat) / 2) ** 2
        + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    )
    return np.round(1.3 * 2 * 6371.0 * np.arcsin(np.sqrt(a))).astype(int)


def as_instance(problem: Problem, seed: int) -> dict[str, object]:
    """The document of an instance file, see ``zhitong.planning.formats``."""
    return {
        "n": len(problem.parties),
        "seed": seed,
        "pts": problem.points.tolist(),
        "km": problem.km.tolist(),
        "parties": [
            {"o": p.origin, "d": p.destination, "n": p.size, "e": p.earliest, "l": p.latest}
            for p in problem.parties
        ],
        "types": [
            {"name": kind.name, "cap": kind.capacity, "fixed": kind.fixed, "per_km": kind.per_km}
            for kind in problem.types
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--parties", type=int, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True, help="a directory")
    args = parser.parse_args()

    args.out.mkdir(parents=True, exist_ok=True)
    for seed in args.seeds:
        document = as_instance(family(args.parties, seed), seed)
        path = args.out / f"family_{args.parties}_{seed}.json"
        path.write_text(json.dumps(document), encoding="utf-8")


if __name__ == "__main__":
    main()

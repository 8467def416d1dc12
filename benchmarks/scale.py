"""Plans many travellers in blocks and prints one JSON line; fails if the plan breaks a rule.

    python benchmarks/scale.py --travellers 100000 --time 60

The travellers are those of the scenario generator: parties of 1 to 6 from Hebei's townships by
population, most of them in some counties, to county seats all over the country; windows of 1 to 4
days within a week. `gap` is to `lower_bound`, which holds for every plan; `kept_gap` is to
`kept_bound`, which holds for plans that keep to the same full vehicles and blocks. `--cluster
tcp://...` plans on a Dask cluster. Time counts from the drawn columns to the joined plan; compiling
is done before.
`cpu_seconds` are those of all processes together, which other work on the machine does not change
much: idle, two cores need about half as many seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import sys
import time

import numpy as np

from zhitong import places
from zhitong.planning import Limits, Progress, Stop, VehicleType
from zhitong.planning.blocks import BLOCK_PARTIES, survey_blocks
from zhitong.planning.check_large import check_large
from zhitong.planning.large import LargeProblem
from zhitong.planning.warm import warm
from zhitong.scenario import departures, ground

FLEET = (
    VehicleType("19 seats", 19, 900.0, 4.5),
    VehicleType("35 seats", 35, 1300.0, 6.0),
    VehicleType("53 seats", 53, 1700.0, 7.5),
)


def drawn(*, travellers: int, seed: int) -> LargeProblem:
    """The parties of so many travellers."""
    rng = np.random.default_rng(seed)
    land = ground.survey(rng)
    people = departures.draw(rng, ground=land, people=travellers, waiting=travellers, seeking=0)
    _, first = np.unique(people.party, return_index=True)
    return LargeProblem(
        points=np.array([places.coordinates(code)[:2] for code in land.sites]),
        origin=people.home[first],
        destination=people.destination[first],
        size=people.party_size[first],
        earliest=people.earliest[first],
        latest=people.latest[first],
        types=FLEET,
        limits=Limits(),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--travellers", type=int, default=100_000)
    parser.add_argument("--time", type=float, default=60.0, help="seconds")
    parser.add_argument("--iterations", type=int, help="instead of --time, to be repeatable")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--cluster", help="a Dask scheduler, tcp://host:port")
    parser.add_argument("--block-parties", type=int, default=BLOCK_PARTIES)
    parser.add_argument("--progress", action="store_true", help="report on stderr")
    args = parser.parse_args()

    warm()
    problem = drawn(travellers=args.travellers, seed=args.seed)

    def show(progress: Progress) -> None:
        print(progress, file=sys.stderr)

    load = os.getloadavg()[0]
    cpu = sum(os.times()[:4])
    began = time.perf_counter()
    found = survey_blocks(
        problem,
        stop=Stop(iterations=args.iterations)
        if args.iterations is not None
        else Stop(seconds=args.time),
        seed=args.seed,
        processes=args.processes,
        cluster=args.cluster,
        progress=show if args.progress else None,
        block_parties=args.block_parties,
    )
    seconds = time.perf_counter() - began
    cpu = sum(os.times()[:4]) - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    plan = found.plan
    broken = check_large(problem, plan).violations
    for line in broken[:20]:
        print(line, file=sys.stderr)
    seats = sum(FLEET[trip.type].capacity for trip in plan.trips)
    print(
        json.dumps(
            {
                "travellers": args.travellers,
                "parties": len(problem),
                "cost": round(plan.cost),
                "alone": round(float(problem.alone().sum())),
                "lower_bound": round(plan.lower_bound),
                "gap": round(plan.gap, 4),
                "kept_bound": round(found.kept_bound),
                "kept_gap": round(1 - found.kept_bound / plan.cost, 4),
                "seconds": round(seconds, 2),
                "seconds_of": dict(
                    zip(("search", "pricing", "mending"), map(round, found.seconds), strict=True)
                ),
                "cpu_seconds": round(cpu, 1),
                "cpu_ms_per_traveller": round(1000 * cpu / args.travellers, 4),
                "ms_per_traveller": round(1000 * seconds / args.travellers, 4),
                "peak_gib": round((peak + args.processes * child) / 2**20, 2),
                "largest_child_gib": round(child / 2**20, 2),
                "iterations": plan.iterations,
                "blocks": found.blocks,
                "trips": len(plan.trips),
                "full_trips": found.full,
                "load_factor": round(problem.people / seats, 3),
                "ok": not broken,
                "seed": args.seed,
                "processes": args.processes,
                "machine": f"{platform.machine()}, {os.cpu_count()} cores",
                "load_before": round(load, 1),
                "load_after": round(os.getloadavg()[0], 1),
            }
        )
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

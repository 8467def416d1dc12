"""How few vehicles carry Hebei's 7,283 point-to-point travellers of 2020; prints one JSON line.

    python benchmarks/hebei.py --time 60

The demand is the `hebei-2020` scenario's log of operated coaches: everybody's origin, destination
and day (474 coaches). Assumed, since no source tells: everybody could also have left a day earlier
or later (--slack 1), people need not stay with those they rode with, and enough 55-seat coaches
existed, the largest in the log. Seats follow profile 2020-02-11: half of them across a city border.
Vehicles are counted first, then kilometres; all limits of a trip are those of the platform's fleet.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections import Counter, defaultdict
from importlib.resources import files

import numpy as np

from zhitong import places
from zhitong.places import GreatCircle
from zhitong.planning import Limits, Party, Problem, Stop, VehicleType, check
from zhitong.planning.charter import solve
from zhitong.planning.warm import warm
from zhitong.policies.rules import FrozenProfile, usable_seats
from zhitong.scenario import ground, operated, roster, survey, targets

PROFILE = "2020-02-11"
RATED = 55
A_VEHICLE, A_KM = 1000.0, 0.001
"""One vehicle outweighs a million km."""


def operated_coaches(*, seed: int) -> list[operated.Trip]:
    """The scenario's point-to-point coaches; the stock of workers beside them is the thinnest."""
    rng = np.random.default_rng(seed)
    land = ground.survey(rng)
    wanted = targets.targets(scale=targets.THINNEST)
    everybody = roster.assemble(rng, ground=land, wanted=wanted, spare=survey.spare_people(3))
    return operated.log(rng, ground=land, roster=everybody).coaches


def problems(coaches: list[operated.Trip], *, slack: int, together: int) -> dict[int, Problem]:
    """One problem for each number of usable seats, the people in groups of at most `together`."""
    text = (files("zhitong.policies") / "profiles" / f"{PROFILE}.json").read_text("utf-8")
    profile: FrozenProfile = json.loads(text)
    limits = json.loads((files("zhitong.transport") / "vehicles.json").read_text("utf-8"))
    classes: dict[int, Counter[tuple[str, str, int]]] = defaultdict(Counter)
    for coach in coaches:
        verdict = usable_seats(
            profile, rated=RATED, seats=RATED, origin=coach.origin, destination=coach.destination
        )
        relation = coach.origin, coach.destination, coach.day.toordinal()
        classes[verdict.seats][relation] += coach.people
    made = {}
    for seats, people in sorted(classes.items()):
        codes = sorted({code for origin, goal, _ in people for code in (origin, goal)})
        at = {code: index for index, code in enumerate(codes)}
        points = np.array([places.coordinates(code)[:2] for code in codes])
        groups = [
            (at[origin], at[goal], min(together, many - first), day - slack, day + slack)
            for (origin, goal, day), many in sorted(people.items())
            for first in range(0, many, together)
        ]
        made[seats] = Problem(
            points=points,
            km=GreatCircle(limits["road_factor"]).km(points, points),
            parties=tuple(Party(index, *group) for index, group in enumerate(groups)),
            types=(VehicleType(f"{RATED}座", seats, A_VEHICLE, A_KM),),
            limits=Limits(**limits["limits"]),
        )
    return made


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--time", type=float, default=60.0, help="seconds")
    parser.add_argument("--iterations", type=int, help="instead of --time, to be repeatable")
    parser.add_argument("--slack", type=int, default=1, help="days earlier or later")
    parser.add_argument("--together", type=int, default=3, help="people moved as one")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()

    warm()
    coaches = operated_coaches(seed=2020)
    everybody = sum(coach.people for coach in coaches)
    made = problems(coaches, slack=args.slack, together=args.together)
    total = sum(len(problem.parties) for problem in made.values())
    began = time.perf_counter()
    vehicles, km, least, broken, by_seats = 0, 0.0, 0, 0, {}
    for seats, problem in made.items():
        share = len(problem.parties) / total
        if args.iterations is not None:
            stop = Stop(iterations=int(args.iterations * share))
        else:
            stop = Stop(seconds=args.time * share)
        plan = solve(problem, stop=stop, seed=args.seed)
        report = check(problem, plan)
        for violation in report.violations[:10]:
            print(violation, file=sys.stderr)
        broken += len(report.violations)
        vehicles += len(plan.trips)
        km += (report.cost - A_VEHICLE * len(plan.trips)) / A_KM
        # no trip is longer, so none costs more
        hops = 2 * (problem.limits.pickup_hop_km + problem.limits.drop_hop_km)
        dearest = A_VEHICLE + A_KM * (hops + int(problem.km.max()))
        least += int(np.ceil(plan.lower_bound / dearest - 1e-6))
        people = sum(party.size for party in problem.parties)
        by_seats[seats] = {"people": people, "vehicles": len(plan.trips)}
    print(
        json.dumps(
            {
                "travellers": everybody,
                "operated": len(coaches),
                "vehicles": vehicles,
                "vehicles_at_least": least,
                "km": round(km),
                "by_usable_seats": by_seats,
                "slack_days": args.slack,
                "seconds": round(time.perf_counter() - began, 2),
                "ok": not broken,
                "seed": args.seed,
                "machine": f"{platform.machine()}, {os.cpu_count()} cores",
                "load": round(os.getloadavg()[0], 1),
            }
        )
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

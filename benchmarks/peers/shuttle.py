"""What the shuttle peers share: one shift at a time, from a problem file to runs in a file."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Shift:
    """A shift's riders in pieces that fit a bus, as (home, riders), and the ways between them.

    ``seconds[i, j]`` is from leaving piece i to leaving piece j, ``to_gate[i]`` from leaving i to
    reaching the gate, so that a run's ride is the sum along it, exact to the second. ``metres``
    likewise, without depots.
    """

    pieces: list[tuple[str, int]]
    seconds: np.ndarray
    to_gate: np.ndarray
    metres: np.ndarray
    metres_to_gate: np.ndarray
    seats: int
    ride: int
    fixed: float
    per_km: float


Route = list[int]


def shifts_of(document: dict) -> Iterator[Shift]:
    """The shifts of a problem file of one kind of bus and morning runs."""
    limits, (kind,) = document["limits"], document["buses"]
    time = np.array(document["travel"]["seconds"])
    metres = np.array(document["travel"]["metres"])
    seats = math.floor(kind["seats"] * limits["load_cap"] + 1e-9)
    together = min(seats, limits["together"] or seats)
    for shift in document["shifts"]:
        homes = [home for home in document["homes"] if home["shift"] == shift["id"]]
        pieces = [
            (home["id"], home["point"], min(together, home["riders"] - done))
            for home in homes
            for done in range(0, home["riders"], together)
        ]
        points = [point for _, point, _ in pieces]
        waits = [limits["stop_fixed"] + limits["stop_per_rider"] * n for _, _, n in pieces]
        yield Shift(
            pieces=[(home, riders) for home, _, riders in pieces],
            seconds=np.ceil(time[np.ix_(points, points)] + waits).astype(int),
            to_gate=np.ceil(time[points, shift["gate"]]).astype(int),
            metres=np.rint(metres[np.ix_(points, points)]).astype(int),
            metres_to_gate=np.rint(metres[points, shift["gate"]]).astype(int),
            seats=seats,
            ride=int(limits["max_ride"]),
            fixed=kind["fixed"],
            per_km=kind["per_km"],
        )


def main(route: Callable[[Shift, float, int, float], list[Route]]) -> None:
    """Route every shift in ``--routings`` ways and write them.

    ``route`` gets a shift, seconds, a seed, and what a run costs as a share of a bus: the cheaper,
    the more and the shorter its runs.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--problem", type=Path, required=True)
    parser.add_argument("--time", type=float, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--routings", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    shifts = list(shifts_of(json.loads(args.problem.read_text())))
    seconds = args.time / len(shifts) / args.routings
    routings = []
    for shift in shifts:
        ways = [route(shift, seconds, args.seed + way, 0.25**way) for way in range(args.routings)]
        routings.append([[[shift.pieces[i] for i in run] for run in runs] for runs in ways])
    args.out.write_text(json.dumps({"routings": routings}))

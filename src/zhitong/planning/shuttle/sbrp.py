"""The public school-bus instances of Park, Tae & Kim (2012), and solutions to them.

Coordinates are in feet, distances Manhattan, at 29.3333 feet a second. Schools stand for shifts,
stops for homes. AMEARLY and AMLATE are clock times written as hours and minutes (735 is 7:35).
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

from zhitong.planning.model import ProblemError
from zhitong.planning.shuttle.model import (
    Bus,
    BusType,
    Call,
    Direction,
    Home,
    Run,
    Shift,
    ShuttleLimits,
    ShuttlePlan,
    ShuttleProblem,
    Travel,
    Visit,
)

FEET_PER_SECOND = 29.3333
DEPOT = (105600.0, 105600.0)
UNLOADING = 154.4

BIRD = {
    2700: dict(zip(range(1, 9), (31, 29, 55, 62, 100, 103, 161, 173), strict=True)),
    5400: dict(zip(range(1, 9), (31, 26, 50, 49, 91, 76, 151, 152), strict=True)),
}
"""Buses of BiRD (Bertsimas, Delarue & Martin) by ride limit and number of the RSRB instance."""


def read_instance(folder: Path, *, ride: float, fixed: bool = False) -> ShuttleProblem:
    """The instance in ``folder``; ``fixed`` ends unloading at AMEARLY as BiRD does."""
    schools = _rows(folder / "Schools.txt")
    stops = _rows(folder / "Stops.txt")
    try:
        points = [(float(row["X_COORD"]), float(row["Y_COORD"])) for row in stops]
        points += [(float(row["X"]), float(row["Y"])) for row in schools]
        windows = [(_clock(row["AMEARLY"]), _clock(row["AMLATE"])) for row in schools]
        riders = [int(row["STUDENT_COUNT"]) for row in stops]
        names = [int(row["ID"]) for row in (*stops, *schools)]
        goes_to = [int(row["EP_ID"]) for row in stops]
    except (KeyError, TypeError, ValueError) as error:
        raise ProblemError("unreadable", f"{folder}: {error}") from error
    places = np.array([*points, DEPOT])
    feet = np.abs(places[:, None, :] - places[None, :, :]).sum(axis=2)
    n = len(stops)
    return ShuttleProblem(
        travel=Travel(feet / FEET_PER_SECOND),
        shifts=tuple(
            Shift(names[n + i], str(names[n + i]), n + i, (first, first if fixed else last))
            for i, (first, last) in enumerate(windows)
        ),
        homes=tuple(Home(names[i], i, goes_to[i], riders[i]) for i in range(n)),
        buses=(BusType("bus", 66, len(places) - 1, fixed=1.0),),
        limits=ShuttleLimits(
            max_ride=ride, stop_fixed=19.0, stop_per_rider=2.6, gate_fixed=UNLOADING
        ),
    )


def solution_of(plan: ShuttlePlan) -> dict[str, Any]:
    """The plan as schools, stops and the end of unloading, in seconds after midnight."""
    return {
        "buses": [
            {
                "routes": [
                    {
                        "school": run.calls[0].shift,
                        "stops": [home for visit in run.visits for home, _ in visit.riders],
                        "unload_end": run.calls[0].leave,
                    }
                    for run in bus.runs
                ]
            }
            for bus in plan.buses
        ]
    }


def plan_of(problem: ShuttleProblem, solution: dict[str, Any]) -> ShuttlePlan:
    """The plan that a solution stands for: nobody waits on board, unloading ends as stated."""
    homes = {home.id: home for home in problem.homes}
    try:
        buses = tuple(
            Bus(0, tuple(_run(problem, homes, route) for route in bus["routes"]))
            for bus in solution["buses"]
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ProblemError("unreadable", f"not a solution: {error!r}") from error
    return ShuttlePlan(buses)


def read_solution(path: Path, problem: ShuttleProblem) -> ShuttlePlan:
    """The plan in a solution file."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ProblemError("unreadable", f"{path}: {error}") from error
    return plan_of(problem, document)


def _run(problem: ShuttleProblem, homes: dict[Any, Home], route: dict[str, Any]) -> Run:
    """Timed backwards from the end of unloading."""
    limits = problem.limits
    seconds = problem.travel.seconds
    stops = [homes[stop] for stop in route["stops"]]
    at = next(shift.gate for shift in problem.shifts if shift.id == route["school"])
    unloaded = float(route["unload_end"])
    load = sum(home.riders for home in stops)
    clock = reached = unloaded - limits.at_gate(load)
    visits = []
    for home in reversed(stops):
        leave = clock - float(seconds[home.point, at])
        clock, at = leave - limits.at_stop(home.riders), home.point
        visits.append(Visit(home.point, ((home.id, home.riders),), clock, leave))
    call = Call(route["school"], reached, unloaded)
    return Run(Direction.IN, tuple(reversed(visits)), (call,))


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, delimiter="\t"))
    except (OSError, ValueError) as error:
        raise ProblemError("unreadable", f"{path}: {error}") from error


def _clock(text: str) -> float:
    hours, minutes = divmod(int(text), 100)
    return hours * 3600.0 + minutes * 60.0

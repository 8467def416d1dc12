"""Shuttle problems and plans as JSON. What is unknown or missing is refused, not passed over."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.model import ProblemError
from zhitong.planning.shuttle.form import malformed
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
    Stranded,
    Travel,
    Visit,
)

PROBLEM = "zhitong-shuttle-problem-1"
PLAN = "zhitong-shuttle-plan-1"
Json = dict[str, Any]


def problem_to_json(problem: ShuttleProblem) -> Json:
    """As JSON; a pair without a way is null."""
    travel = problem.travel
    return {
        "format": PROBLEM,
        "travel": {
            "seconds": _table(travel.seconds),
            "metres": None if travel.metres is None else _table(travel.metres),
            "names": list(travel.names),
        },
        "shifts": [asdict(shift) for shift in problem.shifts],
        "homes": [asdict(home) for home in problem.homes],
        "buses": [asdict(kind) for kind in problem.buses],
        "limits": asdict(problem.limits),
    }


def problem_from_json(document: Json) -> ShuttleProblem:
    """The problem in ``document``; raises ``ProblemError``."""
    try:
        _expect(document, PROBLEM, {"travel", "shifts", "homes", "buses", "limits"})
        travel = document["travel"]
        metres = travel.get("metres")
        return ShuttleProblem(
            travel=Travel(
                _matrix(travel["seconds"]),
                None if metres is None else _matrix(metres),
                tuple(travel.get("names", ())),
            ),
            shifts=tuple(
                Shift(**{**row, "start": _window(row, "start"), "end": _window(row, "end")})
                for row in document["shifts"]
            ),
            homes=tuple(
                Home(**{**row, "walks": tuple((p, w) for p, w in row.get("walks", ()))})
                for row in document["homes"]
            ),
            buses=tuple(BusType(**row) for row in document["buses"]),
            limits=ShuttleLimits(**document["limits"]),
        )
    except ProblemError:
        raise
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise ProblemError("unreadable", f"not a shuttle problem: {error!r}") from error


def plan_to_json(plan: ShuttlePlan) -> Json:
    """As JSON; the time the search took is left out, so equal plans have equal files."""
    return {
        "format": PLAN,
        "buses": [asdict(bus) for bus in plan.buses],
        "unassigned": [asdict(left) for left in plan.unassigned],
        "cost": plan.cost if math.isfinite(plan.cost) else None,
        "lower_bound_buses": plan.lower_bound_buses,
    }


def plan_from_json(document: Json) -> ShuttlePlan:
    """The plan in ``document``, also one edited by hand; raises ``ProblemError``."""
    try:
        _expect(document, PLAN, {"buses", "unassigned", "cost", "lower_bound_buses"})
        cost = document["cost"]
        plan = ShuttlePlan(
            buses=tuple(
                Bus(kind=row["kind"], runs=tuple(_run(run) for run in row["runs"]))
                for row in document["buses"]
            ),
            unassigned=tuple(
                Stranded(**{**row, "direction": Direction(row["direction"])})
                for row in document["unassigned"]
            ),
            cost=math.nan if cost is None else float(cost),
            lower_bound_buses=document.get("lower_bound_buses", 0),
        )
        for flaw, _ in malformed(plan):
            raise ProblemError("malformed-plan", f"not a shuttle plan: {flaw}")
        return plan
    except ProblemError:
        raise
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise ProblemError("unreadable", f"not a shuttle plan: {error!r}") from error


def read_problem(path: Path) -> ShuttleProblem:
    """The problem in the file ``path``."""
    return problem_from_json(_load(path))


def write_problem(path: Path, problem: ShuttleProblem) -> None:
    """Write ``problem`` to ``path``."""
    path.write_text(json.dumps(problem_to_json(problem), ensure_ascii=False), encoding="utf-8")


def read_plan(path: Path) -> ShuttlePlan:
    """The plan in the file ``path``."""
    return plan_from_json(_load(path))


def write_plan(path: Path, plan: ShuttlePlan) -> None:
    """Write ``plan`` to ``path``."""
    path.write_text(json.dumps(plan_to_json(plan), ensure_ascii=False), encoding="utf-8")


def _run(row: Json) -> Run:
    visits = tuple(
        Visit(**{**visit, "riders": tuple((home, number) for home, number in visit["riders"])})
        for visit in row["visits"]
    )
    calls = tuple(Call(**call) for call in row["calls"])
    given = {"direction": Direction(row["direction"]), "visits": visits, "calls": calls}
    return Run(**{**row, **given})


def _window(row: Json, name: str) -> tuple[float, float] | None:
    window = row.get(name)
    if window is None:
        return None
    first, last = window
    return float(first), float(last)


def _table(matrix: NDArray[np.float64]) -> list[list[float | None]]:
    return [[cell if math.isfinite(cell) else None for cell in row] for row in matrix.tolist()]


def _matrix(table: list[list[float | None]]) -> NDArray[np.float64]:
    return np.array([[math.inf if cell is None else cell for cell in row] for row in table])


def _expect(document: Json, wanted: str, fields: set[str]) -> None:
    if document.get("format") != wanted:
        text = f"the format is {document.get('format')!r}, {wanted!r} is needed"
        raise ProblemError("format", text)
    if unknown := document.keys() - fields - {"format"}:
        raise ProblemError("unreadable", f"unknown entries: {', '.join(sorted(unknown))}")


def _load(path: Path) -> Json:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, RecursionError, ValueError) as error:
        raise ProblemError("unreadable", f"{path}: {error}") from error
    if not isinstance(document, dict):
        raise ProblemError("unreadable", f"{path}: not a JSON object")
    return document

"""Problems and plans as JSON: the short pooling instance files and our own complete format.

An instance file holds ``pts``, ``km``, ``parties`` (``o``, ``d``, ``n``, ``e``, ``l``; a party's id
is its position) and ``types`` (``cap``, ``fixed``, ``per_km``); its plan is ``{"trips": [...]}``
where parties in no trip travel alone. Our own files say in ``format`` what they are, hold every
field of the model and come back equal.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from zhitong.planning.costs import plan_cost, trip_cost
from zhitong.planning.decisions import Change, Pins, Published
from zhitong.planning.form import malformed
from zhitong.planning.model import (
    ExtraDrivers,
    Limits,
    Party,
    Plan,
    Problem,
    ProblemError,
    Proof,
    Trip,
    Unassigned,
    VehicleType,
)

PROBLEM_FORMAT = "zhitong-charter-problem/1"
PROBLEM_FIELDS = {
    *("format", "points", "km", "parties", "types", "limits"),
    *("apart", "crew", "pins", "published"),
}
PLAN_FORMAT = "zhitong-charter-plan/1"
RULES = {
    *PROBLEM_FIELDS - {"format", "points", "km", "parties", "types"},
    *("outside_price", "splittable", "load_class", "available_per_day", "class_seats"),
}
"""Fields of our own format that state a rule; an instance file has none of them."""

Json = Mapping[str, Any]
_Row = TypeVar("_Row", Party, VehicleType, Limits, Unassigned, ExtraDrivers, Change)


def read_problem(path: Path) -> Problem:
    """Read a problem file of either kind. Raises ``ProblemError`` when it cannot be understood."""
    return problem_from_document(load(path))


def problem_from_document(document: Json) -> Problem:
    """The problem of a file of either kind. Raises ``ProblemError``."""
    if "format" in document:
        return problem_from_json(document)
    return problem_from_instance(document)


def write_problem(path: Path, problem: Problem) -> None:
    """Write a problem in our own format."""
    _save(path, problem_to_json(problem))


def read_plan(path: Path, problem: Problem) -> Plan:
    """Read a plan file of either kind; ``problem`` prices those who travel alone."""
    document = load(path)
    if "format" in document:
        return plan_from_json(document)
    return plan_from_instance(document, problem)


def write_plan(path: Path, plan: Plan) -> None:
    """Write a plan in our own format."""
    _save(path, plan_to_json(plan))


def problem_from_instance(document: Json) -> Problem:
    """The problem of an instance file, under the standard limits."""
    try:
        rows = document["parties"]
        refuse_rules(document, *rows, *document["types"])
        parties = tuple(
            Party(
                id=index,
                origin=_whole(row["o"], "o"),
                destination=_whole(row["d"], "d"),
                size=_whole(row["n"], "n"),
                earliest=_whole(row["e"], "e"),
                latest=_whole(row["l"], "l"),
            )
            for index, row in enumerate(rows)
        )
        return Problem(
            points=document["pts"],
            km=document["km"],
            parties=parties,
            types=types_of_instance(document),
        )
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        if isinstance(error, ProblemError):
            raise
        raise unreadable("instance file", error) from error


def refuse_rules(*rows: Json) -> None:
    """Raise ``ProblemError`` where an instance file states a rule, which would be passed over."""
    for row in rows:
        for name in sorted(RULES & row.keys()):
            value = row[name]
            if value is not None and value is not False and value not in ([], {}):
                raise ProblemError(
                    "unknown-field", f"{name} is no field of instance files: use {PROBLEM_FORMAT}"
                )


def types_of_instance(document: Json) -> tuple[VehicleType, ...]:
    """The vehicle types of an instance file, of whichever kind."""
    return tuple(
        VehicleType(
            name=str(row.get("name", f"{row['cap']} seats")),
            capacity=_whole(row["cap"], "cap"),
            fixed=float(row["fixed"]),
            per_km=float(row["per_km"]),
        )
        for row in document["types"]
    )


def plan_to_instance(plan: Plan) -> dict[str, Any]:
    """The plan of an instance file: its trips and nothing else."""
    return {
        "trips": [
            {
                "type": trip.type,
                "day": trip.day,
                "pickups": list(trip.pickups),
                "drops": list(trip.drops),
                "parties": list(trip.parties),
            }
            for trip in plan.trips
        ]
    }


def plan_from_instance(document: Json, problem: Problem) -> Plan:
    """A plan of an instance file; whoever it leaves out gets a vehicle or the outside price."""
    try:
        trips = [_trip_from_json(row) for row in document["trips"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise unreadable("plan file", error) from error
    _refuse_malformed(Plan(tuple(trips)))
    carried = {party_id for trip in trips for party_id in trip.parties}
    outside = []
    for party in problem.parties:
        if party.id in carried:
            continue
        alone = _alone(problem, party)
        price = party.outside_price
        if price is not None and (alone is None or price < trip_cost(problem, alone)):
            outside.append(party.id)
        elif alone is not None:
            trips.append(alone)
    plan = Plan(trips=tuple(trips), outside=tuple(outside))
    return Plan(trips=plan.trips, outside=plan.outside, cost=plan_cost(problem, plan))


def _alone(problem: Problem, party: Party) -> Trip | None:
    """The cheapest vehicle for one party, if any holds it."""
    trips = [
        Trip(index, party.earliest, (party.origin,), (party.destination,), (party.id,))
        for index, kind in enumerate(problem.types)
        if kind.exists and kind.seats(party.load_class) >= party.size
    ]
    return min(trips, key=lambda trip: trip_cost(problem, trip), default=None)


def problem_to_json(problem: Problem) -> dict[str, Any]:
    """A problem in our own format."""
    return {
        "format": PROBLEM_FORMAT,
        "points": problem.points.tolist(),
        "km": problem.km.tolist(),
        "parties": [asdict(party) for party in problem.parties],
        "types": [asdict(kind) for kind in problem.types],
        "limits": asdict(problem.limits),
        "apart": [list(pair) for pair in problem.apart],
        "crew": asdict(problem.crew),
        "pins": asdict(problem.pins),
        "published": asdict(problem.published) if problem.published else None,
    }


def problem_from_json(document: Json) -> Problem:
    """A problem from our own format; an unknown field is refused, not ignored."""
    _expect(document, PROBLEM_FORMAT)
    try:
        _no_more(document, PROBLEM_FIELDS)
        return Problem(
            points=document["points"],
            km=document["km"],
            parties=tuple(_make(Party, row) for row in document["parties"]),
            types=tuple(_make(VehicleType, row) for row in document["types"]),
            limits=_make(Limits, document["limits"]),
            apart=tuple(document.get("apart", ())),
            crew=_make(ExtraDrivers, document.get("crew", {})),
            pins=_pins_from_json(document.get("pins", {})),
            published=_published_from_json(document.get("published")),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, ProblemError):
            raise
        raise unreadable("problem file", error) from error


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """A plan in our own format."""
    return {"format": PLAN_FORMAT, **asdict(plan)}


def plan_from_json(document: Json) -> Plan:
    """A plan from our own format; an unknown field is refused, not ignored."""
    _expect(document, PLAN_FORMAT)
    try:
        row = {key: value for key, value in document.items() if key != "format"}
        _no_more(row, {item.name for item in fields(Plan)})
        plan = Plan(
            **{
                **row,
                "trips": tuple(_trip_from_json(trip) for trip in row["trips"]),
                "unassigned": tuple(_make(Unassigned, item) for item in row["unassigned"]),
                "outside": tuple(row["outside"]),
                "proof": _proof_from_json(row.get("proof", {})),
                "changes": tuple(_make(Change, item) for item in row.get("changes", ())),
            }
        )
        _refuse_malformed(plan)
        return plan
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, ProblemError):
            raise
        raise unreadable("plan file", error) from error


def _refuse_malformed(plan: Plan) -> None:
    for flaw, _ in malformed(plan):
        raise ProblemError("malformed-plan", f"the plan file: {flaw}")


def _trip_from_json(row: Json) -> Trip:
    return Trip(
        type=_whole(row["type"], "type"),
        day=_whole(row["day"], "day"),
        pickups=tuple(_whole(stop, "pickup") for stop in row["pickups"]),
        drops=tuple(_whole(stop, "drop") for stop in row["drops"]),
        parties=tuple(row["parties"]),
        parts=tuple((party, _whole(people, "part")) for party, people in row.get("parts", ())),
    )


def _pins_from_json(row: Json) -> Pins:
    _no_more(row, {item.name for item in fields(Pins)})
    return Pins(
        trips=tuple(_trip_from_json(trip) for trip in row.get("trips", ())),
        days=tuple((party, _whole(day, "day")) for party, day in row.get("days", ())),
        together=tuple((one, other) for one, other in row.get("together", ())),
        alone=tuple(row.get("alone", ())),
        outside=tuple(row.get("outside", ())),
    )


def _published_from_json(row: Json | None) -> Published | None:
    if row is None:
        return None
    _no_more(row, {item.name for item in fields(Published)})
    return Published(
        trips=tuple(_trip_from_json(trip) for trip in row["trips"]),
        outside=tuple(row["outside"]),
        penalty=float(row["penalty"]),
    )


def _proof_from_json(row: Json) -> Proof:
    _no_more(row, {item.name for item in fields(Proof)})
    return Proof(
        prices=tuple((party, float(price)) for party, price in row.get("prices", ())),
        zones=tuple(_whole(zone, "zone") for zone in row.get("zones", ())),
    )


def _make(kind: type[_Row], row: Json) -> _Row:
    _no_more(row, {item.name for item in fields(kind)})
    return kind(**row)


def _no_more(row: Json, known: set[str]) -> None:
    if extra := sorted(set(row) - known):
        raise ProblemError("unknown-field", f"does not know what {', '.join(extra)} means")


def _expect(document: Json, wanted: str) -> None:
    if document.get("format") != wanted:
        found = document.get("format")
        raise ProblemError("wrong-format", f"expected a file of format {wanted}, found {found}")


def _whole(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ProblemError("not-whole", f"{name} must be a whole number, not {value!r}")
    return value


def unreadable(what: str, error: Exception) -> ProblemError:
    """What to raise for a file that does not say what it must."""
    return ProblemError("unreadable", f"the {what} lacks or garbles a field: {error}")


def load(path: Path) -> Json:
    """The JSON object in a file. Raises ``ProblemError``."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ProblemError("not-json", f"{path.name} is not JSON: {error}") from error
    if not isinstance(document, Mapping):
        raise ProblemError("not-json", f"{path.name} holds no JSON object")
    return document


def _plain(value: Any) -> Any:
    """A number of numpy's as one of Python's."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} has no place in a file")


def _save(path: Path, document: Json) -> None:
    """Write all or nothing: a file that was there stays whole until the new one is."""
    text = json.dumps(document, ensure_ascii=False, default=_plain)
    path = path.resolve()
    if path.exists() and not path.is_file():  # a pipe or a terminal
        path.write_text(text, encoding="utf-8")
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)

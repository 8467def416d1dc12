"""Outside modes and plans with them as JSON, which come back equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, TypeVar

from zhitong.planning.formats import plan_from_json, plan_to_json
from zhitong.planning.model import ProblemError, Proof
from zhitong.planning.modes import Departure, ModalPlan, OutsideMode

MODES_FORMAT = "zhitong-outside-modes/1"
MODAL_PLAN_FORMAT = "zhitong-modal-plan/1"

Json = Mapping[str, Any]
_Row = TypeVar("_Row", OutsideMode, Departure)


def modes_to_json(modes: Sequence[OutsideMode]) -> dict[str, Any]:
    """Modes in our own format; their points are those of the problem they belong to."""
    return {"format": MODES_FORMAT, "modes": [asdict(mode) for mode in modes]}


def modes_from_json(document: Json) -> tuple[OutsideMode, ...]:
    """Modes from our own format; an unknown field is refused. Raises ``ProblemError``."""
    _expect(document, MODES_FORMAT, {"modes"})
    return tuple(_make(OutsideMode, row) for row in _rows(document, "modes"))


def modal_plan_to_json(plan: ModalPlan) -> dict[str, Any]:
    """A plan with modes in our own format."""
    return {
        "format": MODAL_PLAN_FORMAT,
        **{item.name: getattr(plan, item.name) for item in fields(plan)},
        "plan": plan_to_json(plan.plan),
        "departures": [asdict(departure) for departure in plan.departures],
        "proof": asdict(plan.proof),
    }


def modal_plan_from_json(document: Json) -> ModalPlan:
    """A plan with modes from our own format. Raises ``ProblemError``."""
    _expect(document, MODAL_PLAN_FORMAT, {item.name for item in fields(ModalPlan)})
    try:
        proof = document["proof"]
        return ModalPlan(
            plan=plan_from_json(document["plan"]),
            departures=tuple(_make(Departure, row) for row in _rows(document, "departures")),
            cost=float(document["cost"]),
            lower_bound=float(document["lower_bound"]),
            gap=float(document["gap"]),
            proof=Proof(
                prices=tuple((party, float(price)) for party, price in proof["prices"]),
                zones=tuple(int(zone) for zone in proof["zones"]),
            ),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, ProblemError):
            raise
        raise _garbled(error) from error


def _rows(document: Json, name: str) -> Sequence[Any]:
    rows = document[name]
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise _garbled(TypeError(f"{name} is no list"))
    return rows


def _make(kind: type[_Row], row: Any) -> _Row:
    if not isinstance(row, Mapping):
        raise _garbled(TypeError(f"{row!r} has no fields"))
    _no_more(row, {item.name for item in fields(kind)})
    try:
        values: dict[str, Any] = {
            name: tuple(one) if isinstance(one, list) else one for name, one in row.items()
        }
        return kind(**values)
    except TypeError as error:
        raise _garbled(error) from error


def _expect(document: Json, wanted: str, known: set[str]) -> None:
    if document.get("format") != wanted:
        found = document.get("format")
        raise ProblemError("wrong-format", f"expected a file of format {wanted}, found {found}")
    _no_more(document, known | {"format"})
    if missing := sorted(known - set(document)):
        raise ProblemError("unreadable", f"the file lacks {', '.join(missing)}")


def _no_more(row: Json, known: set[str]) -> None:
    if extra := sorted(set(row) - known):
        raise ProblemError("unknown-field", f"does not know what {', '.join(extra)} means")


def _garbled(error: Exception) -> ProblemError:
    return ProblemError("unreadable", f"the file lacks or garbles a field: {error}")

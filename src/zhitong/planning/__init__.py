"""Planning of pooled charters: model, file formats, solver, independent checker, lower bound.

Stands alone: imports no other room of the package and no web framework. The solver is imported on
first use, because loading its compiled code takes a moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhitong.planning.certificate import Certificate, check_certificate
from zhitong.planning.check import check
from zhitong.planning.check_modes import check_modes
from zhitong.planning.control import Progress, Stop
from zhitong.planning.decisions import Change, Pins, Published
from zhitong.planning.loads import with_load_shares
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
from zhitong.planning.modes import Departure, ModalPlan, OutsideMode
from zhitong.planning.verdict import Report, Violation

if TYPE_CHECKING:
    from zhitong.planning.bound import Bound, lower_bound
    from zhitong.planning.charter import solve
    from zhitong.planning.modal import solve_with_modes
    from zhitong.planning.reasons import Explanation, explain
    from zhitong.planning.whatif import Outcome, RuleCost, rule_costs, what_if

__all__ = [
    "Bound",
    "Certificate",
    "Change",
    "Departure",
    "Explanation",
    "ExtraDrivers",
    "Limits",
    "ModalPlan",
    "Outcome",
    "OutsideMode",
    "Party",
    "Pins",
    "Plan",
    "Problem",
    "ProblemError",
    "Progress",
    "Proof",
    "Published",
    "Report",
    "RuleCost",
    "Stop",
    "Trip",
    "Unassigned",
    "VehicleType",
    "Violation",
    "check",
    "check_certificate",
    "check_modes",
    "explain",
    "lower_bound",
    "rule_costs",
    "solve",
    "solve_with_modes",
    "what_if",
    "with_load_shares",
]


def __getattr__(name: str) -> Any:
    if name == "solve":
        from zhitong.planning.charter import solve

        return solve
    if name in ("Bound", "lower_bound"):
        from zhitong.planning import bound

        return getattr(bound, name)
    if name == "solve_with_modes":
        from zhitong.planning.modal import solve_with_modes

        return solve_with_modes
    if name in ("Explanation", "explain"):
        from zhitong.planning import reasons

        return getattr(reasons, name)
    if name in ("Outcome", "RuleCost", "rule_costs", "what_if"):
        from zhitong.planning import whatif

        return getattr(whatif, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

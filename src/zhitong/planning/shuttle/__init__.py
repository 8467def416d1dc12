"""Door-to-door shuttles: runs from homes to factory gates and back, chained onto buses.

    from zhitong.planning import shuttle
    plan = shuttle.solve(problem, stop=Stop(seconds=30), seed=1)

The solver is imported on first use, because loading its compiled code takes a moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    ShuttleProgress,
    Stranded,
    Travel,
    Visit,
)

if TYPE_CHECKING:
    from zhitong.planning.shuttle.solver import solve

__all__ = [
    "Bus",
    "BusType",
    "Call",
    "Direction",
    "Home",
    "Run",
    "Shift",
    "ShuttleLimits",
    "ShuttlePlan",
    "ShuttleProblem",
    "ShuttleProgress",
    "Stranded",
    "Travel",
    "Visit",
    "solve",
]


def __getattr__(name: str) -> Any:
    if name == "solve":
        from importlib import import_module

        return import_module("zhitong.planning.shuttle.solver").solve
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

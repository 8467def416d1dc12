"""Compiles the shuttle search into numba's cache, so that no time limit pays for it.

Run it once after installing: ``python -m zhitong.planning.shuttle.warm``.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from zhitong.planning.compiled import forget_stale
from zhitong.planning.control import Stop
from zhitong.planning.shuttle.model import (
    BusType,
    Home,
    Shift,
    ShuttleLimits,
    ShuttleProblem,
    Travel,
)
from zhitong.planning.shuttle.search import improve
from zhitong.planning.shuttle.solver import solve


def warm() -> float:
    """Plan two homes, which compiles or loads every kernel; returns the seconds it took."""
    began = time.perf_counter()
    forget_stale(improve, Path(__file__).parent)
    problem = ShuttleProblem(
        travel=Travel(np.full((4, 4), 600.0) - np.diag([600.0] * 4)),
        shifts=(Shift(1, "works", 2, start=(28800.0, 30600.0)),),
        homes=(Home(1, 0, 1, 20), Home(2, 1, 1, 20)),
        buses=(BusType("bus", 30, 3),),
        limits=ShuttleLimits(max_ride=3600.0),
    )
    solve(problem, stop=Stop(iterations=8), seed=1)
    return time.perf_counter() - began


if __name__ == "__main__":
    print(f"shuttle planning is compiled ({warm():.1f} s)")  # noqa: T201

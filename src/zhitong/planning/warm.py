"""Compiles the search into numba's cache, so that no time limit pays for it.

Run it once after installing: ``python -m zhitong.planning.warm``.
"""

from __future__ import annotations

import time
from pathlib import Path

from zhitong.planning.charter import solve
from zhitong.planning.compiled import forget_stale
from zhitong.planning.control import Stop
from zhitong.planning.decisions import Pins
from zhitong.planning.model import Party, Problem, VehicleType
from zhitong.planning.search import anneal


def warm() -> float:
    """Plan two parties, which compiles or loads every kernel; returns the seconds it took."""
    began = time.perf_counter()
    forget_stale(anneal, Path(__file__).parent)
    problem = Problem(
        points=[(33.0, 114.0), (33.1, 114.0), (30.0, 114.0)],  # type: ignore[arg-type]
        km=[[0, 14, 420], [14, 0, 434], [420, 434, 0]],  # type: ignore[arg-type]
        parties=(Party(1, 0, 2, 2, 0, 0), Party(2, 1, 2, 1, 0, 0)),
        types=(VehicleType("19 seats", 19, 900.0, 4.5),),
        pins=Pins(together=((1, 2),)),
    )
    solve(problem, stop=Stop(iterations=4), seed=1)
    return time.perf_counter() - began


if __name__ == "__main__":
    print(f"planning is compiled ({warm():.1f} s)")  # noqa: T201

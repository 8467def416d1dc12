"""Compiles the search into numba's cache, so that no time limit pays for it.

Run it once after installing: ``python -m zhitong.planning.warm``.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from zhitong.planning.bound import lower_bound
from zhitong.planning.charter import solve
from zhitong.planning.compiled import forget_stale
from zhitong.planning.control import Stop
from zhitong.planning.decisions import Pins
from zhitong.planning.model import Party, Problem, VehicleType
from zhitong.planning.search import anneal


def warm() -> float:
    """Plan a few parties, which compiles or loads every kernel; returns the seconds it took."""
    began = time.perf_counter()
    forget_stale(anneal, Path(__file__).parent)
    problem = Problem(
        points=[(33.0, 114.0), (33.1, 114.0), (30.0, 114.0)],  # type: ignore[arg-type]
        km=[[0, 14, 420], [14, 0, 434], [420, 434, 0]],  # type: ignore[arg-type]
        parties=tuple(Party(number, number % 2, 2, 2, 0, 0) for number in range(6)),
        types=(VehicleType("19 seats", 19, 900.0, 4.5),),
    )
    # one search with ties between parties, one whose proof finds trips that pooling pays for
    solve(replace(problem, pins=Pins(together=((0, 1),))), stop=Stop(iterations=4), seed=1)
    lower_bound(problem)
    return time.perf_counter() - began


if __name__ == "__main__":
    print(f"planning is compiled ({warm():.1f} s)")  # noqa: T201

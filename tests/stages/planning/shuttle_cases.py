"""Small named shuttle problems, and generated ones."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from zhitong.planning.shuttle import (
    BusType,
    Home,
    Shift,
    ShuttleLimits,
    ShuttleProblem,
    Travel,
)

EIGHT = 8 * 3600.0
VILLAGES = (0, 1, 2)
GATE, DEPOT = 3, 4


def line(*minutes: float) -> Travel:
    """Points along a road, at so many minutes from its beginning, a km a minute."""
    at = np.array(minutes) * 60.0
    seconds = np.abs(at[:, None] - at)
    return Travel(seconds, seconds / 60 * 1000)


def three_villages_one_factory(**changes) -> ShuttleProblem:
    """Villages 30, 20 and 10 minutes before the gate, 10 riders each, the depot at the gate.

    One run for all leaves the first village at 7:20 at the latest.
    """
    limits = {"max_ride": 2400.0, "stop_fixed": 60.0, "gate_fixed": 120.0}
    limits |= changes.pop("limits", {})
    fields = {
        "travel": line(0, 10, 20, 30, 30),
        "shifts": (Shift("day", "works", GATE, start=(EIGHT - 1200, EIGHT)),),
        "homes": tuple(Home(name, v, "day", 10) for v, name in enumerate("abc")),
        "buses": (BusType("coach", 30, DEPOT, fixed=300.0, per_km=3.0),),
    }
    return ShuttleProblem(**(fields | changes), limits=ShuttleLimits(**limits))


def two_factories_staggered(gap_minutes: float) -> ShuttleProblem:
    """One village each for two factories next door whose shifts start some minutes apart.

    A run takes 14 minutes, the way back for the next one 10.
    """
    later = EIGHT + gap_minutes * 60
    return ShuttleProblem(
        travel=line(0, 10, 10, 10),
        shifts=(
            Shift("first", "north", 1, start=(EIGHT, EIGHT)),
            Shift("second", "south", 2, start=(later, later)),
        ),
        homes=(Home("a", 0, "first", 20), Home("b", 0, "second", 20)),
        buses=(BusType("coach", 30, 3, fixed=300.0),),
        limits=ShuttleLimits(max_ride=3600.0, stop_fixed=120.0, gate_fixed=120.0),
    )


def two_factories_next_door(**limits) -> ShuttleProblem:
    """A village 20 minutes before one factory and 25 before the next, 12 riders to each.

    Riders of the far factory ride through the near gate, which takes two minutes.
    """
    window = (EIGHT - 1200, EIGHT)
    fields = {"max_ride": 27 * 60.0, "stop_fixed": 60.0, "gate_fixed": 120.0, "max_calls": 2}
    return ShuttleProblem(
        travel=line(0, 20, 25, 0),
        shifts=(Shift("near", "north", 1, window), Shift("far", "south", 2, window)),
        homes=(Home("a", 0, "near", 12), Home("b", 0, "far", 12)),
        buses=(BusType("coach", 30, 3, fixed=300.0, per_km=3.0),),
        limits=ShuttleLimits(**(fields | limits)),
    )


@st.composite
def problems(draw) -> ShuttleProblem:
    """Up to eight homes, two factories, two depots, some ways missing, ways not symmetric."""
    n_homes = draw(st.integers(1, 8))
    n = n_homes + 4
    cells = draw(st.lists(st.integers(0, 1800), min_size=n * n, max_size=n * n))
    seconds = np.array(cells, dtype=float).reshape(n, n)
    for a, b in draw(st.lists(st.tuples(*[st.integers(0, n - 1)] * 2), max_size=2)):
        seconds[a, b] = np.inf
    np.fill_diagonal(seconds, 0.0)
    if draw(st.booleans()):
        seconds += 0.125
    shifts = []
    for gate in (n_homes, n_homes + 1):
        opens, wide = draw(st.integers(20000, 26000)), draw(st.integers(0, 1800))
        start = (opens, opens + wide) if draw(st.booleans()) else None
        end = (opens + 9000, opens + 9000 + wide) if start is None or draw(st.booleans()) else None
        shifts.append(Shift(f"s{gate}", f"f{gate}", gate, start, end))
    homes = []
    for i in range(n_homes):
        walks = draw(st.lists(st.tuples(st.integers(0, n_homes - 1), st.integers(0, 800))))
        shift = shifts[draw(st.integers(0, 1))].id
        homes.append(Home(i, i, shift, draw(st.integers(1, 30)), tuple(walks)))
    counts = st.none() | st.integers(1, 3)
    return ShuttleProblem(
        travel=Travel(seconds, np.where(np.isfinite(seconds), seconds * 10, np.inf)),
        shifts=tuple(shifts),
        homes=tuple(homes),
        buses=(
            BusType("small", 12, n - 2, 200.0, 2.0, draw(counts)),
            BusType("large", 24, n - 1, 300.0, 3.0, draw(counts)),
        ),
        limits=ShuttleLimits(
            max_ride=draw(st.integers(600, 3600)),
            stop_fixed=draw(st.integers(0, 60)),
            stop_per_rider=draw(st.sampled_from([0.0, 1.0, 2.6])),
            gate_fixed=draw(st.integers(0, 120)),
            gate_per_rider=draw(st.sampled_from([0.0, 1.5])),
            load_cap=draw(st.sampled_from([1.0, 0.5])),
            max_walk=draw(st.sampled_from([0.0, 500.0])),
            together=draw(st.none() | st.integers(1, 10)),
            max_calls=draw(st.integers(1, 3)),
        ),
    )

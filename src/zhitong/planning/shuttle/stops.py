"""Chooses stops for scattered homes: few stops within walking distance, then short walks.

Each stop costs time on some run, so the fewest that reach everybody are wanted. This is facility
location, small enough for HiGHS where people share candidate stops.
"""

from __future__ import annotations

from collections import defaultdict

from zhitong.planning.shuttle.model import Home
from zhitong.planning.shuttle.programme import programme

NODES = 1000


def choose_stops(
    homes: list[tuple[Home, tuple[tuple[int, float], ...]]],
) -> list[tuple[Home, int]]:
    """A stop for each home out of its ``(point, walk in metres)``: fewest stops, least walking."""
    if all(len(places) == 1 for _, places in homes):
        return [(home, places[0][0]) for home, places in homes]
    walked: dict[int, float] = defaultdict(float)
    for home, places in homes:
        for point, walk in places:
            walked[point] = max(walked[point], walk * home.riders)
    # all walking together must weigh less than one stop
    most = 1.0 + sum(max(walk for _, walk in places) * home.riders for home, places in homes)
    highs = programme()
    highs.setOptionValue("mip_max_nodes", NODES)
    used = {point: highs.addBinary(1.0) for point in sorted(walked)}
    goes = {}
    for h, (home, places) in enumerate(homes):
        for point, walk in places:
            goes[h, point] = highs.addVariable(0.0, 1.0, walk * home.riders / most)
            highs.addConstr(goes[h, point] <= used[point])
        highs.addConstr(sum(goes[h, point] for point, _ in places) == 1)
    highs.minimize()
    values = highs.getSolution().col_value
    chosen = {point for point, variable in used.items() if values[variable.index] > 0.5}
    stops = []
    for home, places in homes:
        near = [place for place in places if place[0] in chosen] or list(places)
        stops.append((home, min(near, key=lambda place: (place[1], place[0]))[0]))
    return stops

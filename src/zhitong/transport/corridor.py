"""Cities along a journey, for the placard and for notices to transit authorities.

There is no road network yet: a city counts as passed when its seat lies near the straight line
between two stops. Documents say that the way is an estimate.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from zhitong import places
from zhitong.places import Level

NEAR_KM = 40.0
MOST = 6
_KM_PER_DEGREE = 111.2


@cache
def _seats() -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Codes of prefectures and their seats in degrees, shape (n, 2)."""
    found = [
        city
        for province in places.provinces()
        for city in places.descendants(province.code, Level.CITY)
        if city.lat is not None and not city.pseudo
    ]
    return tuple(city.code for city in found), np.array([[city.lat, city.lon] for city in found])


def cities_between(codes: Sequence[str]) -> list[str]:
    """Codes of at most `MOST` cities between consecutive stops, in the order of the journey.

    Cities of the stops themselves are left out.
    """
    names, seats = _seats()
    stops = np.array([places.coordinates(code)[:2] for code in codes])
    own = {code[:4] for code in codes}
    passed: dict[str, float] = {}
    for leg, (start, end) in enumerate(pairwise(stops)):
        east = np.cos(np.radians((start[0] + end[0]) / 2))
        scale = np.array([_KM_PER_DEGREE, _KM_PER_DEGREE * east])
        way, place = (end - start) * scale, (seats - start) * scale
        length = float(way @ way)
        if length == 0:
            continue
        along = place @ way / length
        aside = np.linalg.norm(place - along[:, None] * way, axis=1)
        for at in np.flatnonzero((along > 0) & (along < 1) & (aside <= NEAR_KM)):
            if names[at][:4] not in own:
                passed.setdefault(names[at], leg + float(along[at]))
    ordered = sorted(passed, key=passed.__getitem__)
    if len(ordered) <= MOST:
        return ordered
    picks = np.linspace(0, len(ordered) - 1, MOST).round().astype(int)
    return [ordered[at] for at in picks]

"""Degrees as kilometres on a plane, where distances and the middle of an area have a meaning."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry

KM_PER_DEGREE = 111.195

Points = NDArray[np.float64]
"""Shape (n, 2), longitude before latitude."""


def km_per_degree(shapes: Geometry | Sequence[Geometry]) -> Points:
    """Kilometres per degree of longitude and of latitude at the middle latitude of the shapes.

    Right to a few per mille for areas as large as a county.
    """
    _, south, _, north = shapely.total_bounds(shapes)
    return KM_PER_DEGREE * np.array([np.cos(np.radians((south + north) / 2)), 1.0])


def km_outside(area: Geometry, points: Points) -> Points:
    """For each of the points the kilometres to the area; 0 within it."""
    scale = km_per_degree(area)
    plane = shapely.transform(area, lambda at: at * scale)
    away: Points = shapely.distance(plane, shapely.points(points * scale))
    return away

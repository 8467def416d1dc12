"""Points and rings in WGS-84 degrees: what lies in what, how far out, and where a name goes.

A ring is an array of shape (n, 2), longitude before latitude, whose last point is its first. Rings
together are one area by the even-odd rule, so that a hole is a ring like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Rings = Sequence[Points]
Box = tuple[float, float, float, float]
"""West, south, east, north."""

KM_PER_DEGREE = 111.195
_BLOCK = 1000
_GRID = 16
"""Points a side among which the middle of an area is sought."""


def box_of(rings: Rings) -> Box:
    west, south = np.min([ring.min(axis=0) for ring in rings], axis=0)
    east, north = np.max([ring.max(axis=0) for ring in rings], axis=0)
    return float(west), float(south), float(east), float(north)


def meet(one: Box, other: Box) -> bool:
    """Whether two boxes have more than an edge in common."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def inside(rings: Rings, points: Points) -> NDArray[np.bool_]:
    """For each of the points, shape (m, 2), whether the area holds it."""
    crossings = np.zeros(len(points), dtype=int)
    x, y = points[:, :1], points[:, 1:2]
    for start, end in _edges(rings):
        spans = (start[:, 1] > y) != (end[:, 1] > y)
        rise = end[:, 1] - start[:, 1]
        slope = (end[:, 0] - start[:, 0]) / np.where(rise == 0, 1, rise)
        crossings += (spans & (x < start[:, 0] + (y - start[:, 1]) * slope)).sum(axis=1)
    odd: NDArray[np.bool_] = crossings % 2 == 1
    return odd


def km_to_edge(rings: Rings, points: Points) -> Points:
    """For each of the points, shape (m, 2), the kilometres to the nearest edge, inside or out.

    On a plane that touches the earth at the area's middle latitude: right to a few per mille for
    areas as large as a county.
    """
    _, south, _, north = box_of(rings)
    scale = KM_PER_DEGREE * np.array([np.cos(np.radians((south + north) / 2)), 1.0])
    here = points[:, np.newaxis, :] * scale
    nearest = np.full(len(points), np.inf)
    for start, end in _edges(rings):
        along = (end - start) * scale
        back = here - start * scale
        length = np.maximum((along**2).sum(axis=1), 1e-18)
        part = np.clip((back * along).sum(axis=2) / length, 0, 1)
        away = np.hypot(*np.moveaxis(back - part[:, :, np.newaxis] * along, 2, 0))
        nearest = np.minimum(nearest, away.min(axis=1))
    return nearest


def km_outside(rings: Rings, points: Points) -> Points:
    """For each of the points, shape (m, 2), the kilometres to the area; 0 within it."""
    return np.where(inside(rings, points), 0.0, km_to_edge(rings, points))


def middle(rings: Rings, *, within: Box | None = None) -> tuple[float, float] | None:
    """A point of the area far from its edges, for a name; None where the box holds none of it.

    Of a grid's points the farthest from any edge, those of the box `within` included: good to a
    sixteenth of the area's size. A sliver that no point of the grid meets gives None.
    """
    west, south, east, north = box_of(rings)
    if within:
        west, south = max(west, within[0]), max(south, within[1])
        east, north = min(east, within[2]), min(north, within[3])
    if west >= east or south >= north:
        return None
    steps = (np.arange(_GRID) + 0.5) / _GRID
    grid = np.stack(
        np.meshgrid(west + steps * (east - west), south + steps * (north - south)), axis=-1
    ).reshape(-1, 2)
    grid = grid[inside(rings, grid)]
    if not len(grid):
        return None
    room = km_to_edge(rings, grid)
    if within:
        room = np.minimum(room, km_to_edge([_ring_of(within)], grid))
    x, y = grid[room.argmax()]
    return float(x), float(y)


def _edges(rings: Rings) -> Iterator[tuple[Points, Points]]:
    """Where edges start and end, so many at a time that points times edges fit in memory."""
    for ring in rings:
        for at in range(0, len(ring) - 1, _BLOCK):
            yield ring[:-1][at : at + _BLOCK], ring[1:][at : at + _BLOCK]


def _ring_of(box: Box) -> Points:
    west, south, east, north = box
    return np.array(
        [(west, south), (east, south), (east, north), (west, north), (west, south)], dtype=float
    )

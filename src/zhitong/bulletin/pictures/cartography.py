"""Boundary files as shapes on a drawing: equal-area, with the national lines.

The files are GeoJSON in WGS-84; a feature with a `code` is a division, one without is a line to
be drawn as it is. Which files are used is the caller's choice.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from numpy.typing import NDArray

Points = NDArray[np.float64]

# The conic that atlases of the country use: standard parallels 25 and 47, middle meridian 105.
_SOUTH, _NORTH, _MIDDLE, _ORIGIN = np.radians((25.0, 47.0, 105.0, 36.0))
_N = (np.sin(_SOUTH) + np.sin(_NORTH)) / 2
_C = np.cos(_SOUTH) ** 2 + 2 * _N * np.sin(_SOUTH)
EARTH_KM = 6371.0


def projected(points: Any) -> Points:
    """Longitude and latitude, shape (n, 2), as kilometres on an Albers equal-area conic."""
    longitude, latitude = np.radians(np.asarray(points, dtype=float)).T
    radius = np.sqrt(_C - 2 * _N * np.sin(latitude)) / _N
    angle = _N * (longitude - _MIDDLE)
    top = np.sqrt(_C - 2 * _N * np.sin(_ORIGIN)) / _N
    plane = np.column_stack([radius * np.sin(angle), top - radius * np.cos(angle)])
    return EARTH_KM * plane


@dataclass(frozen=True, slots=True)
class Shape:
    """A division's area, or a line without a code, already projected."""

    code: str
    outline: Outline
    closed: bool

    @property
    def size(self) -> float:
        """Area of the largest ring, square kilometres."""
        return max(abs(_area(ring)) for ring in _rings(self.outline))

    @property
    def middle(self) -> tuple[float, float]:
        """Somewhere sensible for a label: the centroid of the largest ring."""
        ring = max(_rings(self.outline), key=lambda one: abs(_area(one)))
        x, y = ring[:, 0], ring[:, 1]
        cross = x * np.roll(y, -1) - np.roll(x, -1) * y
        weight = 6 * _area(ring)
        return (
            float(((x + np.roll(x, -1)) * cross).sum() / weight),
            float(((y + np.roll(y, -1)) * cross).sum() / weight),
        )


def shapes(path: Path) -> list[Shape]:
    """Every feature of a boundary file."""
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return [_shape(feature) for feature in features]


def draw(axes: Axes, found: list[Shape], fills: Mapping[str, str], **edge: Any) -> None:
    """Divisions filled by code (`""`: the rest), lines on top, kilometres equal both ways."""
    for shape in found:
        if shape.closed:
            fill = fills.get(shape.code, fills[""])
            axes.add_patch(PathPatch(shape.outline, facecolor=fill, **edge))
    for shape in found:
        if not shape.closed:
            line = {**edge, "edgecolor": "#8A94A3", "linewidth": 0.9}
            axes.add_patch(PathPatch(shape.outline, fill=False, **line))
    axes.set_aspect("equal")
    axes.set_axis_off()


def frame(axes: Axes, found: list[Shape], margin: float = 0.03) -> None:
    """Show all shapes with a margin, a share of the larger side."""
    points = np.vstack([shape.outline.vertices for shape in found])
    low, high = points.min(axis=0), points.max(axis=0)
    pad = margin * (high - low).max()
    axes.set_xlim(low[0] - pad, high[0] + pad)
    axes.set_ylim(low[1] - pad, high[1] + pad)


def window(axes: Axes, *, west: float, south: float, east: float, north: float) -> None:
    """Show what lies between two meridians and two parallels."""
    steps = np.linspace(0, 1, 20)
    longitudes, latitudes = west + (east - west) * steps, south + (north - south) * steps
    edges = [
        *((longitude, south) for longitude in longitudes),
        *((longitude, north) for longitude in longitudes),
        *((west, latitude) for latitude in latitudes),
        *((east, latitude) for latitude in latitudes),
    ]
    points = projected(edges)
    axes.set_xlim(points[:, 0].min(), points[:, 0].max())
    axes.set_ylim(points[:, 1].min(), points[:, 1].max())


def _shape(feature: Mapping[str, Any]) -> Shape:
    geometry = feature["geometry"]
    closed = geometry["type"].endswith("Polygon")
    pieces = [projected(line) for line in _lines(geometry["coordinates"])]
    outline = Outline.make_compound_path(*(Outline(piece, closed=closed) for piece in pieces))
    return Shape(feature["properties"].get("code") or "", outline, closed)


def _lines(coordinates: Any) -> Iterator[Any]:
    """The lists of points in nested lists of any depth."""
    if isinstance(coordinates[0][0], int | float):
        yield coordinates
    else:
        for part in coordinates:
            yield from _lines(part)


def _rings(outline: Outline) -> list[Points]:
    starts = np.flatnonzero(outline.codes == Outline.MOVETO)
    return [np.asarray(ring)[:-1] for ring in np.split(outline.vertices, starts[1:])]


def _area(ring: Points) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)

"""A county laid on a square drawing: degrees to units, and areas as SVG paths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Geometry

Box = tuple[float, float, float, float]
"""West, south, east, north."""

SIDE = 400
"""Width and height of a drawing in its own units; a page shows them at about a pixel each."""
MARGIN = 26


@dataclass(frozen=True, slots=True)
class Frame:
    """Equirectangular at the middle latitude, which keeps the shape of so small a thing.

    A point lies at `(longitude - west) * across`, `(north - latitude) * down`.
    """

    west: float
    north: float
    across: float
    down: float

    def at(self, longitude: float, latitude: float) -> tuple[float, float]:
        x, y = (longitude - self.west) * self.across, (self.north - latitude) * self.down
        return round(x, 1), round(y, 1)

    def laid(self, shape: Geometry) -> Geometry:
        """A shape of degrees in units of the drawing."""
        west_north, units = (self.west, self.north), (self.across, -self.down)
        return shapely.transform(shape, lambda at: (at - west_north) * units)

    def path(self, area: Geometry) -> str:
        """The `d` of an SVG path; points that fall on the one before are left out."""
        parts = []
        for ring in shapely.get_rings(shapely.get_parts(self.laid(area))):
            units = shapely.get_coordinates(ring).round(1)
            fresh = np.append(True, (np.diff(units, axis=0) != 0).any(axis=1))
            parts.append("M" + "L".join(f"{x:g} {y:g}" for x, y in units[fresh]) + "Z")
        return "".join(parts)

    @property
    def box(self) -> Box:
        """What of the earth the drawing shows."""
        east = self.west + SIDE / self.across
        return self.west, self.north - SIDE / self.down, east, self.north


def around(box: Box) -> Frame:
    """The frame whose middle is the middle of the box, with a margin on every side."""
    west, south, east, north = box
    latitude, longitude = (south + north) / 2, (west + east) / 2
    shrink = float(np.cos(np.radians(latitude)))
    # A place without extent is shown as if it were as large as a small township.
    degrees = max(north - south, (east - west) * shrink, 0.05)
    down = (SIDE - 2 * MARGIN) / degrees
    across = down * shrink
    return Frame(
        west=longitude - SIDE / 2 / across,
        north=latitude + SIDE / 2 / down,
        across=across,
        down=down,
    )

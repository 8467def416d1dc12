"""A county laid on a square drawing: degrees to units, and areas as SVG paths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhitong.web.boundaries.geometry import Box, Rings

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

    def path(self, rings: Rings) -> str:
        """The `d` of an SVG path; points that fall on the one before are left out."""
        parts = []
        for ring in rings:
            points = (ring - (self.west, self.north)) * (self.across, -self.down)
            units = np.round(points, 1)
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

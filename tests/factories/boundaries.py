"""Made-up boundaries of townships: Voronoi cells in the county's outline. No township lies so."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zhitong import places
from zhitong.web.boundaries import geometry, shipped
from zhitong.web.boundaries.geometry import Points

NOTICE = "made up for tests: not the boundaries of any township"


def made_up(
    county: str, *, areas: Sequence[str] | None = None, points: Sequence[str] = ()
) -> dict[str, Any]:
    """A GeoJSON document: cells for `areas` (default: every township), positions for `points`.

    The cells of all of a county's townships fill its outline, whichever of them are asked for.
    """
    outline = shipped.outline(county)
    assert outline is not None
    codes = [one.code for one in places.children(county)]
    seeds = dict(zip(codes, _seeds(outline[0], len(codes)), strict=True))
    features = [
        feature(code, {"type": "Polygon", "coordinates": [_cell(outline[0], code, seeds).tolist()]})
        for code in (codes if areas is None else areas)
    ]
    features += [
        feature(code, {"type": "Point", "coordinates": seeds[code].tolist()}) for code in points
    ]
    return {"type": "FeatureCollection", "notice": NOTICE, "features": features}


def feature(code: Any, shape: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"code": code}, "geometry": shape}


def written(document: Any, path: Path) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def _seeds(ring: Points, number: int) -> list[Points]:
    west, south, east, north = geometry.box_of([ring])
    draw, found = random.Random(number), []
    while len(found) < number:
        point = np.array([draw.uniform(west, east), draw.uniform(south, north)])
        if geometry.inside([ring], point[np.newaxis])[0]:
            found.append(point)
    return found


def _cell(ring: Points, code: str, seeds: dict[str, Points]) -> Points:
    """The part of the outline that is nearer to the seed than to any other."""
    cell, own = ring, seeds[code]
    for other in seeds.values():
        if other is not own:
            cell = _clip(cell, (own + other) / 2, own - other)
    return cell


def _clip(ring: Points, at: Points, towards: Points) -> Points:
    """The part of a closed ring on the side of a line that a vector points to."""
    side = (ring - at) @ towards
    kept = []
    for start, end, a, b in zip(ring[:-1], ring[1:], side[:-1], side[1:], strict=True):
        if a >= 0:
            kept.append(start)
        if (a >= 0) != (b >= 0):
            kept.append(start + (end - start) * a / (a - b))
    return np.array([*kept, kept[0]])

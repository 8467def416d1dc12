"""Made-up boundaries of townships: Voronoi cells in the county's outline. No township lies so."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely import Geometry, Point
from shapely.geometry import mapping, shape

from zhitong import places
from zhitong.web.boundaries import shipped

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
    seeds = _seeds(outline, len(codes))
    cells = shapely.voronoi_polygons(
        shapely.MultiPoint(seeds), extend_to=outline, ordered=True
    ).geoms
    of = dict(zip(codes, zip(cells, seeds, strict=True), strict=True))
    features = [
        feature(code, mapping(shapely.intersection(of[code][0], outline)))
        for code in (codes if areas is None else areas)
    ]
    features += [feature(code, mapping(of[code][1])) for code in points]
    return {"type": "FeatureCollection", "notice": NOTICE, "features": features}


def winding(county: str) -> dict[str, Any]:
    """The same cells with edges that wind by some ten metres, common ones alike."""
    document = made_up(county)
    for one in document["features"]:
        fine = shapely.segmentize(shape(one["geometry"]), 2e-4)
        one["geometry"] = mapping(
            shapely.transform(fine, lambda at: at + 2e-4 * np.sin(at[:, ::-1] * 3e3))
        )
    return document


def feature(code: Any, geometry: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"code": code}, "geometry": geometry}


def written(document: Any, path: Path) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def _seeds(outline: Geometry, number: int) -> list[Point]:
    west, south, east, north = outline.bounds
    draw, found = random.Random(number), []
    while len(found) < number:
        point = Point(draw.uniform(west, east), draw.uniform(south, north))
        if outline.contains(point):
            found.append(point)
    return found

"""Stored planning problems: without their distances, which follow from the points.

A province's problem has tens of millions of distances; its points and parties fit in a few
megabytes. The way to reckon distances is part of the record (`road_factor`), so nothing is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from zhitong import places


def without_distances(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record as it is stored."""
    blocks = [
        {**block, "problem": {key: value for key, value in block["problem"].items() if key != "km"}}
        for block in record.get("blocks", ())
    ]
    return {**record, "blocks": blocks}


def with_distances(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with every problem complete, in the planner's own format."""
    return {
        **record,
        "blocks": [
            {**block, "problem": _complete(block["problem"], record["road_factor"])}
            for block in record.get("blocks", ())
        ],
    }


def _complete(problem: Mapping[str, Any], factor: float) -> dict[str, Any]:
    points = np.array(problem["points"], dtype=np.float64)
    km = places.GreatCircle(factor).km(points, points)
    return {**problem, "km": km.tolist()}

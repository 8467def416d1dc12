"""Large problems as JSON: an instance file that gives ``road_factor`` in place of ``km``.

``pts`` ([latitude, longitude]), ``parties`` (``o``, ``d``, ``n``, ``e``, ``l``) and ``types``
(``cap``, ``fixed``, ``per_km``) are those of any instance file; distances are great-circle ones
times the factor.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from zhitong.planning.formats import Json, load, refuse_rules, types_of_instance, unreadable
from zhitong.planning.large import LargeProblem
from zhitong.planning.model import ProblemError

KEYS = ("o", "d", "n", "e", "l")


def is_large(document: Json) -> bool:
    """Whether this is a problem whose distances are to be reckoned."""
    return "road_factor" in document and "km" not in document and "format" not in document


def read_large(path: Path) -> LargeProblem:
    """Read a large problem. Raises ``ProblemError`` when it cannot be understood."""
    return large_from_instance(load(path))


def large_from_instance(document: Json) -> LargeProblem:
    """The large problem of an instance file, under the standard limits."""
    try:
        rows = document["parties"]
        refuse_rules(document, *rows, *document["types"])
        empty = np.zeros(0, dtype=np.int64)
        columns = [np.array([row[key] for row in rows]) if rows else empty for key in KEYS]
        origin, destination, size, earliest, latest = columns
        return LargeProblem(
            points=np.array(document["pts"], dtype=np.float64),
            origin=origin,
            destination=destination,
            size=size,
            earliest=earliest,
            latest=latest,
            types=types_of_instance(document),
            road_factor=float(document["road_factor"]),
        )
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        if isinstance(error, ProblemError):
            raise
        raise unreadable("instance file", error) from error

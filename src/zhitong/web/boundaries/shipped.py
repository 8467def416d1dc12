"""The boundary files that come with the program, see `static/desk/maps/README.md`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from shapely import Geometry
from shapely.geometry import shape

from zhitong.places import Level

FOLDER = Path(__file__).parent.parent / "static/desk/maps"
_FILES = {Level.CITY: "cities", Level.COUNTY: "counties"}


def name_of(province: str, level: Level) -> str | None:
    """The name of the file that holds a province's cities or counties; None where none does."""
    name = f"{province}-{_FILES[level]}"
    return name if areas(province, level) else None


@cache
def areas(province: str, level: Level) -> Mapping[str, Geometry]:
    """A province's cities or counties by code, WGS-84; empty without a file."""
    path = FOLDER / f"{province}-{_FILES[level]}.json"
    if not path.is_file():
        return {}
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return {one["properties"]["code"]: shape(one["geometry"]) for one in features}


def outline(county: str) -> Geometry | None:
    """The area of a county; None where no file holds it, as for development zones."""
    return areas(county[: Level.PROVINCE.digits], Level.COUNTY).get(county)

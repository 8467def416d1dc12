"""Boundaries of an operator's own, kept in the installation's home: a GeoJSON file a county.

`index.json` says which file holds which county, and what pages must know without opening it. It is
replaced in one step after the files that it names are written, so readers and a killed command
find the former boundaries or the new ones, never a part.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import shapely
from django.conf import settings
from shapely import Geometry

from zhitong import places
from zhitong.config.home import make_folder
from zhitong.web.boundaries.checking import DECIMALS, BadBoundaries
from zhitong.web.boundaries.frame import Box
from zhitong.web.boundaries.plane import km_per_degree

LARGEST_COUNTY = 1 << 20
"""Bytes that a browser may have to fetch for one county."""
TOLERANCES = (0, 5, 10, 20, 50, 100)
"""Metres by which a county may be simplified to be no larger; a page shows it at some 100 a pixel.
"""

Shapes = Mapping[str, Geometry]
"""Townships of a county by code: MultiPolygons, or Points."""
Position = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class County:
    """What is installed of one county: its file, and where its townships lie.

    `areas` gives a point inside each area; `positions` are townships without one. `edition` is of
    the content: another content, another edition. Longitude before latitude.
    """

    code: str
    edition: str
    size: int
    areas: Mapping[str, Position]
    positions: Mapping[str, Position]
    box: Box
    source: str
    installed_at: str
    tolerance: int = 0
    """Metres by which it was simplified."""
    points: int = 0
    points_given: int = 0
    """Of its areas, as kept and as the file had them."""

    @property
    def townships(self) -> set[str]:
        return {*self.areas, *self.positions}

    @property
    def missing(self) -> list[str]:
        """Townships that are due to report and of which the file says nothing."""
        return [one for one in places.expected_townships(self.code) if one not in self.townships]

    @property
    def path(self) -> Path:
        return folder() / f"{self.code}-{self.edition}.json"


def folder() -> Path:
    return Path(settings.BOUNDARIES)


def installed() -> Mapping[str, County]:
    """What is installed now, by the county's code."""
    path = folder() / "index.json"
    try:
        now = path.stat()
    except FileNotFoundError:
        return {}
    return _index(path, now.st_ino, now.st_mtime_ns)


def install(found: Mapping[str, Shapes], *, source: str, now: datetime) -> dict[str, County]:
    """Put counties in the place of what was installed of them; others stay as they are.

    Raises as `prepared` does; then nothing changes.
    """
    made = _made(found, source=source, now=now)
    counties = {county.code: county for county, _ in made}
    with _alone():
        for county, content in made:
            _write(county.path, content)
        _commit({**installed(), **counties})
    return counties


def prepared(found: Mapping[str, Shapes], *, source: str, now: datetime) -> dict[str, County]:
    """What would be installed.

    Raises `BadBoundaries` when a county is larger than a page should fetch, simplified as it may.
    """
    return {county.code: county for county, _ in _made(found, source=source, now=now)}


def _made(found: Mapping[str, Shapes], *, source: str, now: datetime) -> list[tuple[County, bytes]]:
    return [_county(code, shapes, source=source, now=now) for code, shapes in found.items()]


def remove(codes: Collection[str]) -> list[str]:
    """Take counties away again; those that were there."""
    with _alone():
        kept = dict(installed())
        gone = [code for code in codes if kept.pop(code, None)]
        if gone:
            _commit(kept)
    return gone


@lru_cache(maxsize=2)
def _index(path: Path, inode: int, changed: int) -> Mapping[str, County]:
    raw = json.loads(path.read_text(encoding="utf-8"))
    return {code: _of_json(one) for code, one in raw.items()}


def _of_json(raw: dict[str, Any]) -> County:
    pairs = {key: {code: tuple(at) for code, at in raw[key].items()} for key in _PAIRS}
    return County(**{**raw, **pairs, "box": tuple(raw["box"])})


_PAIRS = ("areas", "positions")


def _county(code: str, given: Shapes, *, source: str, now: datetime) -> tuple[County, bytes]:
    shapes = given
    for tolerance in TOLERANCES:
        shapes = _simplified(shapes, tolerance)
        content = _content(shapes)
        if len(content) <= LARGEST_COUNTY:
            break
    else:
        size = f"{len(content) / (1 << 20):.1f} MB，超过 {LARGEST_COUNTY >> 20} MB"
        raise BadBoundaries(
            f"{places.full_name(code)}的边界按 {tolerance} 米简化后仍有 {size}："
            "请先简化（如 mapshaper -simplify）。",
            code="boundaries-too-large",
        )
    areas = _areas(shapes)
    west, south, east, north = map(float, shapely.total_bounds([*shapes.values()]))
    county = County(
        code=code,
        edition=hashlib.sha256(content).hexdigest()[:16],
        size=len(content),
        areas={one: _inside(area) for one, area in areas.items()},
        positions={one: (at.x, at.y) for one, at in shapes.items() if one not in areas},
        box=(west, south, east, north),
        source=source,
        installed_at=now.isoformat(timespec="seconds"),
        tolerance=tolerance,
        points=_count(areas),
        points_given=_count(_areas(given)),
    )
    return county, content


def _areas(shapes: Shapes) -> Shapes:
    return {code: one for code, one in shapes.items() if one.geom_type != "Point"}


def _count(shapes: Shapes) -> int:
    return int(shapely.get_num_coordinates([*shapes.values()]).sum())


def _simplified(shapes: Shapes, metres: int) -> Shapes:
    """A border that two areas have in common stays common."""
    areas = _areas(shapes)
    if not metres or not areas:
        return shapes
    scale = km_per_degree([*areas.values()])
    plane = shapely.transform([*areas.values()], lambda at: at * scale)
    try:
        plane = shapely.coverage_simplify(plane, metres / 1000)
    except shapely.GEOSException:
        return shapes  # a sliver that rounding has flattened: GEOS refuses the whole coverage
    coarse = shapely.transform(plane, lambda at: (at / scale).round(DECIMALS))
    return {**shapes, **dict(zip(areas, coarse, strict=True))}


def _inside(area: Geometry) -> Position:
    """Where a name goes: as far as can be from every edge."""
    scale = km_per_degree(area)
    circle = shapely.maximum_inscribed_circle(shapely.transform(area, lambda at: at * scale))
    x, y = (circle.coords[0] / scale).round(DECIMALS)
    return float(x), float(y)


def _content(shapes: Shapes) -> bytes:
    """The county's GeoJSON as pages fetch it: codes and shapes, nothing else of the source."""
    features = ",".join(
        f'{{"type":"Feature","properties":{{"code":"{code}"}},"geometry":{geometry}}}'
        for code, geometry in zip(shapes, shapely.to_geojson([*shapes.values()]), strict=True)
    )
    return f'{{"type":"FeatureCollection","features":[{features}]}}'.encode()


@contextmanager
def _alone() -> Iterator[None]:
    """One command at a time."""
    make_folder(folder(), mode=0o700)
    with (folder() / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _commit(counties: Mapping[str, County]) -> None:
    """From here on these are installed; files that nobody names any more go."""
    raw = {code: asdict(one) for code, one in sorted(counties.items())}
    _write(folder() / "index.json", json.dumps(raw, ensure_ascii=False, indent=1).encode())
    named = {one.path.name for one in counties.values()}
    for path in folder().glob("*.json"):
        if path.name not in named | {"index.json"}:
            path.unlink()


def _write(path: Path, content: bytes) -> None:
    """A whole file or none; a draft left by a killed command is overwritten by the next."""
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)

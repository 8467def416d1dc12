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

import numpy as np
from django.conf import settings

from zhitong import places
from zhitong.config.home import make_folder
from zhitong.web.boundaries import geometry
from zhitong.web.boundaries.checking import BadBoundaries, Place
from zhitong.web.boundaries.geometry import Box

LARGEST_COUNTY = 1 << 20
"""Bytes that a browser may have to fetch for one county."""
DECIMALS = 5
"""Of a degree: about a metre."""

_THIN = 150
"""Points of a ring that matter for where a name goes."""

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


def install(
    found: Mapping[str, Collection[Place]], *, source: str, now: datetime
) -> dict[str, County]:
    """Put counties in the place of what was installed of them; others stay as they are.

    Raises as `prepared` does; then nothing changes.
    """
    contents = _contents(found)
    counties = _counties(found, contents, source=source, now=now)
    with _alone():
        for code, county in counties.items():
            _write(county.path, contents[code])
        _commit({**installed(), **counties})
    return counties


def prepared(
    found: Mapping[str, Collection[Place]], *, source: str, now: datetime
) -> dict[str, County]:
    """What would be installed.

    Raises `BadBoundaries` when a county is larger than a page should fetch.
    """
    return _counties(found, _contents(found), source=source, now=now)


def _contents(found: Mapping[str, Collection[Place]]) -> dict[str, bytes]:
    contents = {code: _content(one) for code, one in found.items()}
    for code, content in contents.items():
        if len(content) > LARGEST_COUNTY:
            size = f"{len(content) / (1 << 20):.1f} MB，超过 {LARGEST_COUNTY >> 20} MB"
            name = places.full_name(code)
            raise BadBoundaries(
                f"{name}的边界有 {size}：请先简化（如 mapshaper -simplify）。",
                code="boundaries-too-large",
            )
    return contents


def _counties(
    found: Mapping[str, Collection[Place]],
    contents: Mapping[str, bytes],
    *,
    source: str,
    now: datetime,
) -> dict[str, County]:
    return {
        code: _county(code, found[code], contents[code], source=source, now=now) for code in found
    }


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


def _county(
    code: str, found: Collection[Place], content: bytes, *, source: str, now: datetime
) -> County:
    areas = {one.code: _inside(one) for one in found if one.polygons is not None}
    return County(
        code=code,
        edition=hashlib.sha256(content).hexdigest()[:16],
        size=len(content),
        areas=areas,
        positions={one.code: one.position for one in found if one.position is not None},
        box=geometry.box_of([one.points for one in found]),
        source=source,
        installed_at=now.isoformat(timespec="seconds"),
    )


def _inside(place: Place) -> Position:
    """A point inside the largest polygon; the middle of its box where it is a sliver."""
    assert place.polygons is not None
    largest = max(place.polygons, key=lambda rings: _extent(geometry.box_of(rings)))
    west, south, east, north = geometry.box_of(largest)
    thin = [np.concatenate([ring[:: 1 + len(ring) // _THIN], ring[:1]]) for ring in largest]
    x, y = geometry.middle(thin) or ((west + east) / 2, (south + north) / 2)
    return round(x, DECIMALS), round(y, DECIMALS)


def _extent(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _content(found: Collection[Place]) -> bytes:
    """The county's GeoJSON as pages fetch it: codes and shapes, nothing else of the source."""
    document = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"code": one.code}, "geometry": _geometry(one)}
            for one in found
        ],
    }
    return json.dumps(document, separators=(",", ":")).encode()


def _geometry(place: Place) -> dict[str, Any]:
    if place.polygons is None:
        return {"type": "Point", "coordinates": place.position}
    return {
        "type": "MultiPolygon",
        "coordinates": [
            [ring.round(DECIMALS).tolist() for ring in polygon] for polygon in place.polygons
        ],
    }


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

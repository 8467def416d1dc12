"""A county with its townships, drawn by the page itself: SVG that prints and that keys can walk.

A township is an area where the operator has installed its boundary, a mark where it has a
position of its own, and a tile beside the map otherwise: nobody is drawn at a place that is not
theirs. Neighbouring counties are outlines without a figure.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from typing import Any

import shapely
from django.urls import reverse
from django.utils.translation import gettext as _
from shapely import Geometry

from zhitong import places
from zhitong.kernel.place_names import place_name
from zhitong.places import Division, Level
from zhitong.web.boundaries import shipped
from zhitong.web.boundaries.frame import SIDE, Box, Frame, around
from zhitong.web.boundaries.installed import County, installed
from zhitong.web.desk.labels import HEIGHT, Label, Names

LARGEST, SMALLEST, SILENT = 15.0, 5.0, 5.0
"""Radii of marks in units of the drawing; the area grows with people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A child of the report: what it is called, what it says, where it leads.

    `value` is None, and `step` without a colour, where nobody has said anything.
    """

    code: str
    name: str
    value: int | None
    coverage: str
    address: str
    step: str

    @property
    def told(self) -> str:
        """The same as a sentence: for a tooltip, and for whoever hears the page."""
        if self.value is None:
            text = _("{name}，未报，已报/应报 {coverage}")
        else:
            text = _("{name}，{people} 人，已报/应报 {coverage}")
        people = f"{self.value or 0:,}"
        return text.format(name=self.name, people=people, coverage=self.coverage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A place on the drawing. An area's mark stands for it until the script has its boundary."""

    place: Place
    x: float
    y: float
    radius: float
    area: bool


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies under the marks, the same for every day and reader."""

    frame: Frame
    outline: str
    neighbours: tuple[tuple[str, str, tuple[float, float] | None], ...]
    """Code, path, and where a name would go."""


def sketch(division: Division, children: Sequence[Place], *, own: Place) -> dict[str, Any] | None:
    """Sketch and tiles of a county, or of one township in its county; None without either.

    `own` is the township itself, whose children, if a report has any, are tiles.
    """
    county = division.code[: Level.COUNTY.digits]
    borders = installed().get(county)
    ground = _ground(county, borders.box if borders else None)
    if division.level == Level.COUNTY:
        shown = [one for one in children if one.value is not None or not _statistical(one.code)]
    else:
        shown = [own]
    marks = _marks(shown, ground, borders) if ground else []
    placed = {one.place.code for one in marks}
    tiles = [one for one in shown if one.code not in placed]
    if division.level > Level.COUNTY:
        tiles = list(children)
    if ground is None and not tiles:
        return None
    return {
        "sketch": ground and _drawing(county, ground, marks, borders),
        "own": own,
        "placed": own.code in placed,
        "county": places.get(county),
        "tiles": sorted(tiles, key=_by_people),
    }


def _drawing(
    county: str, ground: Ground, marks: Sequence[Mark], borders: County | None
) -> dict[str, Any]:
    address = ""
    if borders and borders.areas:
        address = reverse("desk:boundaries", args=[county]) + f"?edition={borders.edition}"
    return {
        "side": SIDE,
        "ground": ground,
        "areas": [one for one in marks if one.area],
        "marks": [one for one in marks if not one.area],
        "names": _names(ground, marks),
        "address": address,
    }


def _marks(shown: Collection[Place], ground: Ground, borders: County | None) -> list[Mark]:
    """Areas first, then positions, the larger under the smaller."""
    most = max((one.value or 0 for one in shown), default=0)
    found = []
    for one in sorted(shown, key=_by_people):
        position = _position(one.code, borders)
        if position is None:
            continue
        x, y = ground.frame.at(*position)
        area = borders is not None and one.code in borders.areas
        found.append(Mark(place=one, x=x, y=y, radius=_radius(one.value, most), area=area))
    return sorted(found, key=lambda mark: not mark.area)


def _position(code: str, borders: County | None) -> tuple[float, float] | None:
    """Longitude and latitude: the operator's, else the place's own, never a borrowed one."""
    if borders and code in borders.townships:
        return borders.areas.get(code) or borders.positions[code]
    division = places.get(code)
    if division.approximate or division.lon is None or division.lat is None:
        return None
    return division.lon, division.lat


def _radius(value: int | None, most: int) -> float:
    if value is None:
        return SILENT
    share = sqrt(value / most) if most else 0.0
    return round(SMALLEST + (LARGEST - SMALLEST) * share, 1)


def _names(ground: Ground, marks: Sequence[Mark]) -> list[Label]:
    """Names of townships where there is room for them, then of the neighbours."""
    names = Names(SIDE)
    for mark in marks:
        if not mark.area:
            names.keep_clear(mark.x, mark.y, mark.radius)
    for mark in marks:
        if mark.area:
            names.centred(mark.place.name, mark.x, mark.y, kind="area-name")
        else:
            names.beside(mark.place.name, mark.x, mark.y, mark.radius)
    for code, _path, at in ground.neighbours:
        if at:
            names.centred(place_name(code), *at, kind="neighbour-name")
    return names.placed


@lru_cache(maxsize=512)
def _ground(county: str, installed_box: Box | None) -> Ground | None:
    """None where neither an outline nor an installed boundary says where the county lies."""
    outline = shipped.outline(county)
    box = outline.bounds if outline else installed_box
    if box is None:
        return None
    frame = around(box)
    neighbours = []
    for code, area in shipped.areas(county[: Level.PROVINCE.digits], Level.COUNTY).items():
        seen = shapely.clip_by_rect(area, *frame.box)
        if code != county and not seen.is_empty:
            neighbours.append((code, frame.path(area), _room(frame.laid(seen))))
    return Ground(frame, frame.path(outline) if outline else "", tuple(neighbours))


def _room(seen: Geometry) -> tuple[float, float] | None:
    """Where a name goes on the part of an area that is seen; None where no line of it would fit."""
    circle = shapely.maximum_inscribed_circle(seen)
    x, y = circle.coords[0]
    return (round(x, 1), round(y, 1)) if circle.length > HEIGHT / 2 else None


def _statistical(code: str) -> bool:
    """Farms and parks owe no report, so their silence is nothing to show."""
    return places.get(code).statistical


def _by_people(one: Place) -> tuple[int, str]:
    return (-1 if one.value is None else one.value) * -1, one.code

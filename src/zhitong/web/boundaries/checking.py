"""An operator's GeoJSON of townships: read, checked feature by feature, refused as a whole."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from zhitong import places
from zhitong.kernel.errors import UserError
from zhitong.places import Level
from zhitong.web.boundaries import geometry, shipped
from zhitong.web.boundaries.geometry import Points

LARGEST_FILE = 64 << 20
"""Bytes; coordinates become arrays as they are read, so that memory stays at a few times this."""
NEAR_KM = 5.0
"""How far beyond its county's shipped outline, itself good to 500 m, a township may lie."""
EAST, NORTH = (73.0, 136.0), (3.0, 54.0)
"""Longitudes and latitudes between which the country lies."""
_SAMPLE = 200
"""Points of a township that are held against its county's outline."""
_LONGEST_CODE = 20
"""Letters that are read of a code, which has 12 at most, and told of what is none."""
TOLD = 5
"""Faults that a refusal names; it counts the others."""
_WGS_84 = ("CRS84", "4326", "4490")
"""Names by which files call it; CGCS2000 (4490) lies within decimetres of it."""


class BadBoundaries(UserError):
    """A file that cannot be taken; nothing of it was."""

    code = "bad-boundaries"


class _Fault(Exception):
    """What is wrong with one feature."""


@dataclass(frozen=True, slots=True)
class Place:
    """A township's area, as rings by polygon, or its position alone; one of them is None."""

    code: str
    polygons: tuple[tuple[Points, ...], ...] | None
    position: tuple[float, float] | None

    @property
    def county(self) -> str:
        return self.code[: Level.COUNTY.digits]

    @property
    def points(self) -> Points:
        if self.polygons is None:
            return np.array([self.position], dtype=float)
        return np.concatenate([ring for polygon in self.polygons for ring in polygon])


def read(path: Path) -> dict[str, list[Place]]:
    """Townships of a GeoJSON file by county, in order of code.

    Raises `BadBoundaries` that names the faulty features, OSError when the file cannot be read.
    """
    document = _document(path)
    features = _features(document)
    found: dict[str, Place] = {}
    faults = []
    for at, feature in enumerate(features, start=1):
        name = _named(feature)
        try:
            place = _place(feature)
            if place.code in found:
                raise _Fault("与前面的要素重复，每个乡镇只能有一个")
            found[place.code] = place
        except _Fault as fault:
            faults.append(f"第 {at} 个要素（{name}）：{fault}")
    if faults:
        more = f"；另有 {len(faults) - TOLD} 处" if len(faults) > TOLD else ""
        raise BadBoundaries("；".join(faults[:TOLD]) + more + "。整份文件未导入。")
    by_county: dict[str, list[Place]] = defaultdict(list)
    for code in sorted(found):
        by_county[found[code].county].append(found[code])
    return dict(by_county)


def _document(path: Path) -> Any:
    with path.open("rb") as file:
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        limit = f"{LARGEST_FILE >> 20} MB"
        raise BadBoundaries(
            f"文件超过 {limit}：请先简化边界，或按市分成几份。", code="boundaries-too-large"
        )
    try:
        text = content.decode("utf-8-sig")
        return json.loads(text, object_hook=_compact, parse_constant=_no_number)
    except UnicodeDecodeError as failure:
        raise BadBoundaries("文件不是 UTF-8 编码，请另存为 UTF-8 的 GeoJSON。") from failure
    except json.JSONDecodeError as failure:
        where = f"第 {failure.lineno} 行第 {failure.colno} 个字符"
        raise BadBoundaries(f"文件不是完整的 JSON（{where}）。") from failure
    except ValueError as failure:
        # Python reads no whole number of more than 4,300 digits.
        raise BadBoundaries("文件中有过长的数字，不是坐标，也不是区划代码。") from failure
    except RecursionError as failure:
        raise BadBoundaries("文件嵌套过深，不是 GeoJSON。") from failure


def _no_number(word: str) -> float:
    raise BadBoundaries(f"文件中有 {word}，它不是 JSON 的数字。")


def _compact(found: dict[str, Any]) -> dict[str, Any]:
    """Rings as arrays as soon as they are read: a tenth of the memory of lists."""
    match found:
        case {"type": "Polygon", "coordinates": list(rings)}:
            found["coordinates"] = [_array(ring) for ring in rings]
        case {"type": "MultiPolygon", "coordinates": list(polygons)}:
            found["coordinates"] = [
                [_array(ring) for ring in one] if isinstance(one, list) else one for one in polygons
            ]
    return found


def _array(raw: Any) -> Points | None:
    """Points of shape (n, 2), heights left out; None for what is no list of points."""
    try:
        array = np.asarray(raw)
    except ValueError:
        return None
    if array.dtype.kind not in "iuf" or array.ndim != 2 or array.shape[1] < 2:
        return None
    return array[:, :2].astype(float)


def _features(document: Any) -> list[Any]:
    match document:
        case {"type": "FeatureCollection", "features": list(features)}:
            pass
        case _:
            raise BadBoundaries("不是 GeoJSON 的 FeatureCollection。")
    match document:
        case {"crs": {"properties": {"name": name}}} if not str(name).endswith(_WGS_84):
            raise BadBoundaries(f"坐标系是 {str(name)[:40]}，请转换为 WGS-84（EPSG:4326）再导入。")
    if not features:
        raise BadBoundaries("文件中没有一个乡镇。")
    return features


def _named(feature: Any) -> str:
    """How a refusal calls a feature."""
    match feature:
        case {"properties": {"code": code, **rest}}:
            division = places.find(str(code))
            name = division.name if division else rest.get("name", "")
            return " ".join(f"{code} {name}"[:40].split())
    return "没有 code"


def _place(feature: Any) -> Place:
    """One feature as a township's place. Raises `_Fault`."""
    code = _code(feature)
    polygons: tuple[tuple[Points, ...], ...] | None = None
    position: tuple[float, float] | None = None
    match feature.get("geometry"):
        case {"type": "Polygon", "coordinates": list(rings)}:
            polygons = (_polygon(rings),)
        case {"type": "MultiPolygon", "coordinates": list(parts)} if parts:
            polygons = tuple(_polygon(part) for part in parts)
        case {"type": "Point", "coordinates": list(raw)}:
            array = _array([raw])
            if array is None:
                raise _Fault("坐标应为两个数字：经度、纬度")
            position = (float(array[0, 0]), float(array[0, 1]))
        case {"type": str(kind)} if kind not in ("Polygon", "MultiPolygon", "Point"):
            raise _Fault(f"图形是 {kind[:20]}，只接受 Polygon、MultiPolygon 和 Point")
        case _:
            raise _Fault("没有图形，或图形不完整")
    place = Place(code, polygons, position)
    _check_range(place.points)
    _check_nearness(place)
    return place


def _code(feature: Any) -> str:
    match feature:
        case {"type": "Feature", "properties": {"code": str() | int() as raw}}:
            pass
        case _:
            raise _Fault("应为 Feature，并在 properties.code 写 9 位区划代码")
    try:
        division = places.get(str(raw)[:_LONGEST_CODE])
    except places.PlaceError as failure:
        raise _Fault(str(failure).rstrip("。")) from failure
    if division.level != Level.TOWNSHIP:
        raise _Fault(f"“{division.full_name}”是{division.level.label}级，只接受乡镇（9 位代码）")
    return division.code


def _polygon(rings: Any) -> tuple[Points, ...]:
    if not isinstance(rings, list) or not rings:
        raise _Fault("多边形没有边界")
    for ring in rings:
        if not isinstance(ring, np.ndarray):
            raise _Fault("多边形的坐标应为 [经度, 纬度] 的列表")
        if len(ring) < 4 or (ring[0] != ring[-1]).any():
            raise _Fault("多边形的边界没有闭合：首尾应是同一点，至少四个点")
    return tuple(rings)


def _check_range(points: Points) -> None:
    def within(of: Points, limits: tuple[float, float]) -> bool:
        return bool(((of >= limits[0]) & (of <= limits[1])).all())

    east, north = points[:, 0], points[:, 1]
    if within(east, EAST) and within(north, NORTH):
        return
    if within(east, NORTH) and within(north, EAST):
        raise _Fault("经纬度颠倒了：GeoJSON 先写经度，后写纬度")
    if not (within(east, (-180, 180)) and within(north, (-90, 90))):
        raise _Fault("坐标不是经纬度（像是投影坐标），请转换为 WGS-84")
    raise _Fault("有坐标不在中国范围内")


def _check_nearness(place: Place) -> None:
    """By the county's outline, or the city's where no file holds the county; else not at all."""
    county = place.county
    rings, name = shipped.outline(county), places.get(county).name
    if rings is None:
        city = places.get(county[: Level.CITY.digits])
        rings = shipped.areas(city.code[:2], Level.CITY).get(city.code)
        name = city.name
    if rings is None:
        return
    points = place.points
    away = np.median(geometry.km_outside(rings, points[:: 1 + len(points) // _SAMPLE]))
    if away > NEAR_KM:
        raise _Fault(f"位置离{name}约 {away:,.0f} 公里，代码或坐标有误")

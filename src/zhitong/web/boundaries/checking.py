"""An operator's GeoJSON of townships: read, checked feature by feature, refused as a whole."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely import Geometry

from zhitong import places
from zhitong.kernel.errors import UserError
from zhitong.places import Division, Level
from zhitong.web.boundaries import shipped
from zhitong.web.boundaries.plane import Points, km_outside

LARGEST_FILE = 64 << 20
"""Bytes; coordinates become arrays as they are read, so that memory stays at a few times this."""
NEAR_KM = 5.0
"""How far beyond its county's shipped outline, itself good to 500 m, a township may lie."""
EAST, NORTH = (73.0, 136.0), (3.0, 54.0)
"""Longitudes and latitudes between which the country lies."""
DECIMALS = 5
"""Of a degree, about a metre: how exactly boundaries are kept. Smaller rings are left out."""
MOST_POINTS = 50_000
"""Of one area. Whether a boundary crosses itself takes at worst the square of them to find."""
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


def read(path: Path) -> dict[str, dict[str, Geometry]]:
    """Townships of a GeoJSON file by county and code, in order: valid MultiPolygons, or Points.

    Raises `BadBoundaries` that names the faulty features, OSError when the file cannot be read.
    """
    document = _document(path)
    features = _features(document)
    found: dict[str, Geometry] = {}
    faults = []
    for at, feature in enumerate(features, start=1):
        name = _named(feature)
        try:
            code = _code(feature)
            shape = _shape(feature, places.get(code[: Level.COUNTY.digits]))
            if code in found:
                raise _Fault("与前面的要素重复，每个乡镇只能有一个")
            found[code] = shape
        except _Fault as fault:
            faults.append(f"第 {at} 个要素（{name}）：{fault}")
    if faults:
        more = f"；另有 {len(faults) - TOLD} 处" if len(faults) > TOLD else ""
        raise BadBoundaries("；".join(faults[:TOLD]) + more + "。整份文件未导入。")
    by_county: dict[str, dict[str, Geometry]] = defaultdict(dict)
    for code in sorted(found):
        by_county[code[: Level.COUNTY.digits]][code] = found[code]
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


def _shape(feature: Any, county: Division) -> Geometry:
    """One feature's area or position, rounded. Raises `_Fault`."""
    match feature.get("geometry"):
        case {"type": "Polygon", "coordinates": list(rings)}:
            shape = _area([rings])
        case {"type": "MultiPolygon", "coordinates": list(parts)} if parts:
            shape = _area(parts)
        case {"type": "Point", "coordinates": list(raw)}:
            array = _array([raw])
            if array is None:
                raise _Fault("坐标应为两个数字：经度、纬度")
            _check_range(array)
            shape = shapely.Point(array[0])
        case {"type": str(kind)} if kind not in ("Polygon", "MultiPolygon", "Point"):
            raise _Fault(f"图形是 {kind[:20]}，只接受 Polygon、MultiPolygon 和 Point")
        case _:
            raise _Fault("没有图形，或图形不完整")
    _check_nearness(shape, county)
    return shapely.transform(shape, lambda at: at.round(DECIMALS))


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


def _area(parts: list[Any]) -> Geometry:
    """Polygons as one area that nowhere crosses itself."""
    _check_rings(parts)
    points = np.concatenate([ring for rings in parts for ring in rings])
    _check_range(points)
    if len(points) > MOST_POINTS:
        raise _Fault(f"边界有 {len(points):,} 个点，超过 {MOST_POINTS:,} 个，请先简化")
    polygons = [
        shapely.Polygon(rings[0], [hole for hole in rings[1:] if _extends(hole)])
        for rings in parts
        if _extends(rings[0])
    ]
    if not polygons:
        raise _Fault("边界没有围成 1 米以上的范围")
    area = shapely.MultiPolygon(polygons)
    if not area.is_valid:
        where = re.search(r"\[(\S+) (\S+)\]", shapely.is_valid_reason(area))
        near = "在经度 {:.5f}、纬度 {:.5f} 处".format(*map(float, where.groups())) if where else ""
        raise _Fault(
            f"边界{near}自相交或重叠，请先修复（QGIS 的“Fix geometries”，或 mapshaper -clean）"
        )
    return area


def _check_rings(parts: list[Any]) -> None:
    for rings in parts:
        if not isinstance(rings, list) or not rings:
            raise _Fault("多边形没有边界")
        for ring in rings:
            if not isinstance(ring, np.ndarray):
                raise _Fault("多边形的坐标应为 [经度, 纬度] 的列表")
            if len(ring) < 4 or (ring[0] != ring[-1]).any():
                raise _Fault("多边形的边界没有闭合：首尾应是同一点，至少四个点")


def _extends(ring: Points) -> bool:
    """Whether more than a point or a line to and fro is left of it when it is rounded."""
    return len(np.unique(ring.round(DECIMALS), axis=0)) > 2


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


def _check_nearness(shape: Geometry, county: Division) -> None:
    """By the county's outline, or the city's where no file holds the county; else not at all."""
    around, name = shipped.outline(county.code), county.name
    if around is None:
        city = places.get(county.code[: Level.CITY.digits])
        around = shipped.areas(city.code[: Level.PROVINCE.digits], Level.CITY).get(city.code)
        name = city.name
    if around is None:
        return
    points = shapely.get_coordinates(shape)
    away = np.median(km_outside(around, points[:: 1 + len(points) // _SAMPLE]))
    if away > NEAR_KM:
        raise _Fault(f"位置离{name}约 {away:,.0f} 公里，代码或坐标有误")

"""An operator's boundaries: what is taken, what is refused and why, and never a half."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from django.test import Client
from django.urls import reverse
from shapely import Geometry
from shapely.geometry import shape

from factories.boundaries import feature, made_up, winding, written
from zhitong import places
from zhitong.offices.models import Department, Organisation, Staff
from zhitong.places import Level
from zhitong.web.boundaries import checking, installed, shipped
from zhitong.web.boundaries.checking import BadBoundaries

ZAOQIANG, RAOYANG, ZONE = "131121", "131124", "131171"
TOWNSHIPS = [one.code for one in places.children(ZAOQIANG)]
FIRST, SECOND, THIRD = TOWNSHIPS[:3]
SQUARE = [[115.7, 37.5], [115.8, 37.5], [115.8, 37.6], [115.7, 37.6], [115.7, 37.5]]

CROSSES = ["第 1 个要素", "经度 115.75000、纬度 37.55000 处自相交", "请先修复"]


def polygon(ring: Any = SQUARE) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [ring]}


def collection(*features: Any, **more: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features), **more}


def install(document: Any, folder: Path, now: datetime) -> dict[str, installed.County]:
    path = written(document, folder / "made-up.geojson")
    return installed.install(checking.read(path), source=path.name, now=now)


@pytest.mark.parametrize(
    ("features", "reasons"),
    [
        ([feature("131121999", polygon())], ["第 1 个要素（131121999）", "不存在"]),
        ([feature(ZAOQIANG, polygon())], ["枣强县", "县级", "只接受乡镇"]),
        ([feature("枣强镇", polygon())], ["不是区划代码"]),
        ([{"type": "Feature", "properties": None, "geometry": polygon()}], ["没有 code", "9 位"]),
        (["no feature"], ["没有 code", "应为 Feature"]),
        ([feature(FIRST, {"type": "LineString", "coordinates": SQUARE})], ["LineString"]),
        ([feature(FIRST, None)], ["没有图形"]),
        ([feature(FIRST, {"type": "Polygon", "coordinates": []})], ["没有边界"]),
        ([feature(FIRST, {"type": "MultiPolygon", "coordinates": [7]})], ["没有边界"]),
        ([feature(FIRST, polygon(SQUARE[:-1]))], ["没有闭合"]),
        ([feature(FIRST, polygon([["115.7", "37.5"]] * 4))], ["[经度, 纬度]"]),
        ([feature(FIRST, polygon([[115.7, 37.5], [115.7]] * 2))], ["[经度, 纬度]"]),
        ([feature(FIRST, polygon([[y, x] for x, y in SQUARE]))], ["经纬度颠倒"]),
        ([feature(FIRST, polygon([[x * 4000, y * 99999] for x, y in SQUARE]))], ["投影坐标"]),
        ([feature(FIRST, polygon([[x - 110, y] for x, y in SQUARE]))], ["不在中国范围"]),
        ([feature(FIRST, polygon([[x, y + 2] for x, y in SQUARE]))], ["离枣强县约", "公里"]),
        ([feature(FIRST, {"type": "Point", "coordinates": [115.7]})], ["两个数字"]),
        ([feature(FIRST, {"type": "Point", "coordinates": [37.5, 115.7]})], ["经纬度颠倒"]),
        ([feature(FIRST, polygon([SQUARE[at] for at in (0, 2, 1, 3, 0)]))], CROSSES),
        (
            [feature(FIRST, {"type": "MultiPolygon", "coordinates": [[SQUARE]] * 2})],
            ["自相交或重叠"],
        ),
        ([feature(FIRST, polygon([[x, 37.5] for x, _ in SQUARE]))], ["1 米"]),
        ([feature(FIRST, polygon([[115.7, 37.5 + at * 1e-9] for at in (0, 1, 2, 0)]))], ["1 米"]),
        (
            [feature(FIRST, polygon()), feature(f"{FIRST}000", polygon())],
            ["第 2 个要素", "重复"],
        ),
        (
            [feature("1", None) for _ in range(checking.TOLD + 2)],
            ["第 5 个要素", "另有 2 处", "未导入"],
        ),
    ],
)
def test_a_faulty_feature_is_named_with_what_is_wrong(
    features: list[Any], reasons: list[str], tmp_path: Path, now: datetime
) -> None:
    good = feature(SECOND, polygon())
    path = written(collection(*features, good), tmp_path / "made-up.geojson")

    with pytest.raises(BadBoundaries) as refused:
        checking.read(path)

    assert all(reason in str(refused.value) for reason in reasons), refused.value
    assert installed.installed() == {}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "JSON"),
        (b'{"type": "FeatureCollection", "features": [', "第 1 行"),
        (b'{"type": "FeatureCollection", "features": [NaN]}', "NaN"),
        ('{"name": "枣强镇"}'.encode("gb18030"), "UTF-8"),
        (b"[" * 100_000, "嵌套过深"),
        (b"[]", "FeatureCollection"),
        (b'{"type": "FeatureCollection", "features": []}', "没有一个乡镇"),
        (
            b'{"type": "FeatureCollection", "features": [1],'
            b' "crs": {"properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}}',
            "WGS-84",
        ),
    ],
)
def test_a_file_that_is_no_geojson_is_refused(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "made-up.geojson"
    path.write_bytes(content)

    with pytest.raises(BadBoundaries, match=reason):
        checking.read(path)


def kept_areas(county: installed.County) -> list[Geometry]:
    return [shape(one["geometry"]) for one in json.loads(county.path.read_text())["features"]]


def test_a_large_county_is_simplified_no_more_than_it_must_and_common_borders_stay_common(
    tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = install(winding(ZAOQIANG), tmp_path, now)[ZAOQIANG]
    before = kept_areas(whole)
    monkeypatch.setattr(installed, "LARGEST_COUNTY", whole.size // 2)
    county = install(winding(ZAOQIANG), tmp_path, now)[ZAOQIANG]
    after = kept_areas(county)

    assert (whole.tolerance, whole.points) == (0, whole.points_given)
    assert county.tolerance in installed.TOLERANCES[1:-1] and county.size <= whole.size // 2
    assert county.points_given == whole.points
    assert county.points == shapely.get_num_coordinates(after).sum() < whole.points
    assert shapely.coverage_is_valid(before) and shapely.coverage_is_valid(after)
    assert shapely.union_all(after).interiors[:] == shapely.union_all(before).interiors[:] == []
    away = max(shapely.hausdorff_distance(before, after)) * 111_000
    assert 0 < away < 5 * county.tolerance
    assert all(
        one.contains(shapely.Point(at))
        for one, at in zip(after, county.areas.values(), strict=True)
    )


def test_files_counties_and_areas_too_large_are_refused(
    tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(made_up(ZAOQIANG), tmp_path / "made-up.geojson")
    with monkeypatch.context() as patch:
        patch.setattr(installed, "LARGEST_COUNTY", 1000)
        with pytest.raises(BadBoundaries, match=r"枣强县.*按 100 米简化后仍有.*请先简化"):
            installed.install(checking.read(path), source="x", now=now)
    with monkeypatch.context() as patch:
        patch.setattr(checking, "MOST_POINTS", 3)
        with pytest.raises(BadBoundaries, match="个点，超过 3 个，请先简化"):
            checking.read(path)
    monkeypatch.setattr(checking, "LARGEST_FILE", 1000)
    with pytest.raises(BadBoundaries, match="请先简化边界"):
        checking.read(path)

    assert installed.installed() == {}


def test_shapes_of_any_size_are_installed_or_refused(
    tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw, taken = np.random.default_rng(1), 0
    monkeypatch.setattr(installed, "LARGEST_COUNTY", 1)
    monkeypatch.setattr(installed, "TOLERANCES", (0, 100))
    for _ in range(600):
        size = 10.0 ** draw.uniform(-9, -1, size=2)
        parts = [[115.75, 37.5] + size * draw.random((draw.integers(3, 6), 2)) for _ in range(2)]
        rings = [[[*part.tolist(), part[0].tolist()]] for part in parts[: draw.integers(1, 3)]]
        made = collection(feature(FIRST, {"type": "MultiPolygon", "coordinates": rings}))
        with pytest.raises(BadBoundaries) as refused:
            install(made, tmp_path, now)
        taken += refused.value.code == "boundaries-too-large"

    assert 100 < taken < 500, "both kinds come about"


def test_an_index_of_a_former_release_is_read(tmp_path: Path, now: datetime) -> None:
    county = install(made_up(ZAOQIANG), tmp_path, now)[ZAOQIANG]
    index = installed.folder() / "index.json"
    former = json.loads(index.read_text())
    for key in ("tolerance", "points", "points_given"):
        del former[ZAOQIANG][key]
    index.unlink()
    written(former, index)

    assert installed.installed()[ZAOQIANG].areas == county.areas
    assert installed.installed()[ZAOQIANG].tolerance == 0


def test_outlines_that_come_with_the_program_are_valid() -> None:
    for level in (Level.CITY, Level.COUNTY):
        areas = shipped.areas("13", level)
        assert areas and [code for code, one in areas.items() if not one.is_valid] == []


def test_what_is_installed_is_what_the_file_said(tmp_path: Path, now: datetime) -> None:
    county = install(made_up(ZAOQIANG, areas=TOWNSHIPS[:4], points=TOWNSHIPS[4:6]), tmp_path, now)[
        ZAOQIANG
    ]
    kept = json.loads(county.path.read_text())

    assert installed.installed() == {ZAOQIANG: county}
    assert set(county.areas) == set(TOWNSHIPS[:4])
    assert set(county.positions) == set(TOWNSHIPS[4:6])
    assert county.missing == [
        one for one in places.expected_townships(ZAOQIANG) if one not in TOWNSHIPS[:6]
    ]
    for one in kept["features"]:
        if one["geometry"]["type"] == "MultiPolygon":
            middle = county.areas[one["properties"]["code"]]
            assert shape(one["geometry"]).contains(shapely.Point(middle))


def test_a_zone_without_an_outline_is_held_against_its_city(tmp_path: Path, now: datetime) -> None:
    township = places.children(ZONE)[0].code
    assert shipped.outline(ZONE) is None
    near = feature(township, {"type": "Point", "coordinates": [115.7, 37.7]})
    far = feature(township, {"type": "Point", "coordinates": [117.7, 39.7]})

    assert set(install(collection(near), tmp_path, now)) == {ZONE}
    with pytest.raises(BadBoundaries, match="离衡水市约"):
        install(collection(far), tmp_path, now)


def test_counties_come_and_go_as_wholes(tmp_path: Path, now: datetime) -> None:
    both = made_up(ZAOQIANG)
    both["features"] += made_up(RAOYANG)["features"]
    install(both, tmp_path, now)
    before = dict(installed.installed())
    install(made_up(ZAOQIANG, areas=[], points=[FIRST]), tmp_path, now)
    after = installed.installed()

    assert set(after) == {ZAOQIANG, RAOYANG}
    assert after[RAOYANG] == before[RAOYANG]
    assert after[ZAOQIANG].townships == {FIRST}
    assert installed.remove([RAOYANG, ZONE]) == [RAOYANG]
    files = {path.name for path in installed.folder().glob("*.json")}
    assert files == {"index.json", installed.installed()[ZAOQIANG].path.name}


@pytest.mark.parametrize("written_files", range(3))
def test_a_run_cut_short_changes_nothing(
    written_files: int, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(made_up(ZAOQIANG, areas=[FIRST]), tmp_path, now)
    before = dict(installed.installed())
    both = made_up(ZAOQIANG)
    both["features"] += made_up(RAOYANG)["features"]
    write, done = installed._write, []

    def killed(path: Path, content: bytes) -> None:
        if len(done) == written_files:
            raise KeyboardInterrupt
        done.append(path)
        write(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(installed, "_write", killed)
        with pytest.raises(KeyboardInterrupt):
            install(both, tmp_path, now)

    assert installed.installed() == before
    assert all(one.path.is_file() for one in before.values())
    install(both, tmp_path, now)
    assert len(list(installed.folder().glob("*.json"))) == 3


def test_a_reader_fetches_a_county_once_and_asks_again_by_its_edition(
    desk_of: Callable[..., Client], tmp_path: Path, now: datetime
) -> None:
    county = install(made_up(ZAOQIANG), tmp_path, now)[ZAOQIANG]
    address = reverse("desk:boundaries", args=[ZAOQIANG])
    client = desk_of(TOWNSHIPS[0])
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})

    assert first.content == county.path.read_bytes()
    assert first.headers["Cache-Control"].startswith("private")
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(reverse("desk:boundaries", args=[RAOYANG])).status_code == 404
    assert client.get("/boundaries/..%2Findex.json").status_code == 404
    install(made_up(ZAOQIANG, areas=[FIRST]), tmp_path, now)
    fresh = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert fresh.status_code == 200


def test_departments_without_figures_get_no_boundaries(
    db: None, django_user_model: Any, tmp_path: Path, now: datetime
) -> None:
    install(made_up(ZAOQIANG), tmp_path, now)
    office = Organisation.objects.create(
        division=ZAOQIANG, department=Department.ENTERPRISE, name="某厂"
    )
    user = django_user_model.objects.create(username="visitor")
    Staff.objects.create(user=user, organisation=office, roles=["read"])
    client = Client()
    client.force_login(user)

    assert client.get(reverse("desk:boundaries", args=[ZAOQIANG])).status_code == 403

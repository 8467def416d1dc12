"""Townships on the map of their county: areas, marks, tiles; and nobody at a false place."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factories.boundaries import made_up, written
from factories.figures import DAY, HEBEI, HENGSHUI, RAOYANG, ZAOQIANG, store_figure
from stages.web.test_web_doors import assert_no_inline
from zhitong import places
from zhitong.flows.models import DailyFigure
from zhitong.places import Level
from zhitong.web.boundaries import checking, installed, shipped
from zhitong.web.boundaries.plane import km_outside
from zhitong.web.desk.labels import HEIGHT, Names

pytestmark = pytest.mark.django_db
DeskOf = Callable[..., Client]
GAOCHENG, ZONE, SHIJIAZHUANG = "130109", "131171", "1301"


@pytest.fixture
def counted(now: datetime) -> Callable[..., None]:
    """Figures of a county and of its townships in order of code, None for silence."""

    def store(county: str, bases: list[int | None] | None = None) -> None:
        if not DailyFigure.objects.filter(division=county, about=DAY).exists():
            store_figure(division=county, about=DAY, base=900, now=now)
        codes = [one.code for one in places.children(county)]
        for code, base in zip(codes, bases or range(1, 99), strict=False):
            if base is not None and not places.get(code).statistical:
                row = store_figure(division=code, about=DAY, base=base, now=now)
                row.townships_reported = 1
                row.save()

    return store


@pytest.fixture
def install(tmp_path: Path, now: datetime) -> Callable[..., None]:
    def put(county: str, **which: Any) -> None:
        path = written(made_up(county, **which), tmp_path / "made-up.geojson")
        installed.install(checking.read(path), source=path.name, now=now)

    return put


def map_of(desk: Client, division: str) -> dict[str, Any]:
    return desk.get("/", {"division": division}).context["map"]


def on(drawn: dict[str, Any]) -> tuple[set[str], set[str], set[str]]:
    """Codes of areas, of marks, and of tiles."""
    sketch = drawn["sketch"] or {"areas": [], "marks": []}
    areas, marks = ({one.place.code for one in sketch[key]} for key in ("areas", "marks"))
    return areas, marks, {one.code for one in drawn["tiles"]}


def with_position(county: str) -> set[str]:
    return {one.code for one in places.children(county) if not one.approximate}


@pytest.mark.parametrize("county", [ZAOQIANG, GAOCHENG, RAOYANG])
def test_townships_with_a_position_are_marks_and_the_others_tiles(
    county: str, desk_of: DeskOf, counted: Callable[..., None]
) -> None:
    counted(county)
    everyone = {one.code for one in places.children(county) if not one.statistical}
    areas, marks, tiles = on(map_of(desk_of(county), county))

    assert areas == set()
    assert marks == with_position(county) & everyone
    assert tiles == everyone - marks


def test_every_position_that_a_map_of_the_province_uses_lies_in_its_county() -> None:
    townships = [one for one in places.descendants(HEBEI, Level.TOWNSHIP) if not one.approximate]
    away = []
    for one in townships:
        outline = shipped.outline(one.code[: Level.COUNTY.digits])
        assert outline is not None, one
        away.append(km_outside(outline, np.array([(one.lon, one.lat)]))[0])

    assert townships and max(away) < 0.5, "an outline is good to 500 m"


def test_marks_lie_where_the_places_do_and_inside_the_county(
    desk_of: DeskOf, counted: Callable[..., None]
) -> None:
    counted(GAOCHENG)
    sketch = map_of(desk_of(GAOCHENG), GAOCHENG)["sketch"]
    frame, outline = sketch["ground"].frame, shipped.outline(GAOCHENG)
    assert outline is not None

    for mark in sketch["marks"]:
        division = places.get(mark.place.code)
        longitude = frame.west + mark.x / frame.across
        latitude = frame.north - mark.y / frame.down
        assert (longitude, latitude) == pytest.approx((division.lon, division.lat), abs=1e-3)
    west, south, east, north = outline.bounds
    assert frame.box[0] < west < east < frame.box[2]
    assert frame.box[1] < south < north < frame.box[3]


def test_silence_has_no_colour_and_zero_has_one(
    desk_of: DeskOf, counted: Callable[..., None]
) -> None:
    bases: list[int | None] = [None, 0, *range(1, 40)]
    counted(GAOCHENG, bases)
    response = desk_of(GAOCHENG).get("/", {"division": GAOCHENG})
    drawn = response.context["map"]
    found = {one.place.code: one for one in drawn["sketch"]["marks"]}
    shown = {code: one.place for code, one in found.items()} | {
        one.code: one for one in drawn["tiles"]
    }
    silent, zero = (one.code for one in places.children(GAOCHENG)[:2])

    assert (shown[silent].value, shown[silent].step) == (None, "step-none")
    assert (shown[zero].value, shown[zero].step) == (0, "step-1-of-5")
    assert "未报" in shown[silent].told and "0 人" in shown[zero].told
    spoken = sorted((one.place.value, one.radius) for one in found.values() if one.place.value)
    assert [radius for _, radius in spoken] == sorted(radius for _, radius in spoken)
    text = response.content.decode()
    assert_no_inline(text)
    for code, place in shown.items():
        assert re.search(rf'href="[^"]*division={code}[^"]*"\s+data-code="{code}"', text)
        assert place.told in text


def test_a_county_reader_gets_no_figure_of_a_neighbour(
    desk_of: DeskOf, hebei_days: None, counted: Callable[..., None]
) -> None:
    counted(ZAOQIANG)
    ground = map_of(desk_of(ZAOQIANG), ZAOQIANG)["sketch"]["ground"]
    text = desk_of(ZAOQIANG, name="second").get("/").content.decode()

    neighbours = {code for code, _path, _at in ground.neighbours}
    assert "131102" in neighbours and ZAOQIANG not in neighbours
    assert not any(f"division={code}" in text for code in neighbours)


def test_installed_boundaries_make_areas_and_positions_marks(
    desk_of: DeskOf, counted: Callable[..., None], install: Callable[..., None]
) -> None:
    counted(ZAOQIANG)
    everyone = [one.code for one in places.children(ZAOQIANG)]
    own = with_position(ZAOQIANG)
    drawn_as_areas = [code for code in everyone if code not in own][:4]
    as_points = [code for code in everyone if code not in own][4:6]
    install(ZAOQIANG, areas=drawn_as_areas, points=as_points)
    drawn = map_of(desk_of(ZAOQIANG), ZAOQIANG)
    areas, marks, tiles = on(drawn)

    assert areas == set(drawn_as_areas)
    assert marks == set(as_points) | own
    assert tiles == set(everyone) - areas - marks
    edition = installed.installed()[ZAOQIANG].edition
    assert drawn["sketch"]["address"] == f"/boundaries/{ZAOQIANG}.json?edition={edition}"


def test_a_zone_without_an_outline_is_tiles_until_somebody_installs_one(
    desk_of: DeskOf, counted: Callable[..., None], tmp_path: Path, now: datetime
) -> None:
    counted(ZONE)
    desk = desk_of(ZONE)
    before = map_of(desk, ZONE)
    codes = [one.code for one in places.children(ZONE) if not one.statistical]
    point = {"type": "Point", "coordinates": [115.7, 37.7]}
    feature = {"type": "Feature", "properties": {"code": codes[0]}, "geometry": point}
    made = {"type": "FeatureCollection", "features": [feature]}
    path = written(made, tmp_path / "made-up.geojson")
    installed.install(checking.read(path), source=path.name, now=now)

    assert before["sketch"] is None
    assert on(before) == (set(), set(), set(codes))
    assert on(map_of(desk, ZONE)) == (set(), {codes[0]}, set(codes[1:]))


def test_a_citys_divisions_without_a_boundary_are_tiles(desk_of: DeskOf, now: datetime) -> None:
    store_figure(division=SHIJIAZHUANG, about=DAY, base=9, now=now)
    drawn = map_of(desk_of(SHIJIAZHUANG), SHIJIAZHUANG)
    counties = {one.code for one in places.descendants(SHIJIAZHUANG, Level.COUNTY)}
    shown = {one["code"] for one in drawn["chart"]["values"]}

    assert shown == counties & set(shipped.areas(HEBEI, Level.COUNTY))
    assert {one.code for one in drawn["tiles"]} == counties - shown != set()


@pytest.mark.parametrize(("reader", "leads_up"), [(ZAOQIANG, True), ("", False)])
def test_a_township_is_shown_in_its_county_or_said_to_lack_a_position(
    reader: str, leads_up: bool, desk_of: DeskOf, counted: Callable[..., None]
) -> None:
    counted(ZAOQIANG)
    placed = min(with_position(ZAOQIANG))
    lost = next(one.code for one in places.children(ZAOQIANG) if one.approximate)
    for township, told in ((placed, False), (lost, True)):
        response = desk_of(reader or township, name=f"reader-{township}").get(
            "/", {"division": township}
        )
        text, drawn = response.content.decode(), response.context["map"]
        assert [one.place.code for one in drawn["sketch"]["marks"]] == ([] if told else [placed])
        assert ("这个乡镇的位置没有登记" in text) is told
        assert ("返回枣强县" in text) is leads_up
        assert drawn["tiles"] == []
        assert_no_inline(text)


def test_a_township_with_an_installed_boundary_is_its_area(
    desk_of: DeskOf, counted: Callable[..., None], install: Callable[..., None]
) -> None:
    counted(ZAOQIANG)
    install(ZAOQIANG)
    lost = next(one.code for one in places.children(ZAOQIANG) if one.approximate)

    assert on(map_of(desk_of(lost), lost)) == ({lost}, set(), set())


def test_the_map_asks_the_database_nothing(
    desk_of: DeskOf, hebei_days: None, counted: Callable[..., None], install: Callable[..., None]
) -> None:
    counted(ZAOQIANG)
    desk = desk_of(HENGSHUI)
    asked = []
    for division in (HENGSHUI, ZAOQIANG, min(with_position(ZAOQIANG))):
        install(ZAOQIANG)
        with CaptureQueriesContext(connection) as captured:
            assert desk.get("/", {"division": division}).context["map"]
        asked.append(len(captured))

    assert len(set(asked)) == 1


def test_names_keep_off_each_other_and_off_the_marks() -> None:
    names = Names(100)
    names.keep_clear(50, 50, 5)
    names.beside("枣强镇", 50, 50, 5)
    names.centred("大营镇", 50, 50, kind="area-name")
    names.centred("枣强县", 90, 20, kind="area-name")
    names.beside("新屯", 92, 80, 5)

    assert [(one.text, one.anchor) for one in names.placed] == [
        ("枣强镇", "start"),
        ("新屯", "end"),
    ]
    assert names.placed[0].x > 55 and abs(names.placed[0].y - 50) < HEIGHT

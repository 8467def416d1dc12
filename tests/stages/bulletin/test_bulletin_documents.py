"""Pictures and the PDF, made from records and looked into."""

from __future__ import annotations

import io
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from pypdf import PdfReader

import zhitong
from factories.trips import trip
from factories.workers import workers
from stages.bulletin.hebei import BOTOU, DAY, DAYING, TIANJIN, operated, stock
from zhitong.bulletin.documents import bulletin_pdf
from zhitong.bulletin.figures import collect
from zhitong.bulletin.pictures import illustrate
from zhitong.flows.operations import store_days

pytestmark = pytest.mark.django_db
MAPS = Path(zhitong.__file__).parent / "web/static/desk/maps"


def test_every_picture_of_a_province(tmp_path, now):
    stock()
    operated()
    store_days(days=[DAY.replace(day=1), DAY], now=now)
    pictures = illustrate(tmp_path, figures=collect(division="13", about=DAY), maps=MAPS)

    assert [picture.png.name for picture in pictures] == [
        *("categories.png", "map.png", "trend.png", "coaches.png")
    ]
    for picture in pictures:
        image = Image.open(picture.png)
        assert image.width == 1600 and len(image.getcolors(1 << 24)) > 50
        assert ElementTree.parse(picture.svg).getroot().tag.endswith("svg")


def test_the_same_figures_give_the_same_pictures(tmp_path):
    stock()
    figures = collect(division="1311", about=DAY)
    first, second = (
        illustrate(tmp_path / name, figures=figures, maps=MAPS) for name in ("one", "two")
    )
    assert [picture.svg.read_bytes() for picture in first] == [
        picture.svg.read_bytes() for picture in second
    ]


def test_pictures_without_data_or_boundaries_are_left_out(tmp_path):
    assert illustrate(tmp_path, figures=collect(division="13", about=DAY), maps=MAPS) == []
    stock()
    figures = collect(division="13", about=DAY)
    names = [one.png.name for one in illustrate(tmp_path, figures=figures, maps=tmp_path)]
    assert names == ["categories.png"]


def test_the_pdf_says_what_the_prose_says(tmp_path, now):
    stock()
    operated()
    people = workers([DAYING], name="欧阳密密")
    trip(origin=BOTOU, destination=TIANJIN, people=people, day=DAY)
    figures = collect(division="13", about=DAY)
    pictures = illustrate(tmp_path, figures=figures, maps=MAPS)
    pdf = bulletin_pdf(figures=figures, version=1, now=now, pictures=pictures)
    reader = PdfReader(io.BytesIO(pdf))
    text = "".join(page.extract_text() for page in reader.pages)
    text = "".join(text.split())

    assert len(reader.pages) >= 1 + len(pictures)
    assert "开行出省包车91车次" in text and "14,148" in text and "本期未统计" in text
    assert "欧阳" not in text
    assert pdf == bulletin_pdf(figures=figures, version=1, now=now, pictures=pictures)

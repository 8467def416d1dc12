"""`zhitong boundaries`: tried, installed, listed, removed; refused in one line."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from factories.boundaries import feature, made_up, winding, written
from stages.cli.test_cli_manners import run as run  # the fixture
from zhitong import places
from zhitong.kernel.models import JournalEntry
from zhitong.web.boundaries import installed as installed_module
from zhitong.web.boundaries.installed import installed

pytestmark = pytest.mark.django_db
ZAOQIANG = "131121"
TOWNSHIPS = [one.code for one in places.children(ZAOQIANG)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = made_up(ZAOQIANG, areas=TOWNSHIPS[:3], points=TOWNSHIPS[3:4])
    return written(made, tmp_path / "made-up.geojson")


def test_boundaries_are_tried_installed_listed_and_removed(run, file):
    status, said, _ = run("boundaries", file, "--check", "--json")
    tried = json.loads(said)["counties"]
    assert (status, installed()) == (0, {})
    _, said, _ = run("boundaries", file, "--json")
    done = json.loads(said)["counties"]
    _, said, _ = run("boundaries", "--list", "--json")
    listed = json.loads(said)["counties"]

    assert [{**one, "installed_at": ""} for one in tried] == [
        {**one, "installed_at": ""} for one in done
    ]
    assert listed == done
    assert done[0]["areas"] == TOWNSHIPS[:3] and done[0]["positions"] == TOWNSHIPS[3:4]
    assert done[0]["missing"] == [
        one for one in places.expected_townships(ZAOQIANG) if one not in TOWNSHIPS[:4]
    ]
    status, said, _ = run("boundaries", "--remove", "枣强县")
    assert (status, dict(installed())) == (0, {})
    assert "已删除" in said and "还缺" not in said
    verbs = JournalEntry.objects.order_by("id").values_list("verb", "subject")
    assert list(verbs) == [
        ("boundaries.installed", f"division:{ZAOQIANG}"),
        ("boundaries.removed", f"division:{ZAOQIANG}"),
    ]


def test_people_read_what_is_covered_and_what_is_missing(run, file):
    status, said, complaint = run("boundaries", file)

    assert (status, complaint) == (0, "")
    assert "枣强县" in said and "还缺" in said
    assert all(places.get(code).name in said for code in TOWNSHIPS[4:])


def test_what_was_simplified_is_said(run, tmp_path, monkeypatch):
    file = written(winding(ZAOQIANG), tmp_path / "winding.geojson")
    monkeypatch.setattr(installed_module, "LARGEST_COUNTY", 50_000)
    _, said, _ = run("boundaries", file, "--check", "--json")
    told = json.loads(said)["counties"][0]
    _, said, _ = run("boundaries", file)

    assert told["tolerance_metres"] > 0 and told["points"] < told["points_given"]
    assert f"按 {told['tolerance_metres']} 米简化：{told['points_given']:,} 个点" in said
    assert f"减为 {told['points']:,} 个" in said


def test_a_faulty_file_is_one_line_and_leaves_what_was_there(run, file, tmp_path):
    run("boundaries", file)
    before = dict(installed())
    faulty = made_up(ZAOQIANG)
    faulty["features"].append(feature("131121999", None))
    status, said, complaint = run("boundaries", written(faulty, tmp_path / "faulty.geojson"))

    assert (status, said) == (2, "")
    assert complaint.count("\n") == 1
    assert f"第 {len(TOWNSHIPS) + 1} 个要素（131121999）" in complaint
    assert dict(installed()) == before
    assert JournalEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "FILE"),
        (["--list", "--remove", "131121"], "FILE"),
        (["--check", "--list"], "FILE"),
        (["no-such-file.geojson"], "no-such-file"),
        (["--remove", "131121"], "没有导入过"),
        (["--remove", "1311"], "不是县"),
    ],
)
def test_what_makes_no_sense_is_a_line(run, words, reason):
    status, _, complaint = run("boundaries", *words)

    assert status == 2
    assert reason in complaint and complaint.count("\n") == 1


def test_a_file_name_in_another_encoding_is_no_obstacle(run, file):
    named = file.with_name(os.fsdecode("枣强".encode("gbk") + b".geojson"))
    file.rename(named)
    status, _, complaint = run("boundaries", named)

    assert (status, complaint) == (0, "")
    assert installed()[ZAOQIANG].source.endswith(".geojson")
    assert run("boundaries", "--list")[0] == 0


@pytest.mark.parametrize("code", ["1" * 5_000, '"' + "1" * 1_000_000 + '"'])
def test_a_code_as_long_as_a_book_is_a_line(run, tmp_path, code):
    path = tmp_path / "made-up.geojson"
    point = '{"type": "Point", "coordinates": [115.7, 37.5]}'
    path.write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature",'
        f' "properties": {{"code": {code}}}, "geometry": {point}}}]}}'
    )
    status, _, complaint = run("boundaries", path)

    assert status == 2
    assert complaint.count("\n") == 1 and len(complaint) < 300

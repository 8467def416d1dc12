"""From survey files to the bulletin, in an installation of its own, through the command line.

The worker stock is thinned to one in a thousand here; trips, runs and riders stay whole. The long
test walks at one in a hundred, as `make run` does.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

DAY = ("--date", "2020-03-02", "--division", "130000")


@pytest.fixture(scope="module")
def out(zhitong, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    done = zhitong("journey", "--out", folder, "--scale", 1000)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "bars belong on terminals"
    return folder


@pytest.fixture(scope="module")
def bulletin(out, told) -> dict:
    return told("bulletin", *DAY)


def test_the_stock_counts_to_the_published_figures_thinned(out, told):
    report = told("report", *DAY)

    # 1,350,400 and 385,700 thinned to one in a thousand and rounded
    assert (report["within_province"], report["outside_province"]) == (1350, 386)
    assert report["total"] == 1736 == sum(report["categories"].values())
    assert list(report["categories"]) == [
        "within_township",
        "within_county",
        "within_city",
        "elsewhere_in_province",
        "other_province",
    ]
    assert 0 < report["coverage"]["reported"] <= report["coverage"]["due"]


def test_trips_runs_and_riders_are_whole(bulletin):
    assert bulletin["S4"] == {
        "outbound": {"trips": 90, "people": 1243},
        "inbound": {"trips": 24, "people": 529},
    }
    assert bulletin["S6"] == {
        "total": {"trips": 628, "people": 14147},
        "door_to_door": {"runs": 154, "people": 6864},
        "point_to_point": {"vehicles": 474, "people": 7283},
    }


def test_the_through_coaches_are_named_with_their_places(bulletin):
    rows = [
        (one["date"], one["people"], one["vehicles"], one["direction"]) for one in bulletin["S1"]
    ]

    assert rows == [
        ("2020-02-24", 17, 1, "inbound"),
        ("2020-02-27", 24, 1, "outbound"),
        ("2020-02-28", 64, 3, "outbound"),
    ]
    assert bulletin["S1"][0]["to"] == ["河北省张家口市怀来县大黄庄镇"]
    assert bulletin["S1"][2]["to"] == ["四川省成都市", "浙江省金华市义乌市", "辽宁省大连市"]


def test_what_does_not_exist_yet_is_absent_and_everything_else_adds_up(bulletin):
    assert set(bulletin["S7"]) == set(bulletin["S8"]) == {"absent"}
    assert bulletin["S5"]["departments"] == 5
    assert bulletin["S3"]["trips"] > 0
    assert len(bulletin["S9"]["sums"]) >= 5
    assert all(one["holds"] for one in bulletin["S9"]["sums"])


def test_every_wrong_row_came_back_and_no_other(out):
    """The scenario says beforehand which rows it made wrong, and how many of each file pass."""
    answers = json.loads((out / "scenario" / "answers.json").read_text("utf-8"))
    results = json.loads((out / "summary.json").read_text("utf-8"))["results"]
    told = {(one["stage"], one["what"]): one["value"] for one in results}

    for what, key in (("入库", "admitted"), ("退回", "refused"), ("重复待处理", "duplicates")):
        assert told["登记", what] == sum(one[key] for one in answers["files"])
    troubled = sum(1 for one in answers["files"] if one["refused"])
    assert len(list((out / "errors").glob("*.xlsx"))) == troubled > 0


def test_the_plan_keeps_every_rule_when_judged_from_its_files(out, told):
    verdict = told("check", out / "problem.json", out / "plan.json")

    assert verdict["ok"]
    assert verdict["cost"] > 0


def test_a_plan_edited_by_hand_is_judged_too(out, told, tmp_path):
    plan = json.loads((out / "plan.json").read_text("utf-8"))
    block = next(one for one in plan["blocks"] if one["plan"]["trips"])
    block["plan"]["trips"].append(block["plan"]["trips"][0])
    edited = tmp_path / "edited.json"
    edited.write_text(json.dumps(plan), "utf-8")

    verdict = told("check", out / "problem.json", edited, status=1)

    assert verdict["violations"]
    assert {one["block"] for one in verdict["violations"]} == {block["key"]}


def test_the_documents_are_there_and_nobody_is_named_in_full(out):
    pages = PdfReader(out / "manifests.pdf").pages
    text = "".join(page.extract_text() for page in pages)
    index = load_workbook(out / "manifests.xlsx").worksheets[0]

    assert "乘车名单" in text
    assert "*" in text
    assert index.max_row > len(pages) / 4
    assert len(PdfReader(out / "placards.pdf").pages) > 0
    assert "6,864" in (out / "bulletin.txt").read_text("utf-8") or "6864" in (
        out / "bulletin.txt"
    ).read_text("utf-8")
    assert len(list((out / "pictures").glob("*.png"))) == len(
        list((out / "pictures").glob("*.svg"))
    )
    assert load_workbook(out / "daily-report.xlsx").worksheets[0].max_row > 11


def test_a_second_walk_is_the_same_walk(out, zhitong):
    first = (out / "summary.json").read_bytes()
    kept = {name: (out / name).read_bytes() for name in ("plan.json", "bulletin.json")}

    done = zhitong("journey", "--out", out, "--scale", 1000)

    assert done.returncode == 0, done.stderr
    assert (out / "summary.json").read_bytes() == first
    assert {name: (out / name).read_bytes() for name in kept} == kept


def test_another_scale_is_not_mixed_in(out, zhitong, tmp_path):
    done = zhitong("journey", "--out", tmp_path / "other", "--scale", 2000)

    assert done.returncode == 2
    assert "another origin or scale" in done.stderr


def test_the_doctor_finds_it_sound(out, told):
    assert told("doctor")["sound"]


@pytest.mark.long
def test_the_published_scale(elsewhere, tmp_path):
    done = elsewhere("journey", "--out", tmp_path / "out", "--json")
    told = {(one["stage"], one["what"]): one["value"] for one in json.loads(done.stdout)["results"]}

    assert told["日报", "在岗（人）"] == 17361
    assert (told["日报", "省内"], told["日报", "省外"]) == (13504, 3857)
    assert (told["公报", "车次"], told["公报", "人次"]) == (628, 14147)

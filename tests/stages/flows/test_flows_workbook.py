"""The daily report as a workbook, read back cell by cell."""

from __future__ import annotations

from datetime import date

import openpyxl
import pytest

from factories.workers import at_work, reported
from zhitong import places
from zhitong.flows.report import report
from zhitong.flows.workbook import write_report

DAY = date(2020, 3, 2)
DAYING, WANGJUN, BEIJING = "131121102", "131121202", "110105001"

pytestmark = pytest.mark.django_db


@pytest.fixture
def sheet(tmp_path):
    at_work([(DAYING, DAYING)] * 1200 + [(WANGJUN, BEIJING)] * 3)
    at_work([(WANGJUN, WANGJUN)], started=DAY)
    reported(DAYING)
    path = write_report(tmp_path / "日报.xlsx", report=report(division="131121", about=DAY))
    return openpyxl.load_workbook(path).active


def test_head(sheet):
    assert sheet["A1"].value == "河北省衡水市枣强县农民工务工情况日报表"
    assert sheet["A2"].value == "填报单位：河北省衡水市枣强县"
    assert sheet["G2"].value == "日期：2020-03-02" and sheet["K2"].value == "单位：人"
    headings = [
        bottom.value or top.value
        for top, bottom in zip(sheet[3], sheet[4], strict=True)
        if bottom.value or top.value
    ]
    assert headings == [
        *("地区", "乡内", "乡外县内", "县外市内", "市外省内", "跨省", "省内合计", "省外", "总计"),
        *("已报", "应报", "较前日", "较上年同期"),
    ]


def test_a_line_a_township_and_the_total_below(sheet):
    names = [child.name for child in places.children("131121")]
    lines = {row[0].value: [cell.value for cell in row[1:]] for row in sheet.iter_rows(min_row=5)}
    total = lines["合计"]
    due = len(places.expected_townships("131121"))

    assert list(lines)[: len(names) + 1] == [*names, "合计"]
    assert lines["大营镇"] == [1200, 0, 0, 0, 0, 1200, 0, 1200, 1, 1, "—", "—"]
    assert total == [1201, 0, 0, 0, 3, 1201, 3, 1204, 1, due, "—", "—"]
    for column in range(8):
        assert total[column] == sum(lines[name][column] for name in names)


def test_a_change_stands_only_against_a_day_on_which_somebody_reported(tmp_path):
    at_work([(DAYING, DAYING)] * 3)
    at_work([(WANGJUN, WANGJUN)], started=DAY)
    reported(DAYING, about=date(2020, 3, 1))
    path = write_report(tmp_path / "日报.xlsx", report=report(division="131121", about=DAY))
    rows = openpyxl.load_workbook(path).active.iter_rows(min_row=5, values_only=True)
    lines = {row[0]: row[-2:] for row in rows if row[0]}
    assert lines["合计"] == (1, "—")
    assert lines["大营镇"] == (0, "—")
    assert lines[places.get(WANGJUN).name] == ("—", "—")


def test_numbers_are_numbers_with_thousands_and_panes_are_frozen(sheet):
    cell = sheet["B5"]
    assert cell.number_format == "#,##0" and cell.alignment.horizontal == "right"
    assert sheet["L5"].number_format == "+#,##0;-#,##0;0"
    assert sheet.freeze_panes == "B5"
    assert sheet.page_setup.orientation == "landscape" and sheet.print_title_rows == "$3:$4"


def test_the_foot_says_what_coverage_means(sheet):
    due = len(places.expected_townships("131121"))
    text = "".join(str(row[0].value) for row in sheet.iter_rows(min_row=6) if row[0].value)
    assert "零报告计为已报" in text and "未报送的不作估计" in text
    assert f"前日 2020-03-01（已报/应报 0/{due}），上年同期 无资料" in text


def test_homes_without_a_township_have_their_line(tmp_path):
    at_work([("131121", "1301")] * 2)
    path = write_report(tmp_path / "日报.xlsx", report=report(division="131121", about=DAY))
    rows = openpyxl.load_workbook(path).active.iter_rows(min_row=5, values_only=True)
    lines = {row[0]: row for row in rows}
    assert lines["未细分到下级"][4] == lines["合计"][4] == 2

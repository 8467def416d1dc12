"""Declared figures added up like counted ones, and as files."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from factories.catalogue import proposal
from factories.chain import (
    DAY,
    DAYING,
    HEBEI,
    HENGSHUI,
    KEYS,
    RAOYANG_TOWN,
    XINTUN,
    ZAOQIANG,
    counts,
    officer,
    offices,
    report,
)
from factories.workers import at_work
from zhitong import places
from zhitong.flows.catalogue import operations as catalogue
from zhitong.flows.chain import exporting, operations, queries
from zhitong.flows.chain.declared import declared
from zhitong.flows.chain.refusals import Refusal
from zhitong.flows.chain.workbook import write_declared
from zhitong.flows.rules import same_day_a_year_before

pytestmark = pytest.mark.django_db
NOON = datetime(2020, 3, 2, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def staff():
    """Three units on three days: the day, the day before, the same day a year before."""
    found = offices()
    at_work([(DAYING, DAYING)] * 2)
    for unit, figures in ((DAYING, (3, 1)), (XINTUN, (5,)), (RAOYANG_TOWN, (0, 0, 0, 0, 7))):
        report(unit, *figures, by=found[unit], now=NOON)
    report(DAYING, 2, by=found[DAYING], now=NOON, about=DAY - timedelta(days=1))
    report(XINTUN, 4, by=found[XINTUN], now=NOON, about=same_day_a_year_before(DAY))
    county = officer(ZAOQIANG, name="writes")
    operations.declare(
        unit="131121101", about=DAY, counts=counts(99), reasons=dict.fromkeys(KEYS, "稿"),
        by=county, now=NOON,
    )  # fmt: skip
    return found


@pytest.mark.parametrize(
    ("division", "total", "units", "difference"),
    [(HEBEI, 16, 3, 14), (HENGSHUI, 16, 3, 14), (ZAOQIANG, 9, 2, 7), (DAYING, 4, 1, 2)],
)
def test_a_parent_is_the_sum_of_its_children(staff, division, total, units, difference) -> None:
    day = declared(division=division, about=DAY)

    assert (day.report.total, day.report.coverage.reported) == (total, units)
    assert day.report.coverage.due == len(places.expected_townships(division))
    assert day.difference(division) == difference
    assert dict(day.report.categories) == queries.totals(division=division, about=DAY)[0]
    if day.report.children:
        assert sum(one.total for one in day.report.children) == total
        assert sum(day.difference(one.division) for one in day.report.children) == difference
        assert not any(day.report.unplaced.values())


def test_earlier_days_are_what_was_declared_then(staff) -> None:
    whole = declared(division=HEBEI, about=DAY).report
    assert whole.day_before and whole.day_before.total == 2
    assert whole.day_before.coverage.reported == 1
    assert whole.year_before and whole.year_before.total == 4
    raoyang = next(
        one for one in declared(division=HENGSHUI, about=DAY).report.children
        if one.division == "131124"
    )  # fmt: skip
    assert raoyang.day_before is raoyang.year_before is None


def test_adding_up_costs_one_query(staff, django_assert_num_queries) -> None:
    for division in (HEBEI, ZAOQIANG, DAYING):
        with django_assert_num_queries(1):
            declared(division=division, about=DAY)


def test_the_workbook_has_the_official_layout_with_difference_and_items(
    staff, tmp_path: Path
) -> None:
    path = write_declared(tmp_path / "a.xlsx", division=ZAOQIANG, about=DAY)
    cells = pl.read_excel(path, has_header=False, engine="calamine").rows()

    assert cells[0][0] == "河北省衡水市枣强县农民工务工情况填报汇总表"
    heads = [up or down for up, down in zip(cells[2], cells[3], strict=True)]
    assert "较登记库" in cells[3] and "已报" in cells[3] and heads[0] == "地区"
    at = cells[3].index("较登记库")
    lines = {row[0]: row for row in cells[4:] if row[0]}
    assert str(lines["合计"][at]) == "7" and str(lines["大营镇"][at]) == "2"
    assert any("退回未改的不计入" in name for name in lines)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_table_holds_every_figure_of_every_unit(staff, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"a.{form}"
    lines = exporting.write(
        path, division=ZAOQIANG, first=DAY - timedelta(days=1), last=DAY, form=form
    )

    codes = {"division": pl.String}
    read = (
        pl.read_parquet(path)
        if form == "parquet"
        else pl.read_csv(path, schema_overrides=codes, try_parse_dates=True)
    )
    assert read.columns == exporting.COLUMNS.names
    assert len(read) == lines == 4 * 5
    mine = read.filter((pl.col("division") == DAYING) & (pl.col("date") == DAY))
    assert mine["figure"].to_list() == list(KEYS)
    assert mine["declared"].to_list() == [3, 1, 0, 0, 0]
    assert mine["derived"].to_list() == [2, 0, 0, 0, 0]
    assert mine["county"][0] == "枣强县" and mine["state"][0] == "submitted"
    assert set(read.filter(pl.col("division") == "131121101")["state"]) == {"draft"}
    assert RAOYANG_TOWN not in set(read["division"])


def test_a_table_holds_items_and_no_formula(staff, tmp_path: Path) -> None:
    tomorrow, later = DAY + timedelta(days=1), NOON + timedelta(days=1)
    catalogue.add(
        province=HEBEI, proposal=proposal("shops"), first_day=tomorrow,
        by=officer(HEBEI, name="head"), now=NOON,
    )  # fmt: skip
    operations.declare(
        unit=DAYING, about=tomorrow, counts=counts(9), reasons=dict.fromkeys(KEYS, "=1+1"),
        answers={"shops": 8}, by=staff[DAYING], now=later, submit=True,
    )  # fmt: skip
    path = tmp_path / "a.csv"

    assert exporting.write(path, division=DAYING, first=tomorrow, last=tomorrow, form="csv") == 6
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["reason"] for row in rows if row["figure"] == "within_township"] == ["'=1+1"]
    assert (rows[-1]["figure"], rows[-1]["declared"], rows[-1]["derived"]) == ("shops", "8", "")


@pytest.mark.parametrize("days", [-1, exporting.LONGEST])
def test_days_in_the_wrong_order_or_too_many_are_refused(tmp_path: Path, days: int) -> None:
    with pytest.raises(Refusal, check=lambda no: no.code == "export-too-long"):
        exporting.write(
            tmp_path / "a", division=HEBEI, first=DAY, last=DAY + timedelta(days=days), form="csv"
        )

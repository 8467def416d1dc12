"""The declared day as the workbook that offices file: the official layout with completeness,
the difference to the registry and the items that the province has added."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from zhitong.flows.catalogue.queries import ItemDay, item_days
from zhitong.flows.catalogue.rules import UNITS, Unit
from zhitong.flows.chain.declared import Declared, declared
from zhitong.flows.stock import Report
from zhitong.flows.workbook import COLUMNS, UNKNOWN, Column, Layout, Value, write_report


def write_declared(path: Path, *, division: str, about: date) -> Path:
    """Write a division's declared day to `path`; returns it. Raises `UnknownPlace`."""
    day = declared(division=division, about=about)
    items = item_days(division=day.report.division, about=about)
    layout = Layout(
        title="农民工务工情况填报汇总表",
        columns=(
            *COLUMNS,
            Column("较登记库", _difference(day), over="增减", style="change"),
            *(_item_column(one) for one in items),
        ),
        notes=_notes,
    )
    return write_report(path, report=day.report, layout=layout)


def _difference(day: Declared) -> Callable[[Report], Value]:
    return lambda line: day.difference(line.division) if line.coverage.reported else None


def _item_column(one: ItemDay) -> Column:
    unit = UNITS[Unit(one.item.unit)]

    def value(line: Report) -> Value:
        amount = one.children.get(line.division, one.whole)
        return amount.value if amount.coverage.reported else None

    return Column(f"{one.item.name_zh}（{unit}）", value, over="本省增加的指标", width=13)


def _notes(report: Report) -> Sequence[str]:
    share = report.coverage.reported / report.coverage.due if report.coverage.due else 0
    before, a_year_before = (
        f"{earlier.about.isoformat()}（已报/应报 {earlier.coverage}）" if earlier else "无资料"
        for earlier in (report.day_before, report.year_before)
    )
    return (
        "注：1. 本表为各乡镇（街道）填报并已提交的数字，退回未改的不计入；"
        "省内合计为前四类之和，省外即跨省。",
        f"2. 已报、应报为当日已报送和应报送的乡镇（街道）数，零报告计为已报；报送率 {share:.1%}，"
        "未报送的不作估计。",
        "3. 较登记库为填报数减去同一批单位的登记库统计数；增加的指标只含已填该项的单位。",
        f"4. 对比日为当时填报数：前日 {before}，上年同期 {a_year_before}；"
        f"“{UNKNOWN}”表示没有资料。",
    )

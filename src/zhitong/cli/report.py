"""`zhitong report`: the five-category report of a division on a day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from zhitong import places
from zhitong.cli import console, options, upkeep
from zhitong.flows import report as reports
from zhitong.flows.files import report_from_files
from zhitong.flows.stock import Report, Stock
from zhitong.flows.workbook import write_report
from zhitong.places import Category


@click.command("report")
@options.about
@options.division
@options.as_json
@click.option("--xlsx", type=click.Path(path_type=Path, dir_okay=False), help="Write it as xlsx.")
@click.option(
    "--files",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    help="Count these survey files instead of the registry (repeatable).",
)
def command(
    about: date, division: str, as_json: bool, xlsx: Path | None, files: tuple[Path, ...]
) -> None:
    """Workers at work by category, with coverage, the day before and the year before."""
    if files:
        report = report_from_files(list(files), division=division, about=about)
    else:
        upkeep.ready()
        report = reports.report(division=division, about=about)
    if xlsx:
        write_report(xlsx, report=report)
    if as_json:
        console.print_json(report.as_json())
    else:
        _show(report)


def _show(report: Report) -> None:
    """The division on its three days, then its children on the day itself."""
    labels = [one.label for one in Category]
    headings = ("", "总计", "省内", "省外", *labels, "已报/应报")
    days: list[tuple[str, Stock | None]] = [
        ("当日", report),
        ("前一日", report.day_before),
        ("上年同日", report.year_before),
    ]
    console.print_table(
        f"{places.full_name(report.division)} 务工信息日报 {report.about}（人）",
        headings,
        [_line(label, stock) for label, stock in days if stock],
    )
    if report.children:
        rows = [_line(places.get(one.division).name, one) for one in report.children]
        console.print_table("分地区", headings, rows)


def _line(label: str, stock: Stock) -> tuple[object, ...]:
    return (
        label,
        stock.total,
        stock.within_province,
        stock.outside_province,
        *(stock.categories[one.key] for one in Category),
        f"{stock.coverage.reported}/{stock.coverage.due}",
    )

"""`zhitong report`: the five-category report of a division on a day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from zhitong.cli import console, options, upkeep
from zhitong.flows import report as reports
from zhitong.flows.files import report_from_files
from zhitong.flows.workbook import write_report


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
        return
    console.print_table(f"{about} 务工信息日报", ("项目", "数值"), console.flat(report.as_json()))

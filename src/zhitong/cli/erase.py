"""`zhitong erase`: end the retention of personal data."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
from django.utils import timezone

from zhitong import places
from zhitong.cli import console, options, upkeep
from zhitong.registry import erasure


@click.command("erase")
@click.option("--before", type=options.Day(), required=True, help="Nothing was heard since.")
@options.division
@click.option("--apply", "applied", is_flag=True, help="Erase; without it only report.")
@click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False), help="Write the report here too."
)
@options.as_json
def command(before: date, division: str, applied: bool, report: Path | None, as_json: bool) -> int:
    """Erase who people were of whom nothing was heard since a day; figures stay.

    Without --apply nothing is changed. What was erased cannot be had back.
    """
    upkeep.ready()
    done = erasure.erase(
        division=division, before=before, apply=applied, by=None, now=timezone.now()
    )
    told = {
        "division": division,
        "before": before.isoformat(),
        "applied": done.applied,
        "workers": done.workers,
        "by_county": done.by_county,
    }
    if report:
        report.write_text(console.as_json(told), encoding="utf-8")
    if as_json:
        console.print_json(told)
        return 0
    rows = [(places.full_name(code), people) for code, people in done.by_county.items()]
    title = "已清除" if applied else "将清除（未执行，加 --apply 执行）"
    console.print_table(title, ("县（市、区）", "人数"), [*rows, ("合计", done.workers)])
    return 0

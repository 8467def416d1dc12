"""`zhitong retention`: what has been kept long enough, and its erasure as a job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from django.contrib.auth import get_user_model
from django.utils import timezone

from zhitong.cli import console, options, upkeep
from zhitong.kernel import retention
from zhitong.kernel.errors import UserError
from zhitong.registry import jobs


class NobodyAnswers(UserError):
    """An erasure has a person who answers for it."""

    code = "nobody-answers"


@click.command("retention")
@options.division
@click.option("--apply", "applied", is_flag=True, help="Queue the erasure; without it only report.")
@click.option("--by", "username", help="With --apply: the account that answers for it.")
@click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False), help="Write the report here too."
)
@options.as_json
def command(
    division: str, applied: bool, username: str | None, report: Path | None, as_json: bool
) -> int:
    """Report what is older than its days, and with --apply have it erased by a job.

    The days by kind are those of ZHITONG_RETENTION. What was erased cannot be had back; figures
    stay, and so does the journal.
    """
    upkeep.ready()
    now = timezone.now()
    today = timezone.localdate(now)
    found = list(retention.due(division=division, today=today))
    told: dict[str, Any] = {
        "division": division,
        "today": today.isoformat(),
        "records": [
            {
                "key": one.record.key,
                "title": one.record.title,
                "days": one.days,
                "before": one.before and one.before.isoformat(),
                "count": one.count,
            }
            for one in found
        ],
        "job": None,
    }
    if applied:
        by = get_user_model().objects.filter(username=username or "", is_active=True).first()
        if by is None:
            raise NobodyAnswers("--apply needs --by with the name of an account that is in use")
        told["job"] = jobs.start_retention(division=division, today=today, by=by, now=now).pk
    if report:
        report.write_text(console.as_json(told), encoding="utf-8")
    if as_json:
        console.print_json(told)
        return 0
    rows = [
        (
            one.record.title,
            one.days or retention.NEVER,
            one.before.isoformat() if one.before else "",
            one.count,
        )
        for one in found
    ]
    title = f"已排队清除（任务 {told['job']}）" if applied else "将清除（未执行，加 --apply 执行）"
    console.print_table(title, ("记录", "保存天数", "早于", "条数"), rows)
    return 0

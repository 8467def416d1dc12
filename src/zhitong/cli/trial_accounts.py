"""`zhitong trial-accounts`: who it takes to walk a daily report from township to province."""

from __future__ import annotations

from dataclasses import asdict

import click
from django.utils import timezone

from zhitong.cli import console, options, upkeep
from zhitong.offices.trial import open_trial_accounts


@click.command("trial-accounts")
@click.option(
    "--township",
    type=options.Division(),
    default="131121102",
    show_default=True,
    help="Where the report begins; the accounts above it follow.",
)
@options.as_json
def command(township: str, as_json: bool) -> None:
    """Open an account at a township and at every level above it, and print the passwords once.

    For trials: refused on a database of your own, or where other accounts exist. Called again, it
    gives new passwords.
    """
    upkeep.ready()
    opened = open_trial_accounts(township=township, now=timezone.now())
    if as_json:
        console.print_json({"accounts": [asdict(one) for one in opened]})
        return
    console.print_table(
        "试用账号（密码只显示这一次）",
        ("用户名", "密码", "单位", "岗位"),
        [(one.username, one.password, one.office, "、".join(one.roles)) for one in opened],
    )

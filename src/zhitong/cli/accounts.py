"""`zhitong accounts`: open the accounts of a list, or write the form for one."""

from __future__ import annotations

from pathlib import Path

import click
from django.utils import timezone

from zhitong.cli import console, options, upkeep
from zhitong.web.accounts import roster


@click.command("accounts")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--template", is_flag=True, help="Write the form to PATH instead of reading it.")
@click.option("--division", type=options.Division(), default="13", help="Whose townships it lists.")
@click.option("--address", default="http://127.0.0.1:8000", show_default=True, help="Of the desk.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Workbook with the links, or with the rows to mend.  [default: beside PATH]",
)
@options.as_json
def command(
    path: Path, template: bool, division: str, address: str, out: Path | None, as_json: bool
) -> int:
    """Open all accounts of the list PATH, or none; the same list again changes nothing.

    The invitation links are written to one workbook and kept nowhere else.
    """
    if template:
        path.write_bytes(roster.template(division=division))
        _say(as_json, {"template": str(path), "division": division}, str(path))
        return 0
    upkeep.ready()
    outcome = roster.admit(path=path, by=None, now=timezone.now())
    answer = out or path.with_name(f"{path.stem}-{'需修改' if outcome.faults else '邀请链接'}.xlsx")
    content = roster.answer(
        outcome, link=lambda token: f"{address.rstrip('/')}/invitation/{token}/"
    )
    answer.touch(mode=0o600)
    answer.write_bytes(content)
    told = {
        "created": outcome.created,
        "unchanged": len(outcome.opened) - outcome.created,
        "faults": [
            {"row": one.row, "column": one.key, "code": one.code, "sentence": one.sentence}
            for one in outcome.faults
        ],
        "workbook": str(answer),
    }
    _say(
        as_json, told, f"{told['created']} accounts opened, {len(outcome.faults)} faults: {answer}"
    )
    return 1 if outcome.faults else 0


def _say(as_json: bool, told: dict[str, object], line: str) -> None:
    if as_json:
        console.print_json(told)
    else:
        click.echo(line)

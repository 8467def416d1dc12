"""`zhitong subject-access`: give somebody what is kept of them."""

from __future__ import annotations

from pathlib import Path

import click
from django.utils import timezone

from zhitong import places
from zhitong.cli import console, options, upkeep
from zhitong.registry import subject
from zhitong.transport import subject as papers


@click.command("subject-access")
@options.division
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="PDF by its ending, else JSON; readable by its owner alone.",
)
@options.as_json
def command(division: str, out: Path, as_json: bool) -> int:
    """Write all that is kept of one person, and note it in the journal.

    The identity number is asked for, or read from standard input: it must not stand among the
    processes of the machine or in a shell's history.
    """
    upkeep.ready()
    number = click.prompt("身份证号", hide_input=True, err=True)
    found = subject.by_identity(identity=number, division=division)
    now = timezone.now()
    told = papers.collect(worker=found, by=None, now=now)
    out.touch(mode=0o600)
    out.chmod(0o600)
    if out.suffix.lower() == ".pdf":
        out.write_bytes(papers.as_pdf(told, office=places.full_name(division), now=now))
    else:
        out.write_text(console.as_json(told), encoding="utf-8")
    if as_json:
        console.print_json({"written": str(out)})
    else:
        click.echo(str(out))
    return 0

"""`zhitong subject-access`: give somebody what is kept of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from django.utils import timezone

from zhitong import places
from zhitong.cli import console, options, upkeep
from zhitong.registry import subject
from zhitong.registry.models import Worker
from zhitong.transport.models import Passage


@click.command("subject-access")
@options.division
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="JSON, readable by its owner alone.",
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
    told = subject.collect(worker=found, by=None, now=timezone.now())
    told["journeys"] = _journeys(found)
    out.touch(mode=0o600)
    out.chmod(0o600)
    out.write_text(console.as_json(told), encoding="utf-8")
    if as_json:
        console.print_json({"written": str(out)})
    else:
        click.echo(str(out))
    return 0


def _journeys(found: Worker) -> list[dict[str, Any]]:
    passages = Passage.objects.filter(worker=found).select_related("trip").order_by("trip__day")
    return [
        {
            "日期": one.trip.day.isoformat(),
            "车次": one.trip.number,
            "从": places.full_name(one.trip.origin),
            "到": places.full_name(one.trip.destination),
            "座位": one.seat,
            "状态": one.get_state_display(),
        }
        for one in passages
    ]

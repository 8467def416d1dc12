"""`zhitong documents`: the papers of a plan's trips."""

from __future__ import annotations

from pathlib import Path

import click
from django.utils import timezone

from zhitong.cli import console, options, upkeep
from zhitong.cli.check import NoSuchPlan
from zhitong.transport.documents import manifest_pdf, placard_pdf
from zhitong.transport.models import Plan
from zhitong.transport.queries import trips_of
from zhitong.transport.workbook import manifest_xlsx


@click.command("documents")
@click.option("--plan", "number", type=int, required=True, help="The stored plan's number.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("out"),
    show_default=True,
)
@options.as_json
def command(number: int, out: Path, as_json: bool) -> None:
    """Write manifests (PDF and xlsx, personal data masked) and placards of a plan's trips."""
    upkeep.ready()
    plan = Plan.objects.filter(pk=number).first()
    if plan is None:
        raise NoSuchPlan(f"there is no plan {number}")
    written = write(plan, out)
    if as_json:
        console.print_json({"written": [str(path) for path in written]})
    else:
        click.echo("\n".join(map(str, written)))


def write(plan: Plan, out: Path) -> list[Path]:
    """The three documents of all trips of a plan."""
    out.mkdir(parents=True, exist_ok=True)
    now = timezone.now()
    trips = list(trips_of(scope=plan.scope, plan=plan))
    contents = {
        "manifests.pdf": manifest_pdf(trips=trips, reader=None, now=now),
        "placards.pdf": placard_pdf(trips=trips, now=now),
        "manifests.xlsx": manifest_xlsx(trips=trips, reader=None, now=now),
    }
    for name, content in contents.items():
        (out / name).write_bytes(content)
    return [out / name for name in contents]

"""`zhitong bulletin`: count, reconcile and publish."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click
from django.utils import timezone

from zhitong.bulletin import figures as counting
from zhitong.bulletin import operations, prose
from zhitong.bulletin.paper import bulletin_pdf
from zhitong.bulletin.rounding import Rounding
from zhitong.cli import console, options, upkeep


@click.command("bulletin")
@options.about
@options.division
@click.option(
    "--rounding",
    type=click.Choice([one.value for one in Rounding]),
    default=Rounding.CUT.value,
    show_default=True,
    help="How 万 gets its two decimals.",
)
@click.option("--since", type=options.Day(), help="Trips count from this day (default: 1 January).")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write it there too.")
@click.option("--publish", is_flag=True, help="Store it as a published version.")
@options.as_json
def command(
    about: date,
    division: str,
    rounding: str,
    since: date | None,
    out: Path | None,
    publish: bool,
    as_json: bool,
) -> int:
    """Every published figure, exact, under its section (S1 to S9), and the prose.

    Exit status 1, naming the sums, when figures disagree; then nothing is published or written.
    """
    upkeep.ready()
    figures = counting.collect(division=division, about=about, since=since)
    wrong = [one for one in figures.sums if not one.holds]
    if as_json:
        console.print_json(figures.as_json())
    if wrong:
        click.echo("zhitong: " + "；".join(map(str, wrong)), err=True)
        return 1
    how = Rounding(rounding)
    if publish:
        operations.publish(
            division=division, about=about, now=timezone.now(), rounding=how, since=since
        )
    if out:
        write(figures, out, rounding=how)
    if not as_json:
        click.echo(str(prose.write(figures, rounding=how)), nl=False)
    return 0


def write(figures: counting.Figures, out: Path, *, rounding: Rounding) -> list[Path]:
    """The bulletin as JSON, text and PDF."""
    out.mkdir(parents=True, exist_ok=True)
    document = prose.write(figures, rounding=rounding)
    content = json.dumps(figures.as_json(), ensure_ascii=False, indent=2, default=str)
    (out / "bulletin.json").write_text(content + "\n", encoding="utf-8")
    (out / "bulletin.txt").write_text(str(document), encoding="utf-8")
    (out / "bulletin.pdf").write_bytes(bulletin_pdf(document))
    return [out / f"bulletin.{form}" for form in ("json", "txt", "pdf")]

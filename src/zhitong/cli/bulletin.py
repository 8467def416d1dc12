"""`zhitong bulletin`: count, reconcile and publish."""

from __future__ import annotations

from datetime import date
from importlib.resources import as_file, files
from pathlib import Path

import click
from django.utils import timezone

from zhitong.bulletin import figures as counting
from zhitong.bulletin import operations, outlets, pictures, prose
from zhitong.bulletin.rounding import PUBLISHED, Rounding
from zhitong.cli import console, options, upkeep


@click.command("bulletin")
@options.about
@options.division
@click.option(
    "--rounding",
    type=click.Choice([one.value for one in Rounding]),
    default=PUBLISHED.value,
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
    if since and since > about:
        raise click.UsageError(f"--since {since} is after --date {about}")
    upkeep.ready()
    figures = counting.collect(division=division, about=about, since=since)
    wrong = [one for one in figures.sums if not one.holds]
    if as_json:
        console.print_json(figures.as_json())
    if wrong:
        click.echo("zhitong: " + "；".join(map(str, wrong)), err=True)
        return 1
    how = Rounding(rounding)
    version = 0
    if publish:
        version = operations.publish(
            division=division, about=about, now=timezone.now(), rounding=how, since=since
        ).version
    if out:
        write(figures, out, version=version, rounding=how)
    if not as_json:
        click.echo(str(prose.write(figures, rounding=how)), nl=False)
    return 0


def write(
    figures: counting.Figures,
    out: Path,
    *,
    version: int,
    rounding: Rounding = PUBLISHED,
) -> tuple[list[Path], int]:
    """The bulletin as JSON, text and PDF, and its pictures; version 0 marks a draft.

    Returns the files and how many pictures there are.
    """
    out.mkdir(parents=True, exist_ok=True)
    with as_file(files("zhitong.web") / "static" / "desk" / "maps") as maps:
        drawn = pictures.illustrate(out / "pictures", figures=figures, maps=maps)
    for form in outlets.FORMS:
        content = outlets.of_figures(
            figures=figures,
            form=form,
            version=version,
            now=timezone.now(),
            rounding=rounding,
            pictures=drawn,
        )
        (out / f"bulletin.{form}").write_bytes(content)
    return [out / f"bulletin.{form}" for form in outlets.FORMS], len(drawn)

"""`zhitong scenario`: a synthetic province as files."""

from __future__ import annotations

from pathlib import Path

import click

from zhitong.cli import console, options
from zhitong.scenario import hebei


@click.command("scenario")
@click.argument("name", type=click.Choice(["hebei-2020"]), default="hebei-2020")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("out/scenario"),
    show_default=True,
    help="An empty folder, or one written by this command.",
)
@click.option("--scale", type=click.IntRange(1, 2_000), default=100, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=2020, show_default=True)
@click.option(
    "--form",
    type=click.Choice(["xlsx", "csv", "parquet"]),
    default="xlsx",
    show_default=True,
    help="Of the survey files.",
)
@options.as_json
def command(name: str, out: Path, scale: int, seed: int, form: str, as_json: bool) -> None:
    """Write survey files by county and the log of operated trips.

    --scale thins the worker stock only: trips, runs and riders stay whole.
    """
    with console.progress() as progress:
        written = hebei.write(out, scale=scale, seed=seed, form=form, progress=progress)
    answer = {
        "scenario": name,
        "surveys": [str(path) for path in written.surveys],
        "operated": [str(path) for path in written.operated],
        "answers": str(written.answers),
    }
    if as_json:
        console.print_json(answer)
        return
    rows = [
        ("survey files", len(written.surveys)),
        ("operated logs", len(written.operated)),
        ("answers", str(written.answers)),
    ]
    console.print_table(f"{name} 1:{scale}", ("written", ""), rows)

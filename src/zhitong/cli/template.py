"""`zhitong template`: the survey form for a clerk."""

from __future__ import annotations

from pathlib import Path

import click

from zhitong.cli import console, options
from zhitong.registry import form


@click.command("template")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--county", type=options.Division(), help="Lists this county's townships.")
@options.as_json
def command(path: Path, county: str | None, as_json: bool) -> None:
    """Write the survey form (xlsx with drop-down lists and notes)."""
    form.write_template(path, county=county)
    if as_json:
        console.print_json({"template": str(path), "county": county})
    else:
        click.echo(str(path))

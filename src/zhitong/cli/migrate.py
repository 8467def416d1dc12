"""`zhitong migrate`: bring the database to this version."""

from __future__ import annotations

import click

from zhitong.cli import console, options, upkeep


@click.command("migrate")
@options.as_json
def command(as_json: bool) -> None:
    """Create or update the tables of the database in use."""
    applied = upkeep.migrate()
    if as_json:
        console.print_json({"applied": applied})
    else:
        click.echo(f"applied: {', '.join(applied)}" if applied else "the tables are up to date")

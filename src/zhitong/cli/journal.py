"""`zhitong journal`: is the record of who did what still whole?"""

from __future__ import annotations

import click

from zhitong.cli import console, options, upkeep
from zhitong.kernel import journal


@click.command("journal")
@click.argument("act", type=click.Choice(["verify"]))
@click.option("--holds", metavar="DIGEST", help="A head noted earlier that must still be there.")
@options.as_json
def command(act: str, holds: str | None, as_json: bool) -> int:
    """Recompute the chain of digests; exit status 1 names the first altered entry.

    Entries removed at the end leave the chain whole. Note the head that this prints, outside the
    database, and give it to --holds the next time.
    """
    assert act == "verify"
    upkeep.ready()
    altered = journal.first_altered()
    entries, head = journal.head()
    missing = bool(holds) and not journal.holds(digest=holds or "")
    told = {
        "whole": altered is None and not missing,
        "entries": entries,
        "head": head.hex(),
        "altered": altered.pk if altered else None,
        "holds": None if holds is None else not missing,
    }
    if as_json:
        console.print_json(told)
    elif altered:
        click.echo(f"altered at entry {altered.pk}: {altered}")
    elif missing:
        click.echo(f"{holds} is no longer there: entries were removed at the end")
    else:
        click.echo(f"{entries} entries, whole; head {head.hex()}")
    return 0 if told["whole"] else 1

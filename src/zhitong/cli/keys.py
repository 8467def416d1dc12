"""`zhitong keys`: the keys under which personal data lie."""

from __future__ import annotations

import click
from django.db import transaction
from django.utils import timezone

from zhitong.cli import console, options, upkeep
from zhitong.config import secrets
from zhitong.kernel import journal, resealing, sealing
from zhitong.kernel.resealing import FILES
from zhitong.offices import second_factor
from zhitong.registry import reprinting, sealed

COLUMNS = (*sealed.COLUMNS, *FILES, *second_factor.SEALED)


@click.command("keys")
@click.argument(
    "act",
    type=click.Choice(["rotate", "reseal", "rotate-hash", "reprint", "drop-hash", "status"]),
)
@options.as_json
def command(act: str, as_json: bool) -> int:
    """Seal everything under a new key (rotate), under the newest (reseal), or look (status).

    The service keeps running: it reads new keys when it meets them. Values that it seals under
    the former key meanwhile are taken by another `reseal`; the former key may be removed when
    `status` says that nothing remains. A run that was cut short goes on with `reseal`.

    People are found by hashes under a key of their own. `rotate-hash` puts a new one in force and
    makes all hashes anew; a run that was cut short goes on with `reprint`. Backup codes of
    authenticators cannot be made anew: `drop-hash` forgets the former key, and those made under it
    with it.
    """
    upkeep.ready()
    if act in ("rotate-hash", "reprint", "drop-hash"):
        return _prints(act, as_json=as_json)
    if act == "rotate":
        secrets.add_field_key()
        sealing.forget_keys()
    done = 0
    if act != "status":
        with console.progress() as progress:
            done = resealing.reseal(COLUMNS, progress=progress)
        with transaction.atomic():
            journal.record(
                actor=None,
                verb="keys.resealed",
                subject=f"key:{sealing.head()[1]}",
                now=timezone.now(),
                details={"values": done},
            )
    told = {
        "key": sealing.head()[1],
        "resealed": done,
        "remaining": resealing.remaining(COLUMNS),
        "former_hash_key": secrets.load().former_hash_key is not None,
    }
    if as_json:
        console.print_json(told)
    else:
        click.echo(
            f"key {told['key']}: {done} values sealed anew, {told['remaining']} under other keys"
        )
    return 1 if told["remaining"] else 0


def _prints(act: str, *, as_json: bool) -> int:
    if act == "rotate-hash":
        reprinting.change_key()
    with console.progress() as progress:
        if act == "drop-hash":
            done = reprinting.drop_former_key(progress=progress)
        else:
            done = reprinting.reprint(progress=progress)
    with transaction.atomic():
        journal.record(
            actor=None,
            verb=f"keys.{act}",
            subject="key:hash",
            now=timezone.now(),
            details={"values": done},
        )
    told = {"reprinted": done, "former_hash_key": secrets.load().former_hash_key is not None}
    if as_json:
        console.print_json(told)
    else:
        kept = "kept" if told["former_hash_key"] else "forgotten"
        click.echo(f"{done} hashes made anew; the former key is {kept}")
    return 0

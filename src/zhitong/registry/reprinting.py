"""Changing the key of the prints that find people, while the service runs.

From the change on, prints are made under the new key and looked for under both; here those of
before are made anew, some thousands a transaction. Intakes and entries hold the registry's gate
shared and the change passes it alone, so nobody stores a print of before after it. A row that
arrives while its person is being printed anew meets the unique index, and its intake starts again.
"""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from zhitong.config import secrets
from zhitong.kernel import sealing
from zhitong.kernel.progress import Progress, Silent
from zhitong.registry import duplicates, replacing, storing
from zhitong.registry.models import Duplicate, Worker

BATCH = 2_000


def change_key() -> None:
    """Put a new key in force. Raises `StartupError`, see `secrets.change_hash_key`."""
    with transaction.atomic():
        storing.gate(alone=True)
        secrets.change_hash_key()
        sealing.forget_keys()


def drop_former_key(*, progress: Progress | None = None) -> int:
    """Make the last prints anew and forget the former key; returns how many there were."""
    done = reprint(progress=progress)
    secrets.drop_former_hash_key()
    sealing.forget_keys()
    return done


def reprint(*, progress: Progress | None = None, batch: int = BATCH) -> int:
    """Bring every print under the key in force; returns how many were not. Safe to repeat."""
    shown, done = progress or Silent(), 0
    for title, some in (("registry_worker", _some_people), ("registry_duplicate", _some_rows)):
        shown.step(title)
        last: int | None = 0
        while last is not None:
            last, changed = some(last, batch)
            done += changed
            shown.advance(batch)
    return done


@transaction.atomic
def _some_people(after: int, batch: int) -> tuple[int | None, int]:
    """The next people past a primary key; the last of them, and how many were printed anew."""
    rows = list(
        Worker.objects.select_for_update()
        .filter(pk__gt=after, erased_at=None)
        .order_by("pk")
        .only("identity_sealed", "identity_print", "phone_sealed", "phone_print")[:batch]
    )
    changed: list[tuple[Any, ...]] = []
    for one in rows:
        fresh = (_print(one.identity_sealed, "identity"), _print(one.phone_sealed, "phone"))
        if fresh != (_plain(one.identity_print), _plain(one.phone_print)):
            changed.append((*fresh, one.pk))
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE registry_worker SET identity_print = %s, phone_print = %s WHERE id = %s",
            changed,
        )
    return (rows[-1].pk if rows else None), len(changed)


@transaction.atomic
def _some_rows(after: int, batch: int) -> tuple[int | None, int]:
    """The same for repeated rows, and for the digests that say whether they can be taken back."""
    rows = list(Duplicate.objects.select_for_update().filter(pk__gt=after).order_by("pk")[:batch])
    changed = []
    for one in rows:
        held = (_plain(one.identity_print), _plain(one.after_digest))
        number = duplicates.content(one)["identity"]
        one.identity_print = sealing.print_of(number, purpose="identity")
        if one.after_digest is not None:
            now, *former = replacing.digests(one.worker)
            if _plain(one.after_digest) in former:
                one.after_digest = now
        if held != (_plain(one.identity_print), _plain(one.after_digest)):
            changed.append(one)
    Duplicate.objects.bulk_update(changed, ["identity_print", "after_digest"])
    return (rows[-1].pk if rows else None), len(changed)


def _print(sealed: Any, purpose: str) -> bytes | None:
    if sealed is None:
        return None
    return sealing.print_of(sealing.unseal(sealed, purpose=purpose), purpose=purpose)


def _plain(value: Any) -> bytes | None:
    return None if value is None else bytes(value)

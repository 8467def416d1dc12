"""Bringing everything sealed under the newest key, while the service runs.

Rows are taken in batches, each its own transaction; whatever is still under another key or
algorithm is what remains, so work that was cut short just goes on. Keyed hashes for look-ups have
a key of their own, see `registry.reprinting`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, transaction

from zhitong.kernel import sealing
from zhitong.kernel.progress import Progress, Silent

BATCH = 2_000


@dataclass(frozen=True, kw_only=True)
class Column:
    """Where sealed values lie, and the purpose they are sealed for.

    With a `key` the column is JSON, and the value lies under it in hexadecimal.
    """

    table: str
    column: str
    purpose: str
    key: str = ""

    @property
    def value(self) -> str:
        """SQL for the sealed bytes."""
        return f"decode({self.column}->>'{self.key}', 'hex')" if self.key else self.column

    @property
    def change(self) -> str:
        """SQL for the column with other bytes, a parameter, in their place."""
        put = f"jsonb_set({self.column}, '{{{self.key}}}', to_jsonb(encode(%s, 'hex')))"
        return put if self.key else "%s"


FILES = (Column(table="kernel_jobfilepiece", column="sealed", purpose="file"),)


def remaining(columns: Iterable[Column]) -> int:
    """How many values are not yet under the newest key."""
    total = 0
    for one in columns:
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT count(*) FROM "{one.table}" WHERE {_old(one)}',  # noqa: S608
                [sealing.head()],
            )
            total += cursor.fetchone()[0]
    return total


def reseal(
    columns: Iterable[Column], *, progress: Progress | None = None, batch: int = BATCH
) -> int:
    """Seal anew what lies under another key; returns how many values.

    Raises `sealing.Unreadable` at a value that no key of the installation opens; what was done
    before it stays done.
    """
    shown, done = progress or Silent(), 0
    columns = list(columns)
    for one in columns:
        shown.step(f"{one.table}.{one.column}", remaining([one]))
        after = 0
        while True:
            after, changed = _some(one, after, batch)
            if not changed:
                break
            done += changed
            shown.advance(changed)
    return done


@transaction.atomic
def _some(one: Column, after: int, batch: int) -> tuple[int, int]:
    """The next rows past a primary key: the last of them, and how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT id, {one.value} FROM "{one.table}" WHERE id > %s AND {_old(one)}'  # noqa: S608
            " ORDER BY id LIMIT %s FOR UPDATE",
            [after, sealing.head(), batch],
        )
        rows = cursor.fetchall()
        if not rows:
            return after, 0
        fresh = [
            (
                pk,
                sealing.seal_bytes(
                    sealing.unseal_bytes(sealed, purpose=one.purpose), purpose=one.purpose
                ),
            )
            for pk, sealed in rows
        ]
        cursor.executemany(
            f'UPDATE "{one.table}" SET "{one.column}" = {one.change} WHERE id = %s',  # noqa: S608
            [(sealed, pk) for pk, sealed in fresh],
        )
    return rows[-1][0], len(rows)


def _old(one: Column) -> str:
    return f"{one.value} IS NOT NULL AND substring({one.value} FROM 1 FOR 2) <> %s"

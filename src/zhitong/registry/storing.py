"""Prepared rows into the registry, one batch at a time, in the caller's transaction.

Locks of an intake, in this order: the gate (an advisory lock, see `gate`), the batch's row by its
unique digest, unique indexes of workers, last of all the journal's chain.
"""

from __future__ import annotations

import json

import polars as pl
from django.db import connection

from zhitong.config import locks
from zhitong.kernel import sealing
from zhitong.registry import copying, preparing
from zhitong.registry.models import (
    Batch,
    Departure,
    Duplicate,
    Party,
    ReportedTownship,
    RowError,
    Spell,
    Worker,
)
from zhitong.registry.preparing import Prepared
from zhitong.registry.standing import same_as_registered

SEAL_PURPOSE = "row"


def gate(*, alone: bool) -> None:
    """Enter the registry for one transaction, with others or alone.

    Two files that share people can each wait for the other; the one that loses comes back alone.
    """
    shared = "" if alone else "_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock{shared}(%s)", [locks.SURVEYS])
        # Foreign keys are checked with every COPY instead of piling up until the commit.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def commit_without_waiting() -> None:
    """Let this transaction's commit return before it is on the disk; `flush` waits for all."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO off")


def flush() -> None:
    """Wait until every commit of this session is on the disk: its log is written in order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_logical_emit_message(true, 'zhitong', '')")


def _under_the_key_in_force(prepared: Prepared) -> pl.DataFrame:
    """The rows of a part, its prints made anew if the key was changed since another process did.

    Within the gate, which whoever changes the key passes alone.
    """
    if prepared.print_key == sealing.print_key():
        return prepared.good
    return preparing.printed(prepared.good)


def _workers_by(prints: list[bytes]) -> list[int | None]:
    """The worker of each print, in their order."""
    found = copying.select(
        f"""
        SELECT arriving.position, known.id
        FROM unnest(%b::bytea[]) WITH ORDINALITY AS arriving(print, position)
        CROSS JOIN LATERAL (
            SELECT id FROM {Worker._meta.db_table}
            WHERE identity_print = arriving.print LIMIT 1
        ) AS known
        """,  # noqa: S608
        [prints],
    )
    answer: list[int | None] = [None] * len(prints)
    for position, worker in found:
        answer[position - 1] = worker
    return answer


class BatchWriter:
    """Adds the parts of a file, in their order, to its batch."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.before = 0
        """Records of the file that earlier parts held."""
        self._parties: dict[str, int] = {}
        self._homes: dict[str, int] = {}

    def add(self, prepared: Prepared) -> None:
        shift = pl.col("row") + pl.lit(self.before, pl.UInt32)
        good = _under_the_key_in_force(prepared).with_columns(shift)
        known = self._known(good)
        first = good["identity_print"].is_first_distinct()
        fresh = good.filter(first & known.is_null())
        workers = self._store(fresh)
        ids = pl.DataFrame({"identity_print": fresh["identity_print"], "own": workers})
        again = (
            good.with_columns(known.alias("worker_id"))
            .filter(~(first & known.is_null()))
            .join(ids, on="identity_print", how="left", maintain_order="left")
            .with_columns(pl.coalesce("worker_id", "own").alias("worker_id"))
            .drop("own")
        )
        self._duplicates(again)
        faults = prepared.faults.with_columns(shift)
        copying.copy_into(
            RowError,
            faults.select(
                pl.lit(self.batch.pk).alias("batch_id"),
                "row",
                pl.col("key").alias("column"),
                "code",
                "sentence",
            ),
        )
        for township, rows in prepared.homes.iter_rows():
            self._homes[township] = self._homes.get(township, 0) + rows
        self.batch.rows += prepared.rows
        self.batch.admitted += fresh.height
        self.batch.duplicates += again.height
        self.batch.refused += prepared.returned.height
        self.before += prepared.records

    def finish(self, townships: dict[str, int] | None) -> None:
        """Store the counts and the townships that reported; by default those of the rows."""
        self.batch.save(update_fields=["rows", "admitted", "refused", "duplicates"])
        told = self._homes if townships is None else townships
        copying.copy_into(
            ReportedTownship,
            pl.DataFrame(
                {"township": list(told), "rows": list(told.values())},
                schema={"township": pl.String, "rows": pl.UInt32},
            ).with_columns(
                pl.lit(self.batch.pk).alias("batch_id"), pl.lit(self.batch.about).alias("about")
            ),
        )

    def _known(self, good: pl.DataFrame) -> pl.Series:
        """The worker that already has the number, null for a new one."""
        known = _workers_by(good["identity_print"].to_list())
        former = sealing.former_prints_of(good["identity"].to_list(), purpose="identity")
        if former is not None:
            pairs = zip(known, _workers_by(former), strict=True)
            known = [one if one is not None else before for one, before in pairs]
        return pl.Series("worker_id", known, dtype=pl.Int64)

    def _store(self, fresh: pl.DataFrame) -> pl.Series:
        """New workers with their first spell and their wish to travel; returns their ids."""
        ids = pl.Series(copying.new_ids(Worker, fresh.height), dtype=pl.Int64)
        batch = pl.lit(self.batch.pk).alias("batch_id")
        rows = fresh.with_columns(ids.alias("worker_id"), batch)
        copying.copy_into(
            Worker,
            rows.select(
                pl.col("worker_id").alias("id"),
                "name",
                "identity_sealed",
                "identity_print",
                "born",
                "sex",
                "phone_sealed",
                "phone_print",
                "other_phone_sealed",
                "home",
                "address",
                "entered_by",
                "consented",
                "batch_id",
            ),
        )
        copying.copy_into(
            Spell,
            rows.select(
                "worker_id",
                "status",
                "started",
                "home",
                "work",
                "category",
                "employer",
                "employer_code",
                "occupation",
                "batch_id",
            ),
        )
        travellers = rows.filter("travels")
        copying.copy_into(
            Departure,
            travellers.select(
                "worker_id",
                self._party_ids(travellers["party"]).alias("party_id"),
                "home",
                pl.col("home").alias("origin"),
                "destination",
                "earliest",
                "latest",
                "mode",
                "needs",
                "batch_id",
            ),
        )
        return ids

    def _party_ids(self, labels: pl.Series) -> pl.Series:
        new = [
            one
            for one in labels.drop_nulls().unique(maintain_order=True)
            if one not in self._parties
        ]
        parties = Party.objects.bulk_create(
            [Party(batch=self.batch, label=label) for label in new], batch_size=5000
        )
        self._parties.update((party.label, party.pk) for party in parties)
        used = labels.drop_nulls().unique()
        return labels.replace_strict(
            used,
            pl.Series([self._parties[label] for label in used], dtype=pl.Int64),
            default=None,
            return_dtype=pl.Int64,
        )

    def _duplicates(self, again: pl.DataFrame) -> None:
        """Keep rows of people already known, sealed, until somebody decides."""
        if again.height == 0:
            return
        contents = again.select(CONTENT)
        texts = [
            json.dumps(row, ensure_ascii=False, default=str)
            for row in contents.iter_rows(named=True)
        ]
        copying.copy_into(
            Duplicate,
            again.select(
                pl.lit(self.batch.pk).alias("batch_id"),
                "row",
                "identity_print",
                "worker_id",
                pl.Series(
                    "content_sealed",
                    sealing.seal_many(texts, purpose=SEAL_PURPOSE),
                    dtype=pl.Binary,
                ),
                same_as_registered(again).alias("identical"),
                pl.lit(Duplicate.Decision.PENDING.value).alias("decision"),
            ),
        )


CONTENT = (
    "name", "identity", "phone", "other_phone", "home", "address", "entered_by", "consented",
    "status", "started", "work", "category", "employer", "employer_code", "occupation",
    "travels", "destination", "earliest", "latest", "mode", "needs", "party",
)  # fmt: skip
"""What is kept of a duplicate: the cleaned row, under the names of the models' fields."""

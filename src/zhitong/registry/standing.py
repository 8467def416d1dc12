"""What the registry holds about people now, to compare a row with."""

from __future__ import annotations

import polars as pl

from zhitong.kernel import sealing
from zhitong.registry import copying
from zhitong.registry.models import Departure, Spell, Worker

_PERSON = ("name", "home", "address", "consented")
_SPELL = ("status", "work", "category", "employer", "employer_code", "occupation")
_JOURNEY = ("destination", "earliest", "latest", "mode", "needs")
_SCHEMA = {
    "worker_id": pl.Int64, "name": pl.String, "home": pl.String, "address": pl.String,
    "phone_print": pl.Binary, "consented": pl.Boolean, "status": pl.Int16, "started": pl.Date,
    "work": pl.String, "category": pl.Int16, "employer": pl.String, "employer_code": pl.String,
    "occupation": pl.String, "destination": pl.String, "earliest": pl.Date, "latest": pl.Date,
    "mode": pl.String, "needs": pl.String,
}  # fmt: skip


def same_as_registered(rows: pl.DataFrame) -> pl.Series:
    """Whether each row (with `worker_id`) says nothing that the registry does not hold.

    Compared with the worker, the latest spell and the latest wish to travel. The day a spell
    started counts only where the row names one.
    """
    held = pl.DataFrame(
        copying.select(
            f"""
            SELECT worker.id, worker.name, worker.home, worker.address, worker.phone_print,
                   worker.consented, spell.status, spell.started, spell.work, spell.category,
                   spell.employer, spell.employer_code, spell.occupation, journey.destination,
                   journey.earliest, journey.latest, journey.mode, journey.needs
            FROM {Worker._meta.db_table} AS worker
            LEFT JOIN LATERAL (
                SELECT * FROM {Spell._meta.db_table}
                WHERE worker_id = worker.id ORDER BY started DESC LIMIT 1
            ) AS spell ON true
            LEFT JOIN LATERAL (
                SELECT * FROM {Departure._meta.db_table}
                WHERE worker_id = worker.id ORDER BY id DESC LIMIT 1
            ) AS journey ON true
            WHERE worker.id = ANY(%b::bigint[])
            """,  # noqa: S608
            [rows["worker_id"].unique().to_list()],
        ),
        schema=_SCHEMA,
        orient="row",
    )
    both = rows.join(held, on="worker_id", how="left", suffix="_held", maintain_order="left")
    same = [pl.col(name).eq_missing(pl.col(f"{name}_held")) for name in (*_PERSON, *_SPELL)]
    same.append(_same_phone(both))
    journey = [pl.col(name).eq_missing(pl.col(f"{name}_held")) for name in _JOURNEY]
    return both.select(
        pl.all_horizontal(
            *same,
            ~pl.col("started_given") | pl.col("started").eq_missing(pl.col("started_held")),
            ~pl.col("travels") | pl.all_horizontal(*journey),
        )
    ).to_series()


def _same_phone(both: pl.DataFrame) -> pl.Expr:
    """The same print, or while the key is being changed the one of before."""
    same = pl.col("phone_print").eq_missing(pl.col("phone_print_held"))
    phones = both["phone"]
    former = sealing.former_prints_of(phones.fill_null("").to_list(), purpose="phone")
    if former is None:
        return same
    before = pl.lit(pl.Series("former", former, dtype=pl.Binary))
    return same | (pl.col("phone").is_not_null() & before.eq(pl.col("phone_print_held"))).fill_null(
        value=False
    )

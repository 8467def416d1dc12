"""Whole frames into tables by COPY, inside the caller's transaction."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import polars as pl
import psycopg
from django.db import connection, models

_NULL = "\\N"


def copy_into(model: type[models.Model], frame: pl.DataFrame) -> None:
    """Add the rows of a frame whose columns are named as the table's; binary columns are bytea.

    COPY checks every constraint as INSERT does. CSV is what polars writes fastest.
    """
    if frame.height == 0:
        return
    hexed = [
        pl.concat_str(pl.lit("\\x"), pl.col(name).bin.encode("hex")).alias(name)
        for name, dtype in frame.schema.items()
        if dtype == pl.Binary
    ]
    buffer = io.BytesIO()
    frame.with_columns(hexed).write_csv(buffer, include_header=False, null_value=_NULL)
    quote = connection.ops.quote_name
    columns = ", ".join(quote(name) for name in frame.columns)
    statement = (
        f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN (FORMAT csv, NULL '{_NULL}')"
    )
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        copy.write(buffer.getbuffer())


def new_ids(model: type[models.Model], count: int) -> list[int]:
    """Fresh primary keys from the table's sequence, ascending."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [one for (one,) in cursor.fetchall()]


def select(query: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
    """Run a query whose parameters are sent beside it, in binary: arrays of many thousand values.

    Django's own cursors write parameters into the text of the query.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(query, parameters, binary=True)
        return cursor.fetchall()

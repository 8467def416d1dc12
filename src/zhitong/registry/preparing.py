"""From a part of a file to rows that are ready to store: reading, checking, sealing.

Runs in other processes, so it knows neither the database nor Django's models.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import polars as pl

from zhitong.kernel import sealing
from zhitong.registry import checks, cover, days
from zhitong.registry.cover import Cover
from zhitong.registry.survey import COVER, QUESTIONS, SHEET
from zhitong.registry.tables import Part, Source, UnreadableFile, open_table, read_part


class Kernel(Protocol):
    """`sealing.seal_many` and `sealing.prints_of`."""

    def __call__(self, texts: Iterable[str], *, purpose: str) -> list[bytes]: ...


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """One part. All row numbers count from the beginning of the part.

    `good` has the columns of `checks.Checked.good` and the sealed values and prints; `faults` the
    faults of the refused rows, whose cells as they were sent are in `returned` (columns by
    position, headings in `titles`).
    """

    about: dt.date
    good: pl.DataFrame
    faults: pl.DataFrame
    returned: pl.DataFrame
    titles: tuple[str, ...]
    keys: Mapping[int, str]
    rows: int
    records: int
    homes: pl.DataFrame
    """Townships of the rows, with the number of rows of each: township, rows."""
    ignored: tuple[str, ...]
    sheet: str | None
    cover: Cover | None


def open_survey(path: Path) -> Source:
    return open_table(path, headings=QUESTIONS, sheet=SHEET, also=(COVER,))


def prepare(
    source: Source,
    part: Part,
    *,
    name: str,
    about: dt.date | None,
    split: frozenset[str] | None,
    within: str | None = None,
) -> Prepared:
    """Read, check and seal one part. Raises `UnreadableFile`.

    `name`: the file's name as it was sent; `split`: see `travel.examine`; `within`: see
    `intake.admit_surveys`.
    """
    table = read_part(source, part)
    told = cover.read(table.others[COVER]) if COVER in table.others else None
    if table.frame.height == 0 and len(source.parts) == 1 and not (told and told.townships):
        raise UnreadableFile(
            f"文件“{name}”的表头下面没有一行内容，{COVER}表也没有填人数；"
            f"没有人员的乡镇请在{COVER}表填 0。",
            code="no-rows",
        )
    day = about or (told.about if told else None) or day_of_name(name)
    checked = checks.check(table, about=day, split=split, within=within)
    refused = checked.faults.select("row").unique()
    return Prepared(
        about=day,
        good=sealed(checked.good),
        faults=checked.faults,
        returned=table.original.join(refused, on="row", how="semi"),
        titles=table.titles,
        keys=table.keys,
        rows=table.frame.height,
        records=table.records,
        homes=_homes(checked.good),
        ignored=table.ignored,
        sheet=table.sheet,
        cover=told,
    )


def parties(source: Source, part: Part, *, name: str, about: dt.date | None) -> pl.DataFrame:
    """See `checks.parties`."""
    table = read_part(source, part)
    if (
        "party" not in table.frame.columns
        or table.frame["party"].null_count() == table.frame.height
    ):
        return pl.DataFrame(
            schema={"party": pl.String, "origin": pl.String, "destination": pl.String}
        )
    together = replace(table, frame=table.frame.filter(pl.col("party").is_not_null()))
    return checks.parties(together, about=about or day_of_name(name))


def day_of_name(name: str) -> dt.date:
    day = days.day_in_name(name)
    if day is None:
        raise UnreadableFile(
            f"看不出文件“{name}”是哪一天的：请在“{COVER}”表填写报送日期，"
            "或在文件名中写明日期（如 枣强县2020-03-02.csv）。",
            code="no-day",
        )
    return day


def _homes(good: pl.DataFrame) -> pl.DataFrame:
    return (
        good.select(township=pl.col("home").str.slice(0, 9))
        .filter(pl.col("township").str.len_bytes() == 9)
        .group_by("township", maintain_order=True)
        .agg(rows=pl.len())
    )


def sealed(good: pl.DataFrame) -> pl.DataFrame:
    """Adds `identity_print`, `identity_sealed`, and the same of the phones where there is one."""
    columns = [
        _mapped(good["identity"], sealing.prints_of, "identity", "identity_print"),
        _mapped(good["identity"], sealing.seal_many, "identity", "identity_sealed"),
        _mapped(good["phone"], sealing.prints_of, "phone", "phone_print"),
        _mapped(good["phone"], sealing.seal_many, "phone", "phone_sealed"),
        _mapped(good["other_phone"], sealing.seal_many, "phone", "other_phone_sealed"),
    ]
    return good.with_columns(columns)


def _mapped(column: pl.Series, function: Kernel, purpose: str, name: str) -> pl.Series:
    """A function of the kernel over the values that are there."""
    present = column.is_not_null()
    values = function(column.drop_nulls().to_list(), purpose=purpose)
    if len(values) == len(column):
        return pl.Series(name, values, dtype=pl.Binary)
    spread: list[bytes | None] = [None] * len(column)
    for at, value in zip(present.arg_true().to_list(), values, strict=True):
        spread[at] = value
    return pl.Series(name, spread, dtype=pl.Binary)

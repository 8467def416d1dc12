"""From a part of a file to rows that are ready to store: reading, checking, sealing.

Runs in other processes, so it knows neither the database nor Django's models.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import polars as pl
from django.utils.translation import gettext_noop

from zhitong.kernel import sealing
from zhitong.kernel.errors import UserError
from zhitong.registry import checks, cover, days, received
from zhitong.registry.cover import Cover
from zhitong.registry.survey import COVER, QUESTIONS, SHEET
from zhitong.registry.tables import Part, Source, Table, UnreadableFile, open_table, read_part


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
    print_key: bytes
    """Of the prints in `good`, see `sealing.print_key`."""


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
    (prepared,) = _examined([_read(source, part, name, about)], split=split, within=within)
    return prepared


def prepare_together(
    files: Sequence[tuple[Path, str]], *, about: dt.date | None, within: str | None
) -> list[Prepared | UserError | None]:
    """Read, check and seal several small files, each given with its name as it was sent.

    A table of ten rows keeps the checks busy as long as one of thousands, so those of one day are
    checked as one. A file in several parts is None: it is left to `prepare`.
    """
    answers: list[Prepared | UserError | None] = [None] * len(files)
    of_day: dict[dt.date, list[tuple[int, _Read]]] = {}
    for at, (path, name) in enumerate(files):
        try:
            with received.readable(path) as file, closing(open_survey(file)) as source:
                if len(source.parts) == 1:
                    read = _read(source, source.parts[0], name, about)
                    of_day.setdefault(read.day, []).append((at, read))
        except UserError as fault:
            answers[at] = fault
    for reads in of_day.values():
        done = _examined([read for _, read in reads], split=None, within=within)
        for (at, _), prepared in zip(reads, done, strict=True):
            answers[at] = prepared
    return answers


@dataclass(frozen=True, kw_only=True)
class _Read:
    """A part before its rows are checked."""

    table: Table
    cover: Cover | None
    day: dt.date


def _read(source: Source, part: Part, name: str, about: dt.date | None) -> _Read:
    table = read_part(source, part)
    told = cover.read(table.others[COVER]) if COVER in table.others else None
    if table.frame.height == 0 and len(source.parts) == 1 and not (told and told.townships):
        raise UnreadableFile(
            gettext_noop(
                "文件“{name}”的表头下面没有一行内容，{cover}表也没有填人数；"
                "没有人员的乡镇请在{cover}表填 0。"
            ),
            code="no-rows",
            name=name,
            cover=COVER,
        )
    day = about or (told.about if told else None) or day_of_name(name)
    return _Read(table=table, cover=told, day=day)


def _examined(
    reads: Sequence[_Read], *, split: frozenset[str] | None, within: str | None
) -> Iterator[Prepared]:
    """What was read of one day, checked as one table, then one by one again."""
    tables = [read.table for read in reads]
    table, files = _joined(tables)
    checked = checks.check(table, about=reads[0].day, split=split, within=within, files=files)
    print_key = sealing.print_key()
    good = _cut(sealed(checked.good), tables)
    faults = _cut(checked.faults, tables)
    for read, own, found in zip(reads, good, faults, strict=True):
        refused = found["row"].unique()
        yield Prepared(
            about=read.day,
            good=own,
            faults=found,
            returned=read.table.original.filter(pl.col("row").is_in(refused.implode())),
            titles=read.table.titles,
            keys=read.table.keys,
            rows=read.table.frame.height,
            records=read.table.records,
            homes=_homes(own),
            ignored=read.table.ignored,
            sheet=read.table.sheet,
            cover=read.cover,
            print_key=print_key,
        )


def _joined(tables: Sequence[Table]) -> tuple[Table, pl.Series]:
    """One table whose rows are numbered through, and the number of the file of each row."""
    frames, spoiled, before = [], [], 0
    for at, table in enumerate(tables):
        row = pl.col("row") + pl.lit(before, pl.UInt32)
        columns = [
            pl.col(key) if key in table.frame.columns else pl.lit(None, pl.String).alias(key)
            for key in QUESTIONS
        ]
        frames.append(table.frame.select(row, *columns, file=pl.lit(at, pl.UInt32)))
        if table.spoiled.height:
            spoiled.append(table.spoiled.with_columns(row))
        before += table.records
    frame = pl.concat(frames)
    joined = replace(
        tables[0],
        frame=frame.drop("file"),
        spoiled=pl.concat(spoiled) if spoiled else tables[0].spoiled,
    )
    return joined, frame["file"]


def _cut(joined: pl.DataFrame, tables: Sequence[Table]) -> Iterator[pl.DataFrame]:
    """The rows of each table, in order, under the numbers they have there."""
    before, start = 0, 0
    for table in tables:
        last = before + table.records
        stop = joined["row"].search_sorted(last, side="right")
        part = joined.slice(start, stop - start)
        yield part.with_columns(pl.col("row") - pl.lit(before, pl.UInt32)) if before else part
        before, start = last, stop


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
            gettext_noop(
                "看不出文件“{name}”是哪一天的：请在“{cover}”表填写报送日期，"
                "或在文件名中写明日期（如 枣强县2020-03-02.csv）。"
            ),
            code="no-day",
            name=name,
            cover=COVER,
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
        _mapped(good["identity"], sealing.seal_many, "identity", "identity_sealed"),
        _mapped(good["phone"], sealing.seal_many, "phone", "phone_sealed"),
        _mapped(good["other_phone"], sealing.seal_many, "phone", "other_phone_sealed"),
    ]
    return printed(good).with_columns(columns)


def printed(good: pl.DataFrame) -> pl.DataFrame:
    """Adds or replaces the prints alone, under the key in force."""
    return good.with_columns(
        _mapped(good["identity"], sealing.prints_of, "identity", "identity_print"),
        _mapped(good["phone"], sealing.prints_of, "phone", "phone_print"),
    )


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

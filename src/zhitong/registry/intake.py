"""Survey files in: read, checked, sealed by other processes, stored by this one.

A file is one batch and one transaction: all of its good rows are stored with the faults of the
others, or nothing is. Its digest makes sending it again the same as sending it once.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext_noop
from psycopg import errors

from zhitong.kernel import journal
from zhitong.kernel.errors import UserError
from zhitong.kernel.progress import Progress, Silent
from zhitong.kernel.sentences import Sentence
from zhitong.registry import arrivals, days, preparing, received, refused, returned, storing, travel
from zhitong.registry.arrivals import Arrival
from zhitong.registry.cover import Cover
from zhitong.registry.models import Batch
from zhitong.registry.pools import Crew, crew_for
from zhitong.registry.preparing import Prepared
from zhitong.registry.returned import ReturnedWorkbook
from zhitong.registry.tables import Source, UnreadableFile

ATTEMPTS = 3
AGAIN = gettext_noop("这份文件以前收到过，没有重复登记")


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What became of one file.

    `again`: it had been received before, and nothing changed. `fault`: it could not be read, and
    nothing of it is in; the sentence says how to mend it, `fault_code` is stable.
    """

    batch_id: int | None
    filename: str
    rows: int
    admitted: int
    refused: int
    duplicates: int
    error_workbook: Path | None
    again: bool
    notes: tuple[Sentence, ...] = ()
    fault: Sentence | None = None
    fault_code: str | None = None


def admit_surveys(
    paths: Iterable[Path],
    *,
    about: date | None,
    sent_by: Any | None,
    now: datetime,
    progress: Progress | None = None,
    errors_folder: Path | None = None,
    workers: int | None = None,
    within: str | None = None,
) -> list[Receipt]:
    """Admit survey files; one receipt for each, in the order of `paths`.

    `about`: the day they speak of; None: each says so itself, on its sheet 报送情况 or in its
    name. Refused rows go back in a workbook in `errors_folder`. `workers`: processes that read;
    by default the cores of the machine, none for little work. `within`: the division whose people
    the sender may register, rows of others are refused. A file that cannot be read keeps no other
    out. Files are stored in their order, so of a person in two of them it is always the first
    that counts. Raises `UserError` (`errors-folder`) before anything is stored.
    """
    received.check_folder(errors_folder)
    files = [Path(path) for path in paths]
    several = len(files) > 1
    shown = progress or Silent()
    # Inside somebody's transaction the commits are theirs.
    hurried = several and not connection.in_atomic_block
    desk = _Desk(
        about=about,
        sent_by=sent_by,
        now=now,
        errors_folder=errors_folder,
        within=within,
        hurried=hurried,
    )
    receipts = []
    with crew_for(files, workers=workers) as crew:
        if several:
            shown.step("登记调查表", len(files))
        for arrival in arrivals.arriving(files, crew, about=about, within=within):
            receipts.append(_outcome(arrival, desk, crew, Silent() if several else shown))
            if several:
                shown.advance()
    if hurried:
        storing.flush()
    return receipts


@dataclass(frozen=True, kw_only=True)
class _Desk:
    """Who receives, when, and what they were told about the files."""

    about: date | None
    sent_by: Any | None
    now: datetime
    errors_folder: Path | None
    within: str | None
    hurried: bool
    """Commits reach the disk together at the end, before anybody is told that they stand."""


def _outcome(arrival: Arrival, desk: _Desk, crew: Crew, progress: Progress) -> Receipt:
    try:
        if arrival.fault:
            raise arrival.fault
        with received.readable(arrival.path) as file:
            return _admit(file, arrival, desk, crew, progress)
    except UserError as fault:
        return Receipt(
            batch_id=None,
            filename=arrival.name,
            rows=0,
            admitted=0,
            refused=0,
            duplicates=0,
            error_workbook=None,
            again=False,
            fault=fault.text,
            fault_code=fault.code,
        )


def _admit(path: Path, arrival: Arrival, desk: _Desk, crew: Crew, progress: Progress) -> Receipt:
    name, digest = arrival.name, arrival.digest
    if arrival.earlier:
        return _again(arrival.earlier, path, name, desk)
    source = None if arrival.ready else preparing.open_survey(path)
    try:
        for attempt in range(ATTEMPTS):
            progress.step("读取和登记", len(source.parts) if source else 1)
            parts = _parts(arrival.ready, source, name, desk, crew)
            try:
                return _store(parts, name, digest, desk, progress, alone=attempt > 0)
            except IntegrityError as failure:
                if not isinstance(failure.__cause__, errors.UniqueViolation):
                    raise
                # The same file came twice, or somebody else sent it meanwhile.
                if earlier := arrivals.known([digest]).get(digest):
                    return _again(earlier, path, name, desk)
                if attempt == ATTEMPTS - 1:
                    raise
            except OperationalError as failure:
                deadlock = isinstance(failure.__cause__, errors.DeadlockDetected)
                if not deadlock or attempt == ATTEMPTS - 1:
                    raise
    finally:
        if source:
            source.close()
    raise AssertionError("the last attempt returns or raises")


def _store(
    parts: Generator[Prepared, None, None],
    name: str,
    digest: bytes,
    desk: _Desk,
    progress: Progress,
    *,
    alone: bool,
) -> Receipt:
    first = next(parts)
    if first.about > (today := localdate(desk.now)):
        raise UnreadableFile(
            gettext_noop("文件“{name}”的填报日 {about} 晚于今天（{today}）；请更正日期后重报。"),
            code="future-day",
            name=name,
            about=first.about,
            today=today,
        )
    book = _book(name, digest, desk)
    try:
        with transaction.atomic():
            storing.gate(alone=alone)
            if desk.hurried:
                storing.commit_without_waiting()
            batch = Batch.objects.create(
                kind=Batch.Kind.SURVEY,
                digest=digest,
                filename=name[:200],
                about=first.about,
                received_at=desk.now,
                sent_by=desk.sent_by,
                rows=0,
                admitted=0,
                refused=0,
                duplicates=0,
            )
            writer = storing.BatchWriter(batch)
            part: Prepared | None = first
            while part is not None:
                if book:
                    book.add(part, before=writer.before)
                writer.add(part)
                progress.advance()
                part = next(parts, None)
            writer.finish(_townships(first.cover, desk))
            # Before the commit: without its workbook a refused row would be lost to the clerk.
            # Before the journal: whoever looks at people waits for its lock.
            if book:
                book.finish()
            journal.record(
                actor=desk.sent_by,
                verb="batch.admitted",
                subject=f"batch:{batch.pk}",
                now=desk.now,
                details={
                    "rows": batch.rows,
                    "admitted": batch.admitted,
                    "refused": batch.refused,
                    "duplicates": batch.duplicates,
                },
            )
    except BaseException:
        if book:
            book.discard()
        raise
    finally:
        parts.close()
    workbook, trouble = _kept(book)
    return Receipt(
        batch_id=batch.pk,
        filename=name,
        rows=batch.rows,
        admitted=batch.admitted,
        refused=batch.refused,
        duplicates=batch.duplicates,
        error_workbook=workbook,
        again=False,
        notes=(*_notes(first, writer, book), *trouble),
    )


def _book(name: str, digest: bytes, desk: _Desk) -> ReturnedWorkbook | None:
    if desk.errors_folder is None:
        return None
    return ReturnedWorkbook(returned.path_for(desk.errors_folder, name, digest))


def _kept(book: ReturnedWorkbook | None) -> tuple[Path | None, tuple[Sentence, ...]]:
    """The workbook under its name; the batch stands already, so a failure is only told."""
    if book is None:
        return None, ()
    try:
        return book.keep(), ()
    except OSError as failure:
        why = received.reason(failure)
        return None, (
            Sentence(
                gettext_noop("退回表没有写成（{why}）；把同一份文件再报一次，就能取回退回的行"),
                why=why,
            ),
        )


def _parts(
    ready: Prepared | None, source: Source | None, name: str, desk: _Desk, crew: Crew
) -> Generator[Prepared, None, None]:
    """The parts of a file in order, read ahead by the crew, unless it is ready as a whole."""
    if ready:
        yield ready
    if source is None:
        return
    split = None
    if len(source.parts) > 1:
        found = crew.map(
            preparing.parties,
            [(source, part) for part in source.parts],
            name=name,
            about=desk.about,
        )
        split = travel.disagreeing(pl.concat(found).unique())
    yield from crew.map(
        preparing.prepare,
        [(source, part) for part in source.parts],
        name=name,
        about=desk.about,
        split=split,
        within=desk.within,
    )


def _townships(told: Cover | None, desk: _Desk) -> dict[str, int] | None:
    """Those the file speaks for, as far as its sender may; None when it names none."""
    if told is None or not told.townships:
        return None
    within = desk.within or ""
    return {code: rows for code, rows in told.townships.items() if code.startswith(within)}


def _notes(
    first: Prepared, writer: storing.BatchWriter, book: ReturnedWorkbook | None
) -> tuple[Sentence, ...]:
    notes = []
    if first.ignored:
        notes.append(unread_columns(first.ignored))
    if first.cover:
        notes.extend(first.cover.notes)
        notes.extend(_differences(first, first.cover, writer))
    if book and book.left_out:
        notes.append(
            Sentence(
                gettext_noop("退回的行太多，有 {rows} 行未写入退回表；请改正原文件后整份重报"),
                rows=book.left_out,
            )
        )
    return tuple(notes)


def unread_columns(titles: Sequence[str]) -> Sentence:
    """Columns that no form asks, as the file calls them."""
    return Sentence(gettext_noop("未识别的列未读取：{columns}"), columns="、".join(titles[:10]))


def _differences(first: Prepared, told: Cover, writer: storing.BatchWriter) -> Iterator[Sentence]:
    if told.about and told.about != first.about:
        yield Sentence(
            gettext_noop("报送情况中的日期是 {told}，按指定的 {about} 登记"),
            told=told.about,
            about=first.about,
        )
    stated = sum(told.townships.values())
    if told.townships and stated != writer.batch.rows:
        yield Sentence(
            gettext_noop("报送情况中的人数合计 {stated}，表中实有 {rows} 行；请核对"),
            stated=stated,
            rows=writer.batch.rows,
        )


def _again(batch: Batch, path: Path, name: str, desk: _Desk) -> Receipt:
    notes = [Sentence(AGAIN)]
    asked = desk.about or days.day_in_name(name)
    if asked and asked != batch.about:
        notes.append(
            Sentence(
                gettext_noop("上次按 {about} 登记，这次的日期 {asked} 没有采用"),
                about=batch.about,
                asked=asked,
            )
        )
    workbook, trouble = _returned_again(batch, path, name, desk)
    return Receipt(
        batch_id=batch.pk,
        filename=name,
        rows=batch.rows,
        admitted=batch.admitted,
        refused=batch.refused,
        duplicates=batch.duplicates,
        error_workbook=workbook,
        again=True,
        notes=(*notes, *trouble),
    )


def _returned_again(
    batch: Batch, path: Path, name: str, desk: _Desk
) -> tuple[Path | None, tuple[Sentence, ...]]:
    """The workbook of a batch; written anew from the same bytes when it is no longer there."""
    book = _book(name, bytes(batch.digest), desk)
    if book is None or batch.refused == 0:
        return None, ()
    if book.path.exists():  # perhaps half mended already
        return book.path, ()
    try:
        refused.write_again(batch, path, book)
    except BaseException:
        book.discard()
        raise
    return _kept(book)

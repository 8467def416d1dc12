"""Survey files in: read, checked, sealed by other processes, stored by this one.

A file is one batch and one transaction: all of its good rows are stored with the faults of the
others, or nothing is. Its digest makes sending it again the same as sending it once.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg import errors

from zhitong.kernel import journal
from zhitong.kernel.errors import UserError
from zhitong.kernel.progress import Progress, Silent
from zhitong.registry import preparing, returned, storing, travel
from zhitong.registry.cover import Cover
from zhitong.registry.models import Batch
from zhitong.registry.pools import Crew, crew_for
from zhitong.registry.preparing import Prepared
from zhitong.registry.returned import ReturnedWorkbook
from zhitong.registry.tables import Source, UnreadableFile

ATTEMPTS = 3


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
    notes: tuple[str, ...] = ()
    fault: str | None = None
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
) -> list[Receipt]:
    """Admit survey files; one receipt for each, in the order of `paths`.

    `about`: the day they speak of; None: each says so itself, on its sheet 报送情况 or in its
    name. Refused rows go back in a workbook in `errors_folder`. `workers`: processes that read;
    by default the cores of the machine, none for little work. A file that cannot be read keeps
    no other out.
    """
    files = [Path(path) for path in paths]
    shown = progress or Silent()
    desk = _Desk(about=about, sent_by=sent_by, now=now, errors_folder=errors_folder)
    # Inside somebody's transaction everything has to use their connection.
    several = len(files) > 1 and not connection.in_atomic_block
    with crew_for(files, workers=workers) as crew:
        if several and crew.size > 1:
            shown.step("登记调查表", len(files))
            outcomes = _side_by_side(files, desk, crew, shown)
        elif len(files) > 1:
            shown.step("登记调查表", len(files))
            outcomes = {}
            for at, path in enumerate(files):
                outcomes[at] = _outcome(path, desk, crew, Silent())
                shown.advance()
        else:
            outcomes = {at: _outcome(path, desk, crew, shown) for at, path in enumerate(files)}
    return [outcomes[at] for at in range(len(files))]


@dataclass(frozen=True, kw_only=True)
class _Desk:
    """Who receives, when, and what they were told about the files."""

    about: date | None
    sent_by: Any | None
    now: datetime
    errors_folder: Path | None


def _side_by_side(
    files: Sequence[Path], desk: _Desk, crew: Crew, progress: Progress
) -> dict[int, Receipt]:
    """Several files at once, each thread with its own connection."""

    def work(path: Path) -> Receipt:
        try:
            return _outcome(path, desk, crew, Silent())
        finally:
            connection.close()

    outcomes: dict[int, Receipt] = {}
    with ThreadPoolExecutor(max_workers=crew.size + 1) as threads:
        waiting = {threads.submit(work, path): at for at, path in enumerate(files)}
        for done in as_completed(waiting):
            outcomes[waiting[done]] = done.result()
            progress.advance()
    return outcomes


def _outcome(path: Path, desk: _Desk, crew: Crew, progress: Progress) -> Receipt:
    try:
        return _admit(path, desk, crew, progress)
    except UserError as fault:
        return Receipt(
            batch_id=None,
            filename=path.name,
            rows=0,
            admitted=0,
            refused=0,
            duplicates=0,
            error_workbook=None,
            again=False,
            fault=fault.sentence,
            fault_code=fault.code,
        )


def _admit(path: Path, desk: _Desk, crew: Crew, progress: Progress) -> Receipt:
    digest = _digest(path)
    if earlier := _earlier(digest):
        return _again(earlier, path, desk)
    source = preparing.open_survey(path)
    try:
        for attempt in range(ATTEMPTS):
            try:
                return _store(path, source, digest, desk, crew, progress, alone=attempt > 0)
            except IntegrityError as failure:
                if not isinstance(failure.__cause__, errors.UniqueViolation):
                    raise
                if earlier := _earlier(digest):  # somebody sent the same file meanwhile
                    return _again(earlier, path, desk)
                if attempt == ATTEMPTS - 1:
                    raise
            except OperationalError as failure:
                deadlock = isinstance(failure.__cause__, errors.DeadlockDetected)
                if not deadlock or attempt == ATTEMPTS - 1:
                    raise
    finally:
        source.close()
    raise AssertionError("the last attempt returns or raises")


def _store(
    path: Path,
    source: Source,
    digest: bytes,
    desk: _Desk,
    crew: Crew,
    progress: Progress,
    *,
    alone: bool,
) -> Receipt:
    progress.step("读取和登记", len(source.parts))
    parts = _prepared(source, path.name, desk, crew)
    first = next(parts)
    book = (
        ReturnedWorkbook(returned.path_for(desk.errors_folder, path.name))
        if desk.errors_folder
        else None
    )
    try:
        with transaction.atomic():
            storing.gate(alone=alone)
            batch = Batch.objects.create(
                kind=Batch.Kind.SURVEY,
                digest=digest,
                filename=path.name[:200],
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
            told = first.cover.townships if first.cover and first.cover.townships else None
            writer.finish(told)
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
    return Receipt(
        batch_id=batch.pk,
        filename=path.name,
        rows=batch.rows,
        admitted=batch.admitted,
        refused=batch.refused,
        duplicates=batch.duplicates,
        error_workbook=book.keep() if book else None,
        again=False,
        notes=_notes(first, writer, book),
    )


def _prepared(
    source: Source, name: str, desk: _Desk, crew: Crew
) -> Generator[Prepared, None, None]:
    """The parts of a file in order, read ahead by the crew."""
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
    )


def _notes(
    first: Prepared, writer: storing.BatchWriter, book: ReturnedWorkbook | None
) -> tuple[str, ...]:
    notes = []
    if first.ignored:
        notes.append("未识别的列未读取：" + "、".join(first.ignored[:10]))
    if first.cover:
        notes.extend(first.cover.notes)
        notes.extend(_differences(first, first.cover, writer))
    if book and book.left_out:
        notes.append(f"退回的行太多，有 {book.left_out} 行未写入退回表；请改正原文件后整份重报")
    return tuple(notes)


def _differences(first: Prepared, told: Cover, writer: storing.BatchWriter) -> Iterator[str]:
    if told.about and told.about != first.about:
        yield f"报送情况中的日期是 {told.about}，按指定的 {first.about} 登记"
    stated = sum(told.townships.values())
    if told.townships and stated != writer.batch.rows:
        yield f"报送情况中的人数合计 {stated}，表中实有 {writer.batch.rows} 行；请核对"


def _digest(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as failure:
        raise UnreadableFile(
            f"打不开文件“{path.name}”：{os.strerror(failure.errno or 0)}。", code="cannot-open"
        ) from failure


def _earlier(digest: bytes) -> Batch | None:
    return Batch.objects.filter(kind=Batch.Kind.SURVEY, digest=digest).first()


def _again(batch: Batch, path: Path, desk: _Desk) -> Receipt:
    book = returned.path_for(desk.errors_folder, path.name) if desk.errors_folder else None
    return Receipt(
        batch_id=batch.pk,
        filename=path.name,
        rows=batch.rows,
        admitted=batch.admitted,
        refused=batch.refused,
        duplicates=batch.duplicates,
        error_workbook=book if book and book.exists() else None,
        again=True,
        notes=("这份文件以前收到过，没有重复登记",),
    )

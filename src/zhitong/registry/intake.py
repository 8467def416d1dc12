"""Survey files in: read, checked, sealed by other processes, stored by this one.

A file is one batch and one transaction: all of its good rows are stored with the faults of the
others, or nothing is. Its digest makes sending it again the same as sending it once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils.timezone import localdate
from psycopg import errors

from zhitong.kernel import journal
from zhitong.kernel.errors import UserError
from zhitong.kernel.progress import Progress, Silent
from zhitong.registry import days, preparing, received, refused, returned, storing, travel
from zhitong.registry.cover import Cover
from zhitong.registry.models import Batch
from zhitong.registry.pools import Crew, crew_for
from zhitong.registry.preparing import Prepared
from zhitong.registry.returned import ReturnedWorkbook
from zhitong.registry.tables import Source, UnreadableFile

ATTEMPTS = 3
AHEAD = 3
"""Files opened and waiting while others are read and one is stored."""


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
    shown = progress or Silent()
    desk = _Desk(about=about, sent_by=sent_by, now=now, errors_folder=errors_folder, within=within)
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
    within: str | None


class _Turns:
    """Lets files that were prepared side by side into the database one by one, in their order."""

    def __init__(self) -> None:
        self._next = 0
        self._over = set[int]()
        self._changed = threading.Condition()

    def wait_for(self, at: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._next == at)

    def done(self, at: int) -> None:
        """File `at` is stored, or will never be."""
        with self._changed:
            self._over.add(at)
            while self._next in self._over:
                self._over.remove(self._next)
                self._next += 1
            self._changed.notify_all()


def _side_by_side(
    files: Sequence[Path], desk: _Desk, crew: Crew, progress: Progress
) -> dict[int, Receipt]:
    """Several files at once, each thread with its own connection.

    The threads take the files in their order, so the one whose turn it is always has a thread.
    """
    turns = _Turns()

    def work(at: int, path: Path) -> Receipt:
        try:
            return _outcome(path, desk, crew, Silent(), turn=lambda: turns.wait_for(at))
        finally:
            turns.done(at)
            connection.close()

    outcomes: dict[int, Receipt] = {}
    with ThreadPoolExecutor(max_workers=crew.size + AHEAD) as threads:
        waiting = {threads.submit(work, at, path): at for at, path in enumerate(files)}
        for done in as_completed(waiting):
            outcomes[waiting[done]] = done.result()
            progress.advance()
    return outcomes


def _at_once() -> None:
    """The turn of a file that comes alone."""


def _outcome(
    path: Path, desk: _Desk, crew: Crew, progress: Progress, turn: Callable[[], None] = _at_once
) -> Receipt:
    try:
        with received.readable(path) as file:
            return _admit(file, received.shown_name(path), desk, crew, progress, turn)
    except UserError as fault:
        return Receipt(
            batch_id=None,
            filename=received.shown_name(path),
            rows=0,
            admitted=0,
            refused=0,
            duplicates=0,
            error_workbook=None,
            again=False,
            fault=fault.sentence,
            fault_code=fault.code,
        )


def _admit(
    path: Path, name: str, desk: _Desk, crew: Crew, progress: Progress, turn: Callable[[], None]
) -> Receipt:
    digest = received.digest_of(path)
    if earlier := _earlier(digest):
        return _again(earlier, path, name, desk)
    source = preparing.open_survey(path)
    try:
        for attempt in range(ATTEMPTS):
            try:
                return _store(source, name, digest, desk, crew, progress, turn, alone=attempt > 0)
            except IntegrityError as failure:
                if not isinstance(failure.__cause__, errors.UniqueViolation):
                    raise
                if earlier := _earlier(digest):  # somebody sent the same file meanwhile
                    return _again(earlier, path, name, desk)
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
    source: Source,
    name: str,
    digest: bytes,
    desk: _Desk,
    crew: Crew,
    progress: Progress,
    turn: Callable[[], None],
    *,
    alone: bool,
) -> Receipt:
    progress.step("读取和登记", len(source.parts))
    parts = _prepared(source, name, desk, crew)
    first = next(parts)
    if first.about > (today := localdate(desk.now)):
        raise UnreadableFile(
            f"文件“{name}”的填报日 {first.about} 晚于今天（{today}）；请更正日期后重报。",
            code="future-day",
        )
    book = _book(name, digest, desk)
    turn()
    try:
        with transaction.atomic():
            storing.gate(alone=alone)
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
            # Before the commit: without its workbook a refused row would be lost to the clerk.
            if book:
                book.finish()
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


def _kept(book: ReturnedWorkbook | None) -> tuple[Path | None, tuple[str, ...]]:
    """The workbook under its name; the batch stands already, so a failure is only told."""
    if book is None:
        return None, ()
    try:
        return book.keep(), ()
    except OSError as failure:
        why = received.reason(failure)
        return None, (f"退回表没有写成（{why}）；把同一份文件再报一次，就能取回退回的行",)


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


def _earlier(digest: bytes) -> Batch | None:
    return Batch.objects.filter(
        kind=Batch.Kind.SURVEY, digest=digest, state=Batch.State.ADMITTED
    ).first()


def _again(batch: Batch, path: Path, name: str, desk: _Desk) -> Receipt:
    notes = ["这份文件以前收到过，没有重复登记"]
    asked = desk.about or days.day_in_name(name)
    if asked and asked != batch.about:
        notes.append(f"上次按 {batch.about} 登记，这次的日期 {asked} 没有采用")
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
) -> tuple[Path | None, tuple[str, ...]]:
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

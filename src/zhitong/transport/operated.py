"""Logs of trips that already ran, into the records. Locks: the intake of logs (advisory), then the
unique numbers of trips, then the journal's chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext_noop

from zhitong.config import locks
from zhitong.kernel import journal
from zhitong.kernel.errors import UserError
from zhitong.kernel.progress import Progress, Silent
from zhitong.kernel.sealing import prints_to_find
from zhitong.kernel.sentences import Sentence
from zhitong.registry import received, returned
from zhitong.registry.intake import AGAIN, Receipt, unread_columns
from zhitong.registry.models import Batch, RowError, Worker
from zhitong.registry.tables import Table, UnreadableFile, read_table
from zhitong.transport.logs import (
    COLUMNS,
    SHEET,
    Fault,
    Log,
    LoggedTrip,
    read_log,
    with_companions,
)
from zhitong.transport.models import Passage, Trip
from zhitong.transport.returned_log import write_returned
from zhitong.transport.serving import link_departures


def admit_operated(
    paths: Iterable[Path],
    *,
    sent_by: Any | None,
    now: datetime,
    progress: Progress | None = None,
    errors_folder: Path | None = None,
) -> list[Receipt]:
    """Admit logs of operated trips; one receipt for each file, in the order of `paths`.

    A file is one batch and one transaction. A trip with a wrong row goes back whole, in a
    workbook in `errors_folder`; a trip that an earlier file told in the same words counts its
    rows as duplicates. A file that cannot be read keeps no other out. Raises `UserError`
    (`errors-folder`) before anything is stored.
    """
    received.check_folder(errors_folder)
    files = [Path(path) for path in paths]
    progress = progress or Silent()
    progress.step("登记已开行车次", len(files))
    receipts = []
    for path in files:
        try:
            with received.readable(path) as file:
                name = received.shown_name(path)
                receipts.append(_admit(file, name, sent_by, now, errors_folder))
        except UserError as fault:
            receipts.append(_unread(path, fault))
        progress.advance()
    return receipts


def _admit(
    path: Path, name: str, sent_by: Any | None, now: datetime, errors_folder: Path | None
) -> Receipt:
    digest = received.digest_of(path)
    book = returned.path_for(errors_folder, name, digest) if errors_folder else None
    today = localdate(now)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [locks.OPERATED_TRIPS])
        earlier = Batch.objects.filter(kind=Batch.Kind.TRIPS, digest=digest).first()
        if earlier is not None:
            return _receipt(
                earlier,
                name,
                book=_returned_again(earlier, path, book),
                again=True,
                notes=(Sentence(AGAIN),),
            )
        table = read_table(path, headings=COLUMNS, sheet=SHEET)
        log = read_log(table, today=today)
        if not log.rows:
            raise UnreadableFile(
                gettext_noop("文件“{name}”只有表头，没有车次。"), code="no-rows", name=name
            )
        known = _registered(log)
        new, told, more = _against_records(log, known)
        faults = with_companions(log, [*log.faults, *more])
        batch = _store_batch(name, digest, log, new, told, faults, sent_by, now, today)
        _store_trips(batch, new, known)
        served = link_departures(batch=batch)
        journal.record(
            actor=sent_by,
            verb="batch.admitted",
            subject=f"batch:{batch.pk}",
            now=now,
            details={
                "rows": batch.rows,
                "admitted": batch.admitted,
                "refused": batch.refused,
                "duplicates": batch.duplicates,
                "trips": len(new),
                "departures": served,
            },
        )
        # Last, so that a workbook lies there only for what was stored; before the commit, so that
        # no refused row is stored without one.
        if book and faults:
            write_returned(book, table, faults)
    return _receipt(batch, name, book=book if faults else None, notes=_notes(table))


def _returned_again(batch: Batch, path: Path, book: Path | None) -> Path | None:
    """The workbook of a batch; written anew from the same bytes when it is no longer there."""
    if book is None or batch.refused == 0:
        return None
    if not book.exists():  # else it may be half mended already
        faults = [
            Fault(one.row, one.column, one.code, one.sentence)
            for one in RowError.objects.filter(batch=batch)
        ]
        write_returned(book, read_table(path, headings=COLUMNS, sheet=SHEET), faults)
    return book


def _registered(log: Log) -> dict[str, Worker]:
    """Identity number -> the worker who has it, for the numbers of good trips."""
    numbers = sorted({one.identity for trip in log.trips for one in trip.named if one.identity})
    marks = {number: prints_to_find(number, purpose="identity") for number in numbers}
    every = [mark for both in marks.values() for mark in both]
    found = {
        bytes(worker.identity_print): worker
        for worker in Worker.objects.filter(identity_print__in=every).only("name", "identity_print")
    }
    return {number: found[mark] for number, both in marks.items() for mark in both if mark in found}


def _against_records(
    log: Log, known: dict[str, Worker]
) -> tuple[list[LoggedTrip], list[LoggedTrip], list[Fault]]:
    """New trips, trips that the records already tell, and what contradicts the records."""
    numbers = [trip.number for trip in log.trips]
    stored = {
        trip.number: trip
        for trip in Trip.objects.filter(number__in=numbers).prefetch_related("passages__worker")
    }
    new, told, faults = [], [], []
    for trip in log.trips:
        differing = [
            Fault(one.row, "name", "name-differs", "姓名与登记库中该身份证号的姓名不一致，请核对。")
            for one in trip.named
            if one.identity in known and known[one.identity].name != one.name
        ]
        if differing:
            faults += differing
        elif trip.number not in stored:
            new.append(trip)
        elif _content(trip, known) == _stored_content(stored[trip.number]):
            told.append(trip)
        else:
            sentence = (
                "车次编号已登记过，内容与这次不同；编号有误请改正，要更正原车次请联系管理员。"
            )
            faults.append(Fault(trip.rows[0], "number", "number-taken", sentence))
    return new, told, faults


def _content(trip: LoggedTrip, known: dict[str, Worker]) -> tuple[Any, ...]:
    people = sorted(
        known[one.identity].name if one.identity in known else one.name for one in trip.named
    )
    facts = (trip.day, trip.kind, trip.origin, trip.destination, trip.plate, trip.rated)
    return (*facts, trip.people, people or [""] * trip.people)


def _stored_content(trip: Trip) -> tuple[Any, ...]:
    passages = list(trip.passages.all())
    people = sorted(one.worker.name if one.worker else one.name for one in passages)
    facts = (trip.day, trip.kind, trip.origin, trip.destination, trip.plate, trip.rated)
    return (*facts, len(passages), people)


def _store_batch(
    name: str,
    digest: bytes,
    log: Log,
    new: Sequence[LoggedTrip],
    told: Sequence[LoggedTrip],
    faults: Sequence[Fault],
    sent_by: Any | None,
    now: datetime,
    today: date,
) -> Batch:
    batch = Batch.objects.create(
        kind=Batch.Kind.TRIPS,
        digest=digest,
        filename=name[:200],
        about=max((trip.day for trip in (*new, *told)), default=today),
        received_at=now,
        sent_by=sent_by,
        rows=len(log.rows),
        admitted=sum(len(trip.rows) for trip in new),
        refused=len({fault.row for fault in faults}),
        duplicates=sum(len(trip.rows) for trip in told),
    )
    RowError.objects.bulk_create(
        RowError(
            batch=batch, row=one.row, column=one.key, code=one.code, sentence=one.sentence[:300]
        )
        for one in faults
    )
    return batch


def _store_trips(batch: Batch, trips: Sequence[LoggedTrip], known: dict[str, Worker]) -> None:
    stored = Trip.objects.bulk_create(
        Trip(
            number=trip.number,
            kind=trip.kind,
            state=Trip.State.ARRIVED,
            day=trip.day,
            origin=trip.origin,
            destination=trip.destination,
            batch=batch,
            title=trip.title,
            plate=trip.plate,
            carrier=trip.carrier,
            rated=trip.rated,
        )
        for trip in trips
    )
    Passage.objects.bulk_create(
        (
            passage
            for trip, record in zip(trips, stored, strict=True)
            for passage in _passages(trip, record, known)
        ),
        batch_size=2000,
    )


def _passages(trip: LoggedTrip, record: Trip, known: dict[str, Worker]) -> Iterator[Passage]:
    if not trip.named:
        for _ in range(trip.people):
            yield Passage(trip=record, state=Passage.State.ARRIVED)
    for one in trip.named:
        worker = known.get(one.identity)
        yield Passage(
            trip=record,
            worker=worker,
            name="" if worker else one.name,
            state=Passage.State.ARRIVED,
        )


def _notes(table: Table) -> tuple[Sentence, ...]:
    return (unread_columns(table.ignored),) if table.ignored else ()


def _receipt(
    batch: Batch,
    name: str,
    *,
    book: Path | None,
    again: bool = False,
    notes: tuple[Sentence, ...] = (),
) -> Receipt:
    return Receipt(
        batch_id=batch.pk,
        filename=name,
        rows=batch.rows,
        admitted=batch.admitted,
        refused=batch.refused,
        duplicates=batch.duplicates,
        error_workbook=book,
        again=again,
        notes=notes,
    )


def _unread(path: Path, fault: UserError) -> Receipt:
    return Receipt(
        batch_id=None,
        filename=received.shown_name(path),
        rows=0,
        admitted=0,
        refused=0,
        duplicates=0,
        error_workbook=None,
        again=False,
        fault=fault.text,
        fault_code=fault.code,
    )

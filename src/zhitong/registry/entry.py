"""People entered one by one at the desk, also for those who have no telephone of their own.

A row is examined as a row of a file is. It carries an id made where it was typed: sent again
because an answer was lost, it is answered again and entered once. A refused row leaves nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import polars as pl
from django.db import IntegrityError, transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext_noop
from psycopg import errors

from zhitong import places
from zhitong.kernel import journal, sealing
from zhitong.kernel.errors import UserError
from zhitong.offices import walls
from zhitong.places import Level
from zhitong.registry import checks, preparing, storing
from zhitong.registry.models import Batch, Entry
from zhitong.registry.preparing import Prepared
from zhitong.registry.survey import QUESTIONS
from zhitong.registry.tables import Table

KEYS = (
    "name", "identity", "phone", "home", "address", "status", "started", "work", "employer",
    "earliest", "latest", "destination", "needs", "consent",
)  # fmt: skip
"""Questions of the form that are asked on the screen, in its order."""
ATTEMPTS = 2
LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`outcome`: "admitted", "duplicate" (kept for a decision) or "refused".

    `faults` and their `codes` by key.
    """

    outcome: str
    faults: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)


@walls.over_the_wall
def enter(
    *,
    cells: Mapping[str, str],
    client_id: UUID,
    about: date,
    by: Any,
    scope: str,
    now: datetime,
) -> Answer:
    """Enter one person as of a day. Raises `UserError` for a day to come."""
    if about > localdate(now):
        raise UserError(gettext_noop("填报日期不能晚于今天。"), code="future-day")
    for attempt in range(ATTEMPTS):
        try:
            return _enter(cells, client_id, about, by, scope, now, alone=attempt > 0)
        except IntegrityError as failure:
            # Somebody else entered the same person at the same moment.
            unique = isinstance(failure.__cause__, errors.UniqueViolation)
            if not unique or attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("the last attempt returns or raises")


@transaction.atomic
def _enter(
    cells: Mapping[str, str],
    client_id: UUID,
    about: date,
    by: Any,
    scope: str,
    now: datetime,
    *,
    alone: bool,
) -> Answer:
    storing.gate(alone=alone)
    batch = _batch(about, by, now)
    if earlier := Entry.objects.filter(client_id=client_id, batch__sent_by=by).first():
        return Answer(outcome=earlier.outcome)
    table = _table(cells, by, scope)
    checked = checks.check(table, about=about, within=scope)
    if checked.faults.height:
        found = list(checked.faults.iter_rows())
        return Answer(
            outcome="refused",
            faults={key: sentence for _, key, _, sentence in found},
            codes={key: code for _, key, code, _ in found},
        )
    known = batch.duplicates
    writer = storing.BatchWriter(batch)
    writer.before = batch.rows
    writer.add(_prepared(table, checked, about))
    batch.save(update_fields=["rows", "admitted", "duplicates"])
    outcome = "duplicate" if batch.duplicates > known else "admitted"
    Entry.objects.create(client_id=client_id, batch=batch, row=batch.rows, outcome=outcome)
    journal.record(
        actor=by,
        verb=f"entry.{outcome}",
        subject=f"batch:{batch.pk}",
        now=now,
        details={"row": batch.rows},
    )
    return Answer(outcome=outcome)


def _batch(about: date, by: Any, now: datetime) -> Batch:
    """All that one person enters for one day, locked: rows are numbered one after the other."""
    digest = hashlib.sha256(f"entry {by.pk} {about}".encode()).digest()
    kept = {"kind": Batch.Kind.ENTRY, "digest": digest, "state": Batch.State.ADMITTED}
    Batch.objects.get_or_create(
        **kept,
        defaults={
            "filename": f"逐人录入 {by.get_username()} {about}"[:200],
            "about": about,
            "received_at": now,
            "sent_by": by,
            "rows": 0,
            "admitted": 0,
            "refused": 0,
            "duplicates": 0,
        },
    )
    return Batch.objects.select_for_update().get(**kept)


def _table(cells: Mapping[str, str], by: Any, scope: str) -> Table:
    """The row as if it stood in a file; a township's clerks need not name their township."""
    typed: dict[str, str | None] = {}
    for key in KEYS:
        typed[key] = " ".join(str(cells.get(key, "")).split())[:LONGEST] or None
    division = places.get(scope)
    if typed["home"] is None and division.level >= Level.TOWNSHIP:
        typed["home"] = division.code
    typed["entered_by"] = (by.get_full_name() or by.get_username())[:60]
    frame = pl.DataFrame(
        {"row": [1], **{key: [value] for key, value in typed.items()}},
        schema={"row": pl.UInt32} | dict.fromkeys(typed, pl.String),
    )
    return Table(
        frame=frame,
        original=frame.select("row"),
        titles=tuple(QUESTIONS[key].heading for key in typed),
        keys=dict(enumerate(typed)),
        spoiled=pl.DataFrame(schema={"row": pl.UInt32, "key": pl.String, "code": pl.String}),
        records=1,
    )


def _prepared(table: Table, checked: checks.Checked, about: date) -> Prepared:
    print_key = sealing.print_key()
    return Prepared(
        about=about,
        good=preparing.sealed(checked.good),
        faults=checked.faults,
        returned=table.original.clear(),
        titles=table.titles,
        keys=table.keys,
        rows=1,
        records=1,
        homes=pl.DataFrame(schema={"township": pl.String, "rows": pl.UInt32}),
        ignored=(),
        sheet=None,
        cover=None,
        print_key=print_key,
    )

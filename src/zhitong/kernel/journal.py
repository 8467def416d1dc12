"""Writing to the journal and checking its chain.

The database refuses to change or remove an entry, see the migration `append_only`; whoever gets
around that breaks the chain. Entries cut off at the end leave it whole: note `head()` elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import connection, transaction

from zhitong.config import locks
from zhitong.kernel.models import JournalEntry

_address: ContextVar[str | None] = ContextVar("address", default=None)


@contextmanager
def coming_from(address: str | None) -> Iterator[None]:
    """Entries written within carry the address that their actor works from."""
    token = _address.set(address)
    try:
        yield
    finally:
        _address.reset(token)


def record(
    *,
    actor: Any | None,
    verb: str,
    subject: str,
    now: datetime,
    details: dict[str, Any] | None = None,
) -> JournalEntry:
    """Add an entry in the caller's transaction; `details` must be free of personal data."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "a journal entry shares its write's transaction"
        )
    # One writer at a time, so that every entry knows the one before it. The lock is the last that a
    # transaction takes and falls with its commit.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [locks.JOURNAL_CHAIN])
    last = JournalEntry.objects.order_by("-id").values_list("digest", flat=True).first()
    entry = JournalEntry(
        at=now,
        actor=actor,
        verb=verb,
        subject=subject,
        details=details or {},
        address=_address.get(),
        previous=bytes(last) if last else b"",
    )
    entry.digest = _digest(entry)
    entry.save(force_insert=True)
    return entry


def first_altered() -> JournalEntry | None:
    """The first entry whose content or place in the chain no longer fits its digest."""
    previous = b""
    for entry in JournalEntry.objects.order_by("id").iterator():
        if bytes(entry.previous) != previous or bytes(entry.digest) != _digest(entry):
            return entry
        previous = bytes(entry.digest)
    return None


def head() -> tuple[int, bytes]:
    """How many entries there are, and the digest of the last: it stands for all before it."""
    last = JournalEntry.objects.order_by("-id").values_list("digest", flat=True).first()
    return JournalEntry.objects.count(), bytes(last) if last else b""


def holds(*, digest: str) -> bool:
    """Whether an entry with this digest, in hexadecimal, is there."""
    try:
        wanted = bytes.fromhex(digest)
    except ValueError:
        return False
    return JournalEntry.objects.filter(digest=wanted).exists()


def _digest(entry: JournalEntry) -> bytes:
    content = [
        entry.at.timestamp(),
        entry.actor_id,
        entry.verb,
        entry.subject,
        entry.details,
        *([entry.address] if entry.address else []),
    ]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return sha256(bytes(entry.previous) + text.encode()).digest()

"""Why somebody looks at personal data in clear: stated beforehand, kept in the journal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from zhitong.kernel import journal, sealing
from zhitong.kernel.errors import UserError
from zhitong.registry.models import Worker

PURPOSES = {
    "verify": "核实登记信息",
    "contact": "联系本人",
    "travel": "组织出行",
    "request": "答复本人或来信来访",
    "other": "其他（请写明）",
}
LONGEST = 100


class PurposeMissing(UserError):
    """No purpose was stated, or none that says anything."""

    code = "purpose-missing"


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """One of `PURPOSES`, and words of the reader's own without numbers."""

    key: str
    note: str

    @property
    def words(self) -> str:
        """As exports carry it."""
        return PURPOSES[self.key] + (f"：{self.note}" if self.note else "")

    @property
    def details(self) -> dict[str, str]:
        """As the journal keeps it."""
        return {"purpose": self.key, "note": self.note}


@dataclass(frozen=True, kw_only=True)
class Particulars:
    """A person in clear; never stored, logged or put into an address."""

    name: str
    identity: str
    phone: str
    other_phone: str
    address: str


def state(*, key: str, note: str, about: Sequence[Worker] = ()) -> Purpose:
    """Check what a reader states. Raises `PurposeMissing`.

    Long numbers and the names of whom it is about are taken out: the journal holds neither.
    """
    if key not in PURPOSES:
        raise PurposeMissing(gettext_noop("请先选择查看或导出的目的。"))
    words = re.sub(r"\d[\d\s\-]{3,}[\dXx]", "***", " ".join(note.split()))
    # The longest first: one name may begin with another. A single letter is no name to be known by.
    for name in sorted({one.name for one in about if len(one.name) > 1}, key=len, reverse=True):
        words = words.replace(name, "本人")
    words = words[:LONGEST]
    if key == "other" and len(words) < 4:
        raise PurposeMissing(gettext_noop("选择“其他”时请写明目的，至少四个字。"))
    return Purpose(key=key, note=words)


@transaction.atomic
def reveal(*, worker: Worker, purpose: Purpose, by: Any, now: datetime) -> Particulars:
    """Show one person in clear; who, whom, when and why goes into the journal first."""
    journal.record(
        actor=by,
        verb="worker.revealed",
        subject=f"worker:{worker.pk}",
        now=now,
        details=purpose.details,
    )
    return _in_clear(worker)


@transaction.atomic
def reveal_together(
    *, workers: Sequence[Worker], subject: str, purpose: Purpose, by: Any, now: datetime
) -> list[Particulars]:
    """Show several in clear, in their order; one entry names them all by number."""
    journal.record(
        actor=by,
        verb="workers.revealed",
        subject=subject,
        now=now,
        details={**purpose.details, "workers": [worker.pk for worker in workers]},
    )
    return [_in_clear(worker) for worker in workers]


def _in_clear(worker: Worker) -> Particulars:
    return Particulars(
        name=worker.name,
        identity=sealing.unseal(worker.identity_sealed, purpose="identity"),
        phone=_phone(worker.phone_sealed),
        other_phone=_phone(worker.other_phone_sealed),
        address=worker.address,
    )


def _phone(sealed: bytes | memoryview | None) -> str:
    return sealing.unseal(sealed, purpose="phone") if sealed else ""

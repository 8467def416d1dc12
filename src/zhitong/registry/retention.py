"""What the registry keeps for a time only, see `kernel.retention`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from zhitong.kernel import journal
from zhitong.kernel.retention import Record
from zhitong.registry import access, erasure
from zhitong.registry.models import Duplicate, RowError

Decision = Duplicate.Decision


def _people(division: str, before: date) -> int:
    return erasure.expired(division=division, before=before).count()


def _erase_people(division: str, before: date, by: Any, now: datetime) -> int:
    return erasure.erase(division=division, before=before, apply=True, by=by, now=now).workers


def _decided(division: str, before: date) -> QuerySet[Duplicate]:
    """Repeated rows decided long ago that still hold something of their own.

    A row that was kept out says what its person once was called elsewhere; one that replaced what
    was registered holds what it replaced.
    """
    decided = Duplicate.objects.filter(home__within=division, decided_at__date__lt=before)
    replaced = decided.filter(decision=Decision.REPLACE, before_sealed__isnull=False)
    return decided.filter(decision=Decision.KEEP) | replaced


def _repeated(division: str, before: date) -> int:
    return _decided(division, before).count()


@transaction.atomic
def _erase_repeated(division: str, before: date, by: Any, now: datetime) -> int:
    """What replaced is registered now and stays; its batch can be taken back no more."""
    rows = _decided(division, before)
    erased = rows.filter(decision=Decision.REPLACE).update(before_sealed=None, after_digest=None)
    erased += rows.filter(decision=Decision.KEEP).delete()[0]
    _tell("repeated-rows.erased", division, before, by, now, erased)
    return erased


def _cells(division: str, before: date) -> QuerySet[RowError]:
    batches = access.batches_in(division).filter(received_at__date__lt=before)
    return RowError.objects.filter(batch__in=batches.values("pk"))


def _wrong_cells(division: str, before: date) -> int:
    return _cells(division, before).count()


@transaction.atomic
def _erase_wrong_cells(division: str, before: date, by: Any, now: datetime) -> int:
    erased, _ = _cells(division, before).delete()
    _tell("row-errors.erased", division, before, by, now, erased)
    return erased


def _tell(verb: str, division: str, before: date, by: Any, now: datetime, erased: int) -> None:
    journal.record(
        actor=by,
        verb=verb,
        subject=f"division:{division}",
        now=now,
        details={"rows": erased, "before": before.isoformat()},
    )


RECORDS = (
    Record(
        key="workers",
        title="人员（此后再无消息的）",
        days=3 * 365,
        count=_people,
        erase=_erase_people,
    ),
    Record(
        key="repeated-rows",
        title="已处理的重复记录",
        days=365,
        count=_repeated,
        erase=_erase_repeated,
    ),
    Record(
        key="row-errors",
        title="退回行的错误说明",
        days=180,
        count=_wrong_cells,
        erase=_erase_wrong_cells,
    ),
)

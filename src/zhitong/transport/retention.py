"""What trips keep for a time only, see `kernel.retention`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from zhitong.kernel import journal
from zhitong.kernel.retention import Record
from zhitong.registry.erasure import NAME
from zhitong.transport.models import Passage


def _named(division: str, before: date) -> QuerySet[Passage]:
    """People aboard who are not in the registry, called by a name of their own."""
    rows = Passage.objects.filter(trip__day__lt=before, trip__origin__within=division)
    return rows.exclude(name__in=("", NAME))


def _passengers(division: str, before: date) -> int:
    return _named(division, before).count()


@transaction.atomic
def _erase_passengers(division: str, before: date, by: Any, now: datetime) -> int:
    erased = _named(division, before).update(name=NAME)
    journal.record(
        actor=by,
        verb="passengers.erased",
        subject=f"division:{division}",
        now=now,
        details={"rows": erased, "before": before.isoformat()},
    )
    return erased


RECORDS = (
    Record(
        key="passengers",
        title="未登记乘车人的姓名",
        days=365,
        count=_passengers,
        erase=_erase_passengers,
    ),
)

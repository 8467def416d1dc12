"""Retention ends: who somebody was is erased, what was counted stays.

A person of whom nothing was heard since a day loses name, numbers, address, employer and needs;
sealed rows about them go. Home, birth year, spells and journeys remain without a person, so that
no figure that was ever reported changes. The number can be registered anew, as somebody new.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import BinaryField, Count, Exists, Func, OuterRef, Q, QuerySet
from django.db.models.functions import Substr, TruncYear

from zhitong.kernel import journal, sealing
from zhitong.registry import access
from zhitong.registry.models import Departure, Duplicate, Spell, Worker

NAME = "（已清除）"
BATCH = 5_000


class RandomPrint(Func):
    """A print of nobody, another for each row: 16 bytes, as `sealing.PRINT_BYTES`."""

    template = "uuid_send(gen_random_uuid())"
    output_field = BinaryField()


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """What a run erased, or would."""

    workers: int
    by_county: dict[str, int]
    applied: bool


def expired(*, division: str, before: date) -> QuerySet[Worker]:
    """People of a division of whom no batch, spell or wish says anything since a day."""
    own = {"worker": OuterRef("pk")}
    spells = Spell.objects.filter(**own).filter(Q(started__gte=before) | Q(ended__gte=before))
    rows = Duplicate.objects.filter(**own, batch__about__gte=before)
    wishes = Departure.objects.filter(**own, latest__gte=before)
    return (
        access.workers_in(division)
        .exclude(batch__about__gte=before)
        .filter(~Exists(spells), ~Exists(rows), ~Exists(wishes))
    )


def erase(*, division: str, before: date, apply: bool, by: Any | None, now: datetime) -> Erasure:
    """Report who would be erased; with `apply`, erase them, some thousands a transaction."""
    found = expired(division=division, before=before)
    by_county = found.order_by().values_list(Substr("home", 1, 6)).annotate(workers=Count("pk"))
    counties: dict[str, int] = dict(by_county)
    total = sum(counties.values())
    if apply:
        while _some(found, division=division, before=before, by=by, now=now):
            pass
    return Erasure(workers=total, by_county=dict(sorted(counties.items())), applied=apply)


@transaction.atomic
def _some(
    found: QuerySet[Worker], *, division: str, before: date, by: Any | None, now: datetime
) -> int:
    ids = list(found.order_by("pk").values_list("pk", flat=True)[:BATCH])
    if not ids:
        return 0
    Duplicate.objects.filter(worker__in=ids).delete()
    Spell.objects.filter(worker__in=ids).update(employer="", employer_code="")
    Departure.objects.filter(worker__in=ids).update(needs="")
    Worker.objects.filter(pk__in=ids).update(
        name=NAME,
        identity_sealed=sealing.seal("", purpose="identity"),
        phone_sealed=None,
        phone_print=None,
        other_phone_sealed=None,
        born=TruncYear("born"),
        address="",
        entered_by="",
        erased_at=now,
        identity_print=RandomPrint(),
    )
    journal.record(
        actor=by,
        verb="workers.erased",
        subject=f"division:{division}",
        now=now,
        details={"workers": len(ids), "before": before.isoformat()},
    )
    return len(ids)

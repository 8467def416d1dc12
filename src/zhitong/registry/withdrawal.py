"""Taking a batch back while nothing else depends on it.

What it brought goes: workers with all that hangs on them, spells, wishes to travel, the townships
it spoke for. What it replaced comes back, see `replacing`. The batch itself stays, as withdrawn,
and its file may be sent again.

Locks, in this order: the registry's gate, alone; the batch; then the journal's chain.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_noop
from psycopg import errors

from zhitong.kernel import journal
from zhitong.kernel.errors import UserError
from zhitong.offices import walls
from zhitong.registry import replacing, storing
from zhitong.registry.models import (
    Batch,
    Departure,
    Duplicate,
    Party,
    ReportedTownship,
    Spell,
    Worker,
)

Decision = Duplicate.Decision


class NotWithdrawn(UserError):
    """Something else stands on what the batch brought."""

    code = "batch-in-use"


@walls.over_the_wall
@transaction.atomic
def withdraw(*, batch: Batch, by: Any | None, now: datetime) -> Batch:
    """Undo a batch; the same again changes nothing. Raises `NotWithdrawn` with what stands on it.

    Rows of a batch may lie outside the scope of who may see it; they go with it.
    """
    storing.gate(alone=True)
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    if batch.state == Batch.State.WITHDRAWN:
        return batch
    if batch.kind == Batch.Kind.TRIPS:
        raise NotWithdrawn(gettext_noop("车次批次不能在这里撤回；请在“出行”中取消有关车次。"))
    _refuse_if_met_again(batch)
    restored = [
        replacing.restore(one)
        for one in batch.duplicate_rows.filter(decision=Decision.REPLACE).order_by("-decided_at")
    ]
    try:
        with transaction.atomic():
            workers = _remove(batch)
    except IntegrityError as failure:
        if not isinstance(failure.__cause__, errors.ForeignKeyViolation):
            raise
        raise NotWithdrawn(
            gettext_noop("本批有人已编入车次，不能整批撤回；请先取消有关车次，或逐人更正。")
        ) from failure
    batch.state, batch.withdrawn_at, batch.withdrawn_by = Batch.State.WITHDRAWN, now, by
    batch.save(update_fields=["state", "withdrawn_at", "withdrawn_by"])
    journal.record(
        actor=by,
        verb="batch.withdrawn",
        subject=f"batch:{batch.pk}",
        now=now,
        details={"workers": workers, "restored": len(restored)},
    )
    return batch


def _refuse_if_met_again(batch: Batch) -> None:
    """Rows of other batches speak of the same people: they would lose whom they speak of."""
    later = Duplicate.objects.filter(worker__batch=batch).exclude(batch=batch)
    people = later.values("worker_id").distinct().count()
    if people:
        raise NotWithdrawn(
            gettext_noop(
                "本批有 {people} 人在其他批次中再次出现，不能整批撤回；请先撤回那些批次。"
            ),
            people=people,
        )


def _remove(batch: Batch) -> int:
    """Delete in bulk; whatever else refers to a row refuses at once. Returns workers deleted."""
    workers = Worker.objects.filter(batch=batch)
    ids = workers.values("pk")
    with connection.cursor() as cursor:
        # The copying of rows asks the same: a violation shows at its statement, not at commit.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    batch.duplicate_rows.all().delete()
    for rows in (
        Departure.objects.filter(worker__in=ids),
        Departure.objects.filter(batch=batch),
        Party.objects.filter(batch=batch),
        Spell.objects.filter(worker__in=ids),
        Spell.objects.filter(batch=batch),
        ReportedTownship.objects.filter(batch=batch),
    ):
        rows._raw_delete(rows.db)
    return workers._raw_delete(workers.db)

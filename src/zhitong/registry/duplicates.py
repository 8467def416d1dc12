"""Deciding about rows whose person was already registered.

Locks, in this order: the duplicate, its worker, then the journal's chain.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from zhitong.kernel import journal, sealing
from zhitong.kernel.errors import UserError
from zhitong.registry.models import Departure, Duplicate, Party, Spell, Worker
from zhitong.registry.storing import SEAL_PURPOSE


class AlreadyDecided(UserError):
    """Somebody has decided otherwise before."""

    code = "already-decided"


def content(duplicate: Duplicate) -> dict[str, Any]:
    """The row as it was understood, in clear: keys of `storing.CONTENT`, days as ISO texts."""
    row: dict[str, Any] = json.loads(sealing.unseal(duplicate.content_sealed, purpose=SEAL_PURPOSE))
    return row


@transaction.atomic
def decide(
    *, duplicate: Duplicate, decision: Duplicate.Decision, by: Any | None, now: datetime
) -> Duplicate:
    """Keep what is registered, or let the newer row replace it.

    Replacing takes the person's particulars from the row, ends the spell in force where the new one
    starts, and exchanges wishes to travel that nobody has planned yet for the row's own. The same
    decision twice changes nothing; another one raises `AlreadyDecided`.
    """
    duplicate = Duplicate.objects.select_for_update().get(pk=duplicate.pk)
    if duplicate.decision != Duplicate.Decision.PENDING:
        if duplicate.decision == decision:
            return duplicate
        raise AlreadyDecided(
            f"这条重复记录已处理为“{duplicate.get_decision_display()}”，不能再改；请刷新页面。"
        )
    if decision == Duplicate.Decision.PENDING:
        raise ValueError("pending is no decision")
    if decision == Duplicate.Decision.REPLACE:
        _replace(duplicate, content(duplicate))
    duplicate.decision, duplicate.decided_by, duplicate.decided_at = decision, by, now
    duplicate.save(update_fields=["decision", "decided_by", "decided_at"])
    journal.record(
        actor=by,
        verb="duplicate.decided",
        subject=f"duplicate:{duplicate.pk}",
        now=now,
        details={"decision": str(decision), "worker": duplicate.worker_id},
    )
    return duplicate


def _replace(duplicate: Duplicate, row: dict[str, Any]) -> None:
    worker = Worker.objects.select_for_update().get(pk=duplicate.worker_id)
    phone, other = row["phone"], row["other_phone"]
    worker.name, worker.home, worker.address = row["name"], row["home"], row["address"]
    worker.entered_by, worker.consented = row["entered_by"], row["consented"]
    worker.phone_sealed = sealing.seal(phone, purpose="phone") if phone else None
    worker.phone_print = sealing.print_of(phone, purpose="phone") if phone else None
    worker.other_phone_sealed = sealing.seal(other, purpose="phone") if other else None
    worker.save()
    _move(worker, duplicate, row)
    _travel(worker, duplicate, row)


def _move(worker: Worker, duplicate: Duplicate, row: dict[str, Any]) -> None:
    """Put the row's spell in force from its first day; later ones were overtaken by it."""
    started = date.fromisoformat(row["started"])
    state = {
        key: row[key]
        for key in ("status", "home", "work", "category", "employer", "employer_code", "occupation")
    }
    worker.spells.filter(started__gte=started).delete()
    last = worker.spells.order_by("started").last()
    if last and (last.ended is None or last.ended > started):
        if all(getattr(last, key) == value for key, value in state.items()):
            last.ended = None
            last.save(update_fields=["ended"])
            return
        last.ended = started
        last.save(update_fields=["ended"])
    Spell.objects.create(
        worker=worker,
        started=started,
        before=last.ended if last else None,
        batch=duplicate.batch,
        **state,
    )


def _travel(worker: Worker, duplicate: Duplicate, row: dict[str, Any]) -> None:
    for wish in worker.departures.filter(latest__gte=duplicate.batch.about):
        try:
            with transaction.atomic():
                wish.delete()
        except ProtectedError:  # a trip carries it: that journey stands
            return
    if not row["travels"]:
        return
    party = None
    if row["party"]:
        party, _ = Party.objects.get_or_create(batch=duplicate.batch, label=row["party"])
    Departure.objects.create(
        worker=worker,
        party=party,
        origin=row["home"],
        destination=row["destination"],
        earliest=row["earliest"],
        latest=row["latest"],
        mode=row["mode"],
        needs=row["needs"],
        batch=duplicate.batch,
    )

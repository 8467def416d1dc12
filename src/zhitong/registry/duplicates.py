"""Deciding about rows whose person was already registered.

Locks, in this order: the duplicate, its worker, then the journal's chain.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from zhitong.kernel import journal, sealing
from zhitong.kernel.errors import UserError
from zhitong.registry import access, replacing
from zhitong.registry.models import Duplicate
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
            _("这条重复记录已处理为“{decision}”，不能再改；请刷新页面。"),
            decision=gettext_lazy(duplicate.get_decision_display()),
        )
    if decision == Duplicate.Decision.PENDING:
        raise ValueError("pending is no decision")
    if decision == Duplicate.Decision.REPLACE:
        replacing.replace(duplicate, content(duplicate))
    duplicate.decision, duplicate.decided_by, duplicate.decided_at = decision, by, now
    duplicate.save(
        update_fields=["decision", "decided_by", "decided_at", "before_sealed", "after_digest"]
    )
    journal.record(
        actor=by,
        verb="duplicate.decided",
        subject=f"duplicate:{duplicate.pk}",
        now=now,
        details={"decision": str(decision), "worker": duplicate.worker_id},
    )
    return duplicate


@transaction.atomic
def keep_identical(*, scope: str, by: Any | None, now: datetime) -> int:
    """Keep what is registered where a row says nothing new; returns how many were decided."""
    waiting = access.duplicates_in(scope).filter(
        decision=Duplicate.Decision.PENDING, identical=True
    )
    ids = list(waiting.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    Duplicate.objects.filter(pk__in=ids).update(
        decision=Duplicate.Decision.KEEP, decided_by=by, decided_at=now
    )
    if ids:
        journal.record(
            actor=by,
            verb="duplicates.kept-identical",
            subject=f"division:{scope}",
            now=now,
            details={"duplicates": len(ids)},
        )
    return len(ids)

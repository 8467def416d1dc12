"""Who may see which worker, batch and duplicate: the only places where an id becomes a row."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import Http404

from zhitong.offices.access import scope_of
from zhitong.registry.models import Batch, Duplicate, ReportedTownship, Worker

Row = TypeVar("Row", bound=Model)


def workers_in(scope: str | None) -> QuerySet[Worker]:
    """Workers whose home lies in a scope's subtree; none without a scope."""
    return Worker.objects.filter(home__startswith=scope) if scope else Worker.objects.none()


def batches_in(scope: str | None) -> QuerySet[Batch]:
    """Batches sent from within a scope, and those that speak for nothing outside it."""
    if not scope:
        return Batch.objects.none()
    townships = ReportedTownship.objects.filter(batch=OuterRef("pk"))
    outside = townships.exclude(township__startswith=scope)
    return Batch.objects.filter(
        Q(sent_by__staff__organisation__division__startswith=scope)
        | (Exists(townships) & ~Exists(outside))
    )


def worker_for(user: Any, worker_id: int) -> Worker:
    """A worker whose home is in the user's scope. Raises Http404 for any other."""
    return _one(workers_in(scope_of(user)), worker_id)


def batch_for(user: Any, batch_id: int) -> Batch:
    """A batch of `batches_in` the user's scope. Raises Http404 for any other."""
    return _one(batches_in(scope_of(user)), batch_id)


def duplicate_for(user: Any, duplicate_id: int) -> Duplicate:
    """A duplicate whose batch and whose worker the user may see. Raises Http404 for any other."""
    scope = scope_of(user)
    duplicates = Duplicate.objects.filter(
        batch__in=batches_in(scope).values("pk"), worker__in=workers_in(scope).values("pk")
    )
    return _one(duplicates.select_related("worker", "batch"), duplicate_id)


def _one(rows: QuerySet[Row], pk: int) -> Row:
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row

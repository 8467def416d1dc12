"""Who may see which worker, batch and duplicate: the only places where an id becomes a row."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import Http404

from zhitong.kernel.models import Job, JobFile
from zhitong.offices.access import scope_of, staff_of
from zhitong.registry.jobs import EXPORT, INTAKE
from zhitong.registry.models import Batch, Duplicate, Worker
from zhitong.registry.rules import Act, allows

Row = TypeVar("Row", bound=Model)


def workers_in(scope: str | None) -> QuerySet[Worker]:
    """Workers whose home lies in a scope's subtree, erased ones apart; none without a scope."""
    if not scope:
        return Worker.objects.none()
    return Worker.objects.filter(home__within=scope, erased_at=None)


def batches_in(scope: str | None) -> QuerySet[Batch]:
    """Batches sent from within a scope, and those that speak for nothing outside it."""
    if not scope:
        return Batch.objects.none()
    return Batch.objects.filter(Q(sent_from__within=scope) | Q(speaks_for__within=scope))


def worker_for(user: Any, worker_id: int) -> Worker:
    """A worker whose home is in the user's scope. Raises Http404 for any other."""
    return _one(workers_in(scope_of(user)), worker_id)


def batch_for(user: Any, batch_id: int) -> Batch:
    """A batch of `batches_in` the user's scope. Raises Http404 for any other."""
    return _one(batches_in(scope_of(user)), batch_id)


def duplicate_for(user: Any, duplicate_id: int) -> Duplicate:
    """A duplicate whose batch and whose worker the user may see. Raises Http404 for any other."""
    return _one(duplicates_in(scope_of(user)).select_related("worker", "batch"), duplicate_id)


def duplicates_in(scope: str | None) -> QuerySet[Duplicate]:
    """Duplicates whose batch and whose worker lie in a scope."""
    return Duplicate.objects.filter(
        batch__in=batches_in(scope).values("pk"), home__within=scope or "-"
    )


def may(user: Any, act: Act) -> bool:
    """Whether the user's post carries an act."""
    post = staff_of(user)
    return post is not None and allows(post.roles, act)


def may_withdraw(user: Any, batch: Batch) -> bool:
    """Who verifies may, and whoever sent the batch as long as they still enter."""
    own = batch.sent_by_id is not None and batch.sent_by_id == user.pk
    return may(user, Act.WITHDRAW) or (own and may(user, Act.ENTER))


def jobs_of(user: Any) -> QuerySet[Job]:
    """The registry's long jobs that the user started."""
    return Job.objects.filter(started_by=user, kind__in=(INTAKE, EXPORT))


def job_for(user: Any, job_id: int) -> Job:
    """A job of the user's own. Raises Http404 for any other."""
    return _one(jobs_of(user), job_id)


def made_file_for(user: Any, file_id: int) -> JobFile:
    """A file that a job of the user's own made. Raises Http404 for any other."""
    return _one(JobFile.objects.filter(made=True, job__in=jobs_of(user)), file_id)


def _one(rows: QuerySet[Row], pk: int) -> Row:
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row

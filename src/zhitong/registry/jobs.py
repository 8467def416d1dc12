"""The registry's long jobs. What does the work is imported when there is some."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhitong.kernel import jobs, journal
from zhitong.kernel.models import Job
from zhitong.kernel.progress import Progress

INTAKE = "survey-intake"
EXPORT = "worker-export"
RETENTION = "retention"


@jobs.kind(INTAKE)
def receive(job: Job, progress: Progress) -> dict[str, Any]:
    from zhitong.registry import receiving

    return receiving.work_off(job=job, progress=progress)


@jobs.kind(EXPORT)
def export(job: Job, progress: Progress) -> dict[str, Any]:
    from zhitong.registry import exporting

    return exporting.work_off(job=job, progress=progress)


@jobs.kind(RETENTION)
def end_retention(job: Job, progress: Progress) -> dict[str, Any]:
    from zhitong.kernel import retention

    return retention.erase(
        division=job.parameters["division"],
        today=date.fromisoformat(job.parameters["today"]),
        by=job.started_by,
        now=timezone.now(),
        progress=progress,
    )


@transaction.atomic
def start_retention(*, division: str, today: date, by: Any, now: datetime) -> Job:
    """Queue the erasure of what is due on a day in a division."""
    job = jobs.start(
        kind=RETENTION,
        parameters={"division": division, "today": today.isoformat()},
        by=by,
        scope=division,
        now=now,
    )
    journal.record(
        actor=by,
        verb="retention.asked",
        subject=f"job:{job.pk}",
        now=now,
        details={"division": division, "today": today.isoformat()},
    )
    return job

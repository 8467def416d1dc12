"""The registry's long jobs. What does the work is imported when there is some."""

from __future__ import annotations

from typing import Any

from zhitong.kernel import jobs
from zhitong.kernel.models import Job
from zhitong.kernel.progress import Progress

INTAKE = "survey-intake"
EXPORT = "worker-export"


@jobs.kind(INTAKE)
def receive(job: Job, progress: Progress) -> dict[str, Any]:
    from zhitong.registry import receiving

    return receiving.work_off(job=job, progress=progress)


@jobs.kind(EXPORT)
def export(job: Job, progress: Progress) -> dict[str, Any]:
    from zhitong.registry import exporting

    return exporting.work_off(job=job, progress=progress)

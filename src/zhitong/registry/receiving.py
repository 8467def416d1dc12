"""Survey files sent by browser: kept sealed, worked off as a job, one file after the other.

A file's batch, its receipt and the workbook that goes back are one transaction. A job that was
killed is begun anew and skips the files that have their receipt.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from zhitong.kernel import jobs
from zhitong.kernel.errors import UserError
from zhitong.kernel.models import Job
from zhitong.kernel.progress import Progress
from zhitong.registry.intake import Receipt, admit_surveys
from zhitong.registry.jobs import INTAKE

MAX_FILES = 50
MAX_BYTES = 100 * 2**20
SUFFIXES = (".xlsx", ".xls", ".csv", ".parquet")


class Unsendable(UserError):
    """What was chosen cannot be sent."""

    code = "unsendable-file"


def send(
    *,
    files: Sequence[tuple[str, int, IO[bytes]]],
    about: date | None,
    by: Any,
    scope: str,
    now: datetime,
) -> Job:
    """Take files (name, bytes, content) in and put them in the queue. Raises `Unsendable`."""
    if not files:
        raise Unsendable(gettext_noop("请先选择要上传的调查表文件。"))
    if len(files) > MAX_FILES:
        raise Unsendable(gettext_noop("一次最多上传 {most} 个文件，请分几次上传。"), most=MAX_FILES)
    for name, size, _ in files:
        if Path(name).suffix.lower() not in SUFFIXES:
            raise Unsendable(
                gettext_noop("“{name}”不是调查表；请上传 Excel（xlsx、xls）或 csv 文件。"),
                name=name[:80],
            )
        if size > MAX_BYTES:
            raise Unsendable(
                gettext_noop("“{name}”超过 {most} MB；请按乡镇拆成几个文件。"),
                name=name[:80],
                most=MAX_BYTES // 2**20,
            )
    return jobs.start(
        kind=INTAKE,
        parameters={"about": about.isoformat() if about else None, "files": len(files)},
        files=[(Path(name).name, content) for name, _, content in files],
        by=by,
        scope=scope,
        now=now,
    )


def work_off(*, job: Job, progress: Progress) -> dict[str, Any]:
    """Admit the files that have no receipt yet; returns the receipts of all."""
    about = job.parameters["about"]
    receipts: list[dict[str, Any]] = job.result.get("receipts", [])
    sent = list(job.files.filter(made=False).order_by("id"))
    for file in sent[len(receipts) :]:
        with tempfile.TemporaryDirectory(prefix="zhitong-") as folder:
            path = Path(folder) / file.name
            with path.open("wb") as target:
                target.writelines(jobs.content_of(file))
            with transaction.atomic():
                (receipt,) = admit_surveys(
                    [path],
                    about=date.fromisoformat(about) if about else None,
                    sent_by=job.started_by,
                    now=timezone.now(),
                    progress=progress,
                    errors_folder=Path(folder) / "back",
                    within=job.scope,
                )
                receipts.append(_told(receipt, job))
                Job.objects.filter(pk=job.pk).update(result={"receipts": receipts})
    return {"receipts": receipts}


def subject_of(batch_id: int) -> str:
    """How journal and files name a batch."""
    return f"batch:{batch_id}"


def _told(receipt: Receipt, job: Job) -> dict[str, Any]:
    """A receipt as the job keeps it, its workbook sealed beside it."""
    if receipt.error_workbook and receipt.batch_id:
        with receipt.error_workbook.open("rb") as content:
            jobs.keep(
                job=job,
                name=receipt.error_workbook.name,
                content=content,
                about=subject_of(receipt.batch_id),
            )
    return {
        "filename": receipt.filename,
        "batch": receipt.batch_id,
        "rows": receipt.rows,
        "admitted": receipt.admitted,
        "refused": receipt.refused,
        "duplicates": receipt.duplicates,
        "again": receipt.again,
        "notes": [note.kept() for note in receipt.notes],
        "fault": receipt.fault.kept() if receipt.fault else None,
    }

"""Long jobs: started in a request, worked off elsewhere, looked at whenever somebody likes.

procrastinate keeps the queue in PostgreSQL: a job is there if and only if the transaction that
started it was committed, and a worker that dies gives its jobs back. Each room says what its
kinds of jobs do in its module `jobs`, which is imported when Django starts. A job may be begun
more than once and must leave the same then.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import IO, Any

from asgiref.sync import async_to_sync
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from procrastinate.contrib.django import app

from zhitong.kernel import sealing
from zhitong.kernel.errors import UserError
from zhitong.kernel.models import Job, JobFile, JobFilePiece
from zhitong.kernel.progress import Progress

Work = Callable[[Job, Progress], dict[str, Any]]
"""What a kind of job does; returns what `Job.result` keeps."""

PIECE = 4 * 2**20
ATTEMPTS = 3
SILENT_SECONDS = 30
"""A worker that has not been heard for so long is dead, and its jobs go to another."""
FLUSH_SECONDS = 0.4
KEPT = timedelta(days=30)
"""How long files wait to be fetched after their job has ended."""
PURPOSE = "file"

_kinds: dict[str, Work] = {}
_log = logging.getLogger(__name__)


def kind(name: str) -> Callable[[Work], Work]:
    """Decorator: the function does the jobs of a kind."""

    def register(work: Work) -> Work:
        _kinds[name] = work
        return work

    return register


@transaction.atomic
def start(
    *,
    kind: str,
    parameters: dict[str, Any],
    by: Any,
    scope: str,
    now: datetime,
    files: Iterable[tuple[str, IO[bytes]]] = (),
) -> Job:
    """Put a job in the queue; it begins when the caller's transaction is committed.

    `files`: names and contents that the job is given.
    """
    if kind not in _kinds:
        raise ValueError(f"no room does jobs of the kind {kind}")
    job = Job.objects.create(
        kind=kind, parameters=parameters, started_by=by, scope=scope, created_at=now
    )
    for name, content in files:
        keep(job=job, name=name, content=content, made=False)
    run_queued.defer(job_id=job.pk)
    return job


@app.task(name="zhitong.job")
def run_queued(job_id: int) -> None:
    """What the queue holds: the number of a job."""
    with closing(connection):
        run(job_id)


@app.periodic(cron="* * * * *")
@app.task(name="zhitong.give_back_lost", queueing_lock="give_back_lost")
def look_for_lost(timestamp: int) -> None:
    """Every minute, as long as any worker lives."""
    with closing(connection):
        give_back_lost()


@app.periodic(cron="17 3 * * *")
@app.task(name="zhitong.forget_files", queueing_lock="forget_files")
def forget_files(timestamp: int) -> None:
    """Every night: what nobody fetched in time is gone."""
    with closing(connection):
        forget(before=timezone.now() - KEPT)


def give_back_lost() -> int:
    """Put the jobs of dead workers back in the queue; returns how many."""
    manager = app.job_manager
    lost = async_to_sync(manager.get_stalled_jobs)(seconds_since_heartbeat=SILENT_SECONDS)
    jobs = list(lost)
    for one in jobs:
        async_to_sync(manager.retry_job)(one)
    return len(jobs)


def run(job_id: int) -> None:
    """Work one job off. A user's mistake ends it with a sentence; a fault of ours is raised."""
    begun = Job.objects.filter(pk=job_id, state__in=(Job.State.WAITING, Job.State.RUNNING)).update(
        state=Job.State.RUNNING, attempts=F("attempts") + 1, heard_at=timezone.now()
    )
    if not begun:
        return
    job = Job.objects.get(pk=job_id)
    if job.attempts > ATTEMPTS:
        _finish(job, Job.State.FAILED, fault="后台多次中断，已停止；请联系管理员查看服务日志。")
        return
    try:
        with Recorded(job_id) as progress:
            result = _kinds[job.kind](job, progress)
    except UserError as mistake:
        kept = {"fault": mistake.text.kept()}
        _finish(job, Job.State.FAILED, fault=str(mistake.text)[:300], result=kept)
    except Exception:
        _log.exception("job %s (%s) failed", job_id, job.kind)
        _finish(job, Job.State.FAILED, fault="系统故障，未完成；请稍后重试，仍不行请联系管理员。")
        raise
    else:
        _finish(job, Job.State.DONE, result=result)


def _finish(job: Job, state: Job.State, **changes: Any) -> None:
    with transaction.atomic():
        Job.objects.filter(pk=job.pk).update(state=state, finished_at=timezone.now(), **changes)
        job.files.filter(made=False).delete()


# -- files


def keep(*, job: Job, name: str, content: IO[bytes], made: bool = True, about: str = "") -> JobFile:
    """Seal a file into the database; `about` names the record it belongs to."""
    with transaction.atomic():
        file = JobFile.objects.create(job=job, made=made, name=name[:200], size=0, about=about)
        position = 0
        while piece := content.read(PIECE):
            sealed = sealing.seal_bytes(piece, purpose=PURPOSE)
            JobFilePiece.objects.create(file=file, position=position, sealed=sealed)
            position += 1
            file.size += len(piece)
        file.save(update_fields=["size"])
    return file


def content_of(file: JobFile) -> Iterator[bytes]:
    """A file's content, a piece after the other."""
    pieces = JobFilePiece.objects.filter(file=file).order_by("position")
    for position in range(-(-file.size // PIECE)):
        sealed = pieces.values_list("sealed", flat=True).get(position=position)
        yield sealing.unseal_bytes(sealed, purpose=PURPOSE)


@transaction.atomic
def forget(*, before: datetime) -> int:
    """Delete the files of jobs that ended before a moment; the jobs stay. Returns how many."""
    return JobFile.objects.filter(job__finished_at__lt=before).delete()[1].get("kernel.JobFile", 0)


class Recorded:
    """Progress that others see while the work's own transaction is still open.

    A thread with its own connection writes it down, so steps cost the work nothing.
    """

    def __init__(self, job_id: int) -> None:
        self._job_id = job_id
        self._step, self._done = "", 0
        self._total: int | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tell, daemon=True)

    def __enter__(self) -> Recorded:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def step(self, label: str, total: int | None = None) -> None:
        self._step, self._done, self._total = label, 0, total

    def advance(self, units: int = 1) -> None:
        self._done += units

    def _tell(self) -> None:
        with closing(connection):
            while not self._over.wait(FLUSH_SECONDS):
                Job.objects.filter(pk=self._job_id).update(
                    step=self._step[:60],
                    done=self._done,
                    total=self._total,
                    heard_at=timezone.now(),
                )

"""Long jobs: what is queued, what is told on the way, what happens when it goes wrong."""

from __future__ import annotations

import io
import os
import time
from datetime import timedelta

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from factories.staff import clerk
from zhitong.kernel import jobs
from zhitong.kernel.errors import UserError
from zhitong.kernel.models import Job, JobFile, JobFilePiece

pytestmark = pytest.mark.django_db
SCOPE = "131121"


@pytest.fixture
def started(now, monkeypatch):
    """Start a job that does what it is told."""

    def start(work, **more) -> Job:
        monkeypatch.setitem(jobs._kinds, "trial", work)
        by = more.pop("by", None) or clerk(SCOPE)
        return jobs.start(kind="trial", by=by, scope=SCOPE, now=now, **({"parameters": {}} | more))

    return start


def state_of(job: Job) -> Job:
    job.refresh_from_db()
    return job


def test_a_job_keeps_its_result(started):
    job = started(
        lambda job, progress: {"answer": job.parameters["asked"]}, parameters={"asked": 6}
    )
    assert ProcrastinateJob.objects.get().args == {"job_id": job.pk}

    jobs.run(job.pk)

    assert (state_of(job).state, job.result) == (Job.State.DONE, {"answer": 6})
    assert job.finished_at is not None


def test_a_job_is_queued_only_with_its_transaction(started):
    with transaction.atomic():
        started(lambda job, progress: {})
        transaction.set_rollback(True)

    assert not Job.objects.exists()
    assert not ProcrastinateJob.objects.exists()


def test_a_mistake_ends_a_job_with_its_sentence_and_a_fault_is_raised(started):
    def mistaken(job, progress):
        raise UserError("请选择日期。")

    def broken(job, progress):
        raise ZeroDivisionError

    job = started(mistaken)
    jobs.run(job.pk)
    assert (state_of(job).state, job.fault) == (Job.State.FAILED, "请选择日期。")

    job = started(broken, by=job.started_by)
    with pytest.raises(ZeroDivisionError):
        jobs.run(job.pk)
    assert state_of(job).state == Job.State.FAILED
    assert "系统故障" in job.fault


def test_a_job_that_ended_is_not_begun_again(started):
    runs = []
    job = started(lambda job, progress: runs.append(1) or {})

    jobs.run(job.pk)
    jobs.run(job.pk)

    assert runs == [1]


def test_a_job_whose_workers_keep_dying_is_given_up(started):
    job = started(lambda job, progress: {})
    Job.objects.update(state=Job.State.RUNNING, attempts=jobs.ATTEMPTS)

    jobs.run(job.pk)

    assert state_of(job).state == Job.State.FAILED
    assert "多次中断" in job.fault


def test_files_lie_sealed_and_those_given_go_with_the_work(started, now, monkeypatch):
    monkeypatch.setattr(jobs, "PIECE", 1000)
    content = os.urandom(2500)
    seen = []

    def work(job, progress):
        (given,) = job.files.all()
        seen.append(b"".join(jobs.content_of(given)))
        jobs.keep(job=job, name="made.bin", content=io.BytesIO(content[:10]))
        return {}

    job = started(work, files=[("given.bin", io.BytesIO(content))])
    sealed = b"".join(bytes(one.sealed) for one in JobFilePiece.objects.all())
    assert JobFilePiece.objects.count() == 3
    assert content[:16] not in sealed

    jobs.run(job.pk)

    assert seen == [content]
    assert [one.name for one in JobFile.objects.all()] == ["made.bin"]
    assert jobs.forget(before=state_of(job).finished_at) == 0
    assert jobs.forget(before=job.finished_at + timedelta(seconds=1)) == 1
    assert not JobFilePiece.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_others_see_how_far_a_job_is_while_its_transaction_is_open(started, monkeypatch):
    monkeypatch.setattr(jobs, "FLUSH_SECONDS", 0.02)
    seen = []

    def work(job, progress):
        with transaction.atomic():
            progress.step("读取", 10)
            progress.advance(4)
            for _ in range(5000):
                told = Job.objects.values_list("step", "done", "total").get(pk=job.pk)
                if told == ("读取", 4, 10):
                    seen.append(told)
                    break
                time.sleep(0.02)
        return {}

    jobs.run(started(work).pk)

    assert seen == [("读取", 4, 10)]

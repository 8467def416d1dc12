"""Files sent by browser, worked off as a job; a worker killed on the way."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pytest
from django.db import connection

from factories.staff import clerk
from stages.registry.survey_rows import ABOUT, csv_text, person
from zhitong.kernel import jobs
from zhitong.kernel.models import Job, JobFile
from zhitong.registry import receiving
from zhitong.registry.models import Batch, ReportedTownship, RowError, Worker

SCOPE = "131121"


def csv_file(name: str, rows: list[dict[str, str]]) -> tuple[str, int, io.BytesIO]:
    content = csv_text(rows).encode()
    return name, len(content), io.BytesIO(content)


@pytest.fixture
def sent(now):
    def send(*files, scope: str = SCOPE, about=ABOUT) -> Job:
        return receiving.send(files=files, about=about, by=clerk(scope), scope=scope, now=now)

    return send


def worked_off(job: Job) -> list[dict]:
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.fault
    return job.result["receipts"]


@pytest.mark.django_db
def test_every_file_gets_its_receipt_and_the_wrong_rows_come_back(sent):
    job = sent(
        csv_file("甲.csv", [person(1), person(2, phone="12")]),
        csv_file("乙.csv", [person(1, phone=""), person(3)]),
        ("丙.xlsx", 3, io.BytesIO(b"abc")),
    )
    first, second, third = worked_off(job)

    assert (first["admitted"], first["refused"], second["duplicates"]) == (1, 1, 1)
    assert third["fault"]
    assert Worker.objects.count() == 2
    book = JobFile.objects.get()
    assert book.about == f"batch:{first['batch']}"
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(jobs.content_of(book)))).active
    assert sheet.max_row == 2
    assert Batch.objects.get(pk=first["batch"]).sent_by == job.started_by


@pytest.mark.django_db
def test_people_of_elsewhere_are_refused(sent):
    (receipt,) = worked_off(
        sent(csv_file("a.csv", [person(1), person(2, home="河北省衡水市饶阳县饶阳镇")]))
    )

    assert (receipt["admitted"], receipt["refused"]) == (1, 1)
    fault = RowError.objects.get()
    assert (fault.code, fault.column) == ("outside-scope", "home")
    assert "枣强县" in fault.sentence
    assert list(ReportedTownship.objects.values_list("township", flat=True)) == ["131121101"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "files",
    [[], [("a.exe", 1, io.BytesIO(b"a"))], [("a.csv", 2**40, io.BytesIO(b"a"))]],
)
def test_what_cannot_be_sent_is_refused_at_once(sent, files):
    with pytest.raises(receiving.Unsendable):
        sent(*files)
    assert not Job.objects.exists()


# Works the queue of the test's database off; can be told to die while a file is being stored.
_WORKER = """
import sys
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
import django
django.setup()
from zhitong.kernel import jobs
from zhitong.registry import receiving
hold = sys.argv[2] == "hold"
real = receiving._told
def slow(receipt, job):
    told = real(receipt, job)
    if hold and receipt.filename == "2.csv":
        print("storing the second file", flush=True)
        import time
        time.sleep(3600)
    return told
receiving._told = slow
from procrastinate.contrib.django import app
with app.replace_connector(app.connector.get_worker_connector()) as working:
    working.run_worker(wait=False, update_heartbeat_interval=0.2, stalled_worker_timeout=1,
                       install_signal_handlers=False)
"""


def worker(*, hold: bool = False) -> subprocess.Popen:
    line = [sys.executable, "-c", _WORKER, connection.settings_dict["NAME"]]
    return subprocess.Popen(
        [*line, "hold" if hold else "go"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": "src"},
        cwd=Path(__file__).parents[3],
    )


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_leaves_whole_files_and_the_next_one_finishes(sent, monkeypatch):
    job = sent(*(csv_file(f"{at}.csv", [person(at)]) for at in (1, 2, 3)))
    dying = worker(hold=True)
    assert dying.stdout is not None
    assert dying.stdout.readline() == "storing the second file\n"
    dying.send_signal(signal.SIGKILL)
    dying.wait()
    dying.stdout.close()
    job.refresh_from_db()
    assert (job.state, len(job.result["receipts"])) == (Job.State.RUNNING, 1)

    monkeypatch.setattr(jobs, "SILENT_SECONDS", 1)
    time.sleep(1.2)
    assert jobs.give_back_lost() == 1
    living = worker()
    living.communicate(timeout=300)
    assert living.returncode == 0

    job.refresh_from_db()
    assert job.state == Job.State.DONE
    assert [(one["admitted"], one["again"]) for one in job.result["receipts"]] == [(1, False)] * 3
    assert Batch.objects.count() == Worker.objects.count() == 3

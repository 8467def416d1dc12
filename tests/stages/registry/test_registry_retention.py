"""What is older than its days is told, then erased by a job; what is not stays."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from factories.staff import clerk
from factories.trips import trip
from stages.registry.survey_rows import person, write_csv
from zhitong.cli import main
from zhitong.kernel import jobs, journal, retention
from zhitong.kernel.models import Job, JournalEntry
from zhitong.registry import duplicates, replacing, withdrawal
from zhitong.registry.jobs import start_retention
from zhitong.registry.models import Batch, Duplicate, RowError, Worker
from zhitong.transport.models import Passage

pytestmark = pytest.mark.django_db
ZAOQIANG, LATER = "131121", dt.date(2030, 1, 1)
KEPT, REPLACED = Duplicate.Decision.KEEP, Duplicate.Decision.REPLACE


def counts(**more) -> dict[str, int]:
    found = retention.due(division=more.get("division", ZAOQIANG), today=more.get("today", LATER))
    return {one.record.key: one.count for one in found}


@pytest.fixture
def aged(admit, tmp_path, now):
    """A registry with some of everything that ages."""
    admit(write_csv(tmp_path / "a.csv", [person(1), person(2), person(3, name="")]))
    rows = [person(1, name="张大三"), person(2, name="王二")]
    admit(write_csv(tmp_path / "b.csv", rows))
    one, two = Duplicate.objects.order_by("row")
    duplicates.decide(duplicate=one, decision=KEPT, by=None, now=now)
    duplicates.decide(duplicate=two, decision=REPLACED, by=None, now=now)
    trip(origin=ZAOQIANG, destination="110105", people=1)
    Passage.objects.update(name="赵六")


def test_the_report_counts_by_kind_and_changes_nothing(aged):
    everything = {"workers": 2, "repeated-rows": 2, "row-errors": 1, "passengers": 1}

    assert counts() == everything
    assert counts(division="131124") == dict.fromkeys(everything, 0)
    assert counts(today=dt.date(2020, 3, 3)) == dict.fromkeys(everything, 0)
    assert Passage.objects.get().name == "赵六"


def test_days_come_from_the_setting(aged, settings):
    settings.RETENTION = "workers=never, passengers=1"

    assert counts()["workers"] == 0
    assert counts(today=dt.date(2020, 3, 3))["passengers"] == 1
    for wrong in ("people=3", "workers=soon", "workers", "workers=0"):
        settings.RETENTION = wrong
        with pytest.raises(retention.BadSchedule):
            retention.schedule()


def test_a_job_erases_what_is_due_and_tells(aged, now):
    job = start_retention(division=ZAOQIANG, today=LATER, by=clerk(ZAOQIANG), now=now)
    assert Worker.objects.filter(erased_at=None).count() == 2

    jobs.run(job.pk)

    job.refresh_from_db()
    assert job.state == Job.State.DONE
    assert job.result == {"workers": 2, "row-errors": 1, "passengers": 1}  # rows went with people
    assert not Worker.objects.filter(erased_at=None).exists()
    assert not RowError.objects.exists()
    assert Passage.objects.get().name == "（已清除）"
    assert set(counts().values()) == {0}
    assert journal.first_altered() is None
    verbs = set(JournalEntry.objects.values_list("verb", flat=True))
    assert {"retention.asked", "workers.erased", "row-errors.erased", "passengers.erased"} <= verbs


def test_rows_decided_long_ago_lose_what_only_they_hold(aged, settings, now):
    settings.RETENTION = "workers=never"
    job = start_retention(division=ZAOQIANG, today=LATER, by=clerk(ZAOQIANG), now=now)

    jobs.run(job.pk)

    kept = Duplicate.objects.get()
    assert (kept.decision, kept.before_sealed) == (REPLACED, None)
    assert Worker.objects.filter(name="王二").exists()  # what is registered now
    with pytest.raises(replacing.ChangedSince):
        withdrawal.withdraw(batch=Batch.objects.get(filename="b.csv"), by=None, now=now)


def test_the_command_reports_and_queues(aged, monkeypatch, capsys):
    def run(*words: str) -> tuple[int, dict]:
        monkeypatch.setattr("sys.argv", ["zhitong", "retention", "--division", ZAOQIANG, *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, json.loads(capsys.readouterr().out)

    status, told = run("--json")
    assert (status, told["job"]) == (0, None)
    assert told["records"][0]["count"] == 2
    status, told = run("--json", "--apply")
    assert (status, told["error"]) == (2, "nobody-answers")
    by = clerk(ZAOQIANG)
    status, told = run("--json", "--apply", "--by", by.username)
    assert Job.objects.get(pk=told["job"]).started_by == by

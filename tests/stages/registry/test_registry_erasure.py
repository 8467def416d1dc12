"""Who is forgotten when, and what somebody is told of themselves."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from factories.departures import traveller
from factories.trips import trip
from stages.registry.survey_rows import identity_of, person, write_csv
from stages.registry.survey_rows import traveller as travels
from zhitong.flows.report import report
from zhitong.kernel import journal
from zhitong.kernel.models import JournalEntry
from zhitong.registry import access, erasure, purposes, subject
from zhitong.registry.models import Departure, Duplicate, Spell, Worker
from zhitong.registry.search import search

pytestmark = pytest.mark.django_db
LATER = dt.date(2022, 1, 1)
ZAOQIANG = "131121"


def erase(now, *, apply: bool = True, before: dt.date = LATER, division: str = ZAOQIANG):
    return erasure.erase(division=division, before=before, apply=apply, by=None, now=now)


def test_without_apply_nothing_changes(admit, tmp_path, now):
    admit(write_csv(tmp_path / "a.csv", [person(1), person(2)]))

    told = erase(now, apply=False)

    assert (told.workers, told.by_county, told.applied) == (2, {ZAOQIANG: 2}, False)
    assert not Worker.objects.filter(erased_at__isnull=False).exists()


def test_the_person_goes_and_the_figures_stay(admit, tmp_path, now):
    admit(write_csv(tmp_path / "a.csv", [person(1, employer="某厂"), travels(2, needs="轮椅")]))
    admit(write_csv(tmp_path / "b.csv", [person(1, name="张大三")]))
    before = report(division=ZAOQIANG, about=dt.date(2020, 3, 2)).as_json()

    assert erase(now).workers == 2

    assert report(division=ZAOQIANG, about=dt.date(2020, 3, 2)).as_json() == before
    one = Worker.objects.order_by("pk").first()
    assert (one.name, one.address, one.phone_sealed, one.phone_print) == (
        erasure.NAME, "", None, None,
    )  # fmt: skip
    assert one.born == dt.date(1990, 1, 1)
    assert set(Spell.objects.values_list("employer", flat=True)) == {""}
    assert set(Departure.objects.values_list("needs", flat=True)) == {""}
    assert not Duplicate.objects.exists()
    for text in (erasure.NAME, "张小三", identity_of(1), ""):
        assert search(scope=ZAOQIANG, text=text).lines == []
    entry = JournalEntry.objects.order_by("id").last()
    assert (entry.verb, entry.details["workers"]) == ("workers.erased", 2)
    assert journal.first_altered() is None
    assert erase(now).workers == 0
    assert admit(write_csv(tmp_path / "c.csv", [person(1)])).admitted == 1


def test_of_whom_something_newer_is_known_stays(admit, tmp_path, now):
    admit(write_csv(tmp_path / "a.csv", [person(1), travels(2), person(3), person(4)]))
    admit(write_csv(tmp_path / "b.csv", [person(4, name="张大三")]))
    first = dt.date(2020, 3, 3)
    Duplicate.objects.get().batch.__class__.objects.update(about=dt.date(2020, 1, 1))
    Spell.objects.update(started=dt.date(2020, 1, 1))
    Duplicate.objects.get().batch.__class__.objects.filter(filename="b.csv").update(about=first)
    worker = Worker.objects.order_by("pk")[2]
    worker.spells.update(ended=dt.date(2020, 3, 10))

    assert erase(now, apply=False, before=first).workers == 1
    assert erase(now, apply=False, before=LATER).workers == 4
    assert erase(now, division="131124").workers == 0


def test_somebody_is_told_all_that_is_kept(now):
    found = traveller(home="131121102", name="张小三", identity="13112119900101101X")
    trip(origin=ZAOQIANG, destination="110105", people=[found])
    purpose = purposes.state(key="contact", note="")
    purposes.reveal(worker=found, purpose=purpose, by=None, now=now)

    same = subject.by_identity(identity=" 13112119900101101x ", division=ZAOQIANG)
    told = subject.collect(worker=same, by=None, now=now)

    assert same == found
    assert told["particulars"]["身份证号"] == "13112119900101101X"
    assert told["particulars"]["姓名"] == "张小三"
    assert [one["目的"] for one in told["looked_at"]] == ["联系本人"]
    assert JournalEntry.objects.latest("pk").verb == "worker.subject-access"
    json.dumps(told)
    with pytest.raises(subject.NobodyKnown):
        subject.by_identity(identity="13112119900101101X", division="131124")
    assert access.workers_in(ZAOQIANG).count() == 1

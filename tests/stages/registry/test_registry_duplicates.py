"""What a decision about a repeated row changes."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction
from django.http import Http404

from stages.registry.survey_rows import person, traveller, write_csv
from zhitong.kernel import journal, sealing
from zhitong.kernel.models import JournalEntry
from zhitong.offices.models import Department, Organisation, Staff
from zhitong.registry import access, duplicates, queries
from zhitong.registry.models import Batch, Duplicate, Spell, Worker
from zhitong.registry.search import search

pytestmark = pytest.mark.django_db
Decision = Duplicate.Decision


@pytest.fixture
def repeated(admit, tmp_path):
    """Register the first row, receive the second of the same person; returns its duplicate."""

    def one(first: dict[str, str], second: dict[str, str]) -> Duplicate:
        admit(write_csv(tmp_path / "a.csv", [first]))
        receipt = admit(write_csv(tmp_path / "b.csv", [second]))
        assert receipt.duplicates == 1
        return Duplicate.objects.get(batch_id=receipt.batch_id)

    return one


def spells(worker: Worker) -> list[tuple]:
    return list(worker.spells.order_by("started").values_list("status", "started", "ended"))


FIRST = dt.date(2020, 2, 20)


def test_replacing_moves_the_worker_and_updates_the_particulars(repeated, now):
    found = repeated(
        person(1),
        person(1, work="天津市武清区", started="2020-03-01", phone="13912345678", name="张大三"),
    )
    duplicates.decide(duplicate=found, decision=Decision.REPLACE, by=None, now=now)
    worker = Worker.objects.get()
    assert worker.name == "张大三"
    assert sealing.unseal(worker.phone_sealed, purpose="phone") == "13912345678"
    assert spells(worker) == [(1, FIRST, dt.date(2020, 3, 1)), (1, dt.date(2020, 3, 1), None)]
    assert worker.spells.get(ended=None).work == "120114"
    found.refresh_from_db()
    assert (found.decision, found.decided_at) == (Decision.REPLACE, now)
    entry = JournalEntry.objects.order_by("id").last()
    assert (entry.verb, entry.subject) == ("duplicate.decided", f"duplicate:{found.pk}")
    assert journal.first_altered() is None


def test_the_same_work_goes_on_as_one_spell(repeated, now):
    found = repeated(person(1), person(1, started="", address="新村"))
    duplicates.decide(duplicate=found, decision=Decision.REPLACE, by=None, now=now)
    assert spells(Worker.objects.get()) == [(1, FIRST, None)]
    assert Worker.objects.get().address == "新村"


def test_an_earlier_start_overtakes_what_was_registered(repeated, now):
    found = repeated(person(1), person(1, started="2020-02-10", employer="新厂"))
    duplicates.decide(duplicate=found, decision=Decision.REPLACE, by=None, now=now)
    assert spells(Worker.objects.get()) == [(1, dt.date(2020, 2, 10), None)]


def test_a_new_wish_takes_the_place_of_one_nobody_planned(repeated, now):
    found = repeated(
        traveller(1), traveller(1, earliest="2020-03-07", latest="2020-03-08", party="一组")
    )
    duplicates.decide(duplicate=found, decision=Decision.REPLACE, by=None, now=now)
    wish = Worker.objects.get().departures.get()
    assert (wish.earliest, wish.batch, wish.party.label) == (
        dt.date(2020, 3, 7),
        found.batch,
        "一组",
    )


def test_keeping_changes_nothing_but_the_duplicate(repeated, now):
    found = repeated(person(1), person(1, work="天津市武清区", name="李四"))
    before = list(Worker.objects.values()), list(Spell.objects.values())
    duplicates.decide(duplicate=found, decision=Decision.KEEP, by=None, now=now)
    assert (list(Worker.objects.values()), list(Spell.objects.values())) == before
    found.refresh_from_db()
    assert found.decision == Decision.KEEP


def test_deciding_twice_is_once_and_deciding_otherwise_is_refused(repeated, now):
    found = repeated(person(1), person(1, employer="新厂", started="2020-03-01"))
    for _ in range(2):
        duplicates.decide(duplicate=found, decision=Decision.REPLACE, by=None, now=now)
    assert Spell.objects.count() == 2
    assert JournalEntry.objects.filter(verb="duplicate.decided").count() == 1
    with pytest.raises(duplicates.AlreadyDecided) as refusal:
        duplicates.decide(duplicate=found, decision=Decision.KEEP, by=None, now=now)
    assert "以新记录更新" in refusal.value.sentence


# -- pages


@pytest.fixture
def user_of():
    def one(division: str):
        office = Organisation.objects.create(
            division=division, department=Department.HUMAN_RESOURCES, name=f"人社局 {division}"
        )
        user = get_user_model().objects.create_user(f"clerk-{division}")
        Staff.objects.create(user=user, organisation=office, roles=["read"])
        return user

    return one


def test_pages_show_masked_people_of_the_scope_in_constant_queries(
    admit, tmp_path, django_assert_num_queries
):
    rows = [person(number) for number in range(1, 9)] + [
        person(20, home="河北省沧州市泊头市"),
        traveller(21, phone=""),
    ]
    admit(write_csv(tmp_path / "a.csv", rows))
    with django_assert_num_queries(4):
        lines = search(scope="1311", text="").lines
    assert len(lines) == 9
    line = lines[0]
    assert (line.name, line.phone) == ("张*三", "138****0001")
    assert line.identity == "1311**********0015"
    assert (line.status, line.category) == ("在岗", "跨省")
    assert line.work == "110105"
    assert lines[-1].earliest == dt.date(2020, 3, 4)
    assert [one.pk for one in queries.find("13", phone="13812300002")] == [lines[1].pk]
    assert queries.find("1309", identity=person(1)["identity"]) == []
    assert [one.pk for one in queries.find("1311", identity=person(1)["identity"])] == [line.pk]


def test_who_may_see_a_worker_a_batch_and_a_duplicate(admit, tmp_path, user_of):
    here, there = user_of("131121"), user_of("1309")
    admit(write_csv(tmp_path / "here.csv", [person(1), person(1), person(3, name="")]))
    admit(write_csv(tmp_path / "there.csv", [person(5, home="河北省沧州市泊头市")]))
    worker, batch = (
        Worker.objects.get(home__startswith="1311"),
        Batch.objects.get(filename="here.csv"),
    )
    duplicate = Duplicate.objects.get()
    assert access.worker_for(here, worker.pk) == worker
    assert access.batch_for(here, batch.pk) == batch
    assert access.duplicate_for(here, duplicate.pk) == duplicate
    for gate, row in (
        (access.worker_for, worker),
        (access.batch_for, batch),
        (access.duplicate_for, duplicate),
    ):
        with pytest.raises(Http404):
            gate(there, row.pk)
    (line,) = queries.batches("131121")
    assert (line.filename, line.pending) == ("here.csv", 1)
    (error,) = queries.errors_of(batch)
    assert (error.row, error.key, error.code) == (4, "name", "missing")


# -- the chain of spells


def chain(worker: Worker, *spans: tuple[int, int | None, int | None]) -> None:
    """Spells by days of March: started, ended, before."""

    def day(number: int | None) -> dt.date | None:
        return number and dt.date(2020, 3, number)

    with transaction.atomic():
        for started, ended, before in spans:
            Spell.objects.create(
                worker=worker, status=2, home="131121101",
                started=day(started), ended=day(ended), before=day(before),
            )  # fmt: skip
        connection.check_constraints()


@pytest.fixture
def worker(admit, tmp_path) -> Worker:
    admit(write_csv(tmp_path / "a.csv", [person(1)]))
    Spell.objects.all().delete()
    with connection.cursor() as cursor:  # the intake had them checked at once
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return Worker.objects.get()


@pytest.mark.parametrize(
    "spans",
    [
        [(1, None, None)],
        [(1, 5, None), (5, None, 5)],
        [(1, 5, None), (7, 9, 5), (9, None, 9)],
        [(7, None, 5), (1, 5, None)],
    ],
)
def test_spells_that_follow_each_other_are_stored(worker, spans):
    chain(worker, *spans)
    assert worker.spells.count() == len(spans)


@pytest.mark.parametrize(
    ("spans", "constraint"),
    [
        ([(1, None, None), (5, None, None)], "one_spell_in_force"),
        ([(1, 5, None), (3, None, None)], "one_spell_after_another"),
        ([(1, 5, None), (3, None, 5)], "spell_starts_after_the_last"),
        ([(1, 5, None), (4, None, 4)], "spell_before_exists"),
        ([(1, 5, None), (5, 9, 5), (6, None, 5)], "one_spell_after_another"),
        ([(1, 5, None), (2, 5, 5)], "spell_starts_after_the_last"),
        ([(5, 5, None)], "spell_has_days"),
    ],
)
def test_spells_of_one_worker_cannot_overlap(worker, spans, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        chain(worker, *spans)
    assert not worker.spells.exists()

"""What a withdrawn batch takes with it, what it gives back, and when it must stay."""

from __future__ import annotations

import pytest

from factories.trips import trip
from stages.registry.survey_rows import counts, person, traveller, write_csv
from zhitong.kernel.models import JournalEntry
from zhitong.registry import duplicates, withdrawal
from zhitong.registry.models import Batch, Departure, Duplicate, Spell, Worker
from zhitong.transport.models import Passage

pytestmark = pytest.mark.django_db
Decision = Duplicate.Decision


@pytest.fixture
def batch(admit, tmp_path):
    def one(name: str, rows: list[dict[str, str]]) -> Batch:
        return Batch.objects.get(pk=admit(write_csv(tmp_path / name, rows)).batch_id)

    return one


def test_all_that_a_batch_brought_goes_and_its_file_may_come_again(batch, now):
    before = counts()
    first = batch("a.csv", [person(1), traveller(2, party="甲"), person(3, phone="1")])
    withdrawal.withdraw(batch=first, by=None, now=now)

    left = counts()
    assert left.pop("Batch") == left.pop("RowError") == 1
    assert left.pop("JournalEntry") == 2
    assert left == {key: before[key] for key in left}
    first.refresh_from_db()
    assert (first.state, first.withdrawn_at) == (Batch.State.WITHDRAWN, now)
    entry = JournalEntry.objects.order_by("id").last()
    assert (entry.verb, entry.details) == ("batch.withdrawn", {"workers": 2, "restored": 0})

    withdrawal.withdraw(batch=first, by=None, now=now)
    assert JournalEntry.objects.count() == 2
    again = batch("a.csv", [person(1), traveller(2, party="甲"), person(3, phone="1")])
    assert again.pk != first.pk
    assert again.admitted == 2


def state() -> list:
    people = Worker.objects.order_by("id").values("name", "home", "address", "phone_print")
    spells = Spell.objects.order_by("worker", "started")
    return [
        list(people),
        list(spells.values("worker", "status", "started", "ended", "before", "work", "batch")),
        list(Departure.objects.values("id", "worker", "destination", "earliest", "batch")),
    ]


def test_what_a_batch_replaced_comes_back(batch, now):
    batch("a.csv", [traveller(1), person(2)])
    before = state()
    newer = batch(
        "b.csv",
        [
            person(1, name="张大三", phone="13912345678", started="2020-03-01"),
            person(2, work="天津市武清区", started="2020-03-02"),
        ],
    )
    for one in newer.duplicate_rows.all():
        duplicates.decide(duplicate=one, decision=Decision.REPLACE, by=None, now=now)
    assert state() != before

    withdrawal.withdraw(batch=newer, by=None, now=now)

    assert state() == before
    assert not Duplicate.objects.exists()


def test_people_met_again_elsewhere_keep_the_batch(batch, now):
    first = batch("a.csv", [person(1), person(2)])
    batch("b.csv", [person(1, name="张大三")])

    with pytest.raises(withdrawal.NotWithdrawn, match="1 人在其他批次"):
        withdrawal.withdraw(batch=first, by=None, now=now)
    assert Worker.objects.count() == 2


def test_somebody_changed_after_the_replacement_keeps_the_batch(batch, now):
    batch("a.csv", [person(1)])
    newer = batch("b.csv", [person(1, name="张大三")])
    duplicates.decide(
        duplicate=newer.duplicate_rows.get(), decision=Decision.REPLACE, by=None, now=now
    )
    Worker.objects.update(address="王庄村4号")

    with pytest.raises(withdrawal.replacing.ChangedSince):
        withdrawal.withdraw(batch=newer, by=None, now=now)
    assert Worker.objects.get().name == "张大三"


def test_who_is_on_a_trip_keeps_the_batch(batch, now):
    first = batch("a.csv", [traveller(1)])
    made = trip(origin="131121", destination="110105", people=1)
    Passage.objects.filter(trip=made).update(departure=Departure.objects.get())
    before = counts()

    with pytest.raises(withdrawal.NotWithdrawn, match="编入车次"):
        withdrawal.withdraw(batch=first, by=None, now=now)
    assert counts() == before

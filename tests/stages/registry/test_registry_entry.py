"""People entered one by one: once, however often they are sent."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection

from factories.staff import clerk
from stages.registry.survey_rows import ABOUT, person, traveller
from zhitong.kernel.errors import UserError
from zhitong.kernel.models import JournalEntry
from zhitong.registry import duplicates, entry, withdrawal
from zhitong.registry.models import Batch, Departure, Duplicate, Entry, ReportedTownship, Worker

ZAOQIANG, TOWN = "131121", "131121101"
pytestmark = pytest.mark.django_db


@pytest.fixture
def enter(now):
    by = clerk(ZAOQIANG)

    def one(cells, *, client_id=None, about=ABOUT, scope=ZAOQIANG, by=by) -> entry.Answer:
        return entry.enter(
            cells=cells, client_id=client_id or uuid4(), about=about, by=by, scope=scope, now=now
        )

    return one


def test_rows_of_a_day_are_one_batch_and_a_known_person_waits_for_a_decision(enter):
    outcomes = [
        enter(cells).outcome
        for cells in (person(1), traveller(2, phone=""), person(1, name="张大三"))
    ]

    assert outcomes == ["admitted", "admitted", "duplicate"]
    batch = Batch.objects.get()
    assert (batch.kind, batch.rows, batch.admitted, batch.duplicates) == ("entry", 3, 2, 1)
    assert Worker.objects.count() == 2
    assert Departure.objects.count() == 1
    assert duplicates.content(Duplicate.objects.get())["name"] == "张大三"
    assert not ReportedTownship.objects.exists()
    assert [one.verb for one in JournalEntry.objects.order_by("id")] == [
        "entry.admitted",
        "entry.admitted",
        "entry.duplicate",
    ]


def test_a_row_sent_again_keeps_its_answer_and_enters_nobody(enter):
    lost = uuid4()

    answers = [enter(person(1), client_id=lost).outcome for _ in range(3)]

    assert answers == ["admitted"] * 3
    assert Worker.objects.count() == Entry.objects.count() == Batch.objects.get().rows == 1
    assert not Duplicate.objects.exists()


def test_a_wrong_row_says_what_is_wrong_and_may_be_mended(enter):
    same = uuid4()
    answer = enter(person(1, phone="12", home=""), client_id=same)

    assert answer.outcome == "refused"
    assert set(answer.faults) == {"phone", "home"}
    assert not Worker.objects.exists()
    assert Batch.objects.get().rows == 0
    assert enter(person(1), client_id=same).outcome == "admitted"


def test_a_township_need_not_be_named_and_others_are_refused(enter):
    assert enter(person(1, home=""), scope=TOWN).outcome == "admitted"
    assert Worker.objects.get().home == TOWN
    assert set(enter(person(2, home="河北省衡水市饶阳县饶阳镇")).faults) == {"home"}


def test_a_day_to_come_is_refused(enter):
    with pytest.raises(UserError):
        enter(person(1), about=ABOUT + dt.timedelta(days=1))


def test_a_day_of_entries_is_withdrawn_and_begun_anew(enter, now):
    enter(person(1))
    withdrawal.withdraw(batch=Batch.objects.get(), by=None, now=now)
    assert not Worker.objects.exists()

    assert enter(person(1)).outcome == "admitted"
    assert Batch.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_row_from_two_connections_is_entered_once(enter):
    same = uuid4()

    def send(_) -> str:
        try:
            return enter(person(1), client_id=same).outcome
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(send, range(4))) == ["admitted"] * 4
    assert Worker.objects.count() == Entry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clerks_who_enter_the_same_person_make_one_and_a_repeated_row(enter):
    clerks = [clerk(ZAOQIANG, name=f"clerk {at}") for at in range(3)]

    def send(by) -> str:
        try:
            return enter(person(1), by=by).outcome
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as threads:
        assert sorted(threads.map(send, clerks)) == ["admitted", "duplicate", "duplicate"]
    assert Worker.objects.count() == 1

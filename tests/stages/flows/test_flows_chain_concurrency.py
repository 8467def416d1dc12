"""Two people at once, each on a connection of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Barrier, Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from factories.chain import DAY, DAYING, HEBEI, ZAOQIANG, climb, officer, offices, report
from zhitong import places
from zhitong.flows.chain import closing, operations
from zhitong.flows.chain.refusals import Refusal
from zhitong.flows.chain.rules import IN_REVIEW, State
from zhitong.flows.models import Approval, ClosedDay, Return
from zhitong.kernel import journal
from zhitong.offices.models import Role

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2020, 3, 2, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run all from one moment on; an answer or the refusal of each."""
    start, answers = Barrier(len(works)), [None] * len(works)

    def run(at: int) -> None:
        try:
            start.wait()
            answers[at] = works[at]()
        except Refusal as no:
            answers[at] = no
        finally:
            connection.close()

    threads = [Thread(target=run, args=(at,)) for at in range(len(works))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return answers


def test_of_two_reviewers_at_once_one_wins_and_the_other_is_told_by_whom():
    staff = offices()
    reviewers = [officer(ZAOQIANG, roles=[Role.VERIFY], name=name) for name in ("wang", "li")]
    row = report(DAYING, 1, by=staff[DAYING], now=NOW)
    common = {"units": [DAYING], "about": DAY, "now": NOW, "versions": {DAYING: row.version}}

    accepted, returned = at_once(
        lambda: operations.accept(**common, by=reviewers[0]),
        lambda: operations.send_back(**common, by=reviewers[1], reason="有误"),
    )

    assert sorted((accepted.done, returned.done)) == [[], [DAYING]]
    ((_, no),) = accepted.refused + returned.refused
    winner = "wang" if accepted.done else "li"
    assert no.code == "already-decided" and winner in no.sentence and "12:00" in no.sentence
    assert Approval.objects.exclude(act="submitted").count() == 1
    assert journal.first_altered() is None


def test_a_form_sent_from_two_tabs_at_once_is_one_submission():
    by = officer(DAYING, roles=[Role.ENTER])

    answers = at_once(*[lambda: report(DAYING, 3, by=by, now=NOW, version=0)] * 4)

    assert {one.version for one in answers} == {1}
    assert Approval.objects.count() == Return.objects.count() == 1


def test_locking_a_day_and_submitting_into_it_do_not_pass_each_other():
    staff = offices()
    report(DAYING, 1, by=staff[DAYING], now=NOW)
    climb([DAYING], staff=staff, now=NOW)
    units = places.expected_townships(ZAOQIANG)[:6]
    units = [unit for unit in units if unit != DAYING]

    at_once(
        lambda: closing.lock(division=HEBEI, about=DAY, by=staff[HEBEI], now=NOW),
        *[lambda unit=unit: report(unit, 2, by=staff[ZAOQIANG], now=NOW) for unit in units],
    )

    pending = Return.objects.filter(state__in=IN_REVIEW - {State.PROVINCE}).exists()
    assert ClosedDay.objects.exists() != pending

"""Two offices press the button at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from factories.workers import at_work, reported
from stages.bulletin.hebei import DAY, DAYING
from zhitong.bulletin.models import Bulletin
from zhitong.bulletin.operations import publish
from zhitong.flows.models import DailyFigure
from zhitong.flows.operations import store_day
from zhitong.kernel.models import JournalEntry

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(work) -> list:
    """Run `work` in two threads that start together, each with a connection of its own."""
    start = Barrier(2)

    def one(_):
        try:
            start.wait()
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, range(2)))


def test_one_bulletin_is_published(now):
    at_work([(DAYING, DAYING)] * 3)
    first, second = at_once(lambda: publish(division="13", about=DAY, now=now))

    assert first == second and Bulletin.objects.count() == 1
    assert JournalEntry.objects.filter(verb="bulletin.published").count() == 1


def test_a_day_is_stored_once(now):
    reported(DAYING)
    first, second = at_once(lambda: store_day(about=DAY, now=now))
    assert first == second == DailyFigure.objects.count()

"""A bulletin is published whole or not at all, and never changes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from factories.trips import trip
from factories.workers import at_work, workers
from stages.bulletin.hebei import BOTOU, DAY, DAYING, TIANJIN, operated, stock
from zhitong.bulletin import figures
from zhitong.bulletin.models import Bulletin, PublishedFigure
from zhitong.bulletin.operations import publish
from zhitong.bulletin.queries import latest
from zhitong.bulletin.reconciliation import Disagreement
from zhitong.kernel.models import JournalEntry

pytestmark = pytest.mark.django_db


def test_publishing_keeps_figures_words_and_an_entry(now):
    stock()
    operated()
    bulletin = publish(division="130000", about=DAY, now=now)

    assert (bulletin.division, bulletin.version) == ("13", 1)
    assert "628车次" in bulletin.prose
    assert bulletin.figures.get(section="S6", key="total.people").value == 14147
    assert bulletin.figures.get(section="S4", key="inbound.trips").query.startswith("counts.")
    entry = JournalEntry.objects.get(verb="bulletin.published")
    assert entry.subject == f"bulletin:{bulletin.pk}"


def test_the_same_figures_again_are_the_same_bulletin(now):
    stock()
    first = publish(division="13", about=DAY, now=now)
    again = publish(division="13", about=DAY, now=now + timedelta(hours=1))

    assert again == first and Bulletin.objects.count() == 1
    assert JournalEntry.objects.filter(verb="bulletin.published").count() == 1


def test_other_figures_are_a_new_version_and_the_old_one_stays(now):
    stock()
    first = publish(division="13", about=DAY, now=now)
    at_work([(DAYING, DAYING)])
    second = publish(division="13", about=DAY, now=now)

    assert (first.version, second.version) == (1, 2)
    assert latest(division="13", about=DAY) == second
    assert first.figures.get(section="S2", key="total").value == 174
    assert second.figures.get(section="S2", key="total").value == 175


def test_a_disagreement_publishes_nothing(now, monkeypatch):
    stock()
    monkeypatch.setattr(figures.counts, "workers_at_work", lambda **_: 175)
    with pytest.raises(Disagreement, match="左侧 175"):
        publish(division="13", about=DAY, now=now)
    assert not Bulletin.objects.exists() and not PublishedFigure.objects.exists()
    assert not JournalEntry.objects.filter(verb="bulletin.published").exists()


def test_no_personal_data_reach_a_bulletin(now):
    people = workers([DAYING] * 3, name="欧阳密密")
    trip(origin=BOTOU, destination=TIANJIN, people=people, title="天津直通车", plate="冀J99887")
    bulletin = publish(division="13", about=DAY, now=now)
    told = str(figures.collect(division="13", about=DAY).as_json())

    for text in (bulletin.prose, told):
        assert "欧阳" not in text and "冀J" not in text

"""What units signed for, beside what the registry counts, with the difference named."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from factories.chain import DAY, DAYING, HEBEI, XINTUN, climb, counts, offices, report
from factories.workers import at_work
from zhitong.bulletin.declared import DeclaredStock
from zhitong.bulletin.figures import Absent, collect, reconcile
from zhitong.bulletin.operations import publish
from zhitong.bulletin.prose import write
from zhitong.bulletin.reconciliation import Disagreement
from zhitong.bulletin.rounding import Rounding
from zhitong.flows.chain import closing

pytestmark = pytest.mark.django_db
NOON = datetime(2020, 3, 2, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def staff():
    """Two units reported: one declares two more and one fewer than the registry counts."""
    found = offices()
    at_work([(DAYING, DAYING)] * 3 + [(DAYING, "110105001"), (XINTUN, XINTUN)])
    report(DAYING, 5, by=found[DAYING], now=NOON)
    report(XINTUN, 1, by=found[XINTUN], now=NOON)
    climb([DAYING, XINTUN], staff=found, now=NOON)
    return found


def test_until_the_day_is_locked_nothing_is_declared(staff) -> None:
    figures = collect(division=HEBEI, about=DAY)

    assert isinstance(figures.declared, Absent)
    assert "absent" in figures.as_json()["S2"]["declared"]
    assert "填报在岗" not in str(write(figures, rounding=Rounding.CUT))


def test_declared_and_counted_stand_side_by_side_and_reconcile(staff) -> None:
    closing.lock(division=HEBEI, about=DAY, by=staff[HEBEI], now=NOON)
    figures = collect(division=HEBEI, about=DAY)

    assert isinstance(figures.declared, DeclaredStock)
    assert figures.declared.as_json() | {"coverage": None} == {
        "total": 6,
        "categories": counts(6),
        "coverage": None,
        "registered": 5,
        "difference": 1,
        "above": 2,
        "below": 1,
    }
    reconcile(figures)
    text = str(write(figures, rounding=Rounding.CUT))
    assert "2个单位" in text and "填报在岗6人，比同一批单位的登记数5人多1人。" in text
    made = publish(division=HEBEI, about=DAY, now=NOON)
    stored = dict(made.figures.filter(section="S2").values_list("key", "value"))
    assert (stored["declared.total"], stored["declared.difference"]) == (6, 1)
    query = made.figures.get(section="S2", key="declared.total").query
    assert query == "declared.declared_stock"


def test_a_difference_that_no_figure_explains_is_not_published(staff) -> None:
    closing.lock(division=HEBEI, about=DAY, by=staff[HEBEI], now=NOON)
    figures = collect(division=HEBEI, about=DAY)
    assert isinstance(figures.declared, DeclaredStock)
    wrong = replace(figures, declared=replace(figures.declared, above=3))

    with pytest.raises(Disagreement, match="登记人数加多报"):
        reconcile(wrong)

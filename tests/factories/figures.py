"""Stored days of the daily report, with figures that are easy to reckon."""

from __future__ import annotations

from datetime import date, datetime

from zhitong import places
from zhitong.flows.models import DailyFigure

HEBEI, HENGSHUI, ZAOQIANG, RAOYANG = "13", "1311", "131121", "131124"
DAY = date(2020, 3, 2)


def store_figure(*, division: str, about: date, base: int, now: datetime) -> DailyFigure:
    """Figures 5, 4, 3, 2, 1 times `base` in the order of the categories."""
    due = len(places.expected_townships(division))
    return DailyFigure.objects.create(
        division=division,
        about=about,
        within_township=5 * base,
        within_county=4 * base,
        within_city=3 * base,
        elsewhere_in_province=2 * base,
        other_province=base,
        townships_due=due,
        townships_reported=max(0, due - 1),
        computed_at=now,
    )

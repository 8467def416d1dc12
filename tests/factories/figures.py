"""Stored days of the daily report, with figures that are easy to reckon."""

from __future__ import annotations

from datetime import date, datetime, timedelta

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


def store_hebei_days(now: datetime) -> None:
    """Three days of Hebei and the same day a year before: province, cities, Hengshui's counties."""
    hengshui = [one.code for one in places.children(HENGSHUI)]
    codes = [HEBEI, *(one.code for one in places.children(HEBEI)), *hengshui]
    for back in (0, 1, 2, 366):
        about = DAY - timedelta(days=back)
        for at, code in enumerate(codes):
            base = 115_740 if code == HEBEI else 1000 + 150 * at
            store_figure(division=code, about=about, base=base - back, now=now)

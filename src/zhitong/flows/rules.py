"""Which days a report sets side by side."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from zhitong.kernel.errors import UserError

FIRST_YEAR, LAST_YEAR = 1949, 2199


class DayOutOfRange(UserError):
    """A day that nobody can mean: a slip of the keyboard."""

    code = "day-out-of-range"


class Days(NamedTuple):
    """The day of a report and the two it is compared with; the latest first."""

    about: date
    day_before: date
    year_before: date


def days_of(about: date) -> Days:
    """The day, the one before, and the same day a year before. Raises `DayOutOfRange`."""
    if not FIRST_YEAR < about.year <= LAST_YEAR:
        raise DayOutOfRange(
            f"日期 {about.isoformat()} 不在 {FIRST_YEAR + 1} 至 {LAST_YEAR} 年之间，请核对。"
        )
    return Days(about, about - timedelta(days=1), same_day_a_year_before(about))


def same_day_a_year_before(about: date) -> date:
    """02-29 looks back at 02-28: the last day of that February, as the ledgers do."""
    if (about.month, about.day) == (2, 29):
        return date(about.year - 1, 2, 28)
    return about.replace(year=about.year - 1)

"""Which days a report sets side by side."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple


class Days(NamedTuple):
    """The day of a report and the two it is compared with; the latest first."""

    about: date
    day_before: date
    year_before: date


def days_of(about: date) -> Days:
    """The day, the one before, and the same day a year before (02-28 for 02-29)."""
    return Days(about, about - timedelta(days=1), same_day_a_year_before(about))


def same_day_a_year_before(about: date) -> date:
    """02-29 looks back at 02-28: the last day of that February, as the ledgers do."""
    if (about.month, about.day) == (2, 29):
        return date(about.year - 1, 2, 28)
    return about.replace(year=about.year - 1)

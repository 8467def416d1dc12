"""Who has reported and who is due. Zero rows are a report; silence is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from zhitong import places
from zhitong.flows.stock import Coverage
from zhitong.registry.models import Batch, ReportedTownship

_DIGITS = (2, 4, 6, 9)


class Reporting:
    """Townships due and reported, by day and by every division above them."""

    def __init__(self, *, due: Iterable[str], reported: Iterable[tuple[date, str]]) -> None:
        """`reported` may repeat itself and may name townships that owe no report."""
        townships = set(due)
        self._due = _by_division(townships)
        by_day: dict[date, set[str]] = {}
        for day, township in reported:
            if township in townships:
                by_day.setdefault(day, set()).add(township)
        self._reported = {day: _by_division(found) for day, found in by_day.items()}

    def of(self, division: str, day: date) -> Coverage:
        """Coverage of a division; a village has its township's, which reports for it."""
        code = division[:9]
        return Coverage(self._reported.get(day, Counter())[code], self._due[code])

    @property
    def provinces(self) -> set[str]:
        """Provinces from which anything was reported on any of the days."""
        return {code for found in self._reported.values() for code in found if len(code) == 2}


def reporting(*, division: str, days: Iterable[date]) -> Reporting:
    """What the registry holds for some days below a division ("" for the country)."""
    rows = ReportedTownship.objects.filter(
        about__in=set(days), township__within=division[:9], batch__state=Batch.State.ADMITTED
    )
    scopes = [division] if division else [province.code for province in places.provinces()]
    due = (township for scope in scopes for township in places.expected_townships(scope[:9]))
    return Reporting(due=due, reported=rows.values_list("about", "township").distinct().order_by())


def _by_division(townships: Iterable[str]) -> Counter[str]:
    return Counter(township[:digits] for township in townships for digits in _DIGITS)

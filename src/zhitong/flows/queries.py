"""Reads of stored figures: what pages show. Nothing here counts spells."""

from __future__ import annotations

from datetime import date

from zhitong import places
from zhitong.flows.models import DailyFigure
from zhitong.flows.report import subject
from zhitong.flows.rules import days_of
from zhitong.flows.stock import Coverage, Report, Stock
from zhitong.places import Category


def stored(*, division: str, about: date) -> Report | None:
    """The stored report of a division and its children; None when the day was never computed.

    The day before and the year before are None when they were not stored or nothing is known of
    them. Raises `UnknownPlace`.
    """
    code = subject(division)
    days = days_of(about)
    wanted = [code, *(child.code for child in places.children(code))]
    found = {
        (row.division, row.about): row
        for row in DailyFigure.objects.filter(about__in=days, division__in=wanted)
    }
    if (code, about) not in found:
        return None

    def one(division: str, children: tuple[Report, ...] = ()) -> Report:
        figures, *earlier = (found.get((division, day)) for day in days)
        before, a_year_before = (_if_known(row) for row in earlier)
        today = _stock(figures) if figures else _nothing(division, about)
        return Report(
            division=division,
            about=about,
            categories=today.categories,
            coverage=today.coverage,
            day_before=before,
            year_before=a_year_before,
            children=children,
        )

    return one(code, tuple(one(child) for child in wanted[1:]))


def trend(*, division: str, first: date, last: date) -> list[Stock]:
    """The stored days of one division in a range, both ends included, in order."""
    rows = DailyFigure.objects.filter(division=subject(division), about__range=(first, last))
    return [_stock(row) for row in rows.order_by("about")]


def latest_day(*, division: str) -> date | None:
    """The last day for which a division has stored figures."""
    rows = DailyFigure.objects.filter(division=subject(division)).order_by("-about")
    return rows.values_list("about", flat=True).first()


def _stock(row: DailyFigure) -> Stock:
    return Stock(
        division=row.division,
        about=row.about,
        categories={one.key: getattr(row, one.key) for one in Category},
        coverage=Coverage(row.townships_reported, row.townships_due),
    )


def _if_known(row: DailyFigure | None) -> Stock | None:
    stock = _stock(row) if row else None
    return stock if stock and stock.known else None


def _nothing(division: str, about: date) -> Stock:
    zeros = dict.fromkeys((one.key for one in Category), 0)
    return Stock(division=division, about=about, categories=zeros, coverage=Coverage(0, 0))

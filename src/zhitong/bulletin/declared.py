"""What units declared for a locked day, beside what the registry counts for the same units.

The bulletin's own figures are counted from records; these are signed for. The difference between
the two is named, and reconciled from the reasons' side: figure by figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Q, Sum

from zhitong.flows.chain.declared import declared
from zhitong.flows.chain.rules import FINAL
from zhitong.flows.models import ClosedDay, Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredStock:
    """Locked returns of a day: `registered` is the registry's count for the units that reported.

    `above` and `below` add up the figures in which units declared more, or fewer, than it counts.
    """

    categories: Mapping[str, int]
    reported: int
    due: int
    registered: int
    above: int
    below: int

    @property
    def total(self) -> int:
        return sum(self.categories.values())

    @property
    def difference(self) -> int:
        return self.total - self.registered

    def as_json(self) -> dict[str, Any]:
        return {
            "total": self.total,
            "categories": dict(self.categories),
            "coverage": {"reported": self.reported, "due": self.due},
            "registered": self.registered,
            "difference": self.difference,
            "above": self.above,
            "below": self.below,
        }


def declared_stock(*, division: str, about: date) -> DeclaredStock | None:
    """What a division's units declared for a day; None until their province has locked it."""
    if not ClosedDay.objects.filter(division=division[:2], about=about).exists():
        return None
    day = declared(division=division, about=about, states=FINAL)
    differing = Figure.objects.filter(
        of__about=about, of__unit__within=division, of__state__in=FINAL, declared__isnull=False
    ).aggregate(
        above=Sum(F("declared") - F("derived"), filter=Q(declared__gt=F("derived"))),
        below=Sum(F("derived") - F("declared"), filter=Q(declared__lt=F("derived"))),
    )
    return DeclaredStock(
        categories=day.report.categories,
        reported=day.report.coverage.reported,
        due=day.report.coverage.due,
        registered=day.report.total - day.difference(day.report.division),
        above=differing["above"] or 0,
        below=differing["below"] or 0,
    )

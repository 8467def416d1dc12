"""What happened to a day, told from the five records that keep it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from zhitong.flows.models import Approval, ClosedDay, Correction, Exemption, Publication


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that happened to a unit's day: an act of the approval log, or one of
    corrected, exempted, locked, published."""

    at: datetime
    by: str
    what: str
    level: int | None = None
    reason: str = ""
    before: Mapping[str, int] | None = None
    after: Mapping[str, int] | None = None
    until: datetime | None = None
    number: int | None = None


def steps(*, unit: str, about: date) -> list[Step]:
    """All that happened to a unit's day, in order, from the five records that keep it."""
    of = {"of__unit": unit, "of__about": about}
    found = [
        Step(at=one.at, by=one.by.get_username(), what=one.act, level=one.level, reason=one.reason)
        for one in Approval.objects.filter(**of).select_related("by")
    ]
    for one in Correction.objects.filter(**of).select_related("by"):
        found.append(
            Step(
                at=one.at,
                by=one.by.get_username(),
                what="corrected",
                reason=one.reason,
                before=one.before,
                after=one.after,
            )
        )
    above = [unit[:digits] for digits in (2, 4, 6, 9)]
    permits = Exemption.objects.filter(about=about, division__in=above).select_related("by")
    found += [
        Step(
            at=one.at, by=one.by.get_username(), what="exempted", reason=one.reason, until=one.until
        )
        for one in permits
    ]
    day = {"division": unit[:2], "about": about}
    found += [
        Step(at=one.locked_at, by=one.locked_by.get_username(), what="locked")
        for one in ClosedDay.objects.filter(**day).select_related("locked_by")
    ]
    found += [
        Step(at=one.at, by=one.by.get_username(), what="published", number=one.number)
        for one in Publication.objects.filter(**day).select_related("by")
    ]
    return sorted(found, key=lambda one: one.at)


def closing_of(*, division: str, about: date) -> tuple[ClosedDay | None, Publication | None]:
    """Whether a division's province has locked a day, and the last publication of it."""
    day = {"division": division[:2], "about": about}
    closed = ClosedDay.objects.filter(**day).select_related("locked_by").first()
    return closed, Publication.objects.filter(**day).select_related("by").last() if closed else None

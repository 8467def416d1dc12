"""How returns are locked and written: set-based, so that many units cost as many queries as one.

Locks are taken in this order and fall with the transaction:
1. the day of a province, shared by whoever writes returns, alone by whoever closes the day;
2. rows of `Return` by ascending key;
3. the journal's chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhitong.config import locks
from zhitong.flows.chain.refusals import Refusal, refusal
from zhitong.flows.chain.rules import State, named
from zhitong.flows.models import Approval, ClosedDay, Exemption, Figure, Return
from zhitong.flows.report import counted
from zhitong.flows.rules import days_of
from zhitong.flows.stock import by_key
from zhitong.kernel import journal
from zhitong.offices.walls import over_the_wall
from zhitong.places import Category, Level

Counts = Mapping[str, int]


def hold_day(*, province: str, about: date, alone: bool = False) -> ClosedDay | None:
    """Take the day's lock; the closed day when it is closed."""
    kind = "" if alone else "_shared"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT pg_advisory_xact_lock{kind}(%s, %s)",
            [locks.REPORTED_DAY + int(province), about.toordinal()],
        )
    closed = ClosedDay.objects.select_related("locked_by")
    return closed.filter(division=province, about=about).first()


def exempt(*, units: Iterable[str], about: date, now: datetime) -> set[str]:
    """Units that may report a locked day now."""
    permits = Exemption.objects.filter(about=about, until__gt=now)
    divisions = tuple(permits.values_list("division", flat=True))
    return {unit for unit in units if unit.startswith(divisions)} if divisions else set()


def held(*, units: Iterable[str], about: date) -> dict[str, Return]:
    """The returns of some units, locked for the transaction.

    Not joined with who changed them: a row that waited for its lock and was changed meanwhile
    would no longer meet the join, and be gone.
    """
    rows = Return.objects.select_for_update().prefetch_related("changed_by")
    return {row.unit: row for row in rows.filter(about=about, unit__in=units).order_by("pk")}


def create(*, units: Iterable[str], about: date, by: Any, now: datetime) -> None:
    """Drafts for units that have none; two clerks at once make one."""
    Return.objects.bulk_create(
        (Return(unit=unit, about=about, changed_by=by, changed_at=now) for unit in units),
        ignore_conflicts=True,
    )


@over_the_wall
def derived(*, division: str, about: date) -> dict[str, Counts]:
    """What the registry counts for every township of a division on a day; zeros are absent.

    Callers have checked that the division is the reader's. The report's text says LIKE, which the
    second wall would keep from its index; these are counts of people, not people.
    """
    counts = counted(division=division, days=days_of(about), coarsest=9, finest=9)
    return {unit: by_key(today) for unit, (today, *_) in counts.items()}


def common(units: Sequence[str]) -> str:
    """The longest code that all units lie in."""
    first, last = min(units), max(units)
    return next(first[:size] for size in (9, 6, 4, 2, 0) if first[:size] == last[:size])


def figures_of(returns: Iterable[Return]) -> dict[int, dict[str, Figure]]:
    """By return and category key."""
    found: dict[int, dict[str, Figure]] = {}
    for one in Figure.objects.filter(of__in=[row.pk for row in returns]):
        found.setdefault(one.of_id, {})[Category(one.category).key] = one
    return found


def write_figures(
    figures: Iterable[tuple[Return, Counts, Mapping[str, tuple[int, str]]]],
) -> None:
    """Set the five figures of some returns: derived counts, and what differs with its reason."""
    Figure.objects.bulk_create(
        [
            Figure(
                of=row,
                category=one.value,
                derived=counts[one.key],
                declared=differing[one.key][0] if one.key in differing else None,
                reason=differing[one.key][1] if one.key in differing else "",
            )
            for row, counts, differing in figures
            for one in Category
        ],
        update_conflicts=True,
        unique_fields=["of", "category"],
        update_fields=["derived", "declared", "reason"],
    )


def move(
    moves: Mapping[State, Sequence[Return]],
    *,
    by: Any,
    now: datetime,
    **changes: Any,
) -> None:
    """Put returns into new states, one version on; one query a state."""
    for state, rows in moves.items():
        Return.objects.filter(pk__in=[row.pk for row in rows]).update(
            state=state, version=F("version") + 1, changed_by=by, changed_at=now, **changes
        )
        for row in rows:
            row.state, row.version = state, row.version + 1
            row.changed_by, row.changed_at = by, now


def log(
    rows: Sequence[Return],
    *,
    act: Approval.Act,
    level: Level,
    by: Any,
    now: datetime,
    reason: str = "",
) -> None:
    """One step of each return, and one entry of the journal for all; after `move`."""
    Approval.objects.bulk_create(
        Approval(of=row, level=level, act=act, reason=reason, by=by, at=now, version=row.version)
        for row in rows
    )
    units = [row.unit for row in rows]
    journal.record(
        actor=by,
        verb=f"return.{act.value}",
        subject=f"return:{common(units)}:{rows[0].about}",
        now=now,
        details={"units": units, "level": level.name.lower(), "reason": reason},
    )


def decided_already(row: Return) -> Refusal:
    """Somebody was quicker: who, when, and what the return is now."""
    return refusal(
        "already-decided",
        unit=named(row.unit),
        who=row.changed_by.get_username(),
        when=f"{timezone.localtime(row.changed_at):%H:%M}",
        state=_(State(row.state).label),
    )

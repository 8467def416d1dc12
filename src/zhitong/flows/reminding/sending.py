"""Reminders to offices that owe something for a day: all at once by hand, or by the timetable.

An office is reminded once in the quiet minutes of its province, whoever reminds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from zhitong.config import locks
from zhitong.flows.chain.access import actor_of
from zhitong.flows.chain.chasing import Chase, chase_list
from zhitong.flows.chain.refusals import refusal
from zhitong.flows.chain.rules import REVIEWERS, State, check_role, check_scope
from zhitong.flows.reminding.models import Reminder, ReminderRun, Timetable
from zhitong.flows.reminding.timetables import clock_of, plan_on, quiet_of
from zhitong.kernel import journal
from zhitong.offices.models import Department, Staff
from zhitong.places import Level

PATIENCE = timedelta(hours=1)
"""How long after its moment a round is still sent, when no worker lived in between."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Whom one act reminded, and who was reminded so shortly before that they were not again."""

    reminded: list[str]
    spared: list[str]


@transaction.atomic
def remind(*, division: str, about: date, by: Any, now: datetime) -> Receipt:
    """Remind every office on the chase list of a division and day. Raises `Refusal`."""
    actor = actor_of(by)
    check_scope(division, actor=actor)
    if actor.level not in REVIEWERS:
        raise refusal("reminders-from-above")
    check_role(REVIEWERS[actor.level], actor=actor)
    if about > timezone.localdate(now):
        raise refusal("future-day", about=about)
    owing = chase_list(division=division[:9], about=about, now=now)
    # One's own office needs no message to know what waits for it.
    owing = [one for one in owing if one.division != actor.scope]
    receipt = _send(owing, province=division[:2], about=about, by=by, now=now)
    if receipt.reminded:
        _record(receipt, division, about, by=by, now=now)
    return receipt


def remind_by_timetable(*, now: datetime) -> int:
    """Send every round whose moment has come; returns how many offices were reminded."""
    about = timezone.localdate(now)
    provinces = Timetable.objects.filter(since__lte=about).values_list("division", flat=True)
    return sum(_rounds(one, about, now) for one in sorted(set(provinces)))


def last_reminded(*, divisions: Sequence[str], about: date) -> dict[str, datetime]:
    """When offices were last reminded of a day."""
    rows = Reminder.objects.filter(about=about, division__in=divisions).order_by()
    return dict(rows.values_list("division").annotate(last=Max("at")))


def inbox(staff: Staff) -> QuerySet[Reminder]:
    """What the staff's own office was reminded of; nothing for other departments."""
    office = staff.organisation
    if office.department != Department.HUMAN_RESOURCES:
        return Reminder.objects.none()
    return Reminder.objects.filter(division=office.division)


def mark_read(staff: Staff, *, by: Any, now: datetime) -> int:
    """Take note of all that the office was reminded of; returns of how much."""
    return inbox(staff).filter(read_at=None).update(read_at=now, read_by=by)


def _rounds(province: str, about: date, now: datetime) -> int:
    plan, clock = plan_on(province=province, about=about), clock_of(province)
    reminded = 0
    for level in REVIEWED:
        due = clock.deadline(division=province, about=about, level=level)
        for minutes in plan.remind:
            moment = due + timedelta(minutes=minutes)
            if moment <= now < moment + PATIENCE:
                reminded += _round(province, about, level, minutes, now)
    return reminded


REVIEWED = (Level.TOWNSHIP, Level.COUNTY, Level.CITY, Level.PROVINCE)


@transaction.atomic
def _round(province: str, about: date, level: Level, minutes: int, now: datetime) -> int:
    run, fresh = ReminderRun.objects.get_or_create(
        division=province,
        about=about,
        level=level,
        minutes=minutes,
        defaults={"at": now, "reminded": 0},
    )
    if not fresh:
        return 0
    owing = [
        one
        for one in chase_list(division=province, about=about, now=now)
        if len(one.division) == level.digits
    ]
    receipt = _send(owing, province=province, about=about, by=None, now=now)
    if receipt.reminded:
        run.reminded = len(receipt.reminded)
        run.save(update_fields=["reminded"])
        _record(receipt, province, about, by=None, now=now, minutes=minutes)
    return len(receipt.reminded)


def _send(owing: Sequence[Chase], *, province: str, about: date, by: Any, now: datetime) -> Receipt:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)",
            [locks.REMINDERS + int(province), about.toordinal()],
        )
    quiet = timedelta(minutes=quiet_of(province=province, about=about))
    lately = Reminder.objects.filter(about=about, at__gt=now - quiet)
    spared = set(lately.values_list("division", flat=True))
    fresh = {one.division: one for one in owing if one.division not in spared}
    clock = clock_of(province)
    Reminder.objects.bulk_create(
        Reminder(
            division=code,
            about=about,
            owed=_owed(one),
            waiting=one.waiting,
            due_at=clock.deadline(division=code, about=about, level=_level(code)),
            at=now,
            by=by,
        )
        for code, one in fresh.items()
    )
    return Receipt(list(fresh), sorted({one.division for one in owing} & spared))


def _owed(one: Chase) -> Reminder.Owed:
    if one.state is None:
        return Reminder.Owed.REVIEW
    return Reminder.Owed.MENDING if one.state == State.RETURNED else Reminder.Owed.REPORT


def _level(code: str) -> Level:
    return next(level for level in REVIEWED if level.digits == len(code))


def _record(
    receipt: Receipt, division: str, about: date, *, by: Any, now: datetime, **details: Any
) -> None:
    journal.record(
        actor=by,
        verb="reminders.sent",
        subject=f"reminders:{division}:{about}",
        now=now,
        details={"divisions": receipt.reminded, "spared": len(receipt.spared), **details},
    )

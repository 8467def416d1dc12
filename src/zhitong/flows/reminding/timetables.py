"""The timetable that holds for a province: its own since a day, before that the shipped one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhitong.flows.chain.access import actor_of
from zhitong.flows.chain.deadlines import LEVELS, Clock, Rule, shipped
from zhitong.flows.chain.refusals import refusal
from zhitong.flows.chain.rules import check_role, check_scope
from zhitong.flows.reminding.models import Timetable
from zhitong.flows.reminding.rules import USUAL_QUIET, Plan, check_plan
from zhitong.kernel import journal
from zhitong.offices.models import Role
from zhitong.places import Level


def clock_of(division: str) -> Clock:
    """The deadlines of a division's province; one query."""
    rows = Timetable.objects.filter(division=division[:2])
    return Clock((*shipped(), *(_rule(row) for row in rows)))


def plan_on(*, province: str, about: date) -> Plan:
    """What holds on a day: the province's own plan, or the shipped times without reminders."""
    row = Timetable.objects.filter(division=province, since__lte=about).order_by("since").last()
    if row is None:
        return Plan(since=shipped()[0].since, times=shipped()[0].times)
    return _plan(row)


def coming(*, province: str, after: date) -> Plan | None:
    """A plan that a province has set and that has not begun."""
    row = Timetable.objects.filter(division=province, since__gt=after).order_by("since").first()
    return _plan(row) if row else None


def quiet_of(*, province: str, about: date) -> int:
    """Minutes in which an office of a province is reminded once."""
    return plan_on(province=province, about=about).quiet or USUAL_QUIET


@transaction.atomic
def set_plan(*, province: str, plan: Plan, by: Any, now: datetime) -> Timetable:
    """Let a plan hold from a day that has not begun; a day's plan set twice is the later one.

    Raises `Refusal`.
    """
    actor = actor_of(by)
    check_scope(province, actor=actor)
    check_role(Role.ADMINISTER, actor=actor)
    if actor.level != Level.PROVINCE:
        raise refusal("province-only")
    check_plan(plan, today=timezone.localdate(now))
    values = {
        **{key: plan.times[level] for level, key in LEVELS.items()},
        "remind": list(plan.remind),
        "quiet": plan.quiet,
        "by": by,
        "at": now,
    }
    row, _made = Timetable.objects.update_or_create(
        division=province, since=plan.since, defaults=values
    )
    details = {key: f"{plan.times[level]:%H:%M}" for level, key in LEVELS.items()}
    journal.record(
        actor=by,
        verb="deadlines.set",
        subject=f"deadlines:{province}:{plan.since}",
        now=now,
        details={**details, "remind": list(plan.remind), "quiet": plan.quiet},
    )
    return row


def _rule(row: Timetable) -> Rule:
    return Rule(scope=row.division, since=row.since, times=dict(_plan(row).times))


def _plan(row: Timetable) -> Plan:
    return Plan(
        since=row.since,
        times={level: getattr(row, key) for level, key in LEVELS.items()},
        remind=tuple(row.remind),
        quiet=row.quiet,
    )

"""Deadlines of the province, reminders sent from the chase list, and those an office received."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from zhitong.flows.chain.deadlines import LEVELS as KEYS
from zhitong.flows.chain.refusals import Refusal, refusal
from zhitong.flows.reminding import rules, sending, timetables
from zhitong.flows.reminding.rules import Plan
from zhitong.offices.models import Role
from zhitong.places import Level
from zhitong.web.desk.pages import DeskRequest, desk_page, page
from zhitong.web.desk.returns_day import ChainRequest, chain_page
from zhitong.web.desk.returns_words import LEVELS, OWED

ROWS = 50


@require_POST
@chain_page
def remind(request: ChainRequest) -> HttpResponse:
    """Remind every office on the chase list; the receipt is told on the page."""
    try:
        receipt = sending.remind(
            division=request.desk.division.code,
            about=request.about,
            by=request.user,
            now=timezone.now(),
        )
    except Refusal as no:
        messages.error(request, no.sentence)
    else:
        _tell(request, receipt)
    return redirect(reverse("desk:returns_chase") + request.desk.query())


def _tell(request: ChainRequest, receipt: sending.Receipt) -> None:
    sent, spared = len(receipt.reminded), len(receipt.spared)
    if sent:
        told = ngettext("已提醒 %(count)s 个单位。", "已提醒 %(count)s 个单位。", sent)
        messages.success(request, told % {"count": sent})
    if spared:
        told = ngettext(
            "另有 %(count)s 个单位刚提醒过，没有重复提醒。",
            "另有 %(count)s 个单位刚提醒过，没有重复提醒。",
            spared,
        )
        messages.success(request, told % {"count": spared})
    if not (sent or spared):
        messages.success(request, _("没有需要提醒的单位。"))


@require_safe
@desk_page
def inbox(request: DeskRequest) -> HttpResponse:
    """What the reader's office was reminded of, the latest first."""
    found = sending.inbox(request.desk.staff).select_related("by", "read_by")
    shown = Paginator(found, ROWS).get_page(request.GET.get("page"))
    context = {
        "here": "desk:dashboard",
        "listing": shown,
        "lines": [
            {
                "reminder": one,
                "words": OWED[one.owed],
                "address": f"{reverse('desk:returns')}?date={one.about}",
            }
            for one in shown
        ],
    }
    return page(request, "desk/returns/reminders.html", context)


@require_POST
@desk_page
def read(request: DeskRequest) -> HttpResponse:
    """Take note of all reminders of the office."""
    sending.mark_read(request.desk.staff, by=request.user, now=timezone.now())
    return redirect("desk:reminders")


@require_safe
@desk_page
def deadlines(request: DeskRequest) -> HttpResponse:
    """By when each level is done; the province's administrator changes it from a day on."""
    return _deadlines(request)


@require_POST
@desk_page
def set_deadlines(request: DeskRequest) -> HttpResponse:
    """Let new deadlines and reminders hold from a day on."""
    if not _sets(request):
        raise PermissionDenied(_("截止时间由省级管理员设置。"))
    typed = {key: request.POST.get(key, "").strip()[:60] for key in _FIELDS}
    try:
        made = timetables.set_plan(
            province=request.desk.scope.code[:2],
            plan=_plan(typed),
            by=request.user,
            now=timezone.now(),
        )
    except Refusal as no:
        return _deadlines(request, no=no, typed=typed)
    messages.success(request, _("已设置，从 %(day)s 起执行。") % {"day": made.since})
    return redirect("desk:returns_deadlines")


_FIELDS = ("since", *KEYS.values(), "remind", "quiet")


def _deadlines(
    request: DeskRequest, *, no: Refusal | None = None, typed: dict[str, str] | None = None
) -> HttpResponse:
    province, today = request.desk.scope.code[:2], timezone.localdate()
    plan = timetables.plan_on(province=province, about=today)
    coming = timetables.coming(province=province, after=today)
    context: dict[str, Any] = {
        "here": "desk:dashboard",
        "plans": [(one, _times(one)) for one in (plan, coming) if one],
        "today": today,
        "sets": _sets(request),
        "refusal": no,
        "typed": typed or _typed(coming or plan, today + timedelta(days=1)),
        "levels": [(KEYS[level], LEVELS[level]) for level in KEYS],
    }
    return page(request, "desk/returns/deadlines.html", context, status=422 if no else 200)


def _times(plan: Plan) -> list[tuple[str, str]]:
    return [(LEVELS[level], f"{plan.times[level]:%H:%M}") for level in KEYS]


def _typed(plan: Plan, since: date) -> dict[str, str]:
    return {
        **{key: f"{plan.times[level]:%H:%M}" for level, key in KEYS.items()},
        "since": max(since, plan.since).isoformat(),
        "remind": ", ".join(str(one) for one in plan.remind),
        "quiet": str(plan.quiet),
    }


def _plan(typed: dict[str, str]) -> Plan:
    try:
        since = date.fromisoformat(typed["since"])
    except ValueError:
        raise refusal("item-bad-day") from None
    quiet = typed["quiet"]
    return Plan(
        since=since,
        times={level: rules.time_of(typed[key]) for level, key in KEYS.items()},
        remind=rules.minutes(typed["remind"]),
        quiet=int(quiet) if quiet.isascii() and quiet.isdigit() and len(quiet) < 6 else 0,
    )


def _sets(request: DeskRequest) -> bool:
    level = request.desk.scope.level
    return level == Level.PROVINCE and Role.ADMINISTER in request.desk.staff.roles

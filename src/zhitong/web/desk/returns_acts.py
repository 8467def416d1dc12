"""What is done on the pages of the chain: one domain call each, its refusals told on the page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from zhitong.flows.catalogue import reviewing
from zhitong.flows.chain import closing, operations, queries
from zhitong.flows.chain.operations import Decided
from zhitong.flows.chain.refusals import Refusal, refusal
from zhitong.places import Category
from zhitong.web.desk.returns_day import ChainRequest, chain_page
from zhitong.web.desk.returns_unit import Typed, unit_page

ITEM, SEEN = "item-", "seen-"
"""How the names of fields begin: answers to items, and counts that the clerk looked at."""
TOLD = 5
"""Refusals shown one by one; the others are counted."""


@require_POST
@chain_page
def declare(request: ChainRequest) -> HttpResponse:
    """A unit's form: kept as a draft, or submitted."""
    submits = request.POST.get("act") == "submit"
    typed = _typed(request)
    try:
        operations.declare(
            unit=request.desk.division.code[:9],
            about=request.about,
            counts=typed.counts,
            total=typed.total,
            reasons=typed.reasons,
            version=_whole(request.POST.get("version")),
            seen=_seen(request),
            answers=typed.answers,
            submit=submits,
            by=request.user,
            now=timezone.now(),
        )
    except Refusal as no:
        return unit_page(request, refusal=no, typed=typed)
    messages.success(request, _("已提交，等待上级审核。") if submits else _("已暂存，尚未提交。"))
    return _again(request)


@require_POST
@chain_page
def decide(request: ChainRequest) -> HttpResponse:
    """Accept, send back with a reason, or take back, for one unit, many, or whole divisions."""
    act = request.POST.get("act", "")
    common: dict[str, Any] = {"about": request.about, "by": request.user, "now": timezone.now()}
    try:
        units, changed = _ticked(request, take_back=act == "take-back")
        common |= {"units": list(units), "versions": units}
        if act == "send-back":
            done = operations.send_back(**common, reason=_text(request, "reason", 300))
        elif act == "take-back":
            done = operations.take_back(**common)
        else:
            done = operations.accept(**common)
    except Refusal as no:
        messages.error(request, no.sentence)
        return _again(request)
    _tell(request, act, done, changed)
    return _again(request)


@require_POST
@chain_page
def close(request: ChainRequest) -> HttpResponse:
    """Lock or publish the province's day."""
    common: dict[str, Any] = {
        "division": request.desk.division.code,
        "about": request.about,
        "by": request.user,
        "now": timezone.now(),
    }
    if request.POST.get("act") == "publish":
        return _refusable(
            request,
            lambda: closing.publish(**common),
            lambda made: _("已发布，第 %(number)s 次。") % {"number": made.number},
        )
    return _refusable(request, lambda: closing.lock(**common), lambda _made: _("已锁定。"))


@require_POST
@chain_page
def correct(request: ChainRequest) -> HttpResponse:
    """Change a locked return."""
    typed = _typed(request)
    try:
        closing.correct(
            unit=request.desk.division.code[:9],
            about=request.about,
            counts=typed.counts,
            total=typed.total,
            reason=_text(request, "reason", 200),
            answers=typed.answers,
            version=_whole(request.POST.get("version")),
            by=request.user,
            now=timezone.now(),
        )
    except Refusal as no:
        return unit_page(request, refusal=no, typed=typed)
    messages.success(request, _("已更正，更正前后的数字和原因都已留存。"))
    return _again(request)


@require_POST
@chain_page
def fill(request: ChainRequest) -> HttpResponse:
    """Answer the county's items of a submitted return."""
    typed = _typed(request)
    try:
        reviewing.fill(
            unit=request.desk.division.code[:9],
            about=request.about,
            answers=typed.answers or {},
            reasons=typed.reasons,
            version=_whole(request.POST.get("version")),
            by=request.user,
            now=timezone.now(),
        )
    except Refusal as no:
        return unit_page(request, refusal=no, typed_items=typed)
    messages.success(request, _("已填写，可以审核。"))
    return _again(request)


@require_POST
@chain_page
def exempt(request: ChainRequest) -> HttpResponse:
    """Let the division in force report a locked day until a moment."""
    now = timezone.now()
    return _refusable(
        request,
        lambda: closing.grant(
            division=request.desk.division.code,
            about=request.about,
            until=_moment(request.POST.get("until", "")) or now,
            reason=_text(request, "reason", 300),
            by=request.user,
            now=now,
        ),
        lambda made: (
            _("已批准补报，截至 %(until)s。")
            % {"until": f"{timezone.localtime(made.until):%m-%d %H:%M}"}
        ),
    )


def _refusable(
    request: ChainRequest, work: Callable[[], Any], say: Callable[[Any], str]
) -> HttpResponse:
    try:
        made = work()
    except Refusal as no:
        messages.error(request, no.sentence)
    else:
        messages.success(request, say(made))
    return _again(request)


def _again(request: ChainRequest) -> HttpResponse:
    """The page the form was on, with its filter."""
    show = request.GET.get("show")
    return redirect(reverse("desk:returns") + request.desk.query(show=show))


def _typed(request: HttpRequest) -> Typed:
    """Figures by category key; answers to items by code, in fields `item-code`."""
    answers = {
        name.removeprefix(ITEM): request.POST.get(name, "")
        for name in request.POST
        if name.startswith(ITEM)
    }
    keys = [*(one.key for one in Category), *answers]
    return Typed(
        counts={one.key: request.POST.get(one.key, "") for one in Category},
        reasons={key: _text(request, f"reason-{key}", 200) for key in keys},
        total=request.POST.get("total", ""),
        answers=answers,
    )


def _text(request: HttpRequest, name: str, longest: int) -> str:
    """A line of text as the database can keep it: no NUL, not longer than its column."""
    return request.POST.get(name, "").replace("\0", "")[:longest]


def _seen(request: HttpRequest) -> dict[str, int]:
    """The registry's counts that the form was filled against, of categories and of items."""
    seen = {one.key: 0 for one in Category}
    for name in request.POST:
        if name.startswith(SEEN):
            seen[name.removeprefix(SEEN)] = _whole(request.POST.get(name)) or 0
    return seen


def _ticked(request: ChainRequest, *, take_back: bool) -> tuple[dict[str, int], int]:
    """Units ticked with the versions seen, and how many of whole divisions changed since.

    A unit is sent as `code:version`, a division as its code.
    """
    seen_at = _moment(request.POST.get("seen_at", "")) or timezone.now()
    units: dict[str, int] = {}
    changed = 0
    for value in request.POST.getlist("unit"):
        code, colon, version = value.partition(":")
        if not (code.isascii() and code.isdigit() and code.startswith(request.desk.division.code)):
            raise refusal("not-your-unit", unit=code)
        if colon:
            units[code] = _whole(version) or 0
            continue
        found, moved = queries.standing_with(
            division=code,
            about=request.about,
            level=request.actor.level,
            seen_at=seen_at,
            accepted=take_back,
        )
        units |= found
        changed += moved
    return units, changed


def _tell(request: HttpRequest, act: str, done: Decided, changed: int) -> None:
    count = len(done.done)
    said = {
        "send-back": ngettext("已退回 %(count)s 个单位。", "已退回 %(count)s 个单位。", count),
        "take-back": ngettext("已撤销 %(count)s 个单位。", "已撤销 %(count)s 个单位。", count),
    }.get(act) or ngettext("已通过 %(count)s 个单位。", "已通过 %(count)s 个单位。", count)
    if count:
        messages.success(request, said % {"count": count})
    for _unit, no in done.refused[:TOLD]:
        messages.error(request, no.sentence)
    more = len(done.refused[TOLD:]) + changed
    if more:
        told = ngettext(
            "另有 %(count)s 个单位在您查看之后有变化，未办理。",
            "另有 %(count)s 个单位在您查看之后有变化，未办理。",
            more,
        )
        messages.error(request, told % {"count": more})
    if not (count or more or done.refused):
        messages.error(request, _("没有可以办理的单位，请先勾选。"))


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def _moment(text: str) -> datetime | None:
    """A moment as a form writes it, in the time zone of the installation unless it names one."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)

"""One township's day: the form while it can be edited, what was declared, and all that happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone

from zhitong.flows.chain import queries, records, rules, storing
from zhitong.flows.chain.deadlines import Mark
from zhitong.flows.chain.operations import standing
from zhitong.flows.chain.queries import UnitDay
from zhitong.flows.chain.refusals import Refusal
from zhitong.flows.chain.rules import EDITABLE, FINAL, Standing
from zhitong.flows.models import Return
from zhitong.flows.reminding.timetables import clock_of
from zhitong.places import Category, Level
from zhitong.web.desk import returns_lines as lines
from zhitong.web.desk.pages import page
from zhitong.web.desk.returns_day import ChainRequest
from zhitong.web.desk.returns_items import UnitItems
from zhitong.web.desk.returns_words import MARKS, STATES


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A form as it came, to be shown again beside the reason why it does not do."""

    counts: Mapping[str, str]
    reasons: Mapping[str, str]
    total: str
    answers: Mapping[str, str] | None = None


def unit_page(
    request: ChainRequest,
    *,
    refusal: Refusal | None = None,
    typed: Typed | None = None,
    typed_items: Typed | None = None,
) -> HttpResponse:
    """The page of the unit in force; 404 for what owes no report.

    `typed` is the form of figures as it came, `typed_items` that of the county's items.
    """
    unit, about, now = request.desk.division.code[:9], request.about, timezone.now()
    try:
        rules.check_unit(unit, actor=request.actor)
    except Refusal as no:
        raise Http404(no.sentence) from no
    (day,) = queries.unit_days(division=unit, about=about, now=now)
    row = Return.objects.filter(unit=unit, about=about).prefetch_related("figures").first()
    closed, _published = records.closing_of(division=unit, about=about)
    edits = _enters(request, day, locked=closed is not None, now=now)
    corrects = lines.may_close(request.actor) and day.state in FINAL
    derived = queries.registry_counts(unit=unit, about=about) if edits else day.derived
    items = UnitItems(request, day, row, edits=edits, corrects=corrects)
    lines_of = partial(items.lines, typed=typed or typed_items)
    typed = typed or _prefilled(row, derived)
    context = {
        "here": "desk:dashboard",
        "day": day,
        "state": STATES[day.state],
        "marks": [MARKS[mark] for mark in Mark if mark in day.marks - {Mark.RETURNED}],
        "enters": edits,
        "corrects": corrects,
        "exempts": lines.may_close(request.actor) and bool(closed) and day.state in EDITABLE,
        "accepts": lines.may_review(request.actor) and day.awaits == request.actor.level,
        "takes_back": _takes_back(request, row),
        "seen": [*derived.items(), *(items.seen() if edits else ())],
        "lines": lines.form_lines(
            derived=derived,
            yesterday=_yesterday(request),
            given=typed.counts,
            reasons=typed.reasons,
        ),
        "items": lines_of(Level.TOWNSHIP),
        "county_items": lines_of(Level.COUNTY),
        "fills": items.fills,
        "total": typed.total,
        "derived_total": sum(derived.values()),
        "refusal": refusal,
        "due_at": clock_of(unit).deadline(division=unit, about=about, level=Level.TOWNSHIP),
        "timeline": lines.timeline(records.steps(unit=unit, about=about), items.names()),
        "back": _back(request),
    }
    return page(request, "desk/returns/unit.html", context, status=422 if refusal else 200)


def _prefilled(row: Return | None, derived: Mapping[str, int]) -> Typed:
    """The registry's counts, and over them what the unit said instead."""
    figures = {Category(one.category).key: one for one in row.figures.all()} if row else {}
    said = {key: one.declared for key, one in figures.items() if one.declared is not None}
    counts = {**derived, **said}
    return Typed(
        counts={key: str(count) for key, count in counts.items()},
        reasons={key: one.reason for key, one in figures.items()},
        total=str(sum(counts.values())),
    )


def _yesterday(request: ChainRequest) -> Mapping[str, int] | None:
    before = request.about - timedelta(days=1)
    unit = request.desk.division.code[:9]
    known = queries.histories(division=unit, first=before, last=before)
    return known.get(unit, {}).get(before)


def _enters(request: ChainRequest, day: UnitDay, *, locked: bool, now: datetime) -> bool:
    late = locked and not storing.exempt(units=[day.unit], about=request.about, now=now)
    try:
        rules.check_entry(
            Standing(unit=day.unit, about=request.about, state=day.state),
            actor=request.actor,
            today=timezone.localdate(now),
            locked=late,
        )
    except Refusal:
        return False
    return True


def _takes_back(request: ChainRequest, row: Return | None) -> bool:
    if row is None:
        return False
    try:
        rules.taken_back(standing(row), actor=request.actor)
    except Refusal:
        return False
    return True


def _back(request: ChainRequest) -> str:
    """The list that the unit stands in; a township's own clerk has none."""
    unit = request.desk.division.code
    if len(request.desk.scope.code) >= Level.TOWNSHIP.digits:
        return ""
    return reverse("desk:returns") + request.desk.query(division=unit[: Level.COUNTY.digits])

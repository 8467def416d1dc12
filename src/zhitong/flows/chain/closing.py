"""Closing a day: lock, publish, and the two ways in afterwards, exemption and correction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhitong import places
from zhitong.flows.catalogue import answering
from zhitong.flows.catalogue.answering import Form, Said
from zhitong.flows.catalogue.queries import item_days, items_on
from zhitong.flows.chain import rules, storing
from zhitong.flows.chain.access import actor_of
from zhitong.flows.chain.queries import totals
from zhitong.flows.chain.refusals import refusal
from zhitong.flows.chain.rules import FINAL, IN_REVIEW, State
from zhitong.flows.models import (
    Answer,
    ClosedDay,
    Correction,
    Exemption,
    Publication,
    Return,
)
from zhitong.kernel import journal


@transaction.atomic
def lock(*, division: str, about: date, by: Any, now: datetime) -> ClosedDay:
    """Lock a province's day. Units that are silent stay missing; none may be half-way.

    Raises `Refusal`.
    """
    rules.check_province(division, actor=actor_of(by))
    closed = storing.hold_day(province=division, about=about, alone=True)
    if closed:
        raise refusal(
            "already-locked",
            about=about,
            who=closed.locked_by.get_username(),
            when=f"{timezone.localtime(closed.locked_at):%m-%d %H:%M}",
        )
    returns = Return.objects.filter(about=about, unit__within=division)
    pending = returns.filter(state__in=IN_REVIEW - {State.PROVINCE}).count()
    if pending:
        raise refusal("not-all-accepted", count=pending)
    rows = list(returns.filter(state=State.PROVINCE).select_for_update(of=("self",)).order_by("pk"))
    if not rows:
        raise refusal("nothing-accepted", about=about)
    storing.move({State.LOCKED: rows}, by=by, now=now)
    closed = ClosedDay.objects.create(division=division, about=about, locked_by=by, locked_at=now)
    _record("day.locked", division, about, by=by, now=now, details={"units": len(rows)})
    return closed


@transaction.atomic
def publish(*, division: str, about: date, by: Any, now: datetime) -> Publication:
    """Publish a locked day as it is; after a correction again, under the next number.

    Raises `Refusal`.
    """
    rules.check_province(division, actor=actor_of(by))
    if not storing.hold_day(province=division, about=about, alone=True):
        raise refusal("not-yet-locked", about=about)
    earlier = Publication.objects.filter(division=division, about=about).last()
    rows = list(
        Return.objects.filter(about=about, unit__within=division, state__in=FINAL)
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    locked = [row for row in rows if row.state == State.LOCKED]
    if earlier and not locked:
        raise refusal("nothing-new", number=earlier.number)
    declared, derived = totals(division=division, about=about, states=FINAL)
    items = {
        one.item.code: {
            "declared": one.whole.value,
            "derived": one.whole.derived,
            "answered": one.whole.coverage.reported,
        }
        for one in item_days(division=division, about=about, states=FINAL)
    }
    storing.move({State.PUBLISHED: locked}, by=by, now=now)
    published = Publication.objects.create(
        division=division,
        about=about,
        number=earlier.number + 1 if earlier else 1,
        declared=declared,
        derived=derived,
        items=items,
        units_due=len(places.expected_townships(division)),
        units_reported=len(rows),
        by=by,
        at=now,
    )
    details = {"number": published.number, "declared": declared, "derived": derived}
    if items:
        details["items"] = items
    _record("day.published", division, about, by=by, now=now, details=details)
    return published


@transaction.atomic
def grant(
    *, division: str, about: date, until: datetime, reason: str, by: Any, now: datetime
) -> Exemption:
    """Let the silent units of a division report a locked day until a moment. Raises `Refusal`."""
    actor = actor_of(by)
    rules.check_scope(division, actor=actor)
    rules.check_province(division[:2], actor=actor)
    if not reason.strip():
        raise refusal("exemption-reason-missing")
    if until <= now:
        raise refusal("exemption-over", until=f"{timezone.localtime(until):%Y-%m-%d %H:%M}")
    permit = Exemption.objects.create(
        division=division, about=about, until=until, reason=reason.strip(), by=by, at=now
    )
    details = {"until": until.isoformat(), "reason": permit.reason}
    _record("exemption.granted", division, about, by=by, now=now, details=details)
    return permit


@transaction.atomic
def correct(
    *,
    unit: str,
    about: date,
    counts: Mapping[str, object],
    reason: str,
    by: Any,
    now: datetime,
    total: object = None,
    version: int | None = None,
    answers: Mapping[str, object] | None = None,
) -> Correction:
    """Change a locked return, keeping both sides; a published one is due to be published again.

    `answers` by item code; those not given stay as they are. Raises `Refusal`.
    """
    actor = actor_of(by)
    rules.check_unit(unit, actor=actor)
    rules.check_province(unit[:2], actor=actor)
    storing.hold_day(province=unit[:2], about=about)
    row = storing.held(units=[unit], about=about).get(unit)
    if row is None or row.state not in FINAL:
        raise refusal("not-locked", unit=rules.named(unit), about=about)
    if version is not None and row.version != version:
        raise storing.decided_already(row)
    if not reason.strip():
        raise refusal("correction-reason-missing")
    after = rules.check_counts(counts, total=total)
    figures = storing.figures_of([row])[row.pk]
    before = {key: figures[key].value for key in after}
    form, held = _answers(row, about)
    said = _corrected(form, held, row, given=answers or {}, reason=reason.strip(), counts=after)
    before_items = {code: one.value for code, one in held.items()}
    after_items = answering.by_code(form.items, said)
    if before == after and before_items == after_items:
        raise refusal("nothing-corrected")
    registry = {key: figures[key].derived for key in after}
    # What is left as it was keeps its own reason.
    reasons = {
        key: figures[key].reason if before[key] == after[key] else reason.strip() for key in after
    }
    differing = rules.differences(after, registry, reasons)
    storing.write_figures([(row, registry, differing)])
    answering.write([(row, said)] if said else [])
    before, after = before | before_items, after | after_items
    storing.move({State.LOCKED: [row]}, by=by, now=now)
    correction = Correction.objects.create(
        of=row,
        number=row.corrections.count() + 1,
        before=before,
        after=after,
        reason=reason.strip(),
        by=by,
        at=now,
    )
    details = {"number": correction.number, "before": before, "after": after}
    _record("return.corrected", unit, about, by=by, now=now, details=details)
    return correction


def _answers(row: Return, about: date) -> tuple[Form, dict[str, Answer]]:
    """The items of a locked return as they were counted then, and what was answered."""
    held = answering.answers_of([row]).get(row.pk, {})
    items = items_on(province=row.unit[:2], about=about)
    counted = {code: one.derived for code, one in held.items() if one.derived is not None}
    # What was added to the form after the return came is not asked of it.
    return Form([item for item in items if item.code in held], {row.unit: counted}), held


def _corrected(
    form: Form,
    held: Mapping[str, Answer],
    row: Return,
    *,
    given: Mapping[str, object],
    reason: str,
    counts: Mapping[str, int],
) -> dict[int, Said]:
    """The answers after a correction; what is left as it was keeps its own reason."""
    wanted = {code: given.get(code, one.value) for code, one in held.items()}
    reasons = {
        code: one.reason if str(wanted[code]).strip() == str(one.value) else reason
        for code, one in held.items()
    }
    return answering.judged(
        form, unit=row.unit, given=wanted, reasons=reasons, counts=counts, complete=True
    )


def _record(
    verb: str, division: str, about: date, *, by: Any, now: datetime, details: dict[str, Any]
) -> None:
    journal.record(
        actor=by, verb=verb, subject=f"return:{division}:{about}", now=now, details=details
    )

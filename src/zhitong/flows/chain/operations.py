"""What units and reviewers do to returns. Each is one transaction with its journal entry.

The day's closing and what may change after it are in `closing`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhitong import places
from zhitong.flows.catalogue import answering, reviewing
from zhitong.flows.chain import rules, storing
from zhitong.flows.chain.access import actor_of
from zhitong.flows.chain.refusals import Refusal, refusal
from zhitong.flows.chain.rules import Actor, Standing, State
from zhitong.flows.models import Approval, Return
from zhitong.kernel import journal
from zhitong.offices.models import Role
from zhitong.places import Category, Level


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of each unit of one decision: done, or refused with the reason."""

    done: list[str]
    refused: list[tuple[str, Refusal]]


@transaction.atomic
def open_day(*, division: str, about: date, by: Any, now: datetime) -> list[str]:
    """Start drafts for every township of a division that has none, prefilled from the registry.

    Returns the units opened. Raises `Refusal`.
    """
    actor = actor_of(by)
    rules.check_scope(division, actor=actor)
    rules.check_role(Role.ENTER, actor=actor)
    if about > timezone.localdate(now):
        raise refusal("future-day", about=about)
    if storing.hold_day(province=division[:2], about=about):
        raise refusal("day-locked", about=about)
    due = places.expected_townships(division)
    known = set(Return.objects.filter(about=about, unit__in=due).values_list("unit", flat=True))
    opened = [unit for unit in due if unit not in known]
    if not opened:
        return []
    storing.create(units=opened, about=about, by=by, now=now)
    rows = storing.held(units=opened, about=about)
    counts = storing.derived(division=division, about=about)
    storing.write_figures((row, counts.get(unit, _ZEROS), {}) for unit, row in rows.items())
    form = answering.form(division=division, about=about, level=Level.TOWNSHIP)
    answering.write(
        (row, answering.prefilled(form, unit=unit)) for unit, row in rows.items() if form.items
    )
    journal.record(
        actor=by,
        verb="return.opened",
        subject=f"return:{division}:{about}",
        now=now,
        details={"units": len(rows)},
    )
    return opened


@transaction.atomic
def declare(
    *,
    unit: str,
    about: date,
    counts: Mapping[str, object],
    by: Any,
    now: datetime,
    total: object = None,
    reasons: Mapping[str, str] | None = None,
    version: int | None = None,
    seen: Mapping[str, int] | None = None,
    answers: Mapping[str, object] | None = None,
    submit: bool = False,
) -> Return:
    """Write a unit's figures and, if asked, submit them; counts by category key, all five.

    A count that is not the registry's needs a reason. `total` must be the counts' sum. `answers`
    are those to the province's items by code; what is not given is what the registry counts.
    `reasons` and `seen` (the registry's counts) are by key or code. `version` and `seen` are what
    the clerk looked at: when either has moved on, the clerk is told. The same form sent again
    changes nothing. Raises `Refusal`.
    """
    actor = actor_of(by)
    rules.check_unit(unit, actor=actor)
    rules.check_role(Role.ENTER, actor=actor)
    if about > timezone.localdate(now):
        raise refusal("future-day", about=about)
    closed = storing.hold_day(province=unit[:2], about=about)
    locked = bool(closed) and not storing.exempt(units=[unit], about=about, now=now)
    storing.create(units=[unit], about=about, by=by, now=now)
    row = storing.held(units=[unit], about=about)[unit]
    if version is not None and row.version != version:
        if _sent_again(row, version=version, actor=actor, submit=submit):
            return row
        raise storing.decided_already(row)
    today = timezone.localdate(now)
    rules.check_entry(standing(row), actor=actor, today=today, locked=locked)
    figures = rules.check_counts(counts, total=total)
    registry = storing.derived(division=unit, about=about).get(unit, _ZEROS)
    form = answering.form(division=unit, about=about, level=Level.TOWNSHIP)
    if seen is not None and dict(seen) != {**registry, **form.counted(unit)}:
        raise refusal("registry-moved")
    differing = rules.differences(figures, registry, reasons or {})
    said = answering.judged(
        form,
        unit=unit,
        given=answers or {},
        reasons=reasons or {},
        counts=figures,
        complete=submit,
    )
    storing.write_figures([(row, registry, differing)])
    details = {"figures": figures, "derived": dict(registry)}
    if form.items:
        answering.replace(row, form, said)
        details["answers"] = answering.by_code(form.items, said)
    journal.record(
        actor=by,
        verb="return.declared",
        subject=f"return:{unit}:{about}",
        now=now,
        details=details,
    )
    if submit:
        _submit([row], actor=actor, by=by, now=now)
    else:
        storing.move({State(row.state): [row]}, by=by, now=now)
    return row


@transaction.atomic
def submit(*, units: Sequence[str], about: date, by: Any, now: datetime) -> Decided:
    """Submit drafts as they stand, the registry counted anew under them."""
    actor = actor_of(by)
    today = timezone.localdate(now)
    closed = storing.hold_day(province=actor.scope[:2], about=about)
    late = storing.exempt(units=units, about=about, now=now) if closed else set()
    rows = storing.held(units=units, about=about)
    ready, refused = _sorted(
        units,
        rows,
        actor=actor,
        versions=None,
        judge=lambda one: rules.check_entry(
            one, actor=actor, today=today, locked=bool(closed) and one.unit not in late
        ),
    )
    going = [row for row, _ in ready]
    if going:
        going, more = _counted_anew(going, about)
        refused += more
    if going:
        _submit(going, actor=actor, by=by, now=now)
    return Decided([row.unit for row in going], refused)


def accept(
    *,
    units: Collection[str],
    about: date,
    by: Any,
    now: datetime,
    versions: Mapping[str, int] | None = None,
) -> Decided:
    """Accept returns at the level of the actor's office; what cannot be is told, unit by unit."""
    return _review(
        rules.accepted, Approval.Act.ACCEPTED, units, about, by=by, now=now, versions=versions
    )


def send_back(
    *,
    units: Collection[str],
    about: date,
    reason: str,
    by: Any,
    now: datetime,
    versions: Mapping[str, int] | None = None,
) -> Decided:
    """Send returns back to their units, which alone can mend them. Raises without a reason."""
    if not reason.strip():
        raise refusal("return-reason-missing")
    return _review(
        partial(rules.sent_back, reason=reason),
        Approval.Act.RETURNED,
        units,
        about,
        by=by,
        now=now,
        versions=versions,
        reason=reason.strip(),
    )


def take_back(
    *,
    units: Collection[str],
    about: date,
    by: Any,
    now: datetime,
    versions: Mapping[str, int] | None = None,
) -> Decided:
    """Undo the last step of the actor's office: a submission, or an acceptance."""
    return _review(
        rules.taken_back, Approval.Act.TAKEN_BACK, units, about, by=by, now=now, versions=versions
    )


@transaction.atomic
def _review(
    rule: Callable[..., State],
    act: Approval.Act,
    units: Collection[str],
    about: date,
    *,
    by: Any,
    now: datetime,
    versions: Mapping[str, int] | None,
    reason: str = "",
) -> Decided:
    actor = actor_of(by)
    closed = storing.hold_day(province=actor.scope[:2], about=about)
    rows = storing.held(units=units, about=about)
    if act == Approval.Act.ACCEPTED:
        rule = partial(rule, locked=bool(closed))
    ready, refused = _sorted(
        units, rows, actor=actor, versions=versions, judge=lambda one: rule(one, actor=actor)
    )
    if act == Approval.Act.ACCEPTED:
        ready, unanswered = reviewing.completed(ready, about=about)
        refused += unanswered
    moves: dict[State, list[Return]] = {}
    for row, state in ready:
        moves.setdefault(state, []).append(row)
    drafts = moves.pop(State.DRAFT, [])
    storing.move(moves, by=by, now=now)
    # Withdrawn is silence again: what comes later is judged by when it comes.
    storing.move({State.DRAFT: drafts} if drafts else {}, by=by, now=now, **_UNSENT)
    for step, those in (
        (act, [row for rows in moves.values() for row in rows]),
        (Approval.Act.WITHDRAWN, drafts),
    ):
        if those:
            storing.log(those, act=step, level=actor.level, by=by, now=now, reason=reason)
    return Decided([row.unit for row, _ in ready], refused)


_ZEROS = dict.fromkeys((one.key for one in Category), 0)
_UNSENT = {"submitted_by": None, "submitted_at": None, "first_submitted_at": None}


def _sorted(
    units: Collection[str],
    rows: Mapping[str, Return],
    *,
    actor: Actor,
    versions: Mapping[str, int] | None,
    judge: Callable[[Standing], Any],
) -> tuple[list[tuple[Return, Any]], list[tuple[str, Refusal]]]:
    """Rows that pass with what `judge` says of them, and units that do not with the refusal."""
    ready, refused = [], []
    for unit in dict.fromkeys(units):
        row = rows.get(unit)
        try:
            rules.check_scope(unit, actor=actor)
            if row is None:
                raise refusal("not-submitted", unit=rules.named(unit), state=_(State.DRAFT.label))
            if versions is not None and versions.get(unit, row.version) != row.version:
                raise storing.decided_already(row)
            ready.append((row, judge(standing(row))))
        except Refusal as no:
            refused.append((unit, no))
    return ready, refused


def _counted_anew(
    rows: list[Return], about: date
) -> tuple[list[Return], list[tuple[str, Refusal]]]:
    """Put the registry's counts of now under drafts: those that hold, and those that do not."""
    division = storing.common([row.unit for row in rows])
    registry = storing.derived(division=division, about=about)
    figures = storing.figures_of(rows)
    form = answering.form(division=division, about=about, level=Level.TOWNSHIP)
    answers = answering.answers_of(rows) if form.items else {}
    held, refused = [], []
    for row in rows:
        counts = registry.get(row.unit, _ZEROS)
        differing = _still_differing(figures.get(row.pk, {}), counts)
        declared = dict(counts) | {key: one for key, (one, _reason) in differing.items()}
        given, reasons = answering.kept(answers.get(row.pk, {}))
        try:
            said = answering.judged(
                form, unit=row.unit, given=given, reasons=reasons, counts=declared, complete=True
            )
        except Refusal as no:
            refused.append((row.unit, no))
        else:
            held.append((row, counts, differing, said))
    storing.write_figures((row, counts, differing) for row, counts, differing, _said in held)
    if form.items:
        answering.write((row, said) for row, _counts, _differing, said in held)
    return [row for row, *_ in held], refused


def _submit(rows: list[Return], *, actor: Actor, by: Any, now: datetime) -> None:
    fresh = [row for row in rows if row.first_submitted_at is None]
    again = [row for row in rows if row.first_submitted_at is not None]
    sent = {"submitted_by": by, "submitted_at": now}
    if fresh:
        storing.move({State.SUBMITTED: fresh}, by=by, now=now, **sent, first_submitted_at=now)
    if again:
        storing.move({State.SUBMITTED: again}, by=by, now=now, **sent)
    for row in rows:
        row.submitted_by, row.submitted_at = by, now
        row.first_submitted_at = row.first_submitted_at or now
    storing.log(rows, act=Approval.Act.SUBMITTED, level=actor.level, by=by, now=now)


def _still_differing(
    figures: Mapping[str, Any], registry: Mapping[str, int]
) -> dict[str, tuple[int, str]]:
    """Hand-entered figures that the registry has not caught up with."""
    return {
        key: (one.declared, one.reason)
        for key, one in figures.items()
        if one.declared is not None and one.declared != registry[key]
    }


def _sent_again(row: Return, *, version: int, actor: Actor, submit: bool) -> bool:
    """Whether the row is what the same person's same form made of it: a second click."""
    return (
        submit
        and row.state == State.SUBMITTED
        and row.submitted_by_id == actor.user
        and row.version == version + 1
    )


def standing(row: Return) -> Standing:
    """What the rules need to know of a stored return."""
    return Standing(
        unit=row.unit,
        about=row.about,
        state=State(row.state),
        submitted_by=row.submitted_by_id,
    )

"""Items that the county enters: filled in while it checks a submitted return, before it accepts.

In a city without counties the city does. The county's figures are kept with each township's
return, so that they climb, are locked and are corrected with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from zhitong.flows.catalogue import answering, rules
from zhitong.flows.chain import rules as chain
from zhitong.flows.chain import storing
from zhitong.flows.chain.access import actor_of
from zhitong.flows.chain.refusals import Refusal, refusal
from zhitong.flows.chain.rules import REVIEWERS, State, awaits
from zhitong.flows.models import Figure, Item, Return
from zhitong.kernel import journal
from zhitong.places import Category, Level


@transaction.atomic
def fill(
    *,
    unit: str,
    about: date,
    answers: Mapping[str, object],
    reasons: Mapping[str, str],
    by: Any,
    now: datetime,
    version: int | None = None,
) -> Return:
    """Answer the county's items of a unit's submitted return. Raises `Refusal`."""
    actor = actor_of(by)
    chain.check_unit(unit, actor=actor)
    if actor.level not in REVIEWERS:
        raise refusal("not-your-role", role=_(REVIEWERS[Level.COUNTY].label))
    chain.check_role(REVIEWERS[actor.level], actor=actor)
    storing.hold_day(province=unit[:2], about=about)
    row = storing.held(units=[unit], about=about).get(unit)
    state = State(row.state) if row else State.DRAFT
    if row is None or state != State.SUBMITTED or awaits(unit, state) != actor.level:
        raise refusal("item-not-yours", unit=chain.named(unit), state=_(state.label))
    if version is not None and row.version != version:
        raise storing.decided_already(row)
    form = answering.form(division=unit, about=about, level=Level.COUNTY)
    said = answering.judged(
        form,
        unit=unit,
        given=answers,
        reasons=reasons,
        counts=_counts([row]).get(row.pk, {}),
        complete=True,
    )
    answering.write([(row, said)])
    storing.move({state: [row]}, by=by, now=now)
    journal.record(
        actor=by,
        verb="return.answered",
        subject=f"return:{unit}:{about}",
        now=now,
        details={"answers": answering.by_code(form.items, said)},
    )
    return row


def completed(
    ready: Sequence[tuple[Return, State]], *, about: date
) -> tuple[list[tuple[Return, State]], list[tuple[str, Refusal]]]:
    """Of returns about to be accepted, those whose county items are answered, and refusals.

    What the registry counts answers itself; four queries at most, one when there are no items.
    """
    first = [row for row, _state in ready if row.state == State.SUBMITTED]
    if not first:
        return list(ready), []
    division = storing.common([row.unit for row in first])
    form = answering.form(division=division or first[0].unit[:2], about=about, level=Level.COUNTY)
    if not form.items:
        return list(ready), []
    known, counts = answering.answers_of(first), _counts(first)
    said, refused = [], {}
    for row in first:
        given, reasons = answering.kept(known.get(row.pk, {}))
        try:
            mine = answering.judged(
                form,
                unit=row.unit,
                given=given,
                reasons=reasons,
                counts=counts.get(row.pk, {}),
                complete=True,
            )
        except Refusal as no:
            unanswered = [one for one in form.items if one.code not in given]
            refused[row.unit] = _named(no, row.unit, unanswered)
        else:
            said.append((row, mine))
    answering.write(said)
    kept = [(row, state) for row, state in ready if row.unit not in refused]
    return kept, list(refused.items())


def _named(no: Refusal, unit: str, unanswered: Sequence[Item]) -> Refusal:
    """A missing answer names its unit: many are accepted at once."""
    if no.code != "item-missing":
        return no
    missing = next(item for item in unanswered if item.asked)
    return refusal("item-missing-county", unit=chain.named(unit), item=rules.lazy_name(missing))


def _counts(rows: Sequence[Return]) -> dict[int, dict[str, int]]:
    """The five categories of some returns as declared, by key."""
    found: dict[int, dict[str, int]] = {}
    for one in Figure.objects.filter(of__in=[row.pk for row in rows]):
        found.setdefault(one.of_id, {})[Category(one.category).key] = one.value
    return found

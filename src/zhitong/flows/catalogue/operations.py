"""What the province's administrator does to the form catalogue. One transaction each, journalled.

An item that was answered is never deleted and its code never used again: what was reported under
it stays readable. It ends with a last day.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from zhitong.config import locks
from zhitong.flows.catalogue import rules
from zhitong.flows.catalogue.derivable import Derivation, recognised
from zhitong.flows.catalogue.rules import Proposal
from zhitong.flows.chain.access import actor_of
from zhitong.flows.chain.refusals import refusal
from zhitong.flows.chain.rules import REPORTED
from zhitong.flows.models import Answer, Item, Return
from zhitong.kernel import journal


@transaction.atomic
def add(*, province: str, proposal: Proposal, first_day: date, by: Any, now: datetime) -> Item:
    """Put an item into the daily report from a day on that nobody has reported yet.

    Raises `Refusal`; of what the registry holds, `item-held-by-registry` unless a reason is given.
    """
    rules.check_administrator(province, actor=actor_of(by))
    _alone(province)
    items = list(Item.objects.filter(division=province))
    held = rules.check_proposal(proposal, known=[one.code for one in items])
    for one in items:
        ended = one.last_day is not None and one.last_day < first_day
        same_name = one.name_zh == proposal.name_zh.strip()
        if not ended and (same_name or (held and one.derivation == str(held))):
            raise refusal("item-asked-already", item=rules.lazy_name(one))
    _check_beginning(province, first_day)
    item = Item.objects.create(
        division=province,
        code=proposal.code,
        name_zh=proposal.name_zh.strip(),
        name_en=proposal.name_en.strip(),
        unit=proposal.unit,
        level=proposal.level,
        source=Item.Source.ASKED if proposal.asked else Item.Source.REGISTRY,
        derivation=str(held) if held else "",
        why_asked=proposal.why_asked.strip() if proposal.asked else "",
        at_most=proposal.at_most,
        sum_of=list(proposal.sum_of),
        largest=proposal.largest,
        first_day=first_day,
        added_by=by,
        added_at=now,
    )
    details = {"source": item.source, "derivation": item.derivation, "why": item.why_asked}
    _record("item.added", item, by=by, now=now, first_day=first_day.isoformat(), **details)
    return item


@transaction.atomic
def retire(*, province: str, code: str, last_day: date, by: Any, now: datetime) -> Item:
    """End an item with a last day; days up to it keep their figures. Raises `Refusal`."""
    item = _held(province, code, by=by)
    if last_day < item.first_day:
        raise refusal("item-ends-before-it-begins", first=item.first_day)
    answered = _last_answered(item)
    if answered and answered > last_day:
        raise refusal("item-answered-later", last=answered)
    item.last_day = last_day
    item.save(update_fields=["last_day"])
    _record("item.retired", item, by=by, now=now, last_day=last_day.isoformat())
    return item


@transaction.atomic
def remove(*, province: str, code: str, by: Any, now: datetime) -> None:
    """Delete an item that nobody has answered. Raises `Refusal`."""
    item = _held(province, code, by=by)
    if _last_answered(item):
        raise refusal("item-in-use", item=rules.lazy_name(item))
    _record("item.removed", item, by=by, now=now)
    item.delete()


def offered(*, proposal: Proposal) -> Derivation | None:
    """What the registry would count instead of asking; None when it does not hold it."""
    return proposal.derivation or recognised(proposal.name_zh)


def _held(province: str, code: str, *, by: Any) -> Item:
    rules.check_administrator(province, actor=actor_of(by))
    _alone(province)
    item = Item.objects.select_for_update().filter(division=province, code=code).first()
    if item is None:
        raise refusal("item-no-such")
    return item


def _alone(province: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)", [locks.FORM_CATALOGUE, int(province)]
        )


def _check_beginning(province: str, first_day: date) -> None:
    reported = Return.objects.filter(unit__startswith=province, state__in=REPORTED)
    last = reported.filter(about__gte=first_day).order_by("-about").values_list("about", flat=True)
    if latest := last.first():
        raise refusal("item-too-early", last=latest)


def _last_answered(item: Item) -> date | None:
    answers = Answer.objects.filter(item=item).order_by("-of__about")
    return answers.values_list("of__about", flat=True).first()


def _record(verb: str, item: Item, *, by: Any, now: datetime, **details: Any) -> None:
    journal.record(
        actor=by,
        verb=verb,
        subject=f"item:{item.division}:{item.code}",
        now=now,
        details=details,
    )

"""Answers to items as part of a return: prefilled from the registry, judged, stored.

The locks are the return's, see `chain.storing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from zhitong.flows.catalogue import counting, rules
from zhitong.flows.catalogue.queries import derivations, items_on
from zhitong.flows.chain.refusals import refusal
from zhitong.flows.models import Answer, Item, Return
from zhitong.places import Level


@dataclass(frozen=True, slots=True)
class Said:
    """What becomes an `Answer`: of an asked item only `declared`."""

    derived: int | None
    declared: int | None
    reason: str = ""

    @property
    def value(self) -> int:
        value = self.derived if self.declared is None else self.declared
        assert value is not None
        return value


@dataclass(frozen=True, slots=True)
class Form:
    """The items that one level fills in for a day, and what the registry counts for each unit."""

    items: Sequence[Item]
    registry: Mapping[str, Mapping[str, int]]

    def counted(self, unit: str) -> dict[str, int]:
        """By code, the registry's counts for a unit, zeros included; asked items are absent."""
        mine = self.registry.get(unit, {})
        return {item.code: mine.get(item.code, 0) for item in self.items if not item.asked}


def form(*, division: str, about: date, level: Level | None) -> Form:
    """The form of a level (None: of all) for a division's units; one query without items."""
    items = items_on(province=division[:2], about=about, level=level)
    return Form(items, counted(items, division=division, about=about))


def counted(items: Sequence[Item], *, division: str, about: date) -> dict[str, dict[str, int]]:
    """By township and item code, what the registry counts now; no query where units are asked."""
    return counting.derived(division=division, about=about, derivations=derivations(items))


def judged(
    form: Form,
    *,
    unit: str,
    given: Mapping[str, object],
    reasons: Mapping[str, str],
    counts: Mapping[str, int],
    complete: bool,
) -> dict[int, Said]:
    """What a unit says of each item, by the item's key. Raises `Refusal`.

    What was not given is the registry's count; of an asked item it is missing, which only a draft
    may be. `counts` are the five categories.
    """
    registry = form.counted(unit)
    said: dict[int, Said] = {}
    for item in form.items:
        typed = given.get(item.code)
        if typed is None or str(typed).strip() == "":
            if item.code in registry:
                said[item.pk] = Said(registry[item.code], None)
            elif complete:
                raise refusal("item-missing", item=rules.lazy_name(item))
            continue
        said[item.pk] = _said(item, rules.number(typed, item=item), registry, reasons)
    values = {item.code: said[item.pk].value for item in form.items if item.pk in said}
    rules.check_values(form.items, values, counts=counts)
    return said


def prefilled(form: Form, *, unit: str) -> dict[int, Said]:
    """What the registry counts for a unit, by the item's key; asked items are absent."""
    registry = form.counted(unit)
    return {
        item.pk: Said(registry[item.code], None) for item in form.items if item.code in registry
    }


def by_code(items: Iterable[Item], said: Mapping[int, Said]) -> dict[str, int]:
    """What was said, by the codes of the items; those without an answer are left out."""
    return {item.code: said[item.pk].value for item in items if item.pk in said}


def write(answers: Iterable[tuple[Return, Mapping[int, Said]]]) -> None:
    """Set the answers of some returns; one query."""
    Answer.objects.bulk_create(
        [
            Answer(
                of=row, item_id=item, derived=one.derived, declared=one.declared, reason=one.reason
            )
            for row, said in answers
            for item, one in said.items()
        ],
        update_conflicts=True,
        unique_fields=["of", "item"],
        update_fields=["derived", "declared", "reason"],
    )


def replace(row: Return, form: Form, said: Mapping[int, Said]) -> None:
    """Set the answers of one return; what a draft no longer says is gone."""
    write([(row, said)])
    gone = [item.pk for item in form.items if item.pk not in said]
    if gone:
        row.answers.filter(item__in=gone).delete()


def answers_of(returns: Iterable[Return]) -> dict[int, dict[str, Answer]]:
    """By return and item code; one query."""
    found: dict[int, dict[str, Answer]] = {}
    rows = Answer.objects.filter(of__in=[row.pk for row in returns]).select_related("item")
    for one in rows:
        found.setdefault(one.of_id, {})[one.item.code] = one
    return found


def kept(answers: Mapping[str, Answer]) -> tuple[dict[str, object], dict[str, str]]:
    """What units have said by hand, with the reasons, to be judged anew."""
    said = {code: one.declared for code, one in answers.items() if one.declared is not None}
    return dict(said), {code: one.reason for code, one in answers.items()}


def _said(item: Item, value: int, registry: Mapping[str, int], reasons: Mapping[str, str]) -> Said:
    if item.asked:
        return Said(None, value)
    derived = registry[item.code]
    if value == derived:
        return Said(derived, None)
    reason = reasons.get(item.code, "").strip()
    if not reason:
        raise refusal(
            "reason-missing", category=rules.lazy_name(item), declared=value, derived=derived
        )
    return Said(derived, value, reason)

"""What an item may be, and what an answer to it may say. Pure: no database, no clock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from django.utils.functional import lazy
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from zhitong.flows.catalogue.derivable import Derivation, label, recognised
from zhitong.flows.chain.refusals import refusal
from zhitong.flows.chain.rules import Actor, check_role, check_scope
from zhitong.offices.models import Role
from zhitong.places import Category, Level

LARGEST = 10**12
CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
TOTAL = "total"
"""The sum of the five categories, as checks name it."""
FIGURES: Mapping[str, str] = {TOTAL: _("合计"), **{one.key: one.label for one in Category}}
"""Figures of the daily report that checks may name, by key."""


class Unit(StrEnum):
    """What an item counts."""

    PEOPLE = "people"
    ENTERPRISES = "enterprises"
    POSTS = "posts"
    TRIPS = "trips"
    VEHICLES = "vehicles"
    EVENTS = "events"
    YUAN = "yuan"

    @property
    def label(self) -> str:
        return UNITS[self]


UNITS: Mapping[Unit, str] = {
    Unit.PEOPLE: _("人"),
    Unit.ENTERPRISES: _("家"),
    Unit.POSTS: _("个岗位"),
    Unit.TRIPS: _("车次"),
    Unit.VEHICLES: _("辆"),
    Unit.EVENTS: _("场"),
    Unit.YUAN: _("元"),
}


class Asked(Protocol):
    """What the checks of an answer need of an item; `flows.models.Item` is one."""

    code: str
    at_most: str
    sum_of: list[str]
    largest: int | None

    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An item as an administrator proposes it."""

    code: str
    name_zh: str
    name_en: str
    unit: Unit
    level: Level
    derivation: Derivation | None
    """What the registry counts; also of an item that is asked nevertheless."""
    asked: bool
    why_asked: str = ""
    at_most: str = ""
    sum_of: tuple[str, ...] = ()
    largest: int | None = None


def check_administrator(division: str, *, actor: Actor) -> None:
    """That the actor keeps the catalogue of a province: an administrator of its own office."""
    check_scope(division, actor=actor)
    check_role(Role.ADMINISTER, actor=actor)
    if actor.level != Level.PROVINCE:
        raise refusal("catalogue-of-the-province")


def check_proposal(proposal: Proposal, *, known: Iterable[str]) -> Derivation | None:
    """That a proposal may join the items whose codes are `known`; what the registry would count.

    The ask-once rule: what the registry holds is counted, not asked. It is asked only when the
    proposal says why.
    """
    known = set(known)
    code = proposal.code
    if not CODE.fullmatch(code) or code in FIGURES:
        raise refusal("item-bad-code", given=code[:40])
    if code in known:
        raise refusal("item-code-taken", given=code)
    if not proposal.name_zh.strip() or not proposal.name_en.strip():
        raise refusal("item-without-name")
    if proposal.level not in (Level.TOWNSHIP, Level.COUNTY):
        raise refusal("item-bad-level")
    for term in filter(None, (proposal.at_most, *proposal.sum_of)):
        if term not in known and term not in FIGURES:
            raise refusal("item-unknown-term", term=term[:40])
    held = proposal.derivation
    if held is None and proposal.unit == Unit.PEOPLE:
        held = recognised(proposal.name_zh)
    if held is not None and (held.category or held.is_stock):
        raise refusal("item-is-in-the-report", what=lazy_label(held))
    if not proposal.asked and held is None:
        raise refusal("item-without-derivation")
    if proposal.asked and held is not None and not proposal.why_asked.strip():
        raise refusal("item-held-by-registry", what=lazy_label(held))
    return held


def check_values(
    items: Iterable[Asked], values: Mapping[str, int], *, counts: Mapping[str, int]
) -> None:
    """That answers keep within what their items allow; `counts` are the five categories.

    A check that names an item without a value on the day says nothing.
    """
    every = {**counts, TOTAL: sum(counts.values()), **values}
    names = {**FIGURES, **{item.code: item.name for item in items}}
    for item in items:
        value = values.get(item.code)
        if value is None:
            continue
        name = lazy_name(item)
        if item.at_most in every and value > every[item.at_most]:
            whole = gettext_lazy(names[item.at_most])
            raise refusal(
                "item-exceeds", item=name, count=value, whole=whole, most=every[item.at_most]
            )
        if item.sum_of and all(term in every for term in item.sum_of):
            parts = sum(every[term] for term in item.sum_of)
            if value != parts:
                raise refusal("item-sum-differs", item=name, count=value, sum=parts)


def number(value: object, *, item: Asked) -> int:
    """What was typed for an item as a whole number that is not negative and not too large."""
    name = lazy_name(item)
    text = str(value).strip().replace(",", "").replace("−", "-")
    negative, digits = text.startswith("-"), text.removeprefix("-")
    if isinstance(value, bool) or not (digits.isascii() and digits.isdigit()):
        raise refusal("item-not-a-number", item=name, count=text[:20])
    if negative and int(digits[:20]):
        raise refusal("item-negative", item=name, count=text[:20])
    most = LARGEST if item.largest is None else item.largest
    if len(digits) > 18 or int(digits) > most:
        raise refusal("item-too-large", item=name, count=text[:20], most=most)
    return int(digits)


def _name(item: Asked) -> str:
    return item.name


lazy_label = lazy(label, str)
lazy_name = lazy(_name, str)
"""An item's name, for sentences that are told later."""

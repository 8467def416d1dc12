"""Items of the form catalogue on the pages of the chain: on a unit's form, and added up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhitong.flows.catalogue import answering, queries
from zhitong.flows.catalogue.answering import Form
from zhitong.flows.catalogue.queries import ItemDay
from zhitong.flows.catalogue.rules import FIGURES, UNITS, Unit
from zhitong.flows.chain.queries import UnitDay
from zhitong.flows.chain.rules import State
from zhitong.flows.models import Return
from zhitong.places import Level
from zhitong.web.desk import returns_lines as lines
from zhitong.web.desk.pages import page
from zhitong.web.desk.returns_day import ChainRequest, chain_page

if TYPE_CHECKING:
    from zhitong.web.desk.returns_unit import Typed


class UnitItems:
    """The items of one unit's day for one reader: counted anew while they can be written."""

    def __init__(
        self,
        request: ChainRequest,
        day: UnitDay,
        row: Return | None,
        *,
        edits: bool,
        corrects: bool,
    ) -> None:
        unit, about = day.unit, request.about
        self._unit = unit
        self._answers = answering.answers_of([row]).get(row.pk, {}) if row else {}
        reviews = lines.may_review(request.actor) and day.awaits == request.actor.level
        self.fills = reviews and day.state == State.SUBMITTED
        level = Level.TOWNSHIP if edits else Level.COUNTY if self.fills else None
        items = queries.items_on(province=unit[:2], about=about)
        fresh = [item for item in items if item.level == level]
        counted = answering.counted(fresh, division=unit, about=about).get(unit, {})
        held = {code: one.derived for code, one in self._answers.items() if one.derived is not None}
        self._form = Form(items, {unit: held | counted})
        self._fresh = {item.code for item in fresh}
        # What was added after a return came is no part of it.
        self._shown = {*self._answers, *self._fresh}

    def lines(self, level: Level, *, typed: Typed | None) -> list[lines.ItemLine]:
        """The items that a level enters."""
        items = [
            item for item in self._form.items if item.level == level and item.code in self._shown
        ]
        given = typed.answers if typed and typed.answers else None
        mine = given if given and any(item.code in given for item in items) else None
        return lines.item_lines(
            form=Form(items, self._form.registry),
            unit=self._unit,
            answers=self._answers,
            typed=mine,
            reasons=typed.reasons if typed and mine is not None else None,
        )

    def seen(self) -> list[tuple[str, int]]:
        """The registry's counts that the form shows, to be sent back with it."""
        counted = self._form.counted(self._unit)
        return [(code, count) for code, count in counted.items() if code in self._fresh]

    def names(self) -> dict[str, str]:
        """Names of figures and items by key or code, for what was changed."""
        named = {item.code: item.name for item in self._form.items}
        named |= {code: one.item.name for code, one in self._answers.items()}
        return {**{key: _(label) for key, label in FIGURES.items()}, **named}


@require_safe
@chain_page
def item_sums(request: ChainRequest) -> HttpResponse:
    """The items of the day in the division in force and in each one below it."""
    days = queries.item_days(division=request.desk.division.code, about=request.about)
    context = {"here": "desk:dashboard", "columns": heads(days), "rows": _rows(request, days)}
    return page(request, "desk/returns/item_sums.html", context)


def heads(days: list[ItemDay]) -> list[dict[str, Any]]:
    """Items with what they come to in the whole division."""
    return [
        {"item": one.item, "unit": UNITS[Unit(one.item.unit)], "whole": one.whole} for one in days
    ]


def _rows(request: ChainRequest, days: list[ItemDay]) -> list[dict[str, Any]]:
    if not days:
        return []
    return [
        {
            "division": code,
            "amounts": [one.children[code] for one in days],
            "address": reverse("desk:returns" if len(code) == 9 else "desk:returns_items")
            + request.desk.query(division=code),
        }
        for code in days[0].children
    ]

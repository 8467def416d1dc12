"""Which items a province has, and what was answered: parents are the sums of their children."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Substr

from zhitong import places
from zhitong.flows.catalogue.derivable import Derivation, read
from zhitong.flows.chain.rules import REPORTED, State
from zhitong.flows.models import Answer, Item
from zhitong.flows.stock import Coverage
from zhitong.places import Level


@dataclass(frozen=True, slots=True)
class Amount:
    """What an item comes to in a division: declared, the registry's for the same units, coverage.

    `derived` is None where units are asked.
    """

    value: int
    derived: int | None
    coverage: Coverage

    @property
    def difference(self) -> int | None:
        return None if self.derived is None else self.value - self.derived


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDay:
    """An item on one day in a division, and in each division one level below."""

    item: Item
    whole: Amount
    children: Mapping[str, Amount]


def catalogue(*, province: str) -> QuerySet[Item]:
    """All items of a province, ended ones included, in the order in which they were added."""
    return Item.objects.filter(division=province).order_by("id")


def items_on(*, province: str, about: date, level: Level | None = None) -> list[Item]:
    """Items that are part of a day, of one level's forms if asked."""
    held = Q(last_day__isnull=True) | Q(last_day__gte=about)
    found = Item.objects.filter(held, division=province, first_day__lte=about)
    if level is not None:
        found = found.filter(level=level)
    return list(found.order_by("id"))


def derivations(items: Collection[Item]) -> dict[str, Derivation]:
    """By item code, what the registry counts; items that are asked are absent."""
    return {one.code: read(one.derivation) for one in items if not one.asked}


def item_days(*, division: str, about: date, states: Collection[State] = REPORTED) -> list[ItemDay]:
    """The items of a day, added up over returns in some states; two queries."""
    items = items_on(province=division[:2], about=about)
    if not items:
        return []
    children = [child.code for child in places.children(division)]
    digits = len(children[0]) if children else len(division)
    rows = (
        Answer.objects.filter(
            of__about=about,
            of__unit__within=division[:9],
            of__state__in=states,
            item__in=[item.pk for item in items],
        )
        .order_by()
        .values_list("item", Substr("of__unit", 1, min(digits, 9)))
        .annotate(
            said=Sum(Coalesce("declared", "derived")),
            counted=Sum("derived"),
            units=Count("pk"),
        )
    )
    sums = {(item, code): (value, derived, units) for item, code, value, derived, units in rows}
    due = {code: len(places.expected_townships(code[:9])) for code in children}
    codes = [code for code in children if due[code]] or [division[:9]]
    return [_item_day(item, division, codes, sums) for item in items]


def _item_day(
    item: Item,
    division: str,
    codes: list[str],
    sums: Mapping[tuple[int, str], tuple[int, int | None, int]],
) -> ItemDay:
    found = {code: _amount(item, code, sums.get((item.pk, code))) for code in codes}
    whole = Amount(
        value=sum(one.value for one in found.values()),
        derived=None if item.asked else sum(one.derived or 0 for one in found.values()),
        coverage=Coverage(
            sum(one.coverage.reported for one in found.values()),
            sum(one.coverage.due for one in found.values()),
        ),
    )
    return ItemDay(item=item, whole=whole, children=found)


def _amount(item: Item, code: str, summed: tuple[int, int | None, int] | None) -> Amount:
    value, derived, units = summed or (0, 0, 0)
    return Amount(
        value=int(value),
        derived=None if item.asked else int(derived or 0),
        coverage=Coverage(units, len(places.expected_townships(code[:9]))),
    )

"""The province's form catalogue: what was added to the daily report, who enters it, since when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhitong.flows.catalogue import derivable, operations, queries, rules
from zhitong.flows.catalogue.derivable import Derivation, Measure, NotDerivable
from zhitong.flows.catalogue.rules import FIGURES, Proposal, Unit
from zhitong.flows.chain.refusals import Refusal, refusal
from zhitong.flows.models import Item
from zhitong.offices.models import Role
from zhitong.places import Level
from zhitong.web.desk.pages import DeskRequest, desk_page, page
from zhitong.web.desk.returns_words import LEVELS, SOURCES

ENTERING = (Level.TOWNSHIP, Level.COUNTY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The form as it came, to be shown again beside the reason why it does not do."""

    texts: dict[str, str] = field(default_factory=dict)
    sum_of: list[str] = field(default_factory=list)
    where: dict[str, str] = field(default_factory=dict)


@require_safe
@desk_page
def items(request: DeskRequest) -> HttpResponse:
    """All items of the reader's province; its administrator finds the form to add one."""
    return items_page(request)


def items_page(
    request: DeskRequest, *, no: Refusal | None = None, typed: Typed | None = None
) -> HttpResponse:
    province = request.desk.scope.code[:2]
    found = list(queries.catalogue(province=province))
    today = timezone.localdate()
    typed = typed or Typed(texts={"first_day": (today + timedelta(days=1)).isoformat()})
    names = _names(found)
    context = {
        "here": "desk:dashboard",
        "keeps": _keeps(request),
        "lines": [
            {
                "item": item,
                "unit": rules.UNITS[Unit(item.unit)],
                "level": LEVELS[Level(item.level)],
                "source": SOURCES[item.source],
                "counts": derivable.label(derivable.read(item.derivation))
                if item.derivation
                else "",
                "checks": _checks(item, names),
                "ended": bool(item.last_day and item.last_day < today),
            }
            for item in found
        ],
        "today": today,
        "refusal": no,
        "offer": _offer(no, typed),
        "typed": typed.texts,
        "units": [(one.value, rules.UNITS[one]) for one in Unit],
        "levels": [(one.value, LEVELS[one]) for one in ENTERING],
        "measures": [(one.value, derivable.MEASURES[one]) for one in Measure],
        "dimensions": _dimensions(typed.where),
        "figures": [(key, _(label)) for key, label in FIGURES.items()]
        + [(item.code, item.name) for item in found],
        "sum_of": typed.sum_of,
    }
    return page(request, "desk/returns/items.html", context, status=422 if no else 200)


@require_POST
@desk_page
def add(request: DeskRequest) -> HttpResponse:
    """Put an item into the report; what the registry holds is offered instead of being asked."""
    _only_who_keeps(request)
    typed = _typed(request.POST)
    try:
        made = operations.add(
            province=request.desk.scope.code[:2],
            proposal=_proposal(typed),
            first_day=_day(typed.texts["first_day"]),
            by=request.user,
            now=timezone.now(),
        )
    except Refusal as no:
        return items_page(request, no=no, typed=typed)
    told = _("已增加指标“%(name)s”，从 %(day)s 的日报起填报。")
    messages.success(request, told % {"name": made.name, "day": made.first_day})
    return redirect("desk:items")


@require_POST
@desk_page
def end(request: DeskRequest, code: str) -> HttpResponse:
    """End an item with a last day."""
    return _done(
        request,
        lambda common: operations.retire(
            **common, code=code, last_day=_day(request.POST.get("last_day", ""))
        ),
        _("已停用。以前各日的数字不变。"),
    )


@require_POST
@desk_page
def remove(request: DeskRequest, code: str) -> HttpResponse:
    """Delete an item that nobody has answered."""
    return _done(
        request,
        lambda common: operations.remove(**common, code=code),
        _("已删除，没有填报过数字。"),
    )


def _done(
    request: DeskRequest, work: Callable[[dict[str, Any]], object], told: str
) -> HttpResponse:
    _only_who_keeps(request)
    common = {"province": request.desk.scope.code[:2], "by": request.user, "now": timezone.now()}
    try:
        work(common)
    except Refusal as no:
        messages.error(request, no.sentence)
    else:
        messages.success(request, told)
    return redirect("desk:items")


def _keeps(request: DeskRequest) -> bool:
    level = request.desk.scope.level
    return level == Level.PROVINCE and Role.ADMINISTER in request.desk.staff.roles


def _only_who_keeps(request: DeskRequest) -> None:
    if not _keeps(request):
        raise PermissionDenied(_("指标由省级管理员增加和停用。"))


def _names(found: list[Item]) -> dict[str, str]:
    return {**{key: _(label) for key, label in FIGURES.items()}, **{o.code: o.name for o in found}}


def _checks(item: Item, names: dict[str, str]) -> list[str]:
    """What answers are held against, in words; that they are not negative goes without saying."""
    told = []
    if item.at_most:
        told.append(_("不大于%(name)s") % {"name": names[item.at_most]})
    if item.sum_of:
        told.append(_("等于%(names)s") % {"names": " + ".join(names[one] for one in item.sum_of)})
    if item.largest is not None:
        told.append(_("不超过 %(number)s") % {"number": f"{item.largest:,}"})
    return told


def _dimensions(chosen: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "key": key,
            "label": label,
            "chosen": chosen.get(key, ""),
            "values": [(one, derivable.value_label(key, one)) for one in _values(key, chosen)],
        }
        for key, label in derivable.DIMENSIONS.items()
    ]


def _values(key: str, chosen: dict[str, str]) -> list[str]:
    """What the form offers, and an age that the name of a figure told."""
    offered = list(derivable.values_of(key))
    told = chosen.get(key, "")
    return offered + [told] if key == "age" and told and told not in offered else offered


def _offer(no: Refusal | None, typed: Typed) -> list[tuple[str, str]]:
    """The fields that let the registry count what was about to be asked."""
    if no is None or no.code != "item-held-by-registry":
        return []
    held = operations.offered(proposal=_proposal(typed))
    if held is None:
        return []
    kept = {key: value for key, value in typed.texts.items() if key not in ("source", "why")}
    kept |= {"source": Item.Source.REGISTRY.value, "measure": held.measure.value}
    return [*kept.items(), *held.where.items(), *(("sum_of", one) for one in typed.sum_of)]


def _typed(posted: QueryDict) -> Typed:
    keys = ("code", "name_zh", "name_en", "unit", "level", "source", "measure", "why", "at_most",
            "largest", "first_day")  # fmt: skip
    return Typed(
        texts={key: posted.get(key, "").replace("\0", "").strip()[:300] for key in keys},
        sum_of=posted.getlist("sum_of")[: len(FIGURES) + 50],
        where={
            key: value for key in derivable.DIMENSIONS if (value := posted.get(key, "").strip())
        },
    )


def _proposal(typed: Typed) -> Proposal:
    texts = typed.texts
    largest = texts["largest"].replace(",", "")
    if largest and not (largest.isascii() and largest.isdigit() and len(largest) < 13):
        raise refusal("item-bad-number", count=largest[:20])
    return Proposal(
        code=texts["code"],
        name_zh=texts["name_zh"][:60],
        name_en=texts["name_en"][:120],
        unit=Unit(texts["unit"]) if texts["unit"] in set(Unit) else Unit.PEOPLE,
        level=Level(int(texts["level"])) if texts["level"] in ("3", "4") else Level.TOWNSHIP,
        derivation=_derivation(typed),
        asked=texts["source"] != Item.Source.REGISTRY,
        why_asked=texts["why"],
        at_most=texts["at_most"],
        sum_of=tuple(typed.sum_of),
        largest=int(largest) if largest else None,
    )


def _derivation(typed: Typed) -> Derivation | None:
    measure = typed.texts["measure"]
    if not measure:
        return None
    if measure not in set(Measure):
        raise refusal("item-bad-derivation")
    where = {
        key: value
        for key, value in typed.where.items()
        if key in derivable.OF_MEASURE[Measure(measure)]
    }
    try:
        return Derivation(Measure(measure), where)
    except NotDerivable as not_held:
        raise refusal("item-bad-derivation") from not_held


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise refusal("item-bad-day") from None

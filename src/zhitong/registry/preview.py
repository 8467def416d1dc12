"""A repeated row beside what is registered: what would change if it replaced that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from zhitong import places
from zhitong.kernel import masks, sealing
from zhitong.places import Category
from zhitong.registry import duplicates, occupations
from zhitong.registry.models import Departure, Duplicate, Spell, Worker


@dataclass(frozen=True, slots=True)
class Line:
    """One question of the form: `label` as the form calls it, both answers masked.

    Two different names or numbers may look alike under their masks: `differs` tells.
    """

    label: str
    registered: str
    row: str
    differs: bool


def compare(duplicate: Duplicate) -> list[Line]:
    """Every question, in the order of the form. Three queries."""
    worker, row = duplicate.worker, duplicates.content(duplicate)
    spell = worker.spells.order_by("started").last()
    wish = worker.departures.order_by("id").last()
    held = _held(worker, spell, wish)
    lines = []
    for key, (label, shown) in _SHOWN.items():
        before, after = held[key], row[key]
        if key in _WISH and not row["travels"]:
            after = before  # a row without a wish says nothing about travel
        lines.append(Line(label, shown(before), shown(after), _plain(before) != _plain(after)))
    return lines


def _held(worker: Worker, spell: Spell | None, wish: Departure | None) -> dict[str, Any]:
    held = {key: getattr(worker, key) for key in ("name", "home", "address", "consented")}
    for key, sealed in (("phone", worker.phone_sealed), ("other_phone", worker.other_phone_sealed)):
        held[key] = sealing.unseal(sealed, purpose="phone") if sealed else None
    for key in ("status", "started", "work", "employer", "category", "occupation"):
        held[key] = getattr(spell, key) if spell else None
    for key in _WISH:
        held[key] = getattr(wish, key) if wish else None
    return held


def _plain(value: Any) -> Any:
    if value in (None, ""):
        return None
    return value.isoformat() if isinstance(value, date) else value


def _text(value: Any) -> str:
    return str(_plain(value) or "")


def _masked(mask: Callable[[str], str]) -> Callable[[Any], str]:
    return lambda value: mask(value) if value else ""


def _chosen(labels: dict[Any, str]) -> Callable[[Any], str]:
    return lambda value: str(labels.get(value, ""))


def _place(value: Any) -> str:
    return places.full_name(value) if value else ""


_WISH = ("earliest", "latest", "mode", "destination", "needs")
_SHOWN: dict[str, tuple[str, Callable[[Any], str]]] = {
    "name": ("姓名", _masked(masks.name)),
    "phone": ("手机号", _masked(masks.phone)),
    "other_phone": ("备用电话", _masked(masks.phone)),
    "home": ("户籍地", _place),
    "address": ("详细地址", _masked(lambda value: "*" * min(len(value), 6))),
    "status": ("就业状态", _chosen(dict(Spell.Status.choices))),
    "started": ("上岗日期", _text),
    "work": ("务工地", _place),
    "employer": ("工作单位", _text),
    "occupation": ("职业", lambda value: occupations.names().get(value, "")),
    "category": ("务工类别", _chosen({one.value: one.label for one in Category})),
    "earliest": ("最早出行日", _text),
    "latest": ("最晚出行日", _text),
    "mode": ("出行方式", _chosen(dict(Departure.Mode.choices))),
    "destination": ("出行目的地", _place),
    "needs": ("特殊需求", _text),
    "consented": ("本人同意", _chosen({True: "是", False: "否"})),
}

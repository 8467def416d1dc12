"""The figures of a bulletin as its page lists them: by the function that counted, with its page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from zhitong.bulletin.counts import INBOUND, INTERNAL, OUTBOUND, THROUGH_COACH
from zhitong.bulletin.figures import Figure
from zhitong.offices.models import Department
from zhitong.places import Category
from zhitong.transport.models import Trip
from zhitong.web.desk.doors import open_to
from zhitong.web.desk.pages import Desk

# What each function counts, by the name that is published with its figures.
_TITLES = {
    "counts.workers_at_work": gettext_noop("在岗总数"),
    "flows.report.report": gettext_noop("登记统计"),
    "declared.declared_stock": gettext_noop("填报数"),
    "counts.through_coaches": gettext_noop("直通车"),
    "counts.pooling": gettext_noop("集中出行"),
    "counts.interprovincial_outbound": gettext_noop("出省包车"),
    "counts.interprovincial_inbound": gettext_noop("入省包车"),
    "counts.offices_by_department": gettext_noop("参与机构"),
    "counts.transported": gettext_noop("接送合计"),
    "counts.shuttle_runs": gettext_noop("门对门（当日）"),
    "counts.point_to_point": gettext_noop("点对点（累计）"),
}
_SOURCES = {
    "desk:dashboard": gettext_noop("登记统计"),
    "desk:returns_declared": gettext_noop("填报汇总"),
    "desk:trips": gettext_noop("车次（只计已到达）"),
    "desk:plans": gettext_noop("出行计划"),
    "accounts:offices": gettext_noop("机构"),
}
_LABELS = {
    "total": gettext_noop("合计"),
    "within_province": gettext_noop("省内"),
    "outside_province": gettext_noop("省外"),
    "coverage.reported": gettext_noop("已报乡镇"),
    "coverage.due": gettext_noop("应报乡镇"),
    "registered": gettext_noop("同一批单位的登记数"),
    "difference": gettext_noop("填报比登记"),
    "above": gettext_noop("填报多出"),
    "below": gettext_noop("填报少报"),
    "wishes": gettext_noop("登记意愿"),
    "parties": gettext_noop("同行组"),
    "together": gettext_noop("与其他同行组合乘"),
    "departments": gettext_noop("部门"),
    "people": gettext_noop("人次"),
    "trips": gettext_noop("车次"),
    "runs": gettext_noop("班次"),
    "vehicles": gettext_noop("车辆"),
    **{f"categories.{one.key}": one.label for one in Category},
    **{f"offices.{one.value}": one.label for one in Department},
}
_DIRECTIONS = {
    OUTBOUND: gettext_noop("出省"),
    INBOUND: gettext_noop("入省"),
    INTERNAL: gettext_noop("省内"),
}
_ORDER = {key: at for at, key in enumerate(_LABELS)}
# What the key of a figure begins with where its group's title says it already.
_HEADS = frozenset({"declared", "outbound", "inbound", "total", "door_to_door", "point_to_point"})


@dataclass(frozen=True, slots=True)
class Line:
    """A figure; `now` is what it comes to since, None when that is the same or not known."""

    label: str
    value: int
    now: int | None


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of one function, and the page that shows what it counted; "" without one."""

    title: str
    lines: list[Line]
    source: str
    address: str


def groups_of(
    figures: Sequence[Figure], *, now: Sequence[Figure], desk: Desk, user: Any
) -> list[Group]:
    """Figures by function in the order of the sections; `now` are those counted at this moment."""
    counted = {(one.section, one.key): one.value for one in now}
    by_query: dict[str, list[Figure]] = {}
    for one in figures:
        by_query.setdefault(one.query, []).append(one)
    found = []
    for query, title in _TITLES.items():
        if mine := by_query.get(query):
            name, asked = _source(query, desk.about)
            opens = open_to(user, name) and _may(name, desk)
            found.append(
                Group(
                    title=_(title),
                    lines=[_line(one, counted) for one in _ordered(mine)],
                    source=_(_SOURCES[name]),
                    address=_address(name, desk, asked) if opens else "",
                )
            )
    return found


def changed(groups: Iterable[Group]) -> int:
    """How many figures come to something else by now."""
    return sum(line.now is not None for group in groups for line in group.lines)


def _source(query: str, about: date | None) -> tuple[str, Mapping[str, str]]:
    """The page that shows what a function counted, and what to ask of it."""
    day = about.isoformat() if about else ""
    coaches = {"type": Trip.Kind.COACH.value}
    return {
        "counts.through_coaches": ("desk:trips", {"q": THROUGH_COACH}),
        "counts.interprovincial_outbound": ("desk:trips", coaches),
        "counts.interprovincial_inbound": ("desk:trips", coaches),
        "counts.transported": ("desk:trips", {}),
        "counts.shuttle_runs": ("desk:trips", {"type": Trip.Kind.SHUTTLE.value, "day": day}),
        "counts.point_to_point": ("desk:trips", coaches),
        "counts.pooling": ("desk:plans", {}),
        "counts.offices_by_department": ("accounts:offices", {}),
        "declared.declared_stock": ("desk:returns_declared", {}),
    }.get(query, ("desk:dashboard", {}))


def _may(name: str, desk: Desk) -> bool:
    return name != "accounts:offices" or "administer" in desk.staff.roles


def _address(name: str, desk: Desk, asked: Mapping[str, str]) -> str:
    more = urlencode(asked)
    return reverse(name) + desk.query() + (f"&{more}" if more else "")


def _line(one: Figure, counted: Mapping[tuple[str, str], int]) -> Line:
    now = counted.get((one.section, one.key))
    return Line(_label(one), one.value, None if now == one.value else now)


def _label(one: Figure) -> str:
    word = _(_LABELS[_within_group(one)])
    if one.section != "S1":
        return word
    day, direction, _what = one.key.rsplit(".", 2)
    return f"{day} {_(_DIRECTIONS[direction])} · {word}"


def _ordered(figures: list[Figure]) -> list[Figure]:
    """In the order of the labels; the coaches of a day stay together."""
    return sorted(figures, key=lambda one: (_coaches(one), _ORDER[_within_group(one)]))


def _coaches(one: Figure) -> str:
    return one.key.rpartition(".")[0] if one.section == "S1" else ""


def _within_group(one: Figure) -> str:
    """`outbound.people` -> `people`."""
    if one.section == "S1":
        return one.key.rpartition(".")[2]
    head, _dot, rest = one.key.partition(".")
    return rest if rest and head in _HEADS else one.key

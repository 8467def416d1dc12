"""All figures of one bulletin under the sections of the service, and whether they reconcile.

S1 through coaches, S2 daily statistics, S3 pooling, S4 between provinces, S5 departments, S6 by
class, S7 the online service, S8 online recruitment, S9 the reconciliation. A section that has no
records behind it is absent with its reason; it is never filled in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from zhitong import places
from zhitong.bulletin import counts
from zhitong.bulletin.counts import Carried, Pooling, ThroughCoaches
from zhitong.bulletin.declared import DeclaredStock, declared_stock
from zhitong.bulletin.reconciliation import Disagreement, Sum
from zhitong.flows.report import report, subject
from zhitong.flows.stock import Report


@dataclass(frozen=True, slots=True)
class Absent:
    """A section without figures, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as it is published: `query` names the function that counted it."""

    section: str
    key: str
    value: int
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was counted for one division as of one day; trips are counted from `since`."""

    division: str
    about: date
    since: date
    through_coaches: tuple[ThroughCoaches, ...]
    workers: int
    report: Report
    declared: DeclaredStock | Absent
    pooling: Pooling | Absent
    outbound: Carried
    inbound: Carried
    offices: dict[str, int] | Absent
    transported: Carried
    shuttles: Carried
    point_to_point: Carried
    online_service: Absent
    online_recruitment: Absent

    @property
    def sums(self) -> tuple[Sum, ...]:
        """Section S9: what must add up, with both sides."""
        return tuple(_sums(self))

    def rows(self) -> list[Figure]:
        """Every figure with its section, key and query, for publication."""
        return list(_rows(self))

    def as_json(self) -> dict[str, Any]:
        return {
            "division": self.division,
            "name": places.full_name(self.division),
            "about": self.about.isoformat(),
            "since": self.since.isoformat(),
            **_sections(self),
        }


def collect(
    *, division: str, about: date, since: date | None = None, stock: Report | None = None
) -> Figures:
    """Count everything. Trips count from the first of January of the year unless told otherwise.

    `stock` is the day's report where it was stored already: people at work are taken from it
    instead of being counted one by one, which a province of two million waits two seconds for.
    Raises `flows.report.UnknownPlace`.
    """
    code = subject(division)
    since = since or date(about.year, 1, 1)
    span: dict[str, Any] = {"division": code, "since": since, "about": about}
    return Figures(
        division=code,
        about=about,
        since=since,
        through_coaches=tuple(counts.through_coaches(**span)),
        workers=stock.total if stock else counts.workers_at_work(division=code, about=about),
        report=stock or report(division=code, about=about),
        declared=declared_stock(division=code, about=about)
        or Absent("当日日报尚未锁定，填报数未统计"),
        pooling=counts.pooling(division=code, about=about)
        or Absent("未来七日尚无已编制的车次，请先编制出行计划"),
        outbound=counts.interprovincial_outbound(**span),
        inbound=counts.interprovincial_inbound(**span),
        offices=counts.offices_by_department(division=code) or Absent("尚未登记参与的部门机构"),
        transported=counts.transported(**span),
        shuttles=counts.shuttle_runs(division=code, about=about),
        point_to_point=counts.point_to_point(**span),
        online_service=Absent("门户尚未启用，没有访问记录"),
        online_recruitment=Absent("招聘模块尚未启用，没有招聘会和岗位记录"),
    )


def reconcile(figures: Figures) -> None:
    """Raises `Disagreement` naming every sum that does not hold, with both its sides."""
    if broken := tuple(one for one in figures.sums if not one.holds):
        raise Disagreement(broken)


def _sections(figures: Figures) -> dict[str, Any]:
    stock = figures.report
    return {
        "S1": [_through_coach(one) for one in figures.through_coaches],
        "S2": {
            "total": figures.workers,
            "within_province": stock.within_province,
            "outside_province": stock.outside_province,
            "categories": dict(stock.categories),
            "coverage": {"reported": stock.coverage.reported, "due": stock.coverage.due},
            "declared": _or_absent(figures.declared, DeclaredStock.as_json),
        },
        "S3": _or_absent(figures.pooling, _pooling),
        "S4": {"outbound": _carried(figures.outbound), "inbound": _carried(figures.inbound)},
        "S5": _or_absent(
            figures.offices, lambda offices: {"departments": len(offices), "offices": offices}
        ),
        "S6": {
            "total": _carried(figures.transported),
            "door_to_door": {"runs": figures.shuttles.trips, "people": figures.shuttles.people},
            "point_to_point": {
                "vehicles": figures.point_to_point.trips,
                "people": figures.point_to_point.people,
            },
        },
        "S7": {"absent": figures.online_service.reason},
        "S8": {"absent": figures.online_recruitment.reason},
        "S9": {"sums": [one.as_json() for one in figures.sums]},
    }


_QUERIES = {
    "S1": "counts.through_coaches",
    "S2": "flows.report.report",
    "S2.total": "counts.workers_at_work",
    "S2.declared": "declared.declared_stock",
    "S3": "counts.pooling",
    "S4.outbound": "counts.interprovincial_outbound",
    "S4.inbound": "counts.interprovincial_inbound",
    "S5": "counts.offices_by_department",
    "S6.total": "counts.transported",
    "S6.door_to_door": "counts.shuttle_runs",
    "S6.point_to_point": "counts.point_to_point",
}


def _rows(figures: Figures) -> Iterator[Figure]:
    for section, content in _sections(figures).items():
        if section == "S9":
            continue
        for key, value in _leaves(content):
            head = key.split(".")[0]
            query = _QUERIES.get(f"{section}.{head}") or _QUERIES[section]
            yield Figure(section, key, value, query)


def _leaves(content: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, int]]:
    """The whole numbers of a section with their dotted keys; texts and reasons are no figures."""
    if isinstance(content, int):
        yield ".".join(path), content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield from _leaves(value, (*path, key))
    elif isinstance(content, list):
        for entry in content:
            if isinstance(entry, dict):
                yield from _leaves(entry, (*path, entry["date"], entry["direction"]))


def _sums(figures: Figures) -> Iterator[Sum]:
    stock = figures.report
    labels = {one.key: one.label for one in places.Category}
    categories = [(labels[key], count) for key, count in stock.categories.items()]
    yield Sum("在岗人数等于五类之和", ("在岗人数", figures.workers), tuple(categories))
    yield Sum(
        "在岗人数等于省内加省外",
        ("在岗人数", figures.workers),
        (("省内", stock.within_province), ("省外", stock.outside_province)),
    )
    if isinstance(figures.declared, DeclaredStock):
        yield from _declared_sums(figures.declared, labels)
    for what, unit in (("trips", "车次"), ("people", "人次")):
        whole, door, point, outbound, inbound = (
            getattr(carried, what)
            for carried in (
                figures.transported,
                figures.shuttles,
                figures.point_to_point,
                figures.outbound,
                figures.inbound,
            )
        )
        yield Sum(
            f"接送{unit}等于门对门加点对点",
            (f"接送{unit}", whole),
            (("门对门", door), ("点对点", point)),
        )
        yield Sum(
            f"跨省{unit}包含在点对点{unit}之内",
            (f"点对点{unit}", point),
            (("出省", outbound), ("入省", inbound)),
            within=True,
        )
        for direction, label, all_of_them in (
            (counts.OUTBOUND, "出省", outbound),
            (counts.INBOUND, "入省", inbound),
        ):
            coaches = [one for one in figures.through_coaches if one.direction == direction]
            yield Sum(
                f"{label}直通车{unit}包含在{label}{unit}之内",
                (f"{label}{unit}", all_of_them),
                tuple((f"{one.day.month}月{one.day.day}日", getattr(one, what)) for one in coaches),
                within=True,
            )


def _declared_sums(one: DeclaredStock, labels: dict[str, str]) -> Iterator[Sum]:
    categories = tuple((labels[key], count) for key, count in one.categories.items())
    yield Sum("填报人数等于五类之和", ("填报人数", one.total), categories)
    yield Sum(
        "同一批单位的登记人数加多报等于填报人数加少报",
        ("登记人数加多报", one.registered + one.above),
        (("填报人数", one.total), ("少报", one.below)),
    )


def _through_coach(one: ThroughCoaches) -> dict[str, Any]:
    return {
        "date": one.day.isoformat(),
        "direction": one.direction,
        "titles": list(one.titles),
        "people": one.people,
        "vehicles": one.vehicles,
        "trips": one.trips,
        "from": [places.full_name(code) for code in one.origins],
        "to": [places.full_name(code) for code in one.destinations],
    }


def _pooling(one: Pooling) -> dict[str, Any]:
    return {
        "first": one.first.isoformat(),
        "last": one.last.isoformat(),
        "wishes": one.wishes,
        "people": one.people,
        "parties": one.parties,
        "trips": one.trips,
        "together": one.together,
        "share_together": round(one.share_together, 4),
    }


def _carried(carried: Carried) -> dict[str, int]:
    return {"trips": carried.trips, "people": carried.people}


def _or_absent(content: Any, told: Any) -> dict[str, Any]:
    return {"absent": content.reason} if isinstance(content, Absent) else told(content)

"""A report's children on a map: areas where a boundary file shows them, marks, and tiles.

Cities and counties are drawn by script from the boundary files that come with the program;
townships, of which no free boundaries exist, by `sketches`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.templatetags.static import static
from django.utils.translation import gettext as _

from zhitong.flows.stock import Report
from zhitong.kernel.place_names import place_name
from zhitong.offices import access
from zhitong.places import Division, Level
from zhitong.web.boundaries import shipped
from zhitong.web.desk import figures, sketches
from zhitong.web.desk.sketches import Place

if TYPE_CHECKING:
    from zhitong.web.desk.pages import Desk

Link = Callable[[str], str]
"""The address of a division's page."""


@dataclass(frozen=True, slots=True)
class Map:
    """Addresses of the boundary file, and of a second one drawn over it without a value.

    `within` keeps the features whose code starts with it.
    """

    address: str
    over: str
    within: str


def country() -> str:
    return static("desk/maps/country.json")


def map_of_children(division: Division) -> Map | None:
    """Cities of a province or counties of a city, where the files of the province exist."""
    if division.level > Level.CITY:
        return None
    province = division.code[: Level.PROVINCE.digits]
    name = shipped.name_of(province, Level(division.level + 1))
    if name is None:
        return None
    over = division.level == Level.PROVINCE and shipped.name_of(province, Level.COUNTY)
    return Map(
        address=static(f"desk/maps/{name}.json"),
        over=static(f"desk/maps/{over}.json") if over else "",
        within=division.code,
    )


def drawn(desk: Desk, report: Report, *, link: Link) -> dict[str, Any] | None:
    """What the page and its script need to draw a report on a map; None without one.

    `chart` is for the script, `sketch` is drawn by the page, `tiles` are children without a place
    on either. A child that has said nothing has no value and no colour: silence is not zero.
    """
    division = desk.division
    steps = figures.quantile_steps([one.total for one in report.children if _spoke(one)])
    children = [_place(one, steps, link) for one in report.children]
    whole = {"steps": steps, "division": division, "level": division.level.name.lower()}
    if division.level > Level.CITY:
        own = _place(report, figures.quantile_steps([report.total]), link)
        found = sketches.sketch(division, children, own=own)
        county = division.code[: Level.COUNTY.digits]
        up = link(county) if access.covers(desk.scope.code, county) else ""
        return found and whole | found | {"county_address": up}
    shape = map_of_children(division)
    if shape is None:
        return None
    shown = shipped.areas(division.code[: Level.PROVINCE.digits], Level(division.level + 1))
    return whole | {
        "chart": _chart(shape, steps, [one for one in children if one.code in shown]),
        "tiles": [one for one in children if one.code not in shown],
    }


def _chart(
    shape: Map, steps: Sequence[tuple[int, int]], children: Sequence[Place]
) -> dict[str, Any]:
    return {
        "address": shape.address,
        "over": shape.over,
        "within": shape.within,
        "steps": steps,
        "unit": _("人"),
        "values": [
            {
                "code": one.code,
                "name": one.name,
                "value": one.value,
                "coverage": one.coverage,
                "address": one.address,
            }
            for one in children
        ],
    }


def _place(report: Report, steps: Sequence[tuple[int, int]], link: Link) -> Place:
    value = report.total if _spoke(report) else None
    at = next(
        (
            at
            for at, (low, high) in enumerate(steps, 1)
            if value is not None and low <= value <= high
        ),
        None,
    )
    return Place(
        code=report.division,
        name=place_name(report.division),
        value=value,
        coverage=str(report.coverage),
        address=link(report.division),
        step=f"step-{at}-of-{len(steps)}" if at else "step-none",
    )


def _spoke(child: Report) -> bool:
    return bool(child.total or child.coverage.reported)

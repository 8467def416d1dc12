"""A report's children on a map, where a boundary file shows them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _

from zhitong.flows.stock import Report
from zhitong.kernel.place_names import place_name
from zhitong.places import Division, Level
from zhitong.web.desk import figures

if TYPE_CHECKING:
    from zhitong.web.desk.pages import Desk

FOLDER = Path(__file__).parent.parent / "static/desk/maps"


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
    province = division.code[:2]
    files = {Level.PROVINCE: f"{province}-cities", Level.CITY: f"{province}-counties"}
    name = files.get(division.level, "")
    if not _exists(name):
        return None
    over = f"{province}-counties" if division.level == Level.PROVINCE else ""
    return Map(
        address=static(f"desk/maps/{name}.json"),
        over=static(f"desk/maps/{over}.json") if _exists(over) else "",
        within=division.code,
    )


def drawn(desk: Desk, report: Report, *, address: str = "desk:dashboard") -> dict[str, Any] | None:
    """What the script needs to draw the children: boundary files, values, steps, links.

    A child that has said nothing has no value, and no colour: silence is not zero.
    """
    found = map_of_children(desk.division)
    if found is None:
        return None
    return {
        "address": found.address,
        "over": found.over,
        "within": found.within,
        "steps": figures.quantile_steps([one.total for one in report.children if _spoke(one)]),
        "unit": _("人"),
        "values": [
            {
                "code": child.division,
                "name": place_name(child.division),
                "value": child.total if _spoke(child) else None,
                "coverage": str(child.coverage),
                "address": reverse(address) + desk.query(division=child.division),
            }
            for child in report.children
        ],
    }


def _spoke(child: Report) -> bool:
    return bool(child.total or child.coverage.reported)


@cache
def _exists(name: str) -> bool:
    return bool(name) and (FOLDER / f"{name}.json").is_file()

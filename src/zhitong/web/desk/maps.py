"""Which boundary file shows a division's children, if any."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.templatetags.static import static

from zhitong.places import Division, Level

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


@cache
def _exists(name: str) -> bool:
    return bool(name) and (FOLDER / f"{name}.json").is_file()

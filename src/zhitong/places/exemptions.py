"""The table of exceptions to the plain prefix rule (`data/exceptions.csv`), their only home.

A row's `code` is a prefix. Empty key columns mean "by the prefix rule".
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

from zhitong.places.division import Trait

TRAITS = {
    "province-run": Trait.PROVINCE_RUN,
    "municipality": Trait.MUNICIPALITY,
    "pseudo-city": Trait.PROVINCE_RUN,
    "corps": Trait.PROVINCE_RUN | Trait.CORPS,
    "no-counties": Trait.NO_COUNTIES,
}


class Exemption(NamedTuple):
    code: str
    kind: str
    county_key: str
    city_key: str
    province_key: str
    counterpart: str
    note: str
    source: str


@cache
def exemptions() -> dict[str, Exemption]:
    """Code prefix (2, 4 or 6 digits) -> its row."""
    text = (Path(__file__).parent / "data/exceptions.csv").read_text("utf-8")
    rows = csv.reader(text.splitlines())
    next(rows)
    return {row[0]: Exemption(*row) for row in rows}


def exemption_of(code: str) -> Exemption | None:
    """The row of the longest prefix of `code` that has one."""
    table = exemptions()
    for digits in (6, 4, 2):
        if len(code) >= digits and (row := table.get(code[:digits])):
            return row
    return None

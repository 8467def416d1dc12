"""Options that many commands share, read once into the types the domain wants."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from zhitong import places


class Day(click.ParamType[date]):
    """`2020-03-02`."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: Any, ctx: Any) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day such as 2020-03-02", param, ctx)


class Division(click.ParamType[str]):
    """A division by code (`130000`, `13`) or by name (`河北`), as its canonical code."""

    name = "CODE|NAME"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        found = places.resolve(str(value))
        if found.division is None:
            if found.candidates:
                among = "、".join(f"{one.full_name} {one.code}" for one in found.candidates[:5])
                self.fail(f"{value!r} could be any of {among}; give the code", param, ctx)
            self.fail(f"no division is called {value!r}; give a code such as 130000", param, ctx)
        return found.division.code


as_json = click.option("--json", "as_json", is_flag=True, help="One JSON document on output.")
about = click.option(
    "--date", "about", type=Day(), required=True, help="The day spoken of, e.g. 2020-03-02."
)
division = click.option(
    "--division", type=Division(), required=True, help="By code or name, e.g. 130000."
)

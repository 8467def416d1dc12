"""The vehicles that are planned with and the assumptions about the road, shipped as data."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import time
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A kind of coach: passenger seats, passengers its licence allows, CNY a trip and a km."""

    name: str
    seats: int
    rated: int
    fixed: float
    per_km: float


@dataclass(frozen=True, slots=True)
class Fleet:
    """`vehicles.json`.

    `limits`: arguments of `planning.Limits`. `road_factor`: road over great-circle distance.
    `least_km`: nearer destinations need no coach. `least_share`: of its usable seats that a
    vehicle must fill. `start`, `kmh`, `stop_minutes`: how planned times are reckoned.
    """

    types: tuple[Vehicle, ...]
    limits: dict[str, Any]
    road_factor: float
    least_km: int
    least_share: float
    start: time
    kmh: float
    stop_minutes: int

    def as_json(self) -> dict[str, Any]:
        """What a plan keeps of it."""
        return {**asdict(self), "start": self.start.isoformat("minutes")}

    def named(self, name: str) -> Vehicle:
        return next(one for one in self.types if one.name == name)


@cache
def shipped() -> Fleet:
    """The fleet that comes with the platform."""
    text = (files("zhitong.transport") / "vehicles.json").read_text(encoding="utf-8")
    content = json.loads(text)
    types = tuple(Vehicle(**one) for one in content.pop("types"))
    start = time.fromisoformat(content.pop("start"))
    return Fleet(types=types, start=start, **content)

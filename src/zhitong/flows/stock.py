"""What a report says: stock by category, with its coverage, beside two earlier days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from zhitong import places
from zhitong.places import Category


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of the townships that are due have reported; a total never goes without it."""

    reported: int
    due: int

    @property
    def complete(self) -> bool:
        return self.reported == self.due

    def __str__(self) -> str:
        return f"{self.reported}/{self.due}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """Workers at work on one day whose home lies in one division, by category key.

    `categories` always holds all five keys in their order.
    """

    division: str
    about: date
    categories: Mapping[str, int]
    coverage: Coverage

    @property
    def total(self) -> int:
        return sum(self.categories.values())

    @property
    def within_province(self) -> int:
        return self.total - self.outside_province

    @property
    def outside_province(self) -> int:
        return self.categories[Category.OTHER_PROVINCE.key]

    @property
    def name(self) -> str:
        return places.get(self.division).name

    @property
    def known(self) -> bool:
        """Whether anything at all is known of the day."""
        return self.total > 0 or self.coverage.reported > 0

    @property
    def comparable(self) -> bool:
        """Whether a change against this day says anything.

        Where nobody reported, the stock is what later reports happen to reach back to.
        """
        return self.coverage.reported > 0

    def as_json(self) -> dict[str, Any]:
        return {
            "division": self.division,
            "name": self.name,
            "about": self.about.isoformat(),
            "total": self.total,
            "within_province": self.within_province,
            "outside_province": self.outside_province,
            "categories": dict(self.categories),
            "coverage": {"reported": self.coverage.reported, "due": self.coverage.due},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Stock):
    """A day's stock beside the day before and the same day a year before.

    Either is None when nothing is known of it. `children` holds every division one level below,
    zeros included.
    """

    day_before: Stock | None
    year_before: Stock | None
    children: tuple[Report, ...] = field(default=())

    @property
    def unplaced(self) -> dict[str, int]:
        """By category, the workers whose home is known no finer than this division."""
        return {
            key: count - sum(child.categories[key] for child in self.children)
            for key, count in self.categories.items()
        }

    def as_json(self) -> dict[str, Any]:
        # Not super(): a dataclass with slots is another class than the one it was written as.
        return {
            **Stock.as_json(self),
            "day_before": self.day_before and self.day_before.as_json(),
            "year_before": self.year_before and self.year_before.as_json(),
            "children": [child.as_json() for child in self.children],
        }


def by_key(counts: Mapping[int, int]) -> dict[str, int]:
    """Counts by category number as counts by key, all five, in order."""
    return {one.key: counts.get(one.value, 0) for one in Category}

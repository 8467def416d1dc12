"""A stored report as the dashboard shows it: signed changes, shares, steps of the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from zhitong.flows.stock import Report, Stock
from zhitong.places import Category

# Calm on screen, apart for colour-blind readers, in the order of the categories.
COLOURS = {
    Category.WITHIN_TOWNSHIP.key: "#4477AA",
    Category.WITHIN_COUNTY.key: "#66CCEE",
    Category.WITHIN_CITY.key: "#228833",
    Category.ELSEWHERE_IN_PROVINCE.key: "#CCBB44",
    Category.OTHER_PROVINCE.key: "#EE6677",
}
MAP_STEPS = 5


@dataclass(frozen=True, slots=True)
class Change:
    """A figure against an earlier day's; `share` is None when that was zero."""

    difference: int
    share: float | None


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """One of the five categories; `start` and `share` are percentages of the bar."""

    key: str
    label: str
    colour: str
    count: int
    start: float
    share: float
    day_before: Change | None
    year_before: Change | None


def change(now: int, then: int) -> Change:
    return Change(now - then, (now - then) / then if then else None)


def change_of(report: Report, earlier: Stock | None) -> Change | None:
    """None without an earlier day, and against one that cannot be compared."""
    return change(report.total, earlier.total) if earlier and earlier.comparable else None


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def category_lines(report: Report) -> list[CategoryLine]:
    """The five categories in their order, shares of the total as percentages."""
    lines, start = [], 0.0
    for category in Category:
        count = report.categories[category.key]
        part = 100 * count / report.total if report.total else 0.0
        before, year = (
            change(count, earlier.categories[category.key])
            if earlier and earlier.comparable
            else None
            for earlier in (report.day_before, report.year_before)
        )
        lines.append(
            CategoryLine(
                key=category.key,
                label=category.label,
                colour=COLOURS[category.key],
                count=count,
                start=start,
                share=part,
                day_before=before,
                year_before=year,
            )
        )
        start += part
    return lines


def quantile_steps(values: Sequence[int], *, steps: int = MAP_STEPS) -> list[tuple[int, int]]:
    """Ranges (lowest, highest) that hold about equally many values; fewer when values repeat.

    Equal values never fall into two steps.
    """
    ordered = sorted(values)
    ranges: list[tuple[int, int]] = []
    at = 0
    for step in range(1, steps + 1):
        end = max(at, round(len(ordered) * step / steps))
        while at < end < len(ordered) and ordered[end] == ordered[end - 1]:
            end += 1
        if end > at:
            ranges.append((ordered[at], ordered[end - 1]))
            at = end
    return ranges


def trend_series(days: Sequence[Stock]) -> dict[str, Any]:
    """The days and, by category key, the counts of each day."""
    return {
        "days": [day.about.isoformat() for day in days],
        "counts": {key: [day.categories[key] for day in days] for key in COLOURS},
    }

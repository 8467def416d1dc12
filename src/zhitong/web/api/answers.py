"""What the API answers: the shapes that its OpenAPI document describes."""

from __future__ import annotations

from datetime import date, datetime

from ninja import Schema

from zhitong.flows.catalogue.queries import ItemDay
from zhitong.flows.chain.completeness import Summary
from zhitong.flows.stock import Coverage as Reported
from zhitong.flows.stock import Stock
from zhitong.kernel.place_names import place_name


class Coverage(Schema):
    """Townships that reported, of those that are due."""

    reported: int
    due: int

    @classmethod
    def of(cls, one: Reported) -> Coverage:
        return cls(reported=one.reported, due=one.due)


class Figures(Schema):
    """People at work whose home lies in a division, on one day, by category."""

    division: str
    name: str
    date: date
    coverage: Coverage
    total: int
    within_province: int
    outside_province: int
    categories: dict[str, int]

    @classmethod
    def of(cls, one: Stock) -> Figures:
        return cls(
            division=one.division,
            name=place_name(one.division),
            date=one.about,
            coverage=Coverage.of(one.coverage),
            total=one.total,
            within_province=one.within_province,
            outside_province=one.outside_province,
            categories=dict(one.categories),
        )


class Item(Schema):
    """A figure that the province has added to the report."""

    code: str
    name: str
    unit: str
    value: int
    derived: int | None
    coverage: Coverage

    @classmethod
    def of(cls, one: ItemDay) -> Item:
        return cls(
            code=one.item.code,
            name=one.item.name,
            unit=one.item.unit,
            value=one.whole.value,
            derived=one.whole.derived,
            coverage=Coverage.of(one.whole.coverage),
        )


class Day(Schema):
    """Figures beside two earlier days, null where nothing is known of them.

    `difference` is what units declared beyond the registry's count; null for counted figures.
    """

    figures: Figures
    day_before: Figures | None
    year_before: Figures | None
    difference: int | None
    items: list[Item]


class Completeness(Schema):
    """Who has reported, by state of the return, and what is wrong, by mark."""

    division: str
    name: str
    coverage: Coverage
    states: dict[str, int]
    marks: dict[str, int]
    total: int
    difference: int

    @classmethod
    def of(cls, one: Summary) -> Completeness:
        return cls(
            division=one.division,
            name=place_name(one.division),
            coverage=Coverage.of(one.coverage),
            states={state.value: count for state, count in one.states.items()},
            marks={mark.value: count for mark, count in one.marks.items()},
            total=one.total,
            difference=one.difference,
        )


class CompletenessDay(Schema):
    date: date
    whole: Completeness
    children: list[Completeness]


class Flow(Schema):
    """People at work by home and the province they work in."""

    home: str
    home_name: str
    destination: str
    destination_name: str
    people: int


class PublishedFigure(Schema):
    """One figure of a bulletin, with the name of the query that counted it."""

    section: str
    key: str
    value: int
    query: str


class Bulletin(Schema):
    """A bulletin as it was published; later versions never change it."""

    division: str
    date: date
    version: int
    published_at: datetime
    figures: list[PublishedFigure]

"""The pictures of a bulletin, each as PNG and SVG: categories, map, days, coaches.

Every picture carries its title, unit, day, source and coverage, so that it can leave the document
it was made for.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from zhitong.bulletin import counts
from zhitong.bulletin.counts import Relation
from zhitong.bulletin.figures import Figures
from zhitong.bulletin.pictures import charts
from zhitong.bulletin.pictures import maps as atlas
from zhitong.bulletin.pictures.sheet import Picture, house, saved
from zhitong.flows import queries
from zhitong.flows.stock import Report, Stock

__all__ = ["Picture", "draw", "illustrate"]


def illustrate(folder: Path, *, figures: Figures, maps: Path) -> list[Picture]:
    """Draw every picture that the records allow into `folder`.

    `maps` holds the boundary files: `country.json`, `<province>-cities.json`,
    `<province>-counties.json`. A picture whose data or boundaries are missing is left out.
    """
    trend = queries.trend(division=figures.division, first=figures.since, last=figures.about)
    return draw(
        folder,
        report=figures.report,
        trend=trend,
        relations=counts.relations(
            division=figures.division, since=figures.since, about=figures.about
        ),
        maps=maps,
    )


def draw(
    folder: Path,
    *,
    report: Report,
    trend: Sequence[Stock],
    relations: Sequence[Relation],
    maps: Path,
) -> list[Picture]:
    """Draw from figures already counted; see `illustrate`."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = []
    with house():
        if report.total:
            pictures.append(saved(folder, "categories", *charts.categories(report)))
            if boundaries := atlas.boundaries(report, maps):
                pictures.append(saved(folder, "map", *atlas.stock(report, boundaries)))
        if len(trend) > 1:
            pictures.append(saved(folder, "trend", *charts.trend(trend)))
        if relations and (maps / "country.json").is_file():
            pictures.append(saved(folder, "coaches", *atlas.coaches(relations, report, maps)))
    return pictures

"""Stock by place and coaches by province, on maps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Sheet
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Patch
from matplotlib.patheffects import withStroke

from zhitong import places
from zhitong.bulletin.counts import INBOUND, OUTBOUND, Relation
from zhitong.bulletin.pictures import cartography, sheet
from zhitong.flows.stock import Report
from zhitong.places import Level

SHADES = ("#E3EDF6", "#B9D2E8", "#83AFD5", "#4A84B8", "#1F5589")
OUT, IN = sheet.CATEGORY_COLOURS["other_province"], sheet.CATEGORY_COLOURS["within_township"]
LEAST_LABELLED = 0.012
"""Share of the whole area below which a place is too small for its label."""
LABEL_KM = (430, 95)
"""Room that a label takes on the map of the country."""


def boundaries(report: Report, maps: Path) -> list[cartography.Shape]:
    """The children's outlines: cities of a province, counties of a city."""
    names = {Level.PROVINCE: "cities", Level.CITY: "counties"}
    name = names.get(places.get(report.division).level)
    path = maps / f"{report.division[:2]}-{name}.json"
    if name is None or not path.is_file():
        return []
    return [shape for shape in cartography.shapes(path) if shape.code.startswith(report.division)]


def stock(report: Report, boundaries: list[cartography.Shape]) -> tuple[str, Sheet]:
    title = f"{places.full_name(report.division)}农民工在岗务工人数分布"
    page = sheet.blank(title, sheet.whole(report), sheet.source(report), height=9)
    axes = page.add_axes((0.03, 0.05, 0.94, 0.84))
    totals = {child.division: child.total for child in report.children}
    limits = _quantiles(list(totals.values()))
    shade = {code: SHADES[int(np.searchsorted(limits, n))] for code, n in totals.items()}
    cartography.draw(axes, boundaries, {"": sheet.LAND} | shade, edgecolor="white", linewidth=1.2)
    cartography.frame(axes, boundaries)
    whole = sum(shape.size for shape in boundaries)
    for shape in boundaries:
        if shape.code in totals and shape.size > LEAST_LABELLED * whole:
            fill = shade[shape.code]
            axes.text(
                *shape.middle,
                f"{places.get(shape.code).short}\n{totals[shape.code]:,}",
                ha="center",
                va="center",
                size=10.5,
                linespacing=1.25,
                color=sheet.letters(fill),
                path_effects=[withStroke(linewidth=2.6, foreground=fill)],
            )
    axes.legend(
        handles=_steps(shade, totals),
        title="按五分位分级",
        loc="lower right",
        frameon=False,
        alignment="left",
        labelspacing=0.35,
    )
    return title, page


def _steps(shade: dict[str, str], totals: dict[str, int]) -> list[Patch]:
    """The legend: each shade in use with the least and the most it stands for."""
    steps = []
    for colour in reversed(SHADES):
        values = [count for code, count in totals.items() if shade[code] == colour]
        if values:
            least, most = min(values), max(values)
            label = f"{least:,} 人" if least == most else f"{least:,} – {most:,} 人"
            steps.append(Patch(facecolor=colour, edgecolor=sheet.HAIR, label=label))
    return steps


def _quantiles(values: list[int]) -> list[float]:
    """Limits between the shades, each once: few divisions need few shades."""
    return sorted(set(np.quantile(values, (0.2, 0.4, 0.6, 0.8)).round().tolist()))


def coaches(relations: Sequence[Relation], report: Report, maps: Path) -> tuple[str, Sheet]:
    name = places.full_name(report.division)
    title = f"{name}跨省“点对点”包车流向"
    sums = {
        direction: [
            sum(getattr(one, what) for one in relations if one.direction == direction)
            for what in ("trips", "people")
        ]
        for direction in (OUTBOUND, INBOUND)
    }
    (out_trips, out_people), (in_trips, in_people) = sums.values()
    subtitle = (
        f"截至{report.about.isoformat()}累计　出省 {out_trips:,} 车次 {out_people:,} 人次　"
        f"入省 {in_trips:,} 车次 {in_people:,} 人次"
    )
    source = "来源：已到达车次及乘次记录　单位：人次　线宽与人次成正比"
    page = sheet.blank(title, subtitle, source, height=8.4)
    axes = page.add_axes((0.01, 0.045, 0.98, 0.85))
    country = cartography.shapes(maps / "country.json")
    fills = {"": sheet.LAND, report.division[:2]: "#DCE6F0"}
    edge = {"edgecolor": "#C3CAD4", "linewidth": 0.6}
    cartography.draw(axes, country, fills, **edge)
    cartography.window(axes, west=80, south=18.2, east=128.5, north=54.2)
    _arcs(axes, relations, report.division)
    _name_provinces(axes, relations, report.division)
    inset = page.add_axes((0.845, 0.06, 0.125, 0.2))
    cartography.draw(inset, country, fills, **edge)
    cartography.window(inset, west=106.5, south=3, east=122.5, north=23)
    inset.set_axis_on()
    inset.set_xticks([])
    inset.set_yticks([])
    inset.set_title("南海诸岛", size=8, color=sheet.QUIET, pad=3)
    axes.legend(
        handles=[
            Line2D([], [], color=OUT, linewidth=3, label="出省返岗"),
            Line2D([], [], color=IN, linewidth=3, label="入省务工"),
        ],
        loc="lower left",
        bbox_to_anchor=(0.02, 0.03),
        frameon=False,
    )
    return title, page


def _arcs(axes: Axes, relations: Sequence[Relation], division: str) -> None:
    """One arc a province and direction; each bends to its own left, so the two never coincide."""
    most = max(one.people for one in relations)
    home = _seat(division)
    for one in sorted(relations, key=lambda one: -one.people):
        other = _seat(one.province)
        start, end = (home, other) if one.direction == OUTBOUND else (other, home)
        axes.add_patch(
            FancyArrowPatch(
                start,
                end,
                connectionstyle="arc3,rad=-0.18",
                arrowstyle="-",
                linewidth=0.8 + 9 * one.people / most,
                color=OUT if one.direction == OUTBOUND else IN,
                alpha=0.62,
                capstyle="round",
                shrinkA=0,
                shrinkB=0,
                zorder=3,
            )
        )
    axes.plot(*home, "o", color=sheet.INK, markersize=5, zorder=4)


def _name_provinces(axes: Axes, relations: Sequence[Relation], division: str) -> None:
    """Each province beside its seat, on the side away from home; neighbours are kept apart."""
    people: dict[str, dict[str, int]] = {}
    for one in relations:
        people.setdefault(one.province, {})[one.direction] = one.people
    middle = _seat(division)[0]
    taken: list[tuple[bool, float, float]] = []
    for province in sorted(people, key=lambda code: -_seat(code)[1]):
        x, y = _seat(province)
        right = x >= middle
        at = y
        for side, beside, height in taken:
            if side == right and abs(beside - x) < LABEL_KM[0] and abs(height - at) < LABEL_KM[1]:
                at = height - LABEL_KM[1]
        taken.append((right, x, at))
        told = "　".join(
            f"{sign}{people[province][way]:,}"
            for sign, way in (("出", OUTBOUND), ("入", INBOUND))
            if way in people[province]
        )
        axes.plot(x, y, "o", color=sheet.INK, markersize=3.5, zorder=4)
        axes.annotate(
            f"{places.get(province).short} {told}",
            (x, at),
            xytext=(7 if right else -7, 0),
            textcoords="offset points",
            ha="left" if right else "right",
            va="center",
            size=9,
            zorder=5,
            path_effects=[withStroke(linewidth=2.6, foreground="white")],
        )


def _seat(code: str) -> tuple[float, float]:
    latitude, longitude, _ = places.coordinates(code)
    x, y = cartography.projected([(longitude, latitude)])[0]
    return float(x), float(y)

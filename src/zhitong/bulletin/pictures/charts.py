"""Categories and days as charts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Sheet
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from zhitong import places
from zhitong.bulletin.pictures import sheet
from zhitong.bulletin.rounding import wan
from zhitong.flows.stock import Report, Stock
from zhitong.places import Category

LONGEST_NAME = 8
_LABELS = {one.key: one.label for one in Category}


def categories(report: Report) -> tuple[str, Sheet]:
    """The whole as one divided bar, then every child as a stacked bar."""
    children = sorted(
        (child for child in report.children if child.total), key=lambda one: one.total
    )
    height = 2.9 + 0.36 * max(len(children), 1)
    title = f"{places.full_name(report.division)}农民工在岗务工五类构成"
    page = sheet.blank(title, sheet.whole(report), sheet.source(report), height=height)
    whole = page.add_axes((0.04, 1 - 1.58 / height, 0.92, 0.46 / height))
    _divided(whole, report)
    page.legend(
        handles=[
            Patch(color=sheet.CATEGORY_COLOURS[key], label=_LABELS[key])
            for key in sheet.CATEGORY_COLOURS
        ],
        loc="center left",
        bbox_to_anchor=(0.032, 1 - 1.9 / height),
        ncols=5,
        frameon=False,
        handlelength=1,
        handleheight=1,
        columnspacing=1.8,
    )
    if children:
        axes = page.add_axes((0.14, 0.62 / height, 0.76, 1 - 2.78 / height))
        _stacked(axes, children)
    return title, page


def _divided(axes: Axes, report: Report) -> None:
    left = 0
    for key, count in report.categories.items():
        axes.barh(
            0, count, left=left, color=sheet.CATEGORY_COLOURS[key], edgecolor="white", linewidth=1.5
        )
        share = count / report.total
        if share >= 0.06:
            axes.text(
                left + count / 2,
                0,
                f"{wan(count)}\n{share:.1%}",
                ha="center",
                va="center",
                size=9.5,
                linespacing=1.15,
                color=sheet.letters(sheet.CATEGORY_COLOURS[key]),
            )
        left += count
    axes.set_xlim(0, report.total)
    axes.set_axis_off()


def _stacked(axes: Axes, children: Sequence[Report]) -> None:
    names = [_fitting(child.name) for child in children]
    left = np.zeros(len(children))
    for key, colour in sheet.CATEGORY_COLOURS.items():
        values = np.array([child.categories[key] for child in children])
        axes.barh(names, values, left=left, color=colour, height=0.68)
        left += values
    for row, child in enumerate(children):
        axes.annotate(
            f"{child.total:,}",
            (child.total, row),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            size=10,
        )
    axes.set_ylim(-0.6, len(children) - 0.4)
    axes.margins(x=0.02)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(_thousands))
    axes.grid(axis="x", color=sheet.HAIR, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def trend(stocks: Sequence[Stock]) -> tuple[str, Sheet]:
    last = stocks[-1]
    title = f"{places.full_name(last.division)}农民工在岗务工逐日变化"
    page = sheet.blank(title, sheet.whole(last), sheet.source(last))
    axes = page.add_axes((0.09, 0.27, 0.77, 0.56))
    days = np.array([stock.about.toordinal() for stock in stocks])
    layers = [[stock.categories[key] for stock in stocks] for key in sheet.CATEGORY_COLOURS]
    axes.stackplot(
        days, layers, colors=list(sheet.CATEGORY_COLOURS.values()), linewidth=0.5, edgecolor="white"
    )
    axes.plot(days, [stock.total for stock in stocks], color=sheet.INK, linewidth=1.4)
    _name_layers(axes, last)
    axes.set_ylim(0, max(stock.total for stock in stocks) * 1.08)
    axes.yaxis.set_major_formatter(FuncFormatter(_thousands))
    axes.grid(axis="y", color=sheet.HAIR, linewidth=0.6)
    axes.tick_params(length=0, labelbottom=False)
    below = page.add_axes((0.09, 0.13, 0.77, 0.09), sharex=axes)
    shares = [stock.coverage.reported / max(stock.coverage.due, 1) for stock in stocks]
    below.bar(days, shares, width=0.7, color=sheet.QUIET)
    below.set_ylim(0, 1)
    below.set_yticks([0, 1], ["0", "100%"], size=8)
    below.set_ylabel("报送率", size=9, rotation=0, ha="right", va="center")
    # Counted back from the last day, which is the one that matters.
    shown = days[:: -max(1, -(-len(days) // 9))]
    below.set_xticks(shown, [_day(date.fromordinal(number)) for number in shown.tolist()])
    below.tick_params(length=0)
    for each in (axes, below):
        each.set_xlim(days[0] - 0.5, days[-1] + 0.5)
        each.spines[["top", "right", "left"]].set_visible(False)
    return title, page


def _name_layers(axes: Axes, last: Stock) -> None:
    """Names at the right end of each layer, kept apart where layers are thin."""
    apart = last.total * 0.062
    height, bottom = 0.0, -apart
    for key, count in last.categories.items():
        at = max(height + count / 2, bottom + apart)
        axes.annotate(
            f"{_LABELS[key]} {wan(count)}",
            (1, at),
            xycoords=("axes fraction", "data"),
            xytext=(7, 0),
            textcoords="offset points",
            va="center",
            size=10,
            annotation_clip=False,
        )
        axes.plot(
            [1.006], [at], "s", color=sheet.CATEGORY_COLOURS[key], markersize=4, clip_on=False,
            transform=axes.get_yaxis_transform(),
        )  # fmt: skip
        height, bottom = height + count, at


def _fitting(name: str) -> str:
    """A name as it fits beside a bar: 河北衡水高新技术产业开发区 -> 河北衡水高新技…."""
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _thousands(value: float, _: Any) -> str:
    return f"{value:,.0f}"

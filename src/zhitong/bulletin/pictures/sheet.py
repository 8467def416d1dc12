"""The frame that every picture shares: fonts, colours, title, source line, files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.figure import Figure as Sheet

from zhitong.flows.stock import Stock
from zhitong.kernel import fonts

CATEGORY_COLOURS = {
    "within_township": "#4477AA",
    "within_county": "#66CCEE",
    "within_city": "#228833",
    "elsewhere_in_province": "#CCBB44",
    "other_province": "#EE6677",
}
"""Safe for colour-blind readers, and the same on every page of the desk."""

INK, QUIET, HAIR, LAND = "#1F2937", "#5B6472", "#D5DAE1", "#F3F4F6"
_DARK = {"#4477AA", "#228833", "#4A84B8", "#1F5589"}

_RULES: Any = {
    "font.family": list(fonts.FAMILIES),
    "font.size": 11,
    "text.color": INK,
    "axes.edgecolor": HAIR,
    "axes.labelcolor": QUIET,
    "axes.unicode_minus": False,
    "xtick.color": QUIET,
    "ytick.color": INK,
    "svg.fonttype": "path",
    "svg.hashsalt": "zhitong",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture's files and its title."""

    title: str
    png: Path
    svg: Path


@cache
def _load_fonts() -> None:
    for path in sorted(fonts.FOLDER.glob("*.ttf")):
        font_manager.fontManager.addfont(path)


@contextmanager
def house() -> Iterator[None]:
    _load_fonts()
    with mpl.rc_context(_RULES):
        yield


def blank(title: str, subtitle: str, source: str, *, height: float = 6.25) -> Sheet:
    sheet = Sheet(figsize=(10, height), dpi=160, facecolor="white")
    sheet.text(
        0.04, 1 - 0.42 / height, title, size=18, weight="bold", family=fonts.FAMILY, va="center"
    )
    sheet.text(0.04, 1 - 0.76 / height, subtitle, size=11, color=QUIET, va="center")
    sheet.text(0.04, 0.2 / height, source, size=9, color=QUIET, va="center")
    return sheet


def saved(folder: Path, name: str, title: str, sheet: Sheet) -> Picture:
    picture = Picture(title, folder / f"{name}.png", folder / f"{name}.svg")
    sheet.savefig(picture.png, metadata={"Software": None})
    sheet.savefig(picture.svg, metadata={"Date": None})
    return picture


def whole(stock: Stock) -> str:
    """The subtitle: the day and its totals."""
    return (
        f"{stock.about.isoformat()}　在岗 {stock.total:,} 人"
        f"　省内 {stock.within_province:,}　省外 {stock.outside_province:,}"
    )


def source(stock: Stock) -> str:
    """The line at the foot: source, unit, coverage."""
    share = stock.coverage.reported / max(stock.coverage.due, 1)
    return f"来源：摸底调查入库记录　单位：人　报送乡镇 {stock.coverage}（{share:.1%}）"


def letters(fill: str) -> str:
    """The colour of letters that read best on a fill."""
    return "white" if fill in _DARK else INK

"""The bulletin as PDF, set by typst from the template beside this module."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from zhitong import places
from zhitong.bulletin.figures import Figures
from zhitong.bulletin.pictures import Picture
from zhitong.bulletin.prose import NUMERALS, write
from zhitong.bulletin.rounding import PUBLISHED, Rounding
from zhitong.kernel import fonts
from zhitong.places import Category

TEMPLATES = Path(__file__).parent / "templates"


def bulletin_pdf(
    *,
    figures: Figures,
    version: int,
    now: datetime,
    rounding: Rounding = PUBLISHED,
    pictures: Sequence[Picture] = (),
) -> bytes:
    """Words, two tables of exact figures, notes, and a page for each picture."""
    document = write(figures, rounding=rounding)
    told = {
        "families": list(fonts.FAMILIES),
        "head": f"{places.full_name(figures.division)}返岗复工服务通报",
        "title": document.title,
        "day": document.day,
        "version": version,
        "numerals": list(NUMERALS),
        "passages": [{"heading": one.heading, "text": one.text} for one in document.passages],
        "notes": document.notes,
        "tables": [_stock(figures), _transport(figures)],
        "pictures": [picture.svg.read_text(encoding="utf-8") for picture in pictures],
    }
    text, _ = fonts.printable(json.dumps(told, ensure_ascii=False))
    return typst.compile(
        TEMPLATES / "bulletin.typ",
        root=TEMPLATES,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": text},
        timestamp=int(now.timestamp()),
    )


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts.FOLDER]
    )


def _stock(figures: Figures) -> dict[str, Any]:
    """Stock by child and category, the total last."""
    report = figures.report
    lines = [(child.name, child) for child in report.children if child.total]
    rows = [
        [
            name,
            *(f"{count:,}" for count in line.categories.values()),
            f"{line.total:,}",
            str(line.coverage),
        ]
        for name, line in [*lines, ("合计", report)]
    ]
    heads = ["地区", *(one.label for one in Category), "总计", "已报/应报"]
    return {"title": "附表1　在岗务工人数（人）", "heads": heads, "rows": rows}


def _transport(figures: Figures) -> dict[str, Any]:
    lines = (
        ("门对门（当日）", figures.shuttles),
        ("点对点（累计）", figures.point_to_point),
        ("　其中：出省", figures.outbound),
        ("　　　　入省", figures.inbound),
        ("合计", figures.transported),
    )
    rows = [[name, f"{one.trips:,}", f"{one.people:,}"] for name, one in lines]
    return {"title": "附表2　接送车次与人次", "heads": ["类别", "车次", "人次"], "rows": rows}

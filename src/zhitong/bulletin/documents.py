"""The bulletin as PDF, set by typst from the template beside this module."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from zhitong import places
from zhitong.bulletin.figures import Figures
from zhitong.bulletin.models import Bulletin
from zhitong.bulletin.pictures import Picture
from zhitong.bulletin.prose import NUMERALS, Document, write
from zhitong.bulletin.queries import published, section
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
    """Words, two tables of exact figures, notes, and a page for each picture; 0 marks a draft."""
    return _paper(
        document=write(figures, rounding=rounding),
        division=figures.division,
        version=version,
        now=now,
        tables=[_stock(figures), _transport(_carried(figures))],
        pictures=pictures,
    )


def version_pdf(*, bulletin: Bulletin) -> bytes:
    """A published version: its words, and its figures in two tables, whatever was counted since.

    Divisions below have bulletins of their own, so people at work stand in one line.
    """
    kept = published(bulletin)
    at_work, liaison, carried = (section(kept, name) for name in ("S2", "S4", "S6"))
    counts = [at_work[f"categories.{one.key}"] for one in Category]
    coverage = f"{at_work['coverage.reported']}/{at_work['coverage.due']}"
    row = ["合计", *(f"{count:,}" for count in counts), f"{at_work['total']:,}", coverage]
    lines = (
        (carried["door_to_door.runs"], carried["door_to_door.people"]),
        (carried["point_to_point.vehicles"], carried["point_to_point.people"]),
        (liaison["outbound.trips"], liaison["outbound.people"]),
        (liaison["inbound.trips"], liaison["inbound.people"]),
        (carried["total.trips"], carried["total.people"]),
    )
    return _paper(
        document=Document.read(bulletin.prose),
        division=bulletin.division,
        version=bulletin.version,
        now=bulletin.published_at,
        tables=[_stock_table([row]), _transport(lines)],
    )


def _paper(
    *,
    document: Document,
    division: str,
    version: int,
    now: datetime,
    tables: Sequence[Mapping[str, Any]],
    pictures: Sequence[Picture] = (),
) -> bytes:
    told = {
        "families": list(fonts.FAMILIES),
        "head": f"{places.full_name(division)}返岗复工服务通报",
        "title": document.title,
        "day": document.day,
        "version": version,
        "numerals": list(NUMERALS),
        "passages": [{"heading": one.heading, "text": one.text} for one in document.passages],
        "notes": document.notes,
        "tables": tables,
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
    return _stock_table(rows)


def _stock_table(rows: list[list[str]]) -> dict[str, Any]:
    heads = ["地区", *(one.label for one in Category), "总计", "已报/应报"]
    return {"title": "附表1　在岗务工人数（人）", "heads": heads, "rows": rows}


_CLASSES = ("门对门（当日）", "点对点（累计）", "　其中：出省", "　　　　入省", "合计")


def _carried(figures: Figures) -> list[tuple[int, int]]:
    """Trips and people by class, in the order of `_CLASSES`."""
    return [
        (one.trips, one.people)
        for one in (
            figures.shuttles,
            figures.point_to_point,
            figures.outbound,
            figures.inbound,
            figures.transported,
        )
    ]


def _transport(lines: Sequence[tuple[int, int]]) -> dict[str, Any]:
    rows = [
        [name, f"{trips:,}", f"{people:,}"]
        for name, (trips, people) in zip(_CLASSES, lines, strict=True)
    ]
    return {"title": "附表2　接送车次与人次", "heads": ["类别", "车次", "人次"], "rows": rows}

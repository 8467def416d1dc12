"""PDF by typst from the templates beside this module. Data never touch the disk."""

from __future__ import annotations

import io
import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import segno
import typst

from zhitong.kernel import fonts

TEMPLATES = Path(__file__).parent / "templates"
TAGGED_TRIPS = 20
"""More trips than these in one file do without tags for screen readers, which cost most time."""


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts.FOLDER]
    )


def typeset(template: str, *, trips: list[dict[str, Any]], now: datetime, **shared: Any) -> bytes:
    """One PDF of many trips in one pass; characters no font draws become a geta."""
    content = {"families": list(fonts.FAMILIES), "trips": trips, **shared}
    text, _ = fonts.printable(json.dumps(content, ensure_ascii=False))
    return typst.compile(
        TEMPLATES / f"{template}.typ",
        root=TEMPLATES,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": text},
        timestamp=int(now.timestamp()),
        pdf_tags=len(trips) <= TAGGED_TRIPS,
    )


def qr_code(content: str) -> str:
    """A QR code as SVG."""
    buffer = io.BytesIO()
    segno.make(content, error="m", micro=False).save(buffer, kind="svg", border=1, xmldecl=False)
    return buffer.getvalue().decode()

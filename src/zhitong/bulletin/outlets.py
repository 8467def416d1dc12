"""The files of a bulletin: JSON, text and PDF, of a draft as of a published version."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from zhitong import places
from zhitong.bulletin.documents import bulletin_pdf, version_pdf
from zhitong.bulletin.figures import Figures
from zhitong.bulletin.models import Bulletin
from zhitong.bulletin.pictures import Picture
from zhitong.bulletin.prose import write
from zhitong.bulletin.queries import published
from zhitong.bulletin.rounding import PUBLISHED, Rounding

DRAFT = 0
"""The version of what nobody has published."""
FORMS = ("json", "txt", "pdf")


def of_figures(
    *,
    figures: Figures,
    form: str,
    now: datetime,
    version: int = DRAFT,
    rounding: Rounding = PUBLISHED,
    pictures: Sequence[Picture] = (),
) -> bytes:
    """One of `FORMS`, from figures just counted; pictures go into the PDF."""
    if form == "json":
        return _json(figures.as_json())
    if form == "txt":
        return str(write(figures, rounding=rounding)).encode()
    return bulletin_pdf(
        figures=figures, version=version, now=now, rounding=rounding, pictures=pictures
    )


def of_version(*, bulletin: Bulletin, form: str) -> bytes:
    """One of `FORMS`, of what was published: later counts change nothing in it."""
    if form == "json":
        return _json(
            {
                "division": bulletin.division,
                "name": places.full_name(bulletin.division),
                "about": bulletin.about,
                "version": bulletin.version,
                "published_at": bulletin.published_at.isoformat(),
                "figures": [
                    {"section": one.section, "key": one.key, "value": one.value, "query": one.query}
                    for one in published(bulletin)
                ],
            }
        )
    if form == "txt":
        return bulletin.prose.encode()
    return version_pdf(bulletin=bulletin)


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n").encode()

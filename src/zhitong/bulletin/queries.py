"""Reads of what was published."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from zhitong.bulletin.figures import Figure
from zhitong.bulletin.models import Bulletin


def versions(*, division: str, about: date) -> list[Bulletin]:
    """Every version of a day's bulletin, the one in force first; `division` is canonical."""
    found = Bulletin.objects.filter(division=division, about=about).select_related("published_by")
    return list(found.order_by("-version"))


def latest(*, division: str, about: date) -> Bulletin | None:
    """The version in force; `division` is canonical."""
    found = Bulletin.objects.filter(division=division, about=about)
    return found.order_by("-version").first()


def published(bulletin: Bulletin) -> list[Figure]:
    """The figures of a version as they were published."""
    rows = bulletin.figures.values_list("section", "key", "value", "query")
    return [Figure(*row) for row in rows]


def section(figures: list[Figure], name: str) -> Mapping[str, int]:
    """One section's figures by key."""
    return {one.key: one.value for one in figures if one.section == name}

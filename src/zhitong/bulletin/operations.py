"""Publishing: figures, words and journal entry in one transaction, never changed afterwards."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from zhitong.bulletin.figures import Figures, collect, reconcile
from zhitong.bulletin.models import Bulletin, PublishedFigure
from zhitong.bulletin.prose import write
from zhitong.bulletin.queries import latest
from zhitong.bulletin.rounding import PUBLISHED, Rounding
from zhitong.config import locks
from zhitong.kernel import journal


@transaction.atomic
def publish(
    *,
    division: str,
    about: date,
    now: datetime,
    actor: Any | None = None,
    rounding: Rounding = PUBLISHED,
    since: date | None = None,
) -> Bulletin:
    """Count, reconcile and publish one day's bulletin of one division.

    Figures and words that equal the last version's are not published again: that version is
    returned. Raises `Disagreement` when sums do not hold, `flows.report.UnknownPlace`. A file that
    is admitted between two of the counts shows as a disagreement: publishing again mends it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [locks.BULLETIN, about.toordinal()])
    figures = collect(division=division, about=about, since=since)
    reconcile(figures)
    prose = str(write(figures, rounding=rounding))
    last = latest(division=figures.division, about=about)
    if last and last.prose == prose and _published(last) == _counted(figures):
        return last
    bulletin = Bulletin.objects.create(
        about=about,
        division=figures.division,
        version=last.version + 1 if last else 1,
        published_at=now,
        published_by=actor,
        prose=prose,
    )
    PublishedFigure.objects.bulk_create(
        PublishedFigure(
            bulletin=bulletin,
            section=figure.section,
            key=figure.key,
            value=figure.value,
            query=figure.query,
        )
        for figure in figures.rows()
    )
    journal.record(
        actor=actor,
        verb="bulletin.published",
        subject=f"bulletin:{bulletin.pk}",
        now=now,
        details={
            "division": bulletin.division,
            "about": about.isoformat(),
            "version": bulletin.version,
        },
    )
    return bulletin


def _published(bulletin: Bulletin) -> set[tuple[str, str, int]]:
    return set(bulletin.figures.values_list("section", "key", "value"))


def _counted(figures: Figures) -> set[tuple[str, str, int]]:
    return {(figure.section, figure.key, figure.value) for figure in figures.rows()}

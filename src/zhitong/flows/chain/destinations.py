"""From where to where a division's workers go: homes, and the provinces they work in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from django.db import connection

from zhitong.flows.models import DailyFlow
from zhitong.offices.walls import over_the_wall
from zhitong.places import Level
from zhitong.registry.models import Spell

Flow = tuple[str, str, int]


def flows_between(*, division: str, about: date, digits: int, abroad: bool = True) -> list[Flow]:
    """Flows of a division's workers: home at so many digits, province of work, people.

    The most people first; `abroad` leaves out those who work in their own province. A province's
    or city's are stored with the day, by county; of a county or township they are counted, by
    township. Callers have checked that the division is the reader's.
    """
    finest = Level.TOWNSHIP.digits
    if digits == finest or len(division) == finest:
        rows: Iterable[Flow] = _counted(division, about)
    else:
        stored = DailyFlow.objects.filter(about=about, home__within=division)
        rows = stored.values_list("home", "destination", "people")
    added: Counter[tuple[str, str]] = Counter()
    for home, destination, people in rows:
        if not (abroad and destination == division[:2]):
            added[home[:digits], destination] += people
    return [(home, to, people) for (home, to), people in added.most_common()]


@over_the_wall
def _counted(division: str, about: date) -> list[Flow]:
    """By home township, as the day's figures are; these are counts of people, not people."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT substr(home, 1, 9), substr(work, 1, 2), count(*)
            FROM {connection.ops.quote_name(Spell._meta.db_table)}
            WHERE status = 1 AND started <= %(about)s AND (ended IS NULL OR ended > %(about)s)
                AND home ~>=~ %(division)s AND home ~<~ %(end)s
            GROUP BY 1, 2
            ORDER BY 1, 2
            """,  # noqa: S608
            {"about": about, "division": division, "end": division + ":"},
        )
        rows: list[Flow] = cursor.fetchall()
    return rows

"""Wishes to travel that no trip serves yet: counted by the database, as a province has 20,000, and
the wishes behind one group of them."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.db import connection

from zhitong.registry.grouping import CITY_DIGITS, Cohort, Group
from zhitong.registry.models import Departure
from zhitong.transport.models import Passage

_WAITING = f"""
FROM registry_departure d
WHERE d.home ~>=~ %(division)s AND d.home ~<~ %(end)s
  AND d.earliest <= %(last)s AND d.latest >= %(first)s AND d.mode <> '{Departure.Mode.OWN}'
  AND NOT EXISTS (SELECT FROM transport_passage p WHERE p.departure_id = d.id
                  AND p.state NOT IN ('{Passage.State.NO_SHOW}', '{Passage.State.CANCELLED}'))
  AND NOT EXISTS (SELECT FROM registry_worker w
                  WHERE w.id = d.worker_id AND w.erased_at IS NOT NULL)
"""  # noqa: S608
# Days are cut to those asked for: whoever has the same ones left to choose from is one cohort.
_CITY = f"substr(d.destination, 1, {CITY_DIGITS})"
_WINDOW = "greatest(d.earliest, %(first)s), least(d.latest, %(last)s)"
_COHORTS = f"""
SELECT city, earliest, latest, sum(people)::int, json_object_agg(township, people)::text
FROM (
    SELECT {_CITY}, substr(d.origin, 1, 9), {_WINDOW}, count(*)
    {_WAITING}
    GROUP BY 1, 2, 3, 4
) alike (city, township, earliest, latest, people)
GROUP BY 1, 2, 3
"""  # noqa: S608
_OF_GROUP = f"""
SELECT d.id {_WAITING} AND {_CITY} = %(city)s
  AND ({_WINDOW}) IN (SELECT * FROM unnest(%(begins)s::date[], %(ends)s::date[]))
ORDER BY d.origin, d.party_id, d.id
"""  # noqa: S608


def waiting(*, division: str, first: date, last: date) -> list[Cohort]:
    """Who of a division could leave over some days (both included) and has no seat; one query.

    Those who travel on their own are left out, and erased people.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COHORTS, _asked(division, first, last))
        return [
            Cohort(city, begin, end, people, json.loads(origins))
            for city, begin, end, people, origins in cursor.fetchall()
        ]


def wishes_of(*, group: Group, division: str, first: date, last: date) -> list[int]:
    """The wishes behind a group of `waiting`'s cohorts, neighbours and parties together; one query.

    `division`, `first` and `last` are those that the cohorts were asked for with.
    """
    windows = {
        "city": group.city,
        "begins": [one.earliest for one in group.cohorts],
        "ends": [one.latest for one in group.cohorts],
    }
    with connection.cursor() as cursor:
        cursor.execute(_OF_GROUP, _asked(division, first, last) | windows)
        return [pk for (pk,) in cursor.fetchall()]


def _asked(division: str, first: date, last: date) -> dict[str, Any]:
    return {"division": division, "end": f"{division}:", "first": first, "last": last}

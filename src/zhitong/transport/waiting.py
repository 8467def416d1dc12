"""Wishes to travel that no trip serves yet, counted by the database: a province has 20,000."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.db import connection

from zhitong.registry.grouping import CITY_DIGITS, Cohort
from zhitong.registry.models import Departure
from zhitong.transport.models import Passage

# Days are cut to those asked for: whoever has the same ones left to choose from is one cohort.
_COHORTS = f"""
SELECT city, earliest, latest, sum(people)::int, json_object_agg(township, people)::text
FROM (
    SELECT substr(d.destination, 1, {CITY_DIGITS}) AS city, substr(d.origin, 1, 9) AS township,
           greatest(d.earliest, %(first)s) AS earliest, least(d.latest, %(last)s) AS latest,
           count(*) AS people
    FROM registry_departure d
    WHERE d.home ~>=~ %(division)s AND d.home ~<~ %(end)s
      AND d.earliest <= %(last)s AND d.latest >= %(first)s AND d.mode <> '{Departure.Mode.OWN}'
      AND NOT EXISTS (SELECT FROM transport_passage p WHERE p.departure_id = d.id
                      AND p.state NOT IN ('{Passage.State.NO_SHOW}', '{Passage.State.CANCELLED}'))
      AND NOT EXISTS (SELECT FROM registry_worker w
                      WHERE w.id = d.worker_id AND w.erased_at IS NOT NULL)
    GROUP BY 1, 2, 3, 4
) alike
GROUP BY 1, 2, 3
"""  # noqa: S608


def waiting(*, division: str, first: date, last: date) -> list[Cohort]:
    """Who of a division could leave over some days (both included) and has no seat; one query.

    Those who travel on their own are left out, and erased people.
    """
    values: dict[str, Any] = {
        "division": division,
        "end": f"{division}:",
        "first": first,
        "last": last,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COHORTS, values)
        return [
            Cohort(city, begin, end, people, json.loads(origins))
            for city, begin, end, people, origins in cursor.fetchall()
        ]

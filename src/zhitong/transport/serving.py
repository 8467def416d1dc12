"""Which registered wish a journey that ran has fulfilled: it need not be planned any more."""

from __future__ import annotations

from django.db import connection

from zhitong import places
from zhitong.registry.models import Batch

# The same worker, a day within the window, and one city of arrival, as far as both are told: a
# coach lets people off in the city, the wish may name the district. One passage for one departure;
# a departure that a plan has seated, or an earlier log has told, is left as it is.
_LINK = """
WITH fitting AS (
    SELECT DISTINCT ON (departure.id)
        departure.id AS departure_id, departure.latest, passage.id AS passage_id
    FROM transport_trip AS trip
    JOIN transport_passage AS passage ON passage.trip_id = trip.id
    JOIN registry_departure AS departure ON departure.worker_id = passage.worker_id
    CROSS JOIN LATERAL (
        SELECT left(
            trip.destination, CASE WHEN left(trip.destination, 2) = ANY(%s) THEN 2 ELSE 4 END
        ) AS city
    ) AS arrival
    WHERE trip.batch_id = %s
      AND passage.departure_id IS NULL
      AND trip.day BETWEEN departure.earliest AND departure.latest
      AND (starts_with(departure.destination, arrival.city)
           OR starts_with(arrival.city, departure.destination))
      AND NOT EXISTS (
        SELECT FROM transport_passage AS other
        WHERE other.departure_id = departure.id AND other.state NOT IN ('no_show', 'cancelled')
      )
    ORDER BY departure.id, trip.day, passage.id
), chosen AS (
    SELECT DISTINCT ON (passage_id) passage_id, departure_id
    FROM fitting
    ORDER BY passage_id, latest, departure_id
)
UPDATE transport_passage SET departure_id = chosen.departure_id
FROM chosen WHERE transport_passage.id = chosen.passage_id
"""


def link_departures(*, batch: Batch) -> int:
    """Tie the passages of a log's trips to the departures they served; how many there were."""
    municipalities = [one.code for one in places.provinces() if one.municipality]
    with connection.cursor() as cursor:
        cursor.execute(_LINK, [municipalities, batch.pk])
        return int(cursor.rowcount)

"""Which plans and trips a request may touch, see `offices.walls`."""

from __future__ import annotations

from zhitong.offices.rules import Stage
from zhitong.offices.walls import Wall, Walls, within

# A trip is visible where it stops, and a stop where its trip is: one of the two must not ask the
# other under its own policy. This one runs as the owner of the tables.
_STOPS_WITHIN = within("s.division")
_FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION zhitong_trips_that_stop() RETURNS SETOF bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT s.trip_id FROM transport_stop s WHERE {_STOPS_WITHIN}
$$;
"""  # noqa: S608


def _wall(table: str, using: str) -> Wall:
    return Wall(table=table, stage=Stage.TRANSPORT, using=using)


def _of_trip(table: str) -> Wall:
    return _wall(table, f"EXISTS (SELECT FROM transport_trip t WHERE t.id = {table}.trip_id)")


_TRIP = f"{within('origin')} OR {within('destination')} OR id IN (SELECT zhitong_trips_that_stop())"
_PLAN = (
    f"{within('scope')}"
    " OR EXISTS (SELECT FROM transport_trip t WHERE t.plan_id = transport_plan.id)"
)
_LEFT_OVER = (
    "EXISTS (SELECT FROM transport_plan p WHERE p.id = transport_leftover.plan_id)"
    " AND EXISTS (SELECT FROM registry_departure d WHERE d.id = transport_leftover.departure_id)"
)

WALLS = Walls(
    functions=_FUNCTIONS,
    walls=(
        _wall("transport_plan", _PLAN),
        _wall("transport_trip", _TRIP),
        _of_trip("transport_stop"),
        _of_trip("transport_passage"),
        _of_trip("transport_manifest"),
        _wall("transport_leftover", _LEFT_OVER),
    ),
)

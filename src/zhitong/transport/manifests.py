"""Issuing manifests: a version says who sat where when it was signed; a later one voids it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from zhitong.kernel import journal
from zhitong.transport.demand import digest_of
from zhitong.transport.models import Manifest, Passage, Stop, Trip


def issue_manifest(*, trip: Trip, issued_by: Any | None, now: datetime) -> Manifest:
    """The current version of a trip's list: a new one only when people, seats or stops changed."""
    return issue_many(trips=[trip], issued_by=issued_by, now=now)[0]


@transaction.atomic
def issue_many(*, trips: Iterable[Trip], issued_by: Any | None, now: datetime) -> list[Manifest]:
    """`issue_manifest` for many trips, in their order, with a fixed number of queries."""
    wanted = list(trips)
    ids = [trip.pk for trip in wanted]
    locked = Trip.objects.select_for_update().filter(pk__in=ids).order_by("pk").in_bulk()
    digests = contents_digests(trips=list(locked.values()))
    latest = latest_manifests(trips=ids)
    new = [
        Manifest(
            trip=locked[trip],
            version=latest[trip].version + 1 if trip in latest else 1,
            issued_at=now,
            issued_by=issued_by,
            digest=digests[trip],
        )
        for trip in ids
        if trip not in latest or bytes(latest[trip].digest) != digests[trip]
    ]
    Manifest.objects.bulk_create(new)
    latest |= {one.trip_id: one for one in new}
    if new:
        journal.record(
            actor=issued_by,
            verb="manifest.issue",
            subject=f"trip:{new[0].trip_id}" if len(new) == 1 else "trips",
            now=now,
            details={"versions": {locked[one.trip_id].number: one.version for one in new}},
        )
    return [latest[trip] for trip in ids]


def latest_manifests(*, trips: Sequence[int]) -> dict[int, Manifest]:
    """The manifest in force of each of these trips that has one."""
    found = Manifest.objects.filter(trip__in=trips).order_by("trip", "version")
    return {one.trip_id: one for one in found}


def contents_digests(*, trips: Sequence[Trip]) -> Mapping[int, bytes]:
    """What a manifest's digest is of, per trip: vehicle, stops, and live passages with seats."""
    content: dict[int, dict[str, list[Any]]] = {
        trip.pk: {
            "trip": [trip.number, str(trip.day), trip.plate, trip.carrier, trip.vehicle_type],
            "stops": [],
            "people": [],
        }
        for trip in trips
    }
    for stop in Stop.objects.filter(trip__in=content).order_by("trip", "position"):
        content[stop.trip_id]["stops"].append([stop.position, stop.kind, stop.division, stop.km])
    for one in live_passages(trips=list(content)).values_list(
        "trip_id", "seat", "worker_id", "name", "pickup__position", "drop__position"
    ):
        content[one[0]]["people"].append(list(one[1:]))
    return {trip: digest_of(some) for trip, some in content.items()}


def live_passages(*, trips: Sequence[int]) -> Any:
    """Passages that hold their seats, in the order of the list."""
    return (
        Passage.objects.filter(trip__in=trips)
        .exclude(state__in=(Passage.State.NO_SHOW, Passage.State.CANCELLED))
        .order_by("trip", "seat", "pk")
    )

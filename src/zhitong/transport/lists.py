"""What a trip's papers say: the route, and who sits where, masked unless asked otherwise."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zhitong import places
from zhitong.kernel import masks
from zhitong.kernel.sealing import unseal
from zhitong.offices.walls import over_the_wall
from zhitong.places import Level
from zhitong.policies.rules import FrozenProfile
from zhitong.transport.manifests import contents_digests, latest_manifests, live_passages
from zhitong.transport.models import Manifest, Plan, Stop, Trip


@dataclass(frozen=True, slots=True)
class StopLine:
    """One stop: `people` board or leave here; `approximate` when its coordinates are.

    `place` is the full name, `short` what people say.
    """

    kind: str
    code: str
    place: str
    short: str
    at: datetime | None
    km: int
    people: int
    approximate: bool


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One passenger. Seat "" when the log gave none, name "" when it gave only a number."""

    seat: str
    name: str
    identity: str
    phone: str
    pickup: str
    drop: str
    needs: str


@dataclass(frozen=True, slots=True)
class TripList:
    """A trip as its papers show it.

    `manifest` is None while the content as it is now was never issued; `policy` is the profile
    that the trip was planned under.
    """

    trip: Trip
    manifest: Manifest | None
    policy: FrozenProfile | None
    digest: bytes
    stops: tuple[StopLine, ...]
    people: tuple[PersonLine, ...]

    @property
    def origin(self) -> str:
        return place_name(self.trip.origin)

    @property
    def destination(self) -> str:
        return place_name(self.trip.destination)


@over_the_wall
def lists_of(*, trips: Iterable[Trip], reveal: bool = False) -> list[TripList]:
    """The lists of trips that the reader may see, in their order, with a fixed number of queries.

    Everybody aboard is read: a trip that touches a reader's scope carries people of others.

    Names, numbers and telephones are masked unless `reveal`; the caller journals a reveal.
    """
    wanted = list(trips)
    ids = [trip.pk for trip in wanted]
    digests = contents_digests(trips=wanted)
    latest = latest_manifests(trips=ids)
    plans = {trip.plan_id for trip in wanted if trip.plan_id is not None}
    policies = dict(Plan.objects.filter(pk__in=plans).values_list("pk", "policy"))
    stops: dict[int, list[Stop]] = defaultdict(list)
    for stop in Stop.objects.filter(trip__in=ids).order_by("trip", "position"):
        stops[stop.trip_id].append(stop)
    people: dict[int, list[PersonLine]] = defaultdict(list)
    at_stop: Counter[int | None] = Counter()
    place_of = {stop.pk: place_name(stop.division) for some in stops.values() for stop in some}
    for one in live_passages(trips=ids).select_related("worker", "departure"):
        at_stop.update((one.pickup_id, one.drop_id))
        people[one.trip_id].append(_person(one, place_of, reveal))
    return [
        TripList(
            trip=trip,
            manifest=_in_force(latest.get(trip.pk), digests[trip.pk]),
            policy=policies.get(trip.plan_id or 0),
            digest=digests[trip.pk],
            stops=tuple(_stop_line(stop, at_stop[stop.pk]) for stop in stops[trip.pk]),
            people=tuple(people[trip.pk]),
        )
        for trip in wanted
    ]


def place_name(code: str) -> str:
    """As people on the road say it: 枣强县王均乡, 成都市武侯区, 成都市, 辛集市, 北京市."""
    division = places.find(code)
    if division is None:
        return code
    above = [one for one in places.ancestors(code) if not one.pseudo]
    if division.pseudo and above:
        return above[-1].name
    if division.level <= Level.CITY or (division.province_run and division.level == Level.COUNTY):
        return division.name
    parent = above[-1]
    in_province = parent.level == Level.PROVINCE and not parent.municipality
    if in_province or division.name == parent.name:
        return division.name
    return parent.name + division.name


def _in_force(manifest: Manifest | None, digest: bytes) -> Manifest | None:
    """A version counts only while it says what is booked now."""
    return manifest if manifest and bytes(manifest.digest) == digest else None


def _stop_line(stop: Stop, people: int) -> StopLine:
    division = places.find(stop.division)
    return StopLine(
        kind=Stop.Kind(stop.kind).label,
        code=stop.division,
        place=stop.place or place_name(stop.division),
        short=place_name(stop.division),
        at=stop.planned_at,
        km=stop.km,
        people=people,
        approximate=division is None or division.approximate,
    )


def _person(passage: Any, place_of: dict[int, str], reveal: bool) -> PersonLine:
    worker = passage.worker
    name, identity, phone = passage.name, "", ""
    if worker is not None:
        name = worker.name
        identity = unseal(worker.identity_sealed, purpose="identity")
        if worker.phone_sealed is not None:
            phone = unseal(worker.phone_sealed, purpose="phone")
    if not reveal:
        name, identity, phone = masks.name(name), masks.identity(identity), masks.phone(phone)
    return PersonLine(
        seat="" if passage.seat is None else str(passage.seat),
        name=name,
        identity=identity,
        phone=phone,
        pickup=place_of.get(passage.pickup_id, ""),
        drop=place_of.get(passage.drop_id, ""),
        needs=passage.departure.needs if passage.departure else "",
    )

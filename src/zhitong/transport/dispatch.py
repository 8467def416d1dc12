"""From solved problems to trips as they will be driven: numbers replaced by places and people.

Pure. A vehicle that its riders would leave half empty is not sent: those people are listed as
left over with what would help (docs/decisions/0006).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from itertools import accumulate, pairwise, product
from typing import Any

from zhitong import places, planning
from zhitong.planning.costs import trip_cost
from zhitong.planning.crew import timetable
from zhitong.planning.joining import Aboard
from zhitong.planning.reasons import Neighbours
from zhitong.policies.rules import FrozenProfile, Verdict, usable_seats
from zhitong.transport import advice, rules
from zhitong.transport.advice import Advice
from zhitong.transport.blocks import Block
from zhitong.transport.dear import why_dear
from zhitong.transport.demand import Demand
from zhitong.transport.groups import Group, Left, Reason
from zhitong.transport.vehicles import Fleet, Vehicle

NEAR_COACHES = 5
"""So many coaches near somebody who is left are looked at."""


@dataclass(frozen=True, slots=True)
class Rider:
    """One departure aboard: seat, and the positions of both stops among the trip's stops."""

    departure: int
    seat: int
    pickup: int
    drop: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A trip to be stored. `pickups` first, then `drops`; `km` from the first stop."""

    day: int
    vehicle: Vehicle
    verdict: Verdict
    pickups: tuple[str, ...]
    drops: tuple[str, ...]
    km: tuple[int, ...]
    at: tuple[datetime, ...]
    drivers: int
    riders: tuple[Rider, ...]
    cost: float
    dear: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class _Aboard:
    """A party, or the part of it, that rides on one trip."""

    group: Group
    departures: tuple[int, ...]
    pickup: int
    drop: int


@dataclass(frozen=True, slots=True)
class _Sent:
    """A solver's trip with those aboard, whether sent or not."""

    block: Block
    trip: planning.Trip
    aboard: tuple[_Aboard, ...]

    @property
    def people(self) -> int:
        return sum(len(one.departures) for one in self.aboard)

    @property
    def usable(self) -> int:
        return self.block.verdict(self.trip).seats


def dispatch(
    demand: Demand,
    plans: Sequence[planning.Plan],
    *,
    profile: FrozenProfile,
    fleet: Fleet,
    zone: tzinfo,
) -> tuple[list[Draft], list[Left]]:
    """The trips worth sending, by day and route, and everybody who is left with a reason."""
    trips = [one for part in zip(demand.blocks, plans, strict=True) for one in _read(*part, demand)]
    sent = [one for one in trips if _is_sent(one, fleet)]
    dear = _why_dear(sent, demand)
    drafts = [
        replace(_draft(one, demand, profile, fleet, zone), dear=dear.get(number))
        for number, one in enumerate(sent)
    ]
    spare = _spare_seats(sent)
    coaches = {
        block.key: Neighbours(
            block.problem,
            [one.trip for one in sent if one.block is block],
            most=NEAR_COACHES,
        )
        for block in demand.blocks
    }
    left = list(demand.left)
    for one in trips:
        if not _is_sent(one, fleet):
            near = coaches[one.block.key]
            left += [
                Left(
                    some.departures,
                    Reason.TOO_FEW,
                    _remedy(some, one, spare, near, demand, fleet),
                )
                for some in one.aboard
            ]
    for plan in plans:
        for item in plan.unassigned:
            departures = demand.groups[str(item.party)].departures
            left.append(Left(departures, Reason.NO_VEHICLE, advice.TOO_LARGE))
    drafts.sort(
        key=lambda draft: (draft.day, draft.pickups, draft.drops, draft.riders[0].departure)
    )
    return drafts, sorted(left, key=lambda one: one.departures)


def _read(block: Block, plan: planning.Plan, demand: Demand) -> Iterator[_Sent]:
    used: dict[str, int] = {}
    for trip in plan.trips:
        parts = dict(trip.parts)
        aboard = []
        for party_id in trip.parties:
            group = demand.groups[str(party_id)]
            first = used.get(group.id, 0)
            last = first + parts.get(party_id, len(group.departures))
            used[group.id] = last
            aboard.append(
                _Aboard(
                    group,
                    group.departures[first:last],
                    trip.pickups.index(block.codes.index(group.origin)),
                    len(trip.pickups) + trip.drops.index(block.codes.index(group.destination)),
                )
            )
        # Who boards first and rides farthest sits in front; a large party finds seats first.
        aboard.sort(key=lambda one: (one.pickup, -one.drop, -len(one.departures), one.departures))
        yield _Sent(block, trip, tuple(aboard))


def _why_dear(sent: Sequence[_Sent], demand: Demand) -> dict[int, dict[str, Any]]:
    """By position among those sent."""
    found = {}
    for block in demand.blocks:
        own = [number for number, one in enumerate(sent) if one.block is block]
        trips = [sent[number].trip for number in own]
        for at, why in why_dear(block, trips, first_day=demand.first_day).items():
            found[own[at]] = why
    return found


def _is_sent(one: _Sent, fleet: Fleet) -> bool:
    return rules.worth_a_coach(people=one.people, usable=one.usable, least_share=fleet.least_share)


def _draft(one: _Sent, demand: Demand, profile: FrozenProfile, fleet: Fleet, zone: tzinfo) -> Draft:
    block, trip = one.block, one.trip
    vehicle = fleet.named(block.vehicles[trip.type])
    verdict = block.verdict(trip)
    stops = trip.pickups + trip.drops
    codes = [block.codes[stop] for stop in stops]
    km = tuple(accumulate((int(block.problem.km[a, b]) for a, b in pairwise(stops)), initial=0))
    table = timetable(
        km,
        start=datetime.combine(demand.first_day + timedelta(days=trip.day), fleet.start, zone),
        kmh=fleet.kmh,
        stop_minutes=fleet.stop_minutes,
        limits=rules.driving(profile, origin=codes[0], destination=codes[-1]),
    )
    seats = rules.seat_parties(
        [len(some.departures) for some in one.aboard],
        front=_front_seats(profile, vehicle, codes[0], codes[-1]),
        spread=any(rule["kind"] == "load_cap" for rule in verdict.rules),
    )
    return Draft(
        day=trip.day,
        vehicle=vehicle,
        verdict=verdict,
        pickups=tuple(codes[: len(trip.pickups)]),
        drops=tuple(codes[len(trip.pickups) :]),
        km=km,
        at=table.at,
        drivers=table.drivers,
        riders=tuple(
            Rider(departure, seat, some.pickup, some.drop)
            for some, numbers in zip(one.aboard, seats, strict=True)
            for departure, seat in zip(some.departures, numbers, strict=True)
        ),
        cost=trip_cost(block.problem, trip),
        dear=None,
    )


def _front_seats(profile: FrozenProfile, vehicle: Vehicle, origin: str, destination: str) -> int:
    """Seats before the kept rows: what the policy would leave if no licence and no cap bound."""
    unbound = usable_seats(
        profile, rated=1_000_000, seats=vehicle.seats, origin=origin, destination=destination
    )
    return unbound.seats


def _spare_seats(sent: Sequence[_Sent]) -> dict[tuple[str, str], dict[int, int]]:
    """(origin, destination) -> day -> most seats left on one coach that stops at both."""
    spare: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    for one in sent:
        seats, day, codes = one.usable - one.people, one.trip.day, one.block.codes
        for relation in product(one.trip.pickups, one.trip.drops):
            days = spare[codes[relation[0]], codes[relation[1]]]
            days[day] = max(seats, days.get(day, 0))
    return spare


def _remedy(
    some: _Aboard,
    trip: _Sent,
    spare: dict[tuple[str, str], dict[int, int]],
    coaches: Neighbours,
    demand: Demand,
    fleet: Fleet,
) -> Advice:
    """A coach on another day with seats left on the same way; one that passes near; more people."""
    group = some.group
    earliest = (group.earliest - demand.first_day).days
    latest = (group.latest - demand.first_day).days
    days = [
        day
        for day, seats in spare.get((group.origin, group.destination), {}).items()
        if seats >= len(some.departures)
    ]
    if days:
        day = min(days, key=lambda day: (max(day - latest, earliest - day, 0), day))
        late = max(0, day - latest) or min(0, day - earliest)
        return advice.spare_seat(demand.first_day + timedelta(days=day), late)
    party = next(one for one in trip.block.problem.parties if one.id == group.id)
    joined = _joined(coaches, Aboard(party, len(some.departures)), trip.block, demand)
    if joined:
        return joined
    least = rules.least_people(usable=trip.usable, least_share=fleet.least_share)
    return advice.find_more(least - trip.people)


def _joined(coaches: Neighbours, group: Aboard, block: Block, demand: Demand) -> Advice | None:
    """The cheapest way into a coach that is sent, one rule loosened."""
    for remedy in sorted(coaches.joins([group]), key=lambda one: (one.change, abs(one.amount))):
        assert remedy.trip is not None
        coach = coaches.trips[remedy.trip]
        code = block.codes[coach.drops[-1]]
        found = advice.join(
            remedy,
            first_day=demand.first_day,
            day=coach.day,
            place=places.get(code).short,
        )
        if found:
            return found
    return None

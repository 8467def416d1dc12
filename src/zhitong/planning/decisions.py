"""What is decided before planning starts: a planner's pins, and a plan that people were told of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhitong.planning.model import Party, PartyId, Trip


@dataclass(frozen=True, slots=True)
class Pins:
    """A planner's own decisions, which every plan keeps.

    ``trips`` are in the plan exactly as given, nobody joins them, their vehicles count in the fleet
    and their prices in the cost; whoever rides one of them rides there with all of the party's
    people. ``days`` fixes departure days (party, day). Of each pair in ``together`` both ride on
    one trip or neither rides on any. Parties in ``alone`` share their vehicle with nobody, those
    in ``outside`` pay their outside price.
    """

    trips: tuple[Trip, ...] = ()
    days: tuple[tuple[PartyId, int], ...] = ()
    together: tuple[tuple[PartyId, PartyId], ...] = ()
    alone: tuple[PartyId, ...] = ()
    outside: tuple[PartyId, ...] = ()

    @property
    def decided(self) -> frozenset[PartyId]:
        """Parties about whom nothing is left to plan."""
        return frozenset((*self.outside, *(p for trip in self.trips for p in trip.parties)))

    def day_of(self, party: Party) -> tuple[int, int]:
        """The first and the last day on which ``party`` may leave."""
        day = dict(self.days).get(party.id)
        return (party.earliest, party.latest) if day is None else (day, day)

    def groups(self) -> list[frozenset[PartyId]]:
        """Parties that travel together, two or more each."""
        groups: list[set[PartyId]] = []
        for pair in self.together:
            joined = [group for group in groups if group & set(pair)]
            groups = [group for group in groups if not group & set(pair)]
            groups.append(set(pair).union(*joined))
        return [frozenset(group) for group in groups]


@dataclass(frozen=True, slots=True)
class Published:
    """A plan that people were told of, and the ``penalty`` for each of them who is told otherwise.

    Who changes is counted by *pieces*: the people of a party on one trip, outside, or left behind
    are a piece, so a party that is not split is one. Only parties of the published plan that are
    still there count. A trip of the new plan may *continue* one published trip of the same day, and
    a published trip is continued by one trip at most, whatever became of its vehicle and stops. A
    piece on a trip is kept if its trip continues a published trip of its party, a piece outside if
    its party was published as outside; every other piece changes. Of all ways to say which trip
    continues which the one with the fewest changes counts.
    """

    trips: tuple[Trip, ...] = ()
    outside: tuple[PartyId, ...] = ()
    penalty: float = 0.0


@dataclass(frozen=True, slots=True)
class Change:
    """One piece of a party that changes: in the new plan on ``trip``, an index, or on none.

    ``what``: "day", leaves on day ``after``, not ``before``; "trip", the same day on another trip;
    "ride", rides, was published outside; "outside", pays outside, was published on a trip;
    "behind", stays behind. ``before`` is the first of a split party's days; a day is None where
    nobody leaves.
    """

    party: PartyId
    what: str
    before: int | None
    after: int | None
    trip: int | None


def contradictions(
    pins: Pins, parties: Iterable[Party], apart: Iterable[tuple[PartyId, PartyId]]
) -> Iterator[tuple[str, str]]:
    """Why ``pins`` make no sense: stable code and sentence for each reason."""
    party = {one.id: one for one in parties}
    named = [
        *(party_id for trip in pins.trips for party_id in trip.parties),
        *(party_id for party_id, _ in pins.days),
        *(party_id for pair in pins.together for party_id in pair),
        *pins.alone,
        *pins.outside,
    ]
    if unknown := [party_id for party_id in named if party_id not in party]:
        yield "unknown-party", f"party {unknown[0]!r} is pinned but there is none"
        return
    yield from _impossible_days(pins, party)
    yield from _impossible_outside(pins, party)
    yield from _impossible_trips(pins, party)
    yield from _impossible_groups(pins, party, {frozenset(pair) for pair in apart})


def _impossible_days(pins: Pins, party: dict[PartyId, Party]) -> Iterator[tuple[str, str]]:
    days = dict(pins.days)
    for party_id, day in pins.days:
        one = party[party_id]
        if not one.earliest <= day <= one.latest:
            yield (
                "pin-outside-window",
                f"party {party_id!r} is pinned to day {day}, but may leave from day"
                f" {one.earliest} to {one.latest}",
            )
        if days[party_id] != day:
            yield "pins-contradict", f"party {party_id!r} is pinned to day {day} and another"


def _impossible_outside(pins: Pins, party: dict[PartyId, Party]) -> Iterator[tuple[str, str]]:
    riding = {
        *(party_id for trip in pins.trips for party_id in trip.parties),
        *(party_id for party_id, _ in pins.days),
        *(party_id for pair in pins.together for party_id in pair),
        *pins.alone,
    }
    for party_id in pins.outside:
        if party[party_id].outside_price is None:
            yield "no-outside-price", f"party {party_id!r} is pinned outside but has no price there"
        if party_id in riding:
            yield "pins-contradict", f"party {party_id!r} is pinned outside and to a trip"


def _impossible_trips(pins: Pins, party: dict[PartyId, Party]) -> Iterator[tuple[str, str]]:
    days = dict(pins.days)
    people: Counter[PartyId] = Counter()
    for trip in pins.trips:
        parts = dict(trip.parts)
        for party_id in trip.parties:
            people[party_id] += parts.get(party_id, party[party_id].size)
            if days.get(party_id, trip.day) != trip.day:
                yield (
                    "pins-contradict",
                    f"party {party_id!r} is pinned to day {days[party_id]}"
                    f" and to a trip on day {trip.day}",
                )
            if party_id in pins.alone and len(trip.parties) > 1:
                yield "pins-contradict", f"party {party_id!r} is pinned alone and to a shared trip"
    for party_id, many in people.items():
        size = party[party_id].size
        if many != size:
            yield "pinned-part", f"pinned trips carry {many} of the {size} people of {party_id!r}"


def _impossible_groups(
    pins: Pins, party: dict[PartyId, Party], apart: set[frozenset[PartyId]]
) -> Iterator[tuple[str, str]]:
    for group in pins.groups():
        names = ", ".join(sorted(map(repr, group)))
        if len(group) == 1:
            yield "pins-contradict", f"party {names} is pinned together with itself"
        windows = [pins.day_of(party[party_id]) for party_id in group]
        if max(first for first, _ in windows) > min(last for _, last in windows):
            yield "pins-contradict", f"parties {names} travel together but have no day in common"
        if any(pair <= group for pair in apart):
            yield "pins-contradict", f"parties {names} travel together but are to be kept apart"
        if group & set(pins.alone):
            yield "pins-contradict", f"parties {names} travel together, yet one of them alone"
        decided = group & pins.decided
        aboard = [trip for trip in pins.trips if group & set(trip.parties)]
        if decided and (len(aboard) != 1 or not group <= set(aboard[0].parties)):
            yield "pins-contradict", f"of parties {names}, who travel together, a trip takes some"

"""Outside modes: seats beside the charters that are limited, such as group tickets and trains.

A mode goes from one station to another on some days, in units that are opened whole: a special
train, a carriage hired for the day, a group ticket. ``modal`` plans with them, ``check_modes``
judges. An ``outside_price`` of a party is the other kind of outside: a seat always to be had.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from zhitong.planning.decisions import Pins
from zhitong.planning.model import Party, PartyId, Plan, Problem, ProblemError, Proof


@dataclass(frozen=True, slots=True)
class OutsideMode:
    """Seats from point ``start`` to point ``end`` on ``days``, in ``units`` a day.

    Each unit has ``capacity`` seats, costs ``unit_price`` when it is opened and then carries
    ``least_people`` at least; everybody in it pays ``person_price``. A party sits together in the
    units of one day. It reaches ``start`` from home and its destination from ``end`` by feeders of
    at most ``feeder_km`` each, at ``feeder_price`` a person and km.
    """

    name: str
    start: int
    end: int
    days: tuple[int, ...]
    capacity: int
    units: int = 1
    unit_price: float = 0.0
    person_price: float = 0.0
    least_people: int = 0
    feeder_km: int = 50
    feeder_price: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "days", tuple(self.days))


@dataclass(frozen=True, slots=True)
class Departure:
    """``units`` of ``modes[mode]`` opened on ``day``, and who rides in them."""

    mode: int
    day: int
    units: int
    parties: tuple[PartyId, ...]


@dataclass(frozen=True, slots=True)
class ModalPlan:
    """``plan`` for those who do not ride in ``departures`` of outside modes.

    ``cost`` counts both; ``lower_bound`` and ``proof`` are those of the problem in which everybody
    may have the cheapest seat of a full unit (``with_cheapest_seats``), which no plan beats.
    """

    plan: Plan
    departures: tuple[Departure, ...] = ()
    cost: float = 0.0
    lower_bound: float = 0.0
    gap: float = 0.0
    proof: Proof = field(default_factory=Proof)


def fare(problem: Problem, mode: OutsideMode, party: Party) -> float:
    """What ``party`` pays for its seats and feeders; inf where the feeders are too long."""
    there = int(problem.km[party.origin, mode.start])
    on = int(problem.km[mode.end, party.destination])
    if max(there, on) > mode.feeder_km:
        return math.inf
    return party.size * (mode.person_price + mode.feeder_price * (there + on))


def cost_of(problem: Problem, modes: Sequence[OutsideMode], departure: Departure) -> float:
    """What units and riders of a departure cost together."""
    party = {party.id: party for party in problem.parties}
    mode = modes[departure.mode]
    riders = sum(fare(problem, mode, party[party_id]) for party_id in departure.parties)
    return departure.units * mode.unit_price + riders


def days_for(mode: OutsideMode, party: Party) -> list[int]:
    """The days on which both may leave."""
    return [day for day in mode.days if party.earliest <= day <= party.latest]


def with_cheapest_seats(problem: Problem, modes: Iterable[OutsideMode]) -> Problem:
    """``problem`` where each party may have, at any time, the cheapest seat of a full unit.

    Units cost at least their price over their seats for everybody in them, so a plan with modes
    costs no less here. Parties that no vehicle fits and that have no price of their own stay
    without, for they may be left behind.
    """
    modes = [mode for mode in modes if mode.units]
    parties = []
    for party in problem.parties:
        prices = [] if party.outside_price is None else [party.outside_price]
        if prices or problem.fits(party):
            prices += [
                fare(problem, mode, party) + party.size * mode.unit_price / mode.capacity
                for mode in modes
                if party.size <= mode.units * mode.capacity and days_for(mode, party)
            ]
        price = min(prices, default=math.inf)
        parties.append(replace(party, outside_price=price if math.isfinite(price) else None))
    return replace(problem, parties=tuple(parties))


def refuse_bad_modes(problem: Problem, modes: Iterable[OutsideMode]) -> None:
    """Raise ``ProblemError`` for a mode that makes no sense, or rules that are not for modes."""
    if any(kind.available_per_day for kind in problem.types):
        raise ProblemError("limited-fleet", "vehicles limited by day are not planned with modes")
    if problem.pins != Pins() or problem.published:
        raise ProblemError("pins-with-modes", "pins and published plans are not kept with modes")
    for mode in modes:
        for point in (mode.start, mode.end):
            if not 0 <= point < len(problem.points):
                raise ProblemError("unknown-point", f"mode {mode.name!r} stops at point {point}")
        if len(set(mode.days)) != len(mode.days):
            raise ProblemError("bad-days", f"mode {mode.name!r} lists a day twice")
        for what, value, least in (
            ("seats a unit", mode.capacity, 1),
            ("units", mode.units, 0),
            ("people at least", mode.least_people, 0),
            ("feeder km", mode.feeder_km, 0),
        ):
            if value < least:
                raise ProblemError("bad-mode", f"mode {mode.name!r} has {value} {what}")
        if mode.least_people > mode.capacity:
            raise ProblemError(
                "bad-mode",
                f"mode {mode.name!r} wants {mode.least_people} people in {mode.capacity} seats",
            )
        for price in (mode.unit_price, mode.person_price, mode.feeder_price):
            if not (math.isfinite(price) and price >= 0):
                raise ProblemError("bad-price", f"mode {mode.name!r} costs {price}")

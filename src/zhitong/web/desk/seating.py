"""The seats of a coach as they are drawn: rows from the front, the aisle in the middle."""

from __future__ import annotations

from dataclasses import dataclass

from zhitong.policies.rules import FrozenProfile, usable_seats
from zhitong.transport.lists import PersonLine, TripList

ROW, LAST_ROW = 4, 5
UNBOUND = 10_000


@dataclass(frozen=True, slots=True)
class Seat:
    """`state` is taken, kept or free."""

    number: int
    state: str
    person: PersonLine | None


@dataclass(frozen=True, slots=True)
class SeatPlan:
    """Rows of seats; None is a gap of one seat's width, in the row by the door or the aisle."""

    rows: list[list[Seat | None]]
    taken: int
    kept: int
    free: int


def seat_plan(one: TripList) -> SeatPlan | None:
    """The seats of a planned trip; None where the number of seats is not known."""
    seats = one.trip.seats
    if not seats:
        return None
    front = front_seats(one.policy, one, seats)
    people = {person.seat: person for person in one.people}
    drawn = {}
    for number in range(1, seats + 1):
        person = people.get(str(number))
        state = "taken" if person else "kept" if number > front else "free"
        drawn[number] = Seat(number, state, person)
    states = [seat.state for seat in drawn.values()]
    return SeatPlan(
        rows=[[drawn[number] if number else None for number in row] for row in rows_of(seats)],
        taken=states.count("taken"),
        kept=states.count("kept"),
        free=states.count("free"),
    )


def front_seats(policy: FrozenProfile | None, one: TripList, seats: int) -> int:
    """Seats before the rows that the policy keeps free: what is usable if no other limit bound."""
    if policy is None:
        return seats
    return usable_seats(
        policy,
        rated=UNBOUND,
        seats=seats,
        origin=one.trip.origin,
        destination=one.trip.destination,
    ).seats


def rows_of(seats: int) -> list[list[int | None]]:
    """Numbers row by row: five across the back, else two and two with the aisle between.

    A row that cannot be filled is the first, beside the door.
    """
    if seats < LAST_ROW:
        return [list(range(1, seats + 1))]
    full, beside_door = divmod(seats - LAST_ROW, ROW)
    numbers = iter(range(1, seats + 1))
    rows: list[list[int | None]] = []
    if beside_door:
        some: list[int | None] = [next(numbers) for _ in range(beside_door)]
        rows.append(([*some[:2], None, *some[2:]] + [None] * ROW)[: ROW + 1])
    for _ in range(full):
        row = [next(numbers) for _ in range(ROW)]
        rows.append([*row[:2], None, *row[2:]])
    rows.append([next(numbers) for _ in range(LAST_ROW)])
    return rows

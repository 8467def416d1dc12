"""Why parties are left behind for want of a vehicle, and what would help least."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from zhitong.planning.model import Party, Problem, Trip, Unassigned


def left_behind(
    problem: Problem, trips: Sequence[Trip], left: Mapping[int, int]
) -> tuple[Unassigned, ...]:
    """Reason and remedy for parties, by position, of whom ``left`` people find no vehicle.

    Vehicles in ``trips`` are taken. The remedy is the nearest day outside the window on which a
    vehicle is left, or one vehicle more.
    """
    used = Counter((trip.type, trip.day) for trip in trips)
    answers = []
    for index, people in sorted(left.items()):
        party = problem.parties[index]
        part = None if people == party.size else people
        remedy = _remedy(problem, party, people, used)
        answers.append(Unassigned(party.id, "vehicles-taken", remedy, part))
    return tuple(answers)


def _remedy(
    problem: Problem, party: Party, people: int, used: Mapping[tuple[int, int], int]
) -> str:
    fitting = [
        index
        for index, kind in enumerate(problem.types)
        if kind.exists and kind.seats(party.load_class) >= people
    ]
    if not fitting:
        return f"find a vehicle with {people} seats for them, of which none exists"
    km = int(problem.km[party.origin, party.destination])
    cheapest = min(fitting, key=lambda k: (problem.price(problem.types[k], km), k))
    # beyond the days in use, everything is left
    far = 1 + len({day for _, day in used})
    for shift in range(1, far + 1):
        for day, how in ((party.latest + shift, "later"), (party.earliest - shift, "earlier")):
            for index in fitting:
                most = problem.types[index].available_per_day
                if most is None or used.get((index, day), 0) < most:
                    name = problem.types[index].name
                    days = f"{shift} day{'s' if shift > 1 else ''}"
                    return f"leave {days} {how}, on day {day}, when a {name!r} is left"
    return f"one {problem.types[cheapest].name!r} more"

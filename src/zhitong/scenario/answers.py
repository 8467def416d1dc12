"""What must come out of a scenario, counted from what was drawn."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from zhitong import places
from zhitong.places import Category
from zhitong.scenario.departures import MODES, NOBODY
from zhitong.scenario.ground import PROVINCE
from zhitong.scenario.operated import Log, Trip
from zhitong.scenario.roster import Roster


def golden(roster: Roster, log: Log, *, reported: set[str]) -> dict[str, object]:
    """The figures of sections S1, S2, S4 and S6; `reported` are the townships that spoke."""
    outbound = [trip for trip in log.coaches if _leaves(trip)]
    inbound = [trip for trip in log.coaches if _comes(trip)]
    titled = [trip for trip in log.coaches if trip.title]
    every = log.coaches + log.shuttles
    return {
        "S1": [
            {"date": day.isoformat(), "people": _people(trips), "vehicles": len(trips)}
            for day in sorted({trip.day for trip in titled})
            for trips in ([trip for trip in titled if trip.day == day],)
        ],
        "S2": _stock(roster)
        | {
            "coverage": {
                "reported": len(reported),
                "due": len(places.expected_townships(PROVINCE)),
            }
        },
        "S4": {
            "outbound": {"trips": len(outbound), "people": _people(outbound)},
            "inbound": {"trips": len(inbound), "people": _people(inbound)},
        },
        "S6": {
            "total": {"trips": len(every), "people": _people(every)},
            "door_to_door": {"runs": len(log.shuttles), "people": _people(log.shuttles)},
            "point_to_point": {
                "vehicles": len({trip.plate for trip in log.coaches}),
                "people": _people(log.coaches),
            },
        },
    }


def departures(roster: Roster) -> dict[str, object]:
    """Who wants to leave in the coming week."""
    trips = roster.departures
    going = trips.party != NOBODY
    by_mode = np.bincount(trips.mode[going], minlength=len(MODES)).tolist()
    return {
        "people": int(going.sum()),
        "parties": len(np.unique(trips.party[going])),
        "modes": dict(zip(MODES, by_mode, strict=True)),
    }


def _stock(roster: Roster) -> dict[str, object]:
    count = np.bincount(roster.category[: roster.good], minlength=len(Category) + 1)
    categories = {one.key: int(count[one]) for one in Category}
    outside = categories[Category.OTHER_PROVINCE.key]
    total = sum(categories.values())
    return {
        "total": total,
        "within_province": total - outside,
        "outside_province": outside,
        "categories": categories,
    }


def _people(trips: Iterable[Trip]) -> int:
    return sum(trip.people for trip in trips)


def _leaves(trip: Trip) -> bool:
    return trip.origin.startswith(PROVINCE) and not trip.destination.startswith(PROVINCE)


def _comes(trip: Trip) -> bool:
    return trip.destination.startswith(PROVINCE) and not trip.origin.startswith(PROVINCE)

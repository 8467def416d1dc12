"""From groups of people to charter planning problems, each a block that is planned by itself.

Relations that leave the same usable seats of each vehicle are a load class of the planner, and a
trip has the fewest seats that any of its riders' relations leaves. Many groups are cut by
prefecture of origin and province of destination, to bound memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from zhitong import places
from zhitong.planning import Limits, Party, Problem, Trip, VehicleType
from zhitong.policies.rules import FrozenProfile, Verdict, usable_seats
from zhitong.transport import advice
from zhitong.transport.groups import Group, Left, Reason
from zhitong.transport.vehicles import Fleet

BLOCK_PARTIES = 2000
"""Demand of more parties is cut into blocks."""

MOST_CLASSES = 8
"""So many sets of usable seats are planned together at most."""


@dataclass(frozen=True, slots=True)
class Block:
    """One charter problem: its points are `codes`, its types `vehicles`.

    `verdicts`: for each load class those of the vehicles; `load_class`: that of each party.
    """

    key: str
    codes: tuple[str, ...]
    vehicles: tuple[str, ...]
    verdicts: dict[int, tuple[Verdict, ...]]
    load_class: dict[str, int]
    problem: Problem

    def verdict(self, trip: Trip) -> Verdict:
        """What leaves the fewest seats among the relations of a trip's riders."""
        classes = sorted({self.load_class[str(party)] for party in trip.parties})
        return min(
            (self.verdicts[load_class][trip.type] for load_class in classes),
            key=lambda verdict: verdict.seats,
        )


def blocks_of(
    groups: list[Group],
    points: dict[str, tuple[float, float]],
    first_day: date,
    profile: FrozenProfile,
    fleet: Fleet,
    left: list[Left],
) -> Iterator[Block]:
    """The problems of `groups`; those too near, or without a seat anywhere, join `left`.

    Groups whose relations leave the same seats are a load class, at most `MOST_CLASSES` a block.
    """
    road = places.GreatCircle(fleet.road_factor)
    verdicts: dict[tuple[str, str], tuple[Verdict, ...]] = {}
    classes: dict[Any, tuple[tuple[Verdict, ...], list[Group]]] = {}
    for group in groups:
        relation = group.origin, group.destination
        if relation not in verdicts:
            verdicts[relation] = tuple(
                usable_seats(
                    profile,
                    rated=vehicle.rated,
                    seats=vehicle.seats,
                    origin=group.origin,
                    destination=group.destination,
                )
                for vehicle in fleet.types
            )
        km = int(road.km(*(np.array([points[code]]) for code in relation))[0, 0])
        if km < fleet.least_km:
            left.append(Left(group.departures, Reason.TOO_NEAR, advice.TOO_NEAR))
        elif not any(verdict.seats for verdict in verdicts[relation]):
            left.append(Left(group.departures, Reason.NO_VEHICLE, advice.NO_SEATS))
        else:
            kinds = _told(verdicts[relation])
            classes.setdefault(kinds, (verdicts[relation], []))[1].append(group)
    ordered = [classes[kinds] for kinds in sorted(classes)]
    for at, first in enumerate(range(0, len(ordered), MOST_CLASSES), start=1):
        together = ordered[first : first + MOST_CLASSES]
        members = [group for _, some in together for group in some]
        class_of = {group.id: number for number, (_, some) in enumerate(together) for group in some}
        for part, some in _cut(members):
            numbers = sorted({class_of[group.id] for group in some})
            yield _block(
                f"{at}{part}",
                some,
                points,
                first_day,
                [together[number][0] for number in numbers],
                {group.id: numbers.index(class_of[group.id]) for group in some},
                fleet,
                road,
            )


def _told(verdicts: tuple[Verdict, ...]) -> tuple[tuple[int, str], ...]:
    """What tells load classes apart: seats, and the rules that leave them."""
    return tuple((verdict.seats, verdict.source) for verdict in verdicts)


def _cut(groups: list[Group]) -> list[tuple[str, list[Group]]]:
    """Parts of demand: all of it, by prefecture of origin, or by province of destination too."""
    if len(groups) <= BLOCK_PARTIES:
        return [("", groups)]
    parts = []
    for city, some in _by(groups, lambda group: group.origin[:4]):
        if len(some) <= BLOCK_PARTIES:
            parts.append((f"/{city}", some))
        else:
            by_province = _by(some, lambda group: group.destination[:2])
            parts += [(f"/{city}/{province}", few) for province, few in by_province]
    return parts


def _by(groups: list[Group], key: Callable[[Group], str]) -> list[tuple[str, list[Group]]]:
    parts: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        parts[key(group)].append(group)
    return sorted(parts.items())


def _block(
    key: str,
    groups: list[Group],
    points: dict[str, tuple[float, float]],
    first_day: date,
    verdicts: Sequence[tuple[Verdict, ...]],
    class_of: dict[str, int],
    fleet: Fleet,
    road: places.Distances,
) -> Block:
    """`class_of` tells by which of `verdicts` (one for each vehicle of the fleet) a group goes."""
    codes = sorted({group.origin for group in groups} | {group.destination for group in groups})
    at = {code: index for index, code in enumerate(codes)}
    here = np.array([points[code] for code in codes], dtype=np.float64)
    usable = [
        (vehicle, some)
        for vehicle, some in zip(fleet.types, zip(*verdicts, strict=True), strict=True)
        if any(verdict.seats for verdict in some)
    ]
    # a single class needs no caps beside the seats there are
    numbers = [0] if len(verdicts) == 1 else list(range(1, len(verdicts) + 1))
    largest = [max(verdict.seats for verdict in own) for own in verdicts]
    problem = Problem(
        points=here,
        km=road.km(here, here),
        parties=tuple(
            Party(
                id=group.id,
                origin=at[group.origin],
                destination=at[group.destination],
                size=len(group.departures),
                earliest=(group.earliest - first_day) // timedelta(days=1),
                latest=(group.latest - first_day) // timedelta(days=1),
                # A whole village that goes to one factory is no family: it may fill two coaches.
                splittable=len(group.departures) > largest[class_of[group.id]],
                load_class=numbers[class_of[group.id]],
            )
            for group in groups
        ),
        types=tuple(
            VehicleType(
                vehicle.name,
                max(verdict.seats for verdict in some),
                vehicle.fixed,
                vehicle.per_km,
                class_seats=tuple(verdict.seats for verdict in some) if numbers[0] else (),
            )
            for vehicle, some in usable
        ),
        limits=Limits(**fleet.limits),
    )
    return Block(
        key=key,
        codes=tuple(codes),
        vehicles=tuple(vehicle.name for vehicle, _ in usable),
        verdicts={
            number: tuple(some[at] for _, some in usable) for at, number in enumerate(numbers)
        },
        load_class={group.id: numbers[class_of[group.id]] for group in groups},
        problem=problem,
    )

"""From departures to charter planning problems; the only room that asks the charter solver.

Registered departures become parties, townships and cities become points, and the policy profile
becomes the usable seats of each vehicle: relations with the same seats are a load class of the
planner, and a trip has the fewest seats that any of its riders' relations leaves. Demand of many
parties is cut by prefecture of origin and province of destination, to bound memory.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import numpy as np
from django.db.models import Exists, OuterRef, Q

from zhitong import places
from zhitong.kernel.progress import Progress
from zhitong.places import UnknownDivision
from zhitong.planning import Limits, Party, Plan, Problem, Stop, Trip, VehicleType
from zhitong.planning.formats import PROBLEM_FORMAT
from zhitong.planning.several import solve_several
from zhitong.policies.rules import FrozenProfile, Verdict, usable_seats
from zhitong.registry.models import Departure
from zhitong.transport import advice
from zhitong.transport.advice import Advice
from zhitong.transport.models import LeftOver, Passage
from zhitong.transport.models import Plan as StoredPlan
from zhitong.transport.vehicles import Fleet

FORMAT = "zhitong-demand/1"
BLOCK_PARTIES = 2000
"""Demand of more parties is cut into blocks."""

MOST_CLASSES = 8
"""So many sets of usable seats are planned together at most."""

Reason = LeftOver.Reason


@dataclass(frozen=True, slots=True)
class Group:
    """People who ride together, by their departures; places are points of the plan."""

    id: str
    departures: tuple[int, ...]
    origin: str
    destination: str
    earliest: date
    latest: date


@dataclass(frozen=True, slots=True)
class Left:
    """Departures that reach no problem or no vehicle, and what would help."""

    departures: tuple[int, ...]
    reason: str
    remedy: Advice


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


@dataclass(frozen=True, slots=True)
class Demand:
    """All that is to be planned for some days, and who cannot be.

    Distances are great-circle ones times `road_factor`.
    """

    first_day: date
    road_factor: float
    blocks: tuple[Block, ...]
    groups: dict[str, Group]
    left: tuple[Left, ...]

    def record(self) -> dict[str, Any]:
        """As JSON: every problem without its distances (see `records`), what its numbers mean."""
        return {
            "format": FORMAT,
            "first_day": self.first_day.isoformat(),
            "road_factor": self.road_factor,
            "blocks": [
                {
                    "key": block.key,
                    "points": list(block.codes),
                    "vehicles": list(block.vehicles),
                    "seats": {
                        str(load_class): [verdict.source for verdict in verdicts]
                        for load_class, verdicts in block.verdicts.items()
                    },
                    "problem": _compact(block.problem),
                }
                for block in self.blocks
            ],
            "parties": {group.id: list(group.departures) for group in self.groups.values()},
            "left": [asdict(left) for left in self.left],
        }


def _compact(problem: Problem) -> dict[str, Any]:
    """`problem_to_json` without building its distances."""
    return {
        "format": PROBLEM_FORMAT,
        "points": problem.points.tolist(),
        "parties": [asdict(party) for party in problem.parties],
        "types": [asdict(kind) for kind in problem.types],
        "limits": asdict(problem.limits),
    }


def digest_of(content: Any) -> bytes:
    """SHA-256 of JSON content, the same whatever the order of its keys."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).digest()


def demand_of(
    *,
    scope: str,
    first_day: date,
    last_day: date,
    profile: FrozenProfile,
    fleet: Fleet,
    besides: StoredPlan | None = None,
) -> Demand:
    """Departures from `scope` in these days that nobody serves yet, as problems.

    With `besides`, as if that plan did not exist: what it serves counts as unserved.
    """
    departures = _unserved(scope, first_day, last_day, besides)
    groups, left = _groups(departures, first_day, last_day)
    points, groups = _located(groups, left)
    blocks = list(_blocks(groups, points, first_day, profile, fleet, left))
    planned = {party.id for block in blocks for party in block.problem.parties}
    return Demand(
        first_day=first_day,
        road_factor=fleet.road_factor,
        blocks=tuple(blocks),
        groups={group.id: group for group in groups if group.id in planned},
        left=tuple(sorted(left, key=lambda one: one.departures)),
    )


def solve(
    demand: Demand,
    *,
    seconds: float | None,
    iterations: int | None,
    seed: int,
    progress: Progress,
    starts: Mapping[str, Plan] | None = None,
    cluster: str | None = None,
) -> list[Plan]:
    """Plan every block; seconds are shared out by size, iterations hold for each block.

    `starts` are plans to go on from, by block. With `cluster` the blocks are planned on the Dask
    cluster there, at the same time. Ctrl-C ends the search, not the call: every block's best plan
    so far is returned. Raises `ProblemError`.
    """
    progress.step("求解拼车方案", total=100)
    told = 0

    def tell(share: float) -> None:
        nonlocal told
        now = round(share * 100)
        if now > told:
            progress.advance(now - told)
            told = now

    return solve_several(
        [block.problem for block in demand.blocks],
        stop=Stop(seconds=seconds, iterations=iterations),
        seed=seed,
        starts=[(starts or {}).get(block.key) for block in demand.blocks],
        cluster=cluster,
        progress=tell,
    )


def _unserved(
    scope: str, first_day: date, last_day: date, besides: StoredPlan | None
) -> list[Departure]:
    live = Passage.objects.filter(departure=OuterRef("pk")).exclude(
        state__in=(Passage.State.NO_SHOW, Passage.State.CANCELLED)
    )
    if besides is not None:
        live = live.exclude(trip__plan=besides)
    return list(
        Departure.objects.filter(
            ~Q(Exists(live)),
            mode__in=(Departure.Mode.COACH, Departure.Mode.ANY),
            origin__within=scope,
            earliest__lte=last_day,
            latest__gte=first_day,
        ).order_by("id")
    )


def _groups(
    departures: Iterable[Departure], first_day: date, last_day: date
) -> tuple[list[Group], list[Left]]:
    """Parties and singles with the days all can travel; those without are left."""
    together: dict[str, list[Departure]] = defaultdict(list)
    for one in departures:
        together[f"p{one.party_id}" if one.party_id else f"d{one.pk}"].append(one)
    groups, left = [], []
    for key, members in together.items():
        ids = tuple(one.pk for one in members)
        relations = {(one.origin[:9], point_of(one.destination)) for one in members}
        earliest = max(first_day, *(one.earliest for one in members))
        latest = min(last_day, *(one.latest for one in members))
        if len(relations) > 1:
            left.append(Left(ids, Reason.PARTY_DISAGREES, advice.MEND_PARTY))
        elif latest < earliest:
            apart = advice.agree_on_a_day((earliest - latest).days)
            left.append(Left(ids, Reason.NO_COMMON_DAY, apart))
        else:
            groups.append(Group(key, ids, *relations.pop(), earliest, latest))
    return groups, left


def point_of(destination: str) -> str:
    """Where a coach sets down: the seat of the county, else what is known."""
    return destination[:6]


def _located(
    groups: list[Group], left: list[Left]
) -> tuple[dict[str, tuple[float, float]], list[Group]]:
    """Coordinates of every point used; groups with an unknown one are left."""
    points: dict[str, tuple[float, float]] = {}
    located = []
    for group in groups:
        try:
            for code in (group.origin, group.destination):
                if code not in points:
                    points[code] = places.coordinates(code)[:2]
        except UnknownDivision as unknown:
            mended = advice.mend_place(str(unknown))
            left.append(Left(group.departures, Reason.NO_COORDINATES, mended))
        else:
            located.append(group)
    return points, located


def _blocks(
    groups: list[Group],
    points: dict[str, tuple[float, float]],
    first_day: date,
    profile: FrozenProfile,
    fleet: Fleet,
    left: list[Left],
) -> Iterable[Block]:
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

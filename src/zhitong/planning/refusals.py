"""What no problem, plan or run may say: refusals at the door, with a stable code and a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.decisions import contradictions
from zhitong.planning.form import (
    MOST,
    is_amount,
    is_party_id,
    is_whole,
    malformed,
    malformed_trip,
)

if TYPE_CHECKING:
    from zhitong.planning.model import ExtraDrivers, Limits, Party, Plan, Problem, VehicleType

PartyId = int | str

MOST_PEOPLE = 1_000_000
"""A party or a vehicle has no more."""

FARTHEST_DAY = 10_000_000
"""Days from whatever origin; those since the year 1 are within."""

MOST_MONEY = 1e15
"""A single price is no higher, so that sums of products stay exact enough."""


class ProblemError(ValueError):
    """A problem that cannot be planned as stated; ``code`` is stable, the text is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def refuse_bad_problem(problem: Problem) -> None:
    """Raise ``ProblemError`` for whatever makes no sense, distances and points aside."""
    _refuse_bad_limits(problem.limits)
    _refuse_bad_types(problem.types)
    _refuse_bad_parties(problem.parties, len(problem.points))
    _refuse_bad_load_classes(problem.types, problem.parties)
    _refuse_bad_pairs(problem.apart, problem.parties)
    _refuse_bad_crew(problem.crew, problem.limits)
    _refuse_bad_decisions(problem)


def refuse_bad_run(*, seed: int, threads: int = 1, processes: int = 1) -> None:
    """Raise ``ProblemError`` for a seed or a number of threads or processes that is none."""
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or seed < 0:
        raise ProblemError("bad-seed", f"a seed is a whole number, at least 0, not {seed!r}")
    for code, name, many in (
        ("bad-threads", "threads", threads),
        ("bad-processes", "processes", processes),
    ):
        if not is_whole(many):
            raise ProblemError(code, f"{name} must be a whole number, not {many!r}")


def refuse_foreign_plan(problem: Problem, plan: Plan) -> None:
    """Raise ``ProblemError`` unless ``plan`` speaks of the problem's own parties, types and points.

    Which rules it breaks is the checker's business.
    """
    for flaw, _ in malformed(plan):
        raise ProblemError("malformed-plan", flaw)
    size = {party.id: party.size for party in problem.parties}
    for trip in plan.trips:
        if (
            not 0 <= trip.type < len(problem.types)
            or not (trip.pickups and trip.drops)
            or not all(0 <= stop < len(problem.points) for stop in trip.pickups + trip.drops)
        ):
            raise ProblemError("plan-of-another-problem", f"no such trip is possible: {trip}")
        riders = set(trip.parties)
        if not riders or not size.keys() >= riders or len(riders) < len(trip.parties):
            raise ProblemError("plan-of-another-problem", f"who rides in {trip} is unknown")
        for party_id, people in trip.parts:
            if party_id not in riders or not 1 <= people <= size[party_id]:
                raise ProblemError("plan-of-another-problem", f"no such part rides in {trip}")
    named = {left.party for left in plan.unassigned} | set(plan.outside)
    if strangers := named - size.keys():
        raise ProblemError("plan-of-another-problem", f"no such parties: {strangers}")


def points_of(points: Iterable[Sequence[float]]) -> NDArray[np.float64]:
    """Points as an array (n, 2) that nobody may change."""
    try:
        array = np.array(points, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ProblemError("points-shape", "points must be pairs of numbers") from error
    if array.size == 0:
        array = array.reshape(0, 2)
    if array.ndim != 2 or array.shape[1] != 2:
        raise ProblemError("points-shape", f"points must have shape (n, 2), not {array.shape}")
    if not np.isfinite(array).all():
        raise ProblemError("points-not-finite", "every point needs a finite latitude and longitude")
    refuse_bad_degrees(array)
    array.setflags(write=False)
    return array


def refuse_bad_degrees(points: NDArray[np.float64]) -> None:
    """Latitudes (n, 2) end at 90 degrees; whoever puts the longitude first learns it here."""
    for place, name, most in ((0, "latitude", 90.0), (1, "longitude", 360.0)):
        far = np.abs(points[:, place]) > most
        if far.any():
            point = int(far.argmax())
            raise ProblemError(
                "points-range",
                f"point {point} has {name} {points[point, place]:g}; latitude first",
            )


def distances_of(km: Iterable[Iterable[float]], n: int) -> NDArray[np.int64]:
    """Distances as an array (n, n) of whole km that nobody may change."""
    try:
        raw = np.array(km, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ProblemError("km-shape", "km must be a square matrix of numbers") from error
    if n == 0 and raw.size == 0:
        raw = raw.reshape(0, 0)
    if raw.shape != (n, n):
        raise ProblemError("km-shape", f"km must have shape ({n}, {n}), not {raw.shape}")
    for code, wrong, what in (
        ("km-not-finite", ~np.isfinite(raw), "is not finite: are the two points connected?"),
        ("km-negative", raw < 0, "is negative"),
        ("km-not-whole", raw != np.floor(raw), "is not a whole number of kilometres"),
        ("km-too-long", raw > 1_000_000, "is longer than a million kilometres"),
    ):
        if wrong.any():
            i, j = (int(k) for k in np.argwhere(wrong)[0])
            raise ProblemError(code, f"the distance from point {i} to point {j} {what}")
    array = raw.astype(np.int64)
    array.setflags(write=False)
    return array


def _refuse_bad_limits(limits: Limits) -> None:
    for name in ("max_pickups", "max_drops"):
        _whole(getattr(limits, name), name, "bad-stops")
    if limits.max_pickups < 1 or limits.max_drops < 1:
        raise ProblemError("no-stops-allowed", "a trip needs at least one pickup and one drop")
    for name in ("pickup_hop_km", "drop_hop_km"):
        value = getattr(limits, name)
        if not is_amount(value):
            raise ProblemError("bad-hop", f"{name} must be a number of kilometres, not {value}")
    if not (is_amount(limits.detour) and limits.detour >= 1):
        raise ProblemError("bad-detour", f"detour must be at least 1, not {limits.detour}")


def _refuse_bad_types(types: tuple[VehicleType, ...]) -> None:
    if not types:
        raise ProblemError("no-vehicles", "there is no vehicle type to plan with")
    for kind in types:
        _whole(kind.capacity, f"the capacity of {kind.name!r}", "bad-capacity", MOST_PEOPLE)
        if kind.capacity < 1:
            raise ProblemError(
                "bad-capacity", f"vehicle type {kind.name!r} has no usable seat ({kind.capacity})"
            )
        for price in (kind.fixed, kind.per_km):
            if not is_amount(price, MOST_MONEY):
                raise ProblemError("bad-price", f"vehicle type {kind.name!r} costs {price!r}")
        if kind.available_per_day is not None:
            _whole(kind.available_per_day, f"how many {kind.name!r} exist", "bad-fleet")
            if kind.available_per_day < 0:
                raise ProblemError(
                    "bad-fleet", f"vehicle type {kind.name!r} exists {kind.available_per_day} times"
                )


def _refuse_bad_parties(parties: tuple[Party, ...], n: int) -> None:
    seen: set[PartyId] = set()
    for party in parties:
        if not is_party_id(party.id):
            raise ProblemError("bad-id", f"a party's id is a whole number or a text: {party.id!r}")
        if party.id in seen:
            raise ProblemError("duplicate-id", f"two parties have the id {party.id!r}")
        seen.add(party.id)
        who = f"of party {party.id!r}"
        _whole(party.size, f"the size {who}", "bad-size", MOST_PEOPLE)
        for day in (party.earliest, party.latest):
            _whole(day, f"a day {who}", "bad-day", FARTHEST_DAY)
        for stop in (party.origin, party.destination):
            _whole(stop, f"a point {who}", "unknown-point")
        if party.size < 1:
            raise ProblemError("bad-size", f"party {party.id!r} has {party.size} people")
        if party.earliest > party.latest:
            raise ProblemError(
                "empty-window",
                f"party {party.id!r} may leave from day {party.earliest} to day {party.latest}",
            )
        for stop in (party.origin, party.destination):
            if not 0 <= stop < n:
                raise ProblemError("unknown-point", f"party {party.id!r} refers to point {stop}")
        price = party.outside_price
        if price is not None and not is_amount(price, MOST_MONEY):
            raise ProblemError("bad-price", f"party {party.id!r} has outside price {price!r}")


def _refuse_bad_load_classes(types: tuple[VehicleType, ...], parties: tuple[Party, ...]) -> None:
    classes = len(types[0].class_seats)
    for kind in types:
        if len(kind.class_seats) != classes:
            raise ProblemError(
                "bad-load-class",
                f"vehicle type {kind.name!r} has seats for {len(kind.class_seats)} load classes,"
                f" {types[0].name!r} for {classes}",
            )
        for seats in kind.class_seats:
            _whole(seats, f"seats of {kind.name!r} under a cap", "bad-capacity")
            if not 0 <= seats <= kind.capacity:
                raise ProblemError(
                    "bad-capacity",
                    f"vehicle type {kind.name!r} has {seats} of {kind.capacity} seats under a cap",
                )
    for party in parties:
        _whole(party.load_class, f"the load class of party {party.id!r}", "bad-load-class")
        if not 0 <= party.load_class <= classes:
            raise ProblemError(
                "bad-load-class",
                f"party {party.id!r} is of load class {party.load_class}, there are {classes}",
            )


def _refuse_bad_pairs(
    pairs: tuple[tuple[PartyId, PartyId], ...], parties: tuple[Party, ...]
) -> None:
    known = {party.id for party in parties}
    for pair in pairs:
        if len(pair) != 2:
            raise ProblemError("bad-pair", f"two parties stay apart, not {len(pair)}")
        for party_id in pair:
            if not is_party_id(party_id) or party_id not in known:
                raise ProblemError("unknown-party", f"there is no party {party_id!r} to keep apart")
        if pair[0] == pair[1]:
            raise ProblemError("apart-from-itself", f"party {pair[0]!r} cannot avoid itself")


def _refuse_bad_crew(crew: ExtraDrivers, limits: Limits) -> None:
    for km in crew.above_km:
        if not is_amount(km, MOST):
            raise ProblemError("bad-crew", f"drivers are added above some km, not {km!r}")
    if list(crew.above_km) != sorted(set(crew.above_km)) or min(crew.above_km, default=0) < 0:
        raise ProblemError("bad-crew", f"drivers are added at ever more km, not {crew.above_km}")
    if not is_amount(crew.price, MOST_MONEY):
        raise ProblemError("bad-price", f"a driver costs {crew.price!r}")
    if crew.above_km and crew.price and limits.empty_return:
        raise ProblemError(
            "crew-on-return", "the drivers of an empty return cannot be priced by the whole way"
        )


def _refuse_bad_decisions(problem: Problem) -> None:
    pins, published = problem.pins, problem.published
    for trip in (*pins.trips, *(published.trips if published else ())):
        for flaw in malformed_trip(trip):
            raise ProblemError("malformed-plan", f"a trip that is given: {flaw}")
    named = (
        *(party_id for party_id, _ in pins.days),
        *(party_id for pair in pins.together for party_id in pair),
        *pins.alone,
        *pins.outside,
        *(published.outside if published else ()),
    )
    for party_id in named:
        if not is_party_id(party_id):
            raise ProblemError("bad-id", f"a party's id is a whole number or a text: {party_id!r}")
    for _, day in pins.days:
        _whole(day, "a pinned day", "bad-day", FARTHEST_DAY)
    for code, message in contradictions(pins, problem.parties, problem.apart):
        raise ProblemError(code, message)
    penalty = published.penalty if published else 0.0
    if not is_amount(penalty, MOST_MONEY):
        raise ProblemError("bad-penalty", f"a change is penalised by {penalty!r}")


def _whole(value: object, what: str, code: str, most: int = MOST) -> None:
    if not is_whole(value):
        raise ProblemError(code, f"{what} must be a whole number, not {value!r}")
    if abs(value) > most:  # type: ignore[arg-type]
        raise ProblemError(code, f"{what} is beyond {most:,}: {value}")

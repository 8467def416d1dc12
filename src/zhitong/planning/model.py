"""What is planned and what a plan is: charter pooling, point to point.

Distances are whole kilometres, days are whole numbers counted from any agreed origin, money is in
one currency unit. Points are referred to by their index in ``Problem.points``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.decisions import Change, Pins, Published, contradictions

PartyId = int | str


class ProblemError(ValueError):
    """A problem that cannot be planned as stated; ``code`` is stable, the text is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Party:
    """People who must ride together from ``origin`` to ``destination``.

    ``earliest`` and ``latest`` are the first and the last acceptable departure day, both included.
    ``outside_price`` is what the whole party pays when it does not ride in a charter (rail, say).
    A ``splittable`` party may be spread over several trips, which only happens to a party larger
    than every vehicle. ``load_class`` says which of a vehicle's load caps their trip falls under.
    """

    id: PartyId
    origin: int
    destination: int
    size: int
    earliest: int
    latest: int
    outside_price: float | None = None
    splittable: bool = False
    load_class: int = 0


@dataclass(frozen=True, slots=True)
class VehicleType:
    """A kind of coach: ``capacity`` usable seats, ``fixed`` per trip, ``per_km`` while driving.

    ``available_per_day`` is how many exist on each day, ``None`` for as many as needed.
    ``class_seats`` are the usable seats of a trip with a rider of load class 1, 2, ...; a trip has
    the fewest that any of its riders' classes leaves, and 0 means that they may not ride at all.
    """

    name: str
    capacity: int
    fixed: float
    per_km: float
    available_per_day: int | None = None
    class_seats: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "class_seats", tuple(self.class_seats))

    def seats(self, load_class: int) -> int:
        """Usable seats when somebody of ``load_class`` rides."""
        return self.class_seats[load_class - 1] if load_class else self.capacity

    @property
    def exists(self) -> bool:
        return self.available_per_day != 0


@dataclass(frozen=True, slots=True)
class Limits:
    """What every trip keeps. Hops in km; ``detour`` is ride over direct distance, both by road.

    With ``empty_return`` a trip also pays for driving from its last drop back to its first pickup.
    """

    max_pickups: int = 3
    max_drops: int = 3
    pickup_hop_km: int = 40
    drop_hop_km: int = 200
    detour: float = 1.3
    empty_return: bool = False


@dataclass(frozen=True, slots=True)
class ExtraDrivers:
    """A trip of more than ``above_km[i]`` km needs i + 2 drivers; all but one cost ``price`` each.

    ``crew.extra_drivers`` derives it from duty rules. Not to be had together with an empty return,
    for the way back is another duty.
    """

    above_km: tuple[int, ...] = ()
    price: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "above_km", tuple(self.above_km))

    def drivers(self, km: int) -> int:
        """How many people drive ``km``."""
        return 1 + sum(km > above for above in self.above_km)

    def cost(self, km: int) -> float:
        """What those beside the first driver cost."""
        return self.price * (self.drivers(km) - 1)


@dataclass(frozen=True, eq=False)
class Problem:
    """A charter pooling problem; refuses to exist when it makes no sense.

    ``points`` has shape (n, 2), latitude and longitude in degrees; ``km`` has shape (n, n) and
    need not be symmetric. ``apart`` names pairs of parties that may not share a trip. ``crew`` is
    what long trips cost more. ``pins`` are a planner's own decisions; ``published`` is the plan
    that people were told of, if any. Raises ``ProblemError``.
    """

    points: NDArray[np.float64]
    km: NDArray[np.int64]
    parties: tuple[Party, ...]
    types: tuple[VehicleType, ...]
    limits: Limits = field(default_factory=Limits)
    apart: tuple[tuple[PartyId, PartyId], ...] = ()
    crew: ExtraDrivers = ExtraDrivers()
    pins: Pins = field(default_factory=Pins)
    published: Published | None = None

    def __post_init__(self) -> None:
        points = _points(self.points)
        set_field = object.__setattr__
        set_field(self, "points", points)
        set_field(self, "km", _distances(self.km, len(points)))
        set_field(self, "parties", tuple(self.parties))
        set_field(self, "types", tuple(self.types))
        set_field(self, "apart", tuple(tuple(pair) for pair in self.apart))
        _refuse_bad_limits(self.limits)
        _refuse_bad_types(self.types)
        _refuse_bad_parties(self.parties, len(points))
        _refuse_bad_load_classes(self.types, self.parties)
        _refuse_bad_pairs(self.apart, self.parties)
        _refuse_bad_crew(self.crew, self.limits)
        for code, message in contradictions(self.pins, self.parties, self.apart):
            raise ProblemError(code, message)
        penalty = self.published.penalty if self.published else 0.0
        if not (math.isfinite(penalty) and penalty >= 0):
            raise ProblemError("bad-penalty", f"a change is penalised by {penalty}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Problem):
            return NotImplemented
        return (
            np.array_equal(self.points, other.points)
            and np.array_equal(self.km, other.km)
            and (self.parties, self.types, self.limits, self.apart, self.crew)
            == (other.parties, other.types, other.limits, other.apart, other.crew)
            and (self.pins, self.published) == (other.pins, other.published)
        )

    __hash__ = None  # type: ignore[assignment]

    def price(self, kind: VehicleType, km: int) -> float:
        """What a trip of ``km`` paid km costs."""
        return kind.fixed + kind.per_km * km + self.crew.cost(km)

    @property
    def largest_capacity(self) -> int:
        """Usable seats of the largest vehicle."""
        return max(kind.capacity for kind in self.types)

    def most_seats(self, party: Party) -> int:
        """Usable seats for ``party`` in the largest vehicle that exists, 0 if none may take it."""
        return max((kind.seats(party.load_class) for kind in self.types if kind.exists), default=0)

    def fits(self, party: Party) -> bool:
        """Whether vehicles can carry ``party``, in parts if it may be split."""
        most = self.most_seats(party)
        return party.size <= most or (party.splittable and most > 0)


@dataclass(frozen=True, slots=True)
class Trip:
    """One vehicle of ``types[type]`` on one day: pickups in order, then drops in order.

    ``parts`` gives, for parties of which only some ride here, how many do: (party id, people).
    """

    type: int
    day: int
    pickups: tuple[int, ...]
    drops: tuple[int, ...]
    parties: tuple[PartyId, ...]
    parts: tuple[tuple[PartyId, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Unassigned:
    """A party nobody carries: a stable ``reason`` code and the cheapest ``remedy`` in words.

    ``people`` are how many of a split party stay behind while others ride, None for all.
    """

    party: PartyId
    reason: str
    remedy: str
    people: int | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """Why no plan is cheaper: a price for every party, which ``check_certificate`` verifies.

    ``zones`` names, for each point, the point that stands for its zone where the proof takes
    stops near each other for one; empty where it does not.
    """

    prices: tuple[tuple[PartyId, float], ...] = ()
    zones: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Trips, the parties that pay their ``outside`` price, and those left over.

    ``cost`` is what trips and outside prices sum to; no feasible plan costs less than
    ``lower_bound``, as the prices in ``proof`` show; ``gap`` is (cost - lower_bound) / cost. A
    party travelling alone has a trip of its own. ``seconds`` is the only part that differs between
    two runs with the same seed and the same number of iterations. ``changes`` are those against the
    published plan; ``penalty`` is what they count, which is no part of ``cost``.
    """

    trips: tuple[Trip, ...]
    unassigned: tuple[Unassigned, ...] = ()
    outside: tuple[PartyId, ...] = ()
    cost: float = 0.0
    lower_bound: float = 0.0
    gap: float = 0.0
    seed: int = 0
    iterations: int = 0
    seconds: float = 0.0
    proof: Proof = Proof()
    penalty: float = 0.0
    changes: tuple[Change, ...] = ()


def gap_between(cost: float, lower_bound: float) -> float:
    """The share of ``cost`` that is not proven necessary, 0 when nothing costs anything."""
    return max(0.0, (cost - lower_bound) / cost) if cost > 0 else 0.0


def _points(points: Iterable[Sequence[float]]) -> NDArray[np.float64]:
    array = np.array(points, dtype=np.float64)
    if array.size == 0:
        array = array.reshape(0, 2)
    if array.ndim != 2 or array.shape[1] != 2:
        raise ProblemError("points-shape", f"points must have shape (n, 2), not {array.shape}")
    if not np.isfinite(array).all():
        raise ProblemError("points-not-finite", "every point needs a finite latitude and longitude")
    array.setflags(write=False)
    return array


def _distances(km: Iterable[Iterable[float]], n: int) -> NDArray[np.int64]:
    try:
        raw = np.array(km, dtype=np.float64)
    except (TypeError, ValueError) as error:
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
    if limits.max_pickups < 1 or limits.max_drops < 1:
        raise ProblemError("no-stops-allowed", "a trip needs at least one pickup and one drop")
    for name in ("pickup_hop_km", "drop_hop_km"):
        value = getattr(limits, name)
        if not (math.isfinite(value) and value >= 0):
            raise ProblemError("bad-hop", f"{name} must be a number of kilometres, not {value}")
    if not (math.isfinite(limits.detour) and limits.detour >= 1):
        raise ProblemError("bad-detour", f"detour must be at least 1, not {limits.detour}")


def _refuse_bad_types(types: tuple[VehicleType, ...]) -> None:
    if not types:
        raise ProblemError("no-vehicles", "there is no vehicle type to plan with")
    for kind in types:
        if kind.capacity < 1:
            raise ProblemError(
                "bad-capacity", f"vehicle type {kind.name!r} has no usable seat ({kind.capacity})"
            )
        for price in (kind.fixed, kind.per_km):
            if not (math.isfinite(price) and price >= 0):
                raise ProblemError("bad-price", f"vehicle type {kind.name!r} costs {price}")
        if kind.available_per_day is not None and kind.available_per_day < 0:
            raise ProblemError(
                "bad-fleet", f"vehicle type {kind.name!r} exists {kind.available_per_day} times"
            )


def _refuse_bad_parties(parties: tuple[Party, ...], n: int) -> None:
    seen: set[PartyId] = set()
    for party in parties:
        if party.id in seen:
            raise ProblemError("duplicate-id", f"two parties have the id {party.id!r}")
        seen.add(party.id)
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
        if price is not None and not (math.isfinite(price) and price >= 0):
            raise ProblemError("bad-price", f"party {party.id!r} has outside price {price}")


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
            if not 0 <= seats <= kind.capacity:
                raise ProblemError(
                    "bad-capacity",
                    f"vehicle type {kind.name!r} has {seats} of {kind.capacity} seats under a cap",
                )
    for party in parties:
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
        if unknown := [party_id for party_id in pair if party_id not in known]:
            raise ProblemError("unknown-party", f"there is no party {unknown[0]!r} to keep apart")
        if pair[0] == pair[1]:
            raise ProblemError("apart-from-itself", f"party {pair[0]!r} cannot avoid itself")


def _refuse_bad_crew(crew: ExtraDrivers, limits: Limits) -> None:
    if list(crew.above_km) != sorted(set(crew.above_km)) or min(crew.above_km, default=0) < 0:
        raise ProblemError("bad-crew", f"drivers are added at ever more km, not {crew.above_km}")
    if not (math.isfinite(crew.price) and crew.price >= 0):
        raise ProblemError("bad-price", f"a driver costs {crew.price}")
    if crew.above_km and crew.price and limits.empty_return:
        raise ProblemError(
            "crew-on-return", "the drivers of an empty return cannot be priced by the whole way"
        )

"""What is planned and what a plan is: charter pooling, point to point.

Distances are whole kilometres, days are whole numbers counted from any agreed origin, money is in
one currency unit. Points are referred to by their index in ``Problem.points``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from zhitong.planning import refusals
from zhitong.planning.decisions import Change, Pins, Published
from zhitong.planning.refusals import PartyId as PartyId
from zhitong.planning.refusals import ProblemError as ProblemError


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
        points = refusals.points_of(self.points)
        set_field = object.__setattr__
        set_field(self, "points", points)
        set_field(self, "km", refusals.distances_of(self.km, len(points)))
        set_field(self, "parties", tuple(self.parties))
        set_field(self, "types", tuple(self.types))
        set_field(self, "apart", tuple(tuple(pair) for pair in self.apart))
        for name, kind in (("limits", Limits), ("crew", ExtraDrivers), ("pins", Pins)):
            _expect(getattr(self, name), kind, name)
        for party in self.parties:
            _expect(party, Party, "a party")
        for each in self.types:
            _expect(each, VehicleType, "a vehicle type")
        refusals.refuse_bad_problem(self)

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


def _expect(value: object, kind: type, what: str) -> None:
    if not isinstance(value, kind):
        raise ProblemError("malformed", f"{what} must be {kind.__name__}, not {value!r}")


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

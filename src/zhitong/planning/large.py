"""A problem too large for one table of distances, held as arrays and cut into ordinary ones.

Distances are great-circle ones times a factor, reckoned for each part when it is needed. A party's
id is its position.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from zhitong.places import GreatCircle
from zhitong.planning.form import is_amount
from zhitong.planning.model import Limits, Party, Problem, ProblemError, Trip, VehicleType
from zhitong.planning.net import refuse_unsupported
from zhitong.planning.refusals import FARTHEST_DAY, refuse_bad_degrees

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

MOST_FACTOR = 20.0
"""Roads longer than this many times the great circle are a mistake."""

UNEVEN = 0.3, 0.7
"""Shares of the parties on one side of a line drawn at random."""


@dataclass(frozen=True, eq=False)
class LargeProblem:
    """P parties between N points, as columns of length P.

    ``points`` (N, 2): latitude and longitude. ``origin destination``: indices into them; ``size``
    people; ``earliest latest``: departure days. ``road_factor``: road over great-circle distance.
    Raises ``ProblemError``, also for a party larger than every vehicle, which nothing here splits.
    """

    points: Floats
    origin: Ints
    destination: Ints
    size: Ints
    earliest: Ints
    latest: Ints
    types: tuple[VehicleType, ...]
    limits: Limits = field(default_factory=Limits)
    road_factor: float = 1.3

    def __post_init__(self) -> None:
        for name in COLUMNS:
            raw = np.asarray(getattr(self, name))
            if raw.ndim != 1 or (raw.size and raw.dtype.kind not in "iu"):
                raise ProblemError("not-whole", f"{name} must be one column of whole numbers")
            object.__setattr__(self, name, raw.astype(np.int64))
        if len({len(getattr(self, name)) for name in COLUMNS}) > 1:
            raise ProblemError("columns-length", "the columns of the parties differ in length")
        points = np.asarray(self.points, dtype=np.float64)
        if points.size == 0:
            points = points.reshape(0, 2)
        object.__setattr__(self, "points", points)
        if not (is_amount(self.road_factor, MOST_FACTOR) and self.road_factor >= 1):
            raise ProblemError(
                "bad-factor",
                f"roads are 1 to {MOST_FACTOR:g} times longer, not {self.road_factor!r}",
            )
        # everything but the parties is judged as in any problem
        empty = Problem(np.zeros((0, 2)), np.zeros((0, 0)), (), self.types, self.limits)  # type: ignore[arg-type]
        refuse_unsupported(empty)
        if any(kind.available_per_day is not None for kind in self.types):
            raise ProblemError("limited-fleet", "blocks do not share vehicles limited in number")
        if points.ndim != 2 or points.shape[1] != 2:
            raise ProblemError("points-shape", f"points must have shape (n, 2), not {points.shape}")
        for code, wrong, what in (
            ("unknown-point", self._outside(self.origin), "leaves from an unknown point"),
            ("unknown-point", self._outside(self.destination), "goes to an unknown point"),
            ("bad-size", self.size < 1, "has nobody in it"),
            ("too-large", self.size > empty.largest_capacity, "is larger than every vehicle"),
            ("bad-day", np.abs(self.earliest) > FARTHEST_DAY, "may leave too far from day 0"),
            ("bad-day", np.abs(self.latest) > FARTHEST_DAY, "may leave too far from day 0"),
            ("empty-window", self.earliest > self.latest, "may leave on no day"),
        ):
            if wrong.any():
                raise ProblemError(code, f"party {int(wrong.argmax())} {what}")
        if not np.isfinite(points).all():
            raise ProblemError("points-not-finite", "every point needs a latitude and a longitude")
        refuse_bad_degrees(points)

    def __len__(self) -> int:
        return len(self.origin)

    def _outside(self, column: Ints) -> NDArray[np.bool_]:
        return (column < 0) | (column >= len(self.points))

    @property
    def people(self) -> int:
        return int(self.size.sum())

    def direct_km(self) -> Ints:
        """Whole km of every party's own way, shape (P,)."""
        used, at = np.unique(
            np.column_stack([self.origin, self.destination]), axis=0, return_inverse=True
        )
        km = np.empty(len(used), dtype=np.int64)
        road = GreatCircle(self.road_factor)
        for first in range(0, len(used), 256):
            # pairs of a stretch share their origin nearly always, so a few rows do
            some = used[first : first + 256]
            rows, row = np.unique(some[:, 0], return_inverse=True)
            table = road.km(self.points[rows], self.points[some[:, 1]])
            km[first : first + 256] = table[row, np.arange(len(some))]
        direct: Ints = km[at.reshape(-1)]
        return direct

    def part(self, chosen: Ints) -> LargeProblem:
        """The parties at positions ``chosen``, between the points they use, in the order given.

        Points keep their order but not their numbers, which ``points_of`` tells.
        """
        points = self.points_of(chosen)
        return LargeProblem(
            points=self.points[points],
            origin=np.searchsorted(points, self.origin[chosen]),
            destination=np.searchsorted(points, self.destination[chosen]),
            size=self.size[chosen],
            earliest=self.earliest[chosen],
            latest=self.latest[chosen],
            types=self.types,
            limits=self.limits,
            road_factor=self.road_factor,
        )

    def points_of(self, chosen: Ints) -> Ints:
        """The points that the parties ``chosen`` use, in order."""
        return np.unique(np.concatenate([self.origin[chosen], self.destination[chosen]]))

    def problem(self) -> Problem:
        """The ordinary problem with its table of distances: for parts and small problems only."""
        columns = [getattr(self, name).tolist() for name in COLUMNS]
        return Problem(
            points=self.points,
            km=GreatCircle(self.road_factor).km(self.points, self.points),
            parties=tuple(
                Party(position, *row) for position, row in enumerate(zip(*columns, strict=True))
            ),
            types=self.types,
            limits=self.limits,
        )

    def alone(self) -> Floats:
        """What each party pays in a vehicle of its own, shape (P,)."""
        km = self.direct_km() * (2 if self.limits.empty_return else 1)
        prices = np.full(len(self), np.inf)
        for kind in self.types:
            fits = self.size <= kind.capacity
            prices[fits] = np.minimum(prices, kind.fixed + kind.per_km * km)[fits]
        return prices

    def seat_prices(self) -> Floats:
        """Prices (P,) that no trip undercuts: a seat of a full vehicle for the direct way.

        Great-circle distances keep the triangle inequality, so a trip is no shorter than the way
        of any of its riders, but for half a km a leg of rounding.
        """
        limits = self.limits
        ways = 2 if limits.empty_return else 1
        legs = limits.max_pickups + limits.max_drops - 1 + (ways - 1)
        km = np.maximum(0.0, ways * self.direct_km() - 0.5 * (legs + ways))
        seats = [(kind.fixed + kind.per_km * km) / kind.capacity for kind in self.types]
        return np.asarray(self.size * np.min(seats, axis=0))

    def seat_bound(self) -> float:
        """No plan costs less than the seat prices sum to."""
        return float(self.seat_prices().sum()) * (1.0 - 1e-9)


COLUMNS = tuple(
    item.name
    for item in fields(LargeProblem)
    if item.name in ("origin", "destination", "size", "earliest", "latest")
)


def trip_costs(problem: LargeProblem, trips: Sequence[Trip]) -> Floats:
    """What each of T ``trips`` costs, shape (T,), from the table of their own points."""
    if not trips:
        return np.zeros(0)
    stops = np.fromiter(chain.from_iterable(t.pickups + t.drops for t in trips), dtype=np.int64)
    many = np.array([len(trip.pickups) + len(trip.drops) for trip in trips])
    end = np.cumsum(many)
    used, at = np.unique(stops, return_inverse=True)
    km = GreatCircle(problem.road_factor).km(problem.points[used], problem.points[used])
    legs = np.append(km[at[:-1], at[1:]], 0)
    first, last = at[end - many], at[end - 1]
    legs[end - 1] = km[last, first] if problem.limits.empty_return else 0
    way = np.add.reduceat(legs, end - many)
    fixed, per_km = np.array([(kind.fixed, kind.per_km) for kind in problem.types]).T
    kind = np.array([trip.type for trip in trips])
    return np.asarray(fixed[kind] + per_km[kind] * way)


@dataclass(frozen=True)
class Cut:
    """A line across the map of origins or of destinations: ``side`` (N,) of points, ``edge``."""

    by_drop: bool
    side: Floats
    edge: float

    def split(self, stops: Ints) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which of ``stops`` lie on either side."""
        low = self.side[stops] < self.edge
        return low, ~low


def cut(
    problem: LargeProblem,
    chosen: Ints,
    *,
    parties: int,
    weight: Ints | None = None,
    random: np.random.Generator | None = None,
) -> Iterator[Ints]:
    """Split ``chosen`` (positions) into blocks of at most so many ``parties``.

    Each split goes between two neighbouring origins or destinations, across whichever side of the
    map is widest, counted in hops: origin clusters times destination regions. It halves the
    parties, or divides them at ``random``. Who stands for several parties has their ``weight``.
    """
    weight = np.ones(len(problem), dtype=np.int64) if weight is None else weight
    if len(chosen) <= 1 or weight[chosen].sum() <= parties:
        if len(chosen):
            yield chosen
        return
    line = halves(problem, chosen, share=random.uniform(*UNEVEN) if random else 0.5)
    if line is None:  # one relation: its parties are interchangeable but for their days
        middle = len(chosen) // 2
        order = np.lexsort((chosen, problem.latest[chosen], problem.earliest[chosen]))
        parts = [np.sort(chosen[order[:middle]]), np.sort(chosen[order[middle:]])]
    else:
        stops = problem.destination if line.by_drop else problem.origin
        parts = [chosen[there] for there in line.split(stops[chosen])]
    for part in parts:
        yield from cut(problem, part, parties=parties, weight=weight, random=random)


def halves(problem: LargeProblem, chosen: Ints, share: float = 0.5) -> Cut | None:
    """The line that leaves about a ``share`` of ``chosen`` on its low side; None for one pair."""
    limits = problem.limits
    best: tuple[float, bool, Floats] | None = None
    for by_drop, stops, hop in (
        (False, problem.origin[chosen], limits.pickup_hop_km),
        (True, problem.destination[chosen], limits.drop_hop_km),
    ):
        at = problem.points.copy()
        at[:, 1] *= np.cos(np.radians(problem.points[stops, 0].mean()))
        for side in at.T:
            hops = float(np.ptp(side[stops])) / max(1e-9, hop)
            if hops > 0 and (best is None or hops > best[0]):
                best = hops, by_drop, side
    if best is None:
        return None
    _, by_drop, side = best
    here = side[(problem.destination if by_drop else problem.origin)[chosen]]
    values, counts = np.unique(here, return_counts=True)
    before = np.cumsum(counts)[:-1]
    return Cut(by_drop, side, float(values[1 + int(np.abs(before - share * len(here)).argmin())]))

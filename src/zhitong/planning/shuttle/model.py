"""What is planned and what a plan is: shuttles between homes and factory gates.

Times are seconds from any agreed midnight and may be negative (a bus may leave the evening
before); places are points of ``Travel``, by index.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.form import is_party_id, is_whole
from zhitong.planning.model import ProblemError

Id = int | str
WEEK = 7 * 86400.0
MOST_RIDERS = 100_000
"""Of one home."""

MOST_CALLS = 3
"""Gates of one run at most."""


class Direction(StrEnum):
    """``IN``: homes to gate before the shift. ``OUT``: gate to homes after it."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, eq=False)
class Travel:
    """Driving ``seconds`` and ``metres`` between points, both of shape (n, n).

    Entry (a, b) is from a to b and need not equal (b, a); infinity means that there is no way.
    ``metres`` may be left out if nothing is paid by distance. ``names`` are for messages.
    """

    seconds: NDArray[np.float64]
    metres: NDArray[np.float64] | None = None
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        seconds = _square(self.seconds, "seconds")
        object.__setattr__(self, "seconds", seconds)
        if self.metres is not None:
            metres = _square(self.metres, "metres")
            if metres.shape != seconds.shape:
                raise ProblemError("bad-matrix", "seconds and metres differ in shape")
            if np.any(np.isfinite(seconds) & ~np.isfinite(metres)):
                raise ProblemError("bad-matrix", "a way that takes a finite time has no length")
            object.__setattr__(self, "metres", metres)
        if self.names and len(self.names) != len(seconds):
            raise ProblemError("bad-matrix", "as many names as points are needed")

    def __len__(self) -> int:
        return len(self.seconds)

    def name(self, point: int) -> str:
        """The point's name, else its number."""
        return self.names[point] if self.names else f"point {point}"


@dataclass(frozen=True, slots=True)
class Shift:
    """One shift at one factory gate.

    Morning runs must have unloaded within ``start`` (first and last second); afternoon runs leave
    the gate, loaded, within ``end``. ``None``: nobody is carried in that direction.
    """

    id: Id
    factory: str
    gate: int
    start: tuple[float, float] | None = None
    end: tuple[float, float] | None = None

    def window(self, direction: Direction) -> tuple[float, float] | None:
        """The window of runs in ``direction``."""
        return self.start if direction is Direction.IN else self.end


@dataclass(frozen=True, slots=True)
class Home:
    """``riders`` of one shift who live at ``point``.

    ``walks`` are other points where they could board, each with the metres to walk there.
    """

    id: Id
    point: int
    shift: Id
    riders: int
    walks: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class BusType:
    """Buses of one kind at one depot; ``count`` of them exist, ``None``: as many as needed."""

    name: str
    seats: int
    depot: int
    fixed: float = 0.0
    per_km: float = 0.0
    count: int | None = None


@dataclass(frozen=True, slots=True)
class ShuttleLimits:
    """What every run keeps; times in seconds.

    ``max_ride``: from leaving a stop to reaching the gate, or the other way round. A stop takes
    ``stop_fixed + stop_per_rider x riders``, the gate likewise. Of the seats, the share
    ``load_cap`` may be used. Riders walk at most ``max_walk`` metres to a stop. Those of one
    home are kept together up to ``together`` riders, by default the seats of the largest bus.
    A run calls at up to ``max_calls`` gates: with more than one, loads are mixed.
    """

    max_ride: float
    stop_fixed: float = 0.0
    stop_per_rider: float = 0.0
    gate_fixed: float = 0.0
    gate_per_rider: float = 0.0
    load_cap: float = 1.0
    max_walk: float = 0.0
    together: int | None = None
    max_calls: int = 1

    def at_stop(self, riders: int) -> float:
        """Seconds a bus stands at a stop."""
        return self.stop_fixed + self.stop_per_rider * riders

    def at_gate(self, riders: int) -> float:
        """Seconds a bus stands at a gate."""
        return self.gate_fixed + self.gate_per_rider * riders

    def usable(self, kind: BusType) -> int:
        """Seats that may be used."""
        return math.floor(kind.seats * self.load_cap + 1e-9)


@dataclass(frozen=True)
class ShuttleProblem:
    """A shuttle problem; refuses to exist when it makes no sense. Raises ``ProblemError``."""

    travel: Travel
    shifts: tuple[Shift, ...]
    homes: tuple[Home, ...]
    buses: tuple[BusType, ...]
    limits: ShuttleLimits

    def __post_init__(self) -> None:
        for name in ("shifts", "homes", "buses"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        _refuse_bad_limits(self.limits)
        _refuse_bad_shifts(self.shifts, len(self.travel))
        _refuse_bad_homes(self.homes, self.shifts, len(self.travel))
        _refuse_bad_buses(self.buses, self.limits, self.travel)

    @property
    def largest_load(self) -> int:
        """Usable seats of the largest bus."""
        return max(self.limits.usable(kind) for kind in self.buses if kind.count != 0)


@dataclass(frozen=True, slots=True)
class Visit:
    """A stop of a run at ``point``: who boards or alights, as (home, riders), and when."""

    point: int
    riders: tuple[tuple[Id, int], ...]
    arrive: float
    leave: float

    @property
    def load(self) -> int:
        """Riders who board or alight here."""
        return sum(riders for _, riders in self.riders)


@dataclass(frozen=True, slots=True)
class Call:
    """A stand at the gate of ``shift``, whose riders alight or board there."""

    shift: Id
    arrive: float
    leave: float


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a bus: all its stops, then its gates, or on the way home the other way round.

    ``visits`` and ``calls`` are in driving order. One call unless loads are mixed.
    """

    direction: Direction
    visits: tuple[Visit, ...]
    calls: tuple[Call, ...]

    @property
    def load(self) -> int:
        """Riders on board between the stops and the gates."""
        return sum(visit.load for visit in self.visits)

    @property
    def begins(self) -> float:
        """When the bus must be at the first place of the run."""
        return self.visits[0].arrive if self.direction is Direction.IN else self.calls[0].arrive

    @property
    def ends(self) -> float:
        """When the bus is free at the last place of the run."""
        return self.calls[-1].leave if self.direction is Direction.IN else self.visits[-1].leave


@dataclass(frozen=True, slots=True)
class Bus:
    """A bus of type ``kind`` (index into ``ShuttleProblem.buses``) and its runs, in order."""

    kind: int
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Stranded:
    """Riders whom the plan does not carry: why, and what would help."""

    home: Id
    direction: Direction
    riders: int
    reason: str
    remedy: str


@dataclass(frozen=True)
class ShuttlePlan:
    """The buses with their runs, who is not carried, and the cost.

    No plan that carries everybody who can be carried has fewer than ``lower_bound_buses``; 0 says
    nothing.
    """

    buses: tuple[Bus, ...]
    unassigned: tuple[Stranded, ...] = ()
    cost: float = math.nan
    lower_bound_buses: int = 0
    iterations: int = field(default=0, compare=False)
    seconds: float = field(default=0.0, compare=False)

    @property
    def runs(self) -> tuple[Run, ...]:
        """All runs, bus by bus."""
        return tuple(run for bus in self.buses for run in bus.runs)


@dataclass(frozen=True, slots=True)
class ShuttleProgress:
    """Where a running solver stands; ``share`` of its budget is used (0 to 1)."""

    seconds: float
    iterations: int
    share: float
    buses: int
    stranded: int


def _square(values: Iterable[Iterable[float]], what: str) -> NDArray[np.float64]:
    try:
        matrix = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ProblemError("bad-matrix", f"{what}: not a matrix of numbers") from error
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ProblemError("bad-matrix", f"{what}: shape {matrix.shape} is not (n, n)")
    if np.any(np.isnan(matrix)) or np.any(matrix < 0):
        raise ProblemError("bad-matrix", f"{what}: entries must be 0 or more, or infinite")
    if np.any(np.isfinite(matrix) & (matrix > WEEK * 100)):
        raise ProblemError("bad-matrix", f"{what}: an entry is larger than any journey")
    matrix.setflags(write=False)
    return matrix


def _refuse_bad_limits(limits: ShuttleLimits) -> None:
    for name in ("stop_fixed", "stop_per_rider", "gate_fixed", "gate_per_rider", "max_walk"):
        value = getattr(limits, name)
        if not (math.isfinite(value) and 0 <= value <= WEEK):
            raise ProblemError("bad-limit", f"{name} must be a finite number, at least 0")
    if not (0 < limits.max_ride <= WEEK):
        raise ProblemError("bad-limit", "max_ride must be more than 0 and at most a week")
    if not (0 < limits.load_cap <= 1):
        raise ProblemError("bad-limit", "load_cap must be more than 0 and at most 1")
    for name in ("together", "max_calls"):
        value = getattr(limits, name)
        if value is not None and not is_whole(value):
            raise ProblemError("bad-limit", f"{name} must be a whole number, not {value!r}")
    if limits.together is not None and limits.together < 1:
        raise ProblemError("bad-limit", "together must be at least 1")
    if not 1 <= limits.max_calls <= MOST_CALLS:
        raise ProblemError("bad-limit", f"max_calls must be from 1 to {MOST_CALLS}")


def _refuse_duplicates(ids: Sequence[Id], what: str) -> None:
    seen: set[Id] = set()
    for one in ids:
        if not is_party_id(one):
            raise ProblemError("bad-id", f"an id of {what} is a number or a text, not {one!r}")
        if one in seen:
            raise ProblemError("duplicate-id", f"two {what} have the id {one!r}")
        seen.add(one)


def _refuse_bad_point(point: int, n: int, what: str) -> None:
    if not is_whole(point) or not 0 <= point < n:
        raise ProblemError("unknown-point", f"{what}: there is no point {point!r}")


def _refuse_bad_shifts(shifts: tuple[Shift, ...], n: int) -> None:
    _refuse_duplicates([shift.id for shift in shifts], "shifts")
    for shift in shifts:
        _refuse_bad_point(shift.gate, n, f"gate of shift {shift.id!r}")
        if shift.start is None and shift.end is None:
            raise ProblemError("empty-window", f"shift {shift.id!r} neither starts nor ends")
        for window in (shift.start, shift.end):
            if window is None:
                continue
            if not all(math.isfinite(moment) and abs(moment) <= WEEK for moment in window):
                raise ProblemError("bad-window", f"shift {shift.id!r}: times within a week only")
            if window[0] > window[1]:
                raise ProblemError("empty-window", f"shift {shift.id!r}: window {window} is empty")


def _refuse_bad_homes(homes: tuple[Home, ...], shifts: tuple[Shift, ...], n: int) -> None:
    _refuse_duplicates([home.id for home in homes], "homes")
    known = {shift.id for shift in shifts}
    for home in homes:
        _refuse_bad_point(home.point, n, f"home {home.id!r}")
        if home.shift not in known:
            raise ProblemError("unknown-shift", f"home {home.id!r}: no shift {home.shift!r}")
        if not is_whole(home.riders) or home.riders > MOST_RIDERS:
            text = f"home {home.id!r} has {home.riders!r} riders, not a whole number"
            raise ProblemError("bad-riders", f"{text} up to {MOST_RIDERS:,}")
        if home.riders < 1:
            raise ProblemError("no-riders", f"home {home.id!r} has {home.riders} riders")
        for point, walk in home.walks:
            _refuse_bad_point(point, n, f"walk of home {home.id!r}")
            if not (math.isfinite(walk) and walk >= 0):
                raise ProblemError("bad-walk", f"home {home.id!r}: a walk of {walk} m")


def _refuse_bad_buses(buses: tuple[BusType, ...], limits: ShuttleLimits, travel: Travel) -> None:
    if not buses or all(kind.count == 0 for kind in buses):
        raise ProblemError("no-buses", "there are no buses")
    _refuse_duplicates([kind.name for kind in buses], "bus types")
    for kind in buses:
        if not is_whole(kind.seats) or not (kind.count is None or is_whole(kind.count)):
            text = f"{kind.name!r}: {kind.seats!r} seats, {kind.count!r} buses"
            raise ProblemError("bad-count", f"{text} must be whole numbers")
        _refuse_bad_point(kind.depot, len(travel), f"depot of {kind.name!r}")
        if limits.usable(kind) < 1:
            raise ProblemError("no-seats", f"{kind.name!r} has no usable seat")
        if kind.count is not None and kind.count < 0:
            raise ProblemError("bad-count", f"{kind.name!r}: {kind.count} buses")
        for name in ("fixed", "per_km"):
            value = getattr(kind, name)
            if not (math.isfinite(value) and 0 <= value <= 1e9):
                raise ProblemError("bad-cost", f"{kind.name!r}: {name} must be finite, at least 0")
        if kind.per_km > 0 and travel.metres is None:
            raise ProblemError("no-distances", f"{kind.name!r} is paid per km, but no km are given")
    largest = max(limits.usable(kind) for kind in buses if kind.count != 0)
    if limits.together is not None and limits.together > largest:
        text = f"{limits.together} riders cannot stay together in {largest} seats"
        raise ProblemError("together", text)

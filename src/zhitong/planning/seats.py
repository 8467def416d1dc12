"""The integer programme that shares out the seats of outside modes: who takes which departure.

Rows: every item of a party is carried once; no departure holds more people than its open units have
seats, nor fewer than they must. Columns: trips, going alone, a party's own outside price, a party
in a departure, units opened. HiGHS solves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from zhitong.planning.highs import QuietHighs
from zhitong.planning.model import Problem
from zhitong.planning.modes import Departure, OutsideMode, days_for, fare
from zhitong.planning.net import Floats, Items, Net
from zhitong.planning.partition import Sets

NODES = 500
"""HiGHS stops at so many nodes of its search tree, clock or not."""


@dataclass(frozen=True, slots=True)
class Option:
    """A party (its position) otherwise than by coach: in ``departure``, or outside where None."""

    party: int
    departure: int | None
    cost: float


@dataclass(frozen=True)
class Seats:
    """What there is beside trips.

    ``offers``: mode and day of each departure. ``rows[p]``: the programme's rows of party p, first
    those of items; a party that no vehicle fits has one of its own (``left``), behind them.
    ``all_alone``: what all items cost alone by vehicle.
    """

    problem: Problem
    modes: Sequence[OutsideMode]
    offers: tuple[tuple[int, int], ...]
    options: tuple[Option, ...]
    rows: tuple[tuple[int, ...], ...]
    items: int
    left: tuple[int, ...]
    all_alone: float

    def full_seat(self) -> Floats:
        """What a seat of each departure costs when its unit is full, inf where there is none."""
        modes = [self.modes[mode] for mode, _ in self.offers]
        return np.array([m.unit_price / m.capacity if m.units else np.inf for m in modes])

    @property
    def never(self) -> float:
        """The price of leaving somebody behind whom an option would carry: more than any saves."""
        units = sum(self.modes[mode].unit_price * self.modes[mode].units for mode, _ in self.offers)
        dearest = max((option.cost for option in self.options), default=0.0)
        return 1.0 + units + dearest * len(self.problem.parties) + self.all_alone

    def departures(self, choice: Choice) -> tuple[Departure, ...]:
        """The departures of ``choice`` with no unit more than they need."""
        riders: dict[int, list[int]] = {}
        for option in choice.options:
            if option.departure is not None:
                riders.setdefault(option.departure, []).append(option.party)
        found = []
        for at, parties in sorted(riders.items()):
            mode, day = self.offers[at]
            people = sum(self.problem.parties[p].size for p in parties)
            units = -(-people // self.modes[mode].capacity)
            ids = tuple(self.problem.parties[p].id for p in sorted(parties))
            found.append(Departure(mode, day, units, ids))
        return tuple(found)


@dataclass(frozen=True)
class Choice:
    """Sets of items that ride together, and parties that travel otherwise; cost of all."""

    sets: tuple[tuple[int, ...], ...]
    options: tuple[Option, ...]
    cost: float


def seats_of(problem: Problem, modes: Sequence[OutsideMode], items: Items, net: Net) -> Seats:
    """The offers that anybody can use, for ``items`` and ``net`` made without outside prices."""
    rows: list[list[int]] = [[] for _ in problem.parties]
    for item, party in enumerate(items.party.tolist()):
        rows[party].append(item)
    left = [p for p, own in enumerate(rows) if not own]
    for at, p in enumerate(left):
        rows[p].append(len(items.party) + at)
    offers: dict[tuple[int, int], int] = {}
    options = []
    for p, party in enumerate(problem.parties):
        if party.outside_price is not None:
            options.append(Option(p, None, party.outside_price))
        for number, mode in enumerate(modes):
            cost = fare(problem, mode, party)
            if np.isinf(cost) or party.size > mode.units * mode.capacity:
                continue
            for day in days_for(mode, party):
                at = offers.setdefault((number, day), len(offers))
                options.append(Option(p, at, cost))
    return Seats(
        problem,
        modes,
        tuple(offers),
        tuple(options),
        tuple(tuple(own) for own in rows),
        len(items.party),
        tuple(left),
        float(net.solo.sum()),
    )


def choose(
    seats: Seats, net: Net, sets: Sets, start: Choice, *, seconds: float | None
) -> tuple[Choice, Floats]:
    """The cheapest choice found, no dearer than ``start``, and what a seat of each offer is worth.

    ``net.solo`` is the price of going alone by vehicle.
    """
    programme = _Programme(seats, net, sets)
    choice = programme.solved(start, seconds)
    return choice, programme.worth(choice)


class _Programme:
    """Columns in this order: trips, alone (items), options, left behind, units."""

    def __init__(self, seats: Seats, net: Net, sets: Sets) -> None:
        self.seats = seats
        alone = Sets(np.arange(seats.items + 1), np.arange(seats.items, dtype=np.int32), net.solo)
        self.trips = sets.joined(alone)
        self.groups = [tuple(sorted(group.tolist())) for group in self.trips.groups()]
        self.costs = [
            *self.trips.cost.tolist(),
            *(option.cost for option in seats.options),
            *[seats.never] * len(seats.left),
            *(seats.modes[mode].unit_price for mode, _ in seats.offers),
        ]
        self.first_option = len(self.groups)
        self.first_left = self.first_option + len(seats.options)
        self.first_unit = self.first_left + len(seats.left)
        self.highs: Any = QuietHighs()  # type: ignore[no-untyped-call]
        self.highs.setOptionValue("threads", 1)
        self.highs.setOptionValue("mip_rel_gap", 1e-7)
        self.highs.setOptionValue("mip_max_nodes", NODES)
        self._add_rows()
        self._add_columns()

    def _add_rows(self) -> None:
        people = self.seats.items + len(self.seats.left)
        offers = len(self.seats.offers)
        infinite = highspy.kHighsInf
        # people - seats of open units <= 0, people - the least of open units >= 0
        low = np.concatenate([np.ones(people), np.full(offers, -infinite), np.zeros(offers)])
        high = np.concatenate([np.ones(people), np.zeros(offers), np.full(offers, infinite)])
        none = np.zeros(len(low), dtype=np.int32)
        self.first_seat_row = people
        self.first_least_row = people + offers
        self.highs.addRows(len(low), low, high, 0, none, none[:0], np.zeros(0))

    def _add_columns(self) -> None:
        entries: list[list[tuple[int, float]]] = [[(i, 1.0) for i in g] for g in self.groups]
        for option in self.seats.options:
            column = [(row, 1.0) for row in self.seats.rows[option.party]]
            if option.departure is not None:
                size = float(self.seats.problem.parties[option.party].size)
                column.append((self.first_seat_row + option.departure, size))
                column.append((self.first_least_row + option.departure, size))
            entries.append(column)
        entries += [[(self.seats.rows[p][0], 1.0)] for p in self.seats.left]
        upper = [1.0] * len(entries)
        for at, (number, _) in enumerate(self.seats.offers):
            mode = self.seats.modes[number]
            entries.append(
                [
                    (self.first_seat_row + at, -float(mode.capacity)),
                    (self.first_least_row + at, -float(mode.least_people)),
                ]
            )
            upper.append(float(mode.units))
        many = len(entries)
        sizes = [len(column) for column in entries]
        self.highs.addCols(
            many,
            np.array(self.costs),
            np.zeros(many),
            np.array(upper),
            sum(sizes),
            np.cumsum([0, *sizes[:-1]]).astype(np.int32),
            np.array([row for column in entries for row, _ in column], dtype=np.int32),
            np.array([value for column in entries for _, value in column]),
        )
        self.columns = np.arange(many, dtype=np.int32)

    def solved(self, start: Choice, seconds: float | None) -> Choice:
        whole = np.ones(len(self.columns), dtype=np.uint8)
        self.highs.changeColsIntegrality(len(whole), self.columns, whole)
        if seconds is not None:
            self.highs.setOptionValue("time_limit", self.highs.getRunTime() + seconds)
        value = self._values(start)
        self.highs.setSolution(len(value), self.columns, value)
        self.highs.run()
        value = np.array(self.highs.getSolution().col_value)
        found = self._choice(value) if len(value) == len(self.columns) else None
        return start if found is None or found.cost > start.cost - 1e-6 else found

    def worth(self, choice: Choice) -> Floats:
        """What one seat more of each offer would save, its open units being what they are.

        Where none is open, the price of a seat of a full unit.
        """
        full = self.seats.full_seat()
        open_units = self._units(choice)
        units = self.columns[self.first_unit :]
        if not len(units):
            return full
        real = np.zeros(len(self.columns), dtype=np.uint8)
        self.highs.changeColsIntegrality(len(real), self.columns, real)
        self.highs.changeColsBounds(len(units), units, open_units, open_units)
        self.highs.setOptionValue("time_limit", highspy.kHighsInf)
        self.highs.run()
        duals = np.array(self.highs.getSolution().row_dual)
        if len(duals) <= self.first_seat_row:
            return full
        seat = duals[self.first_seat_row : self.first_least_row]
        worth = np.maximum(0.0, -seat - duals[self.first_least_row :])
        all_units = np.array([self.seats.modes[mode].units for mode, _ in self.seats.offers])
        more = open_units < all_units  # then nobody pays more than a new unit's seat
        worth[more] = np.minimum(worth, full)[more]
        return np.where(open_units > 0, worth, full)

    def _units(self, choice: Choice) -> Floats:
        units = np.zeros(len(self.seats.offers))
        at = {offer: number for number, offer in enumerate(self.seats.offers)}
        for departure in self.seats.departures(choice):
            units[at[departure.mode, departure.day]] = departure.units
        return units

    def _values(self, choice: Choice) -> Floats:
        value = np.zeros(len(self.columns))
        at = {group: column for column, group in enumerate(self.groups)}
        for group in choice.sets:
            value[at[group]] = 1.0
        option_at = {option: column for column, option in enumerate(self.seats.options)}
        for option in choice.options:
            value[self.first_option + option_at[option]] = 1.0
        gone = {option.party for option in choice.options}
        for number, party in enumerate(self.seats.left):
            value[self.first_left + number] = float(party not in gone)
        value[self.first_unit :] = self._units(choice)
        return value

    def _choice(self, value: Floats) -> Choice | None:
        """What ``value`` stands for, None if it is no choice."""
        chosen = np.flatnonzero(value[: self.first_unit] > 0.5)
        sets = tuple(self.groups[c] for c in chosen if c < self.first_option)
        options = tuple(
            self.seats.options[c - self.first_option]
            for c in chosen
            if self.first_option <= c < self.first_left
        )
        rows = [row for group in sets for row in group]
        rows += [row for option in options for row in self.seats.rows[option.party]]
        rows += [
            self.seats.rows[self.seats.left[c - self.first_left]][0]
            for c in chosen
            if c >= self.first_left
        ]
        if sorted(rows) != list(range(self.seats.items + len(self.seats.left))):
            return None
        choice = Choice(sets, options, 0.0)
        cost = sum(self.costs[c] for c in chosen) + float(
            self._units(choice) @ np.array(self.costs[self.first_unit :])
        )
        return Choice(sets, options, cost)

"""Judges a plan with outside modes, whoever made it. Shares no code with the solvers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from zhitong.planning.certificate import check_certificate
from zhitong.planning.check import check
from zhitong.planning.model import Party, PartyId, Problem
from zhitong.planning.modes import Departure, ModalPlan, OutsideMode
from zhitong.planning.verdict import Report, Violation


def check_modes(
    problem: Problem,
    modes: Sequence[OutsideMode],
    plan: ModalPlan,
    *,
    verify_bound: bool = False,
) -> Report:
    """Judge ``plan``: its charters by all the rules of ``check``, its departures by those here.

    ``Violation.trip`` is an index into ``plan.plan.trips``, as there.
    """
    case = _Case(problem, modes, plan)
    riding = {party_id for departure in plan.departures for party_id in departure.parties}
    rest = tuple(party for party in problem.parties if party.id not in riding)
    kept = {party.id for party in rest}
    apart = tuple(pair for pair in problem.apart if set(pair) <= kept)
    by_coach = check(
        replace(problem, parties=rest, apart=apart),
        replace(plan.plan, cost=0.0, lower_bound=0.0, gap=0.0),
    )
    violations = [*by_coach.violations, *(v for rule in _RULES for v in rule(case))]
    cost = by_coach.cost + sum(_cost(case, departure) for departure in plan.departures)
    if plan.lower_bound > cost + 1e-6 * max(1.0, abs(cost)):
        text = f"the lower bound {plan.lower_bound:g} is above the cost {cost:g}"
        violations.append(Violation("bound", text))
    bound = None
    if verify_bound:
        certificate = check_certificate(_relaxed(case), plan.proof)
        bound = certificate.bound
        violations += [Violation("proof", flaw) for flaw in certificate.flaws]
        if certificate.ok and plan.lower_bound > bound + 1e-6 * max(1.0, bound):
            text = f"the lower bound {plan.lower_bound:g} is above {bound:g}, which is proven"
            violations.append(Violation("proof", text))
    return Report(tuple(violations), cost, bound)


@dataclass(frozen=True)
class _Case:
    problem: Problem
    modes: Sequence[OutsideMode]
    plan: ModalPlan

    @property
    def party(self) -> dict[PartyId, Party]:
        return {party.id: party for party in self.problem.parties}

    def known(self) -> Iterator[tuple[Departure, OutsideMode, list[Party]]]:
        """Departures of modes that exist, with their mode and riders that exist."""
        party = self.party
        for departure in self.plan.departures:
            if 0 <= departure.mode < len(self.modes):
                riders = [party[one] for one in departure.parties if one in party]
                yield departure, self.modes[departure.mode], riders


def _feeders(case: _Case, mode: OutsideMode, party: Party) -> tuple[int, int]:
    km = case.problem.km
    return int(km[party.origin, mode.start]), int(km[mode.end, party.destination])


def _cost(case: _Case, departure: Departure) -> float:
    party = case.party
    if not 0 <= departure.mode < len(case.modes) or not set(departure.parties) <= party.keys():
        return math.inf
    mode = case.modes[departure.mode]
    cost = departure.units * mode.unit_price
    for party_id in departure.parties:
        there, on = _feeders(case, mode, party[party_id])
        cost += party[party_id].size * (mode.person_price + mode.feeder_price * (there + on))
    return cost


def _relaxed(case: _Case) -> Problem:
    """Everybody who can be carried at all may have the cheapest seat of any unit, were it full."""
    parties = []
    for party in case.problem.parties:
        price = math.inf if party.outside_price is None else party.outside_price
        if party.outside_price is not None or case.problem.fits(party):
            for mode in case.modes:
                there, on = _feeders(case, mode, party)
                near = there <= mode.feeder_km and on <= mode.feeder_km
                seats = mode.units * mode.capacity
                day = any(party.earliest <= day <= party.latest for day in mode.days)
                if near and day and party.size <= seats:
                    seat = mode.person_price + mode.unit_price / mode.capacity
                    price = min(price, party.size * (seat + mode.feeder_price * (there + on)))
        parties.append(replace(party, outside_price=None if price == math.inf else price))
    return replace(case.problem, parties=tuple(parties))


# --- the rules -----------------------------------------------------------------------------------


def _mode_exists(case: _Case) -> Iterator[Violation]:
    for departure in case.plan.departures:
        if not 0 <= departure.mode < len(case.modes):
            yield Violation("unknown-mode", f"there is no mode {departure.mode}")
    times = Counter((departure.mode, departure.day) for departure in case.plan.departures)
    for (mode, day), many in times.items():
        if many > 1:
            yield Violation("departure-twice", f"mode {mode} on day {day} is listed {many} times")


def _riders_known_once(case: _Case) -> Iterator[Violation]:
    party = case.party
    times = Counter(one for departure in case.plan.departures for one in departure.parties)
    for party_id, many in times.items():
        if party_id not in party:
            yield Violation("unknown-party", f"there is no party {party_id!r}", party=party_id)
        if many > 1:
            text = f"party {party_id!r} rides {many} times in outside modes"
            yield Violation("party-twice", text, party=party_id)


def _day_offered(case: _Case) -> Iterator[Violation]:
    for departure, mode, riders in case.known():
        if departure.day not in mode.days:
            text = f"{mode.name!r} does not leave on day {departure.day}"
            yield Violation("mode-day", text)
        for party in riders:
            if not party.earliest <= departure.day <= party.latest:
                text = (
                    f"{mode.name!r} leaves on day {departure.day}, party {party.id!r} may from"
                    f" day {party.earliest} to {party.latest}"
                )
                yield Violation("window", text, party=party.id)


def _units_exist(case: _Case) -> Iterator[Violation]:
    for departure, mode, _ in case.known():
        if not 1 <= departure.units <= mode.units:
            text = f"{departure.units} units of {mode.name!r} opened, {mode.units} exist"
            yield Violation("mode-units", text)


def _people_fit(case: _Case) -> Iterator[Violation]:
    for departure, mode, riders in case.known():
        people = sum(party.size for party in riders)
        where = f"{departure.units} units of {mode.name!r} on day {departure.day}"
        if people > departure.units * mode.capacity:
            text = f"{people} people in {departure.units * mode.capacity} seats of {where}"
            yield Violation("mode-capacity", text)
        if people < departure.units * mode.least_people:
            text = f"{people} people in {where}, {mode.least_people} a unit are the least"
            yield Violation("mode-least", text)


def _feeders_short(case: _Case) -> Iterator[Violation]:
    for _, mode, riders in case.known():
        for party in riders:
            for km in _feeders(case, mode, party):
                if km > mode.feeder_km:
                    text = (
                        f"party {party.id!r} rides {km} km to or from {mode.name!r},"
                        f" at most {mode.feeder_km} allowed"
                    )
                    yield Violation("feeder", text, party=party.id)


def _nobody_left_beside_free_seats(case: _Case) -> Iterator[Violation]:
    opened = {
        (departure.mode, departure.day): sum(party.size for party in riders)
        for departure, _, riders in case.known()
    }
    party = case.party
    for left in case.plan.plan.unassigned:
        if left.party not in party:
            continue
        one = party[left.party]
        for index, mode in enumerate(case.modes):
            if max(_feeders(case, mode, one)) > mode.feeder_km:
                continue
            for day in mode.days:
                people = opened.get((index, day), 0) + one.size
                units = -(-people // mode.capacity)
                enough = units <= mode.units and people >= units * mode.least_people
                if enough and one.earliest <= day <= one.latest:
                    text = f"party {one.id!r} could ride in {mode.name!r} on day {day}"
                    yield Violation("needless-unassigned", text, party=one.id)


_RULES: tuple[Callable[[_Case], Iterator[Violation]], ...] = (
    _mode_exists,
    _riders_known_once,
    _day_offered,
    _units_exist,
    _people_fit,
    _feeders_short,
    _nobody_left_beside_free_seats,
)

"""What other rules would cost: the same demand planned again with one of them changed.

Every question is a search of its own with the budget given, started from the plan at hand where
that stays feasible, so a looser rule never appears to cost more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from zhitong.planning.charter import solve
from zhitong.planning.control import Stop
from zhitong.planning.model import Plan, Problem, ProblemError, VehicleType

LOOSER_HOP = 2
LOOSER_DETOUR = 0.3
LOOSER_DAYS = 1
"""By how much ``rule_costs`` loosens hops (times), detours (more) and windows (days each way)."""


@dataclass(frozen=True, slots=True)
class RuleCost:
    """``rule`` loosened as ``change`` says saves ``saving`` of ``cost`` under all rules."""

    rule: str
    change: str
    cost: float
    saving: float

    @property
    def share(self) -> float:
        """The part of the cost that the rule is responsible for, 0 to 1."""
        return self.saving / self.cost if self.cost > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """A plan in figures, with ``what`` ("load", "days" or "detour") set to ``value``.

    ``waiting_days`` sums, over people in trips, the days from their first acceptable one to
    departure; ``unassigned`` counts people left behind.
    """

    what: str
    value: float
    cost: float
    lower_bound: float
    vehicles: int
    waiting_days: int
    unassigned: int


def rule_costs(
    problem: Problem, plan: Plan, *, stop: Stop, seed: int = 0, threads: int = 2
) -> tuple[RuleCost, ...]:
    """What each limit costs, dearest first; ``plan`` keeps all of them.

    ``plan`` itself is first improved with the same budget, so that a saving is the rule's and not
    that of more search.
    """
    base = solve(problem, stop=stop, seed=seed, start=plan, threads=threads)
    costs = []
    for rule, change, looser in _looser(problem):
        freed = solve(looser, stop=stop, seed=seed, start=base, threads=threads)
        costs.append(RuleCost(rule, change, base.cost, max(0.0, base.cost - freed.cost)))
    return tuple(sorted(costs, key=lambda one: -one.saving))


def what_if(
    problem: Problem,
    *,
    stop: Stop,
    loads: Sequence[float] = (),
    extra_days: Sequence[int] = (),
    detours: Sequence[float] = (),
    seed: int = 0,
    threads: int = 2,
) -> tuple[Outcome, ...]:
    """Plans with the seats of every vehicle cut to a share, windows longer, detours other.

    One thing changes at a time. Vehicles without a usable seat left are not offered; people too
    many for all others are counted as unassigned. Raises ``ProblemError`` for values that make
    no sense.
    """
    cases = [
        *(("load", load, _with_load(problem, load)) for load in loads),
        *(("days", days, _with_days(problem, 0, days)) for days in extra_days),
        *(
            ("detour", detour, replace(problem, limits=replace(problem.limits, detour=detour)))
            for detour in detours
        ),
    ]
    return tuple(
        _outcome(what, value, changed, solve(changed, stop=stop, seed=seed, threads=threads))
        for what, value, changed in cases
    )


def _looser(problem: Problem) -> list[tuple[str, str, Problem]]:
    limits = problem.limits
    pickup = LOOSER_HOP * limits.pickup_hop_km
    drop = LOOSER_HOP * limits.drop_hop_km
    detour = limits.detour + LOOSER_DETOUR
    rules = [
        (rule, change, replace(problem, limits=looser))
        for rule, change, looser in (
            (
                "pickup-hop",
                f"{limits.pickup_hop_km} -> {pickup} km",
                replace(limits, pickup_hop_km=pickup),
            ),
            ("drop-hop", f"{limits.drop_hop_km} -> {drop} km", replace(limits, drop_hop_km=drop)),
            ("detour", f"{limits.detour:g} -> {detour:g}", replace(limits, detour=detour)),
        )
    ]
    rules.append(
        (
            "window",
            f"{LOOSER_DAYS} day more each way",
            _with_days(problem, LOOSER_DAYS, LOOSER_DAYS),
        )
    )
    return rules


def _with_days(problem: Problem, before: int, after: int) -> Problem:
    return replace(
        problem,
        parties=tuple(
            replace(party, earliest=party.earliest - before, latest=party.latest + after)
            for party in problem.parties
        ),
    )


def _with_load(problem: Problem, load: float) -> Problem:
    if not 0 < load <= 1:
        raise ProblemError("bad-load", f"a share of the seats is above 0 and at most 1, not {load}")
    types = [_smaller(kind, int(load * kind.capacity + 1e-9)) for kind in problem.types]
    usable = tuple(kind for kind in types if kind.capacity)
    return replace(problem, types=usable)


def _smaller(kind: VehicleType, seats: int) -> VehicleType:
    capped = tuple(min(seats, some) for some in kind.class_seats)
    return replace(kind, capacity=seats, class_seats=capped)


def _outcome(what: str, value: float, problem: Problem, plan: Plan) -> Outcome:
    party = {party.id: party for party in problem.parties}
    waiting = 0
    for trip in plan.trips:
        parts = dict(trip.parts)
        for party_id in trip.parties:
            rider = party[party_id]
            waiting += parts.get(party_id, rider.size) * (trip.day - rider.earliest)
    return Outcome(
        what=what,
        value=value,
        cost=plan.cost,
        lower_bound=plan.lower_bound,
        vehicles=len(plan.trips),
        waiting_days=waiting,
        unassigned=sum(party[one.party].size for one in plan.unassigned),
    )

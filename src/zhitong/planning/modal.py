"""Charters and outside modes together: search and integer programme in turn.

The search knows trips well but no seats that run out; the programme counts seats but knows only the
trips it is shown. So the search runs with a price for a seat of each departure, the programme
chooses among all trips met and the departures, what it says a seat is worth is the next price, and
so on. docs/algorithms/modes.md has the details.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from zhitong.planning.assemble import alone, groups_of, plan_of, untied
from zhitong.planning.bound import lower_bound
from zhitong.planning.charter import Run, solve
from zhitong.planning.control import Stop
from zhitong.planning.model import PartyId, Plan, Problem, Proof, gap_between
from zhitong.planning.modes import (
    Departure,
    ModalPlan,
    OutsideMode,
    cost_of,
    refuse_bad_modes,
    with_cheapest_seats,
)
from zhitong.planning.net import Floats, Ints, Net, items_of, net_of, refuse_unsupported
from zhitong.planning.ordering import memory
from zhitong.planning.partition import SETS_PER_ITEM, Sets, sets_met, sets_of
from zhitong.planning.pins import Undecided
from zhitong.planning.refusals import refuse_bad_run
from zhitong.planning.seats import Choice, Seats, choose, seats_of
from zhitong.planning.ties import no_ties

TURNS = 4
"""So often search and programme take turns; by then seats are worth what they will be."""

TURN = 0.12
CHOOSING = 0.05
PROVING = 0.1
"""Shares of the budget: one turn's search, its programme, the lower bound. The rest refines the
charters when it is settled who rides in what."""

LEAST_SETS = 2_000
ROUNDS = 20
"""Rounds of work at the lower bound where no clock limits it."""


def solve_with_modes(
    problem: Problem,
    modes: Sequence[OutsideMode],
    *,
    stop: Stop,
    seed: int = 0,
    threads: int = 2,
) -> ModalPlan:
    """Plan charters and departures of ``modes``; the best plan found within ``stop``.

    Without modes it is ``solve``. Deterministic under a budget of iterations alone. Raises
    ``ProblemError``.
    """
    began = time.perf_counter()
    refuse_bad_run(seed=seed, threads=threads)
    refuse_unsupported(problem)
    refuse_bad_modes(problem, modes)
    departures: tuple[Departure, ...] = ()
    start = None
    if modes and problem.parties and 0 not in (stop.seconds, stop.iterations):
        departures, start = _settled(problem, modes, stop, seed, threads)
    riding = {party_id for departure in departures for party_id in departure.parties}
    rest = _without(problem, riding)
    plan = solve(
        rest,
        stop=_left(stop, began),
        seed=seed,
        start=start,
        threads=threads,
        proof=Stop(iterations=0),
    )
    cost = plan.cost + sum(cost_of(problem, modes, departure) for departure in departures)
    bound = lower_bound(
        with_cheapest_seats(problem, modes),
        seconds=None if stop.seconds is None else PROVING * stop.seconds,
        rounds=ROUNDS,
    )
    return ModalPlan(
        plan=replace(plan, lower_bound=0.0, gap=0.0, proof=Proof()),
        departures=departures,
        cost=cost,
        lower_bound=bound.value,
        gap=gap_between(cost, bound.value),
        proof=bound.proof,
    )


def _settled(
    problem: Problem, modes: Sequence[OutsideMode], stop: Stop, seed: int, threads: int
) -> tuple[tuple[Departure, ...], Plan]:
    """Who rides in which departure, and trips for the others."""
    free = replace(
        problem, parties=tuple(replace(party, outside_price=None) for party in problem.parties)
    )
    items = items_of(free)
    net = net_of(free, items)
    seats = seats_of(problem, modes, items, net)
    table = memory(16)
    everybody = tuple((item,) for item in range(len(items.party)))
    choice = Choice(everybody, (), float(net.solo.sum()) + seats.never * len(seats.left))
    worth = seats.full_seat()
    trip_of, known = alone(len(items.party))[0], Sets.none()
    for turn in range(TURNS):
        priced = net._replace(solo=_alone(problem, seats, net, worth))
        if len(items.party):
            part = _part(stop, TURN)
            began = time.perf_counter()
            run = Run(priced, no_ties(), part, seed + turn, threads, began, pooling=True)
            run.open(groups_of(untied(trip_of)))
            while run.round():
                pass
            trip_of = run.best[0]
            met = sets_of(net, table, trip_of).joined(sets_met(net, table, run.pools))
            known = _best(priced, known.joined(met), trip_of, keep=choice.sets)
        seconds = None if stop.seconds is None else CHOOSING * stop.seconds
        choice, worth = choose(seats, net, known, choice, seconds=seconds)
        trip_of = _assignment(choice, len(items.party))
    departures = seats.departures(choice)
    gone = {problem.parties[option.party].id for option in choice.options}
    assignment = untied(trip_of)
    trips = plan_of(Undecided(free), items, net, no_ties(), assignment).trips
    return departures, Plan(
        trips=tuple(trip for trip in trips if not gone & set(trip.parties)),
        outside=tuple(
            problem.parties[option.party].id
            for option in choice.options
            if option.departure is None
        ),
    )


def _alone(problem: Problem, seats: Seats, net: Net, worth: Floats) -> Floats:
    """What every item pays at least when it is in no shared trip, seats being worth ``worth``.

    Parts of a split party go by vehicle: only the programme sends the whole of it elsewhere.
    """
    solo = net.solo.copy()
    for option in seats.options:
        rows = seats.rows[option.party]
        if len(rows) > 1 or rows[0] >= seats.items:
            continue
        price = option.cost
        if option.departure is not None:
            price += problem.parties[option.party].size * worth[option.departure]
        solo[rows[0]] = min(solo[rows[0]], price)
    return solo


def _best(net: Net, sets: Sets, trip_of: Ints, *, keep: Sequence[tuple[int, ...]]) -> Sets:
    """As many of ``sets`` as the programme bears: those cheapest for whom they carry, and ``keep``.

    What somebody pays is his share of what his trip costs.
    """
    own = sets_of(net, memory(12), trip_of)
    number = np.empty(len(trip_of), dtype=np.int64)
    number[own.item] = np.repeat(np.arange(len(own)), np.diff(own.start))
    alone = own.sums(net.solo)
    pays = net.solo * (own.cost / np.where(alone > 0, alone, 1.0))[number]
    sets = sets.chosen(np.flatnonzero((np.diff(sets.start) > 1) & np.isfinite(sets.cost)))
    order = np.argsort(sets.cost - sets.sums(pays), kind="stable")
    wanted = {group for group in keep if len(group) > 1}
    most = max(LEAST_SETS, SETS_PER_ITEM * len(trip_of))
    seen: set[tuple[int, ...]] = set()
    chosen = []
    groups = [tuple(sorted(group.tolist())) for group in sets.groups()]
    for at in order.tolist():
        group = groups[at]
        if group not in seen and (len(seen) < most or group in wanted):
            seen.add(group)
            chosen.append(at)
    return sets.chosen(np.array(chosen, dtype=np.int64))


def _assignment(choice: Choice, items: int) -> Ints:
    """Trips of ``choice``; whoever travels otherwise is in one of his own."""
    trip_of = np.arange(items, dtype=np.int32)
    for group in choice.sets:
        trip_of[list(group)] = group[0]
    return trip_of


def _part(stop: Stop, share: float) -> Stop:
    return Stop(
        seconds=None if stop.seconds is None else share * stop.seconds,
        iterations=None if stop.iterations is None else int(share * stop.iterations),
        event=stop.event,
    )


def _left(stop: Stop, began: float) -> Stop:
    """What the turns leave of the budget, but for proving."""
    left = 1.0 - TURNS * TURN
    seconds = None
    if stop.seconds is not None:
        spent = time.perf_counter() - began
        seconds = max(0.0, (1.0 - PROVING) * stop.seconds - spent)
    return replace(_part(stop, left), seconds=seconds)


def _without(problem: Problem, parties: Iterable[PartyId]) -> Problem:
    gone = set(parties)
    return replace(
        problem,
        parties=tuple(party for party in problem.parties if party.id not in gone),
        apart=tuple(pair for pair in problem.apart if not gone & set(pair)),
    )

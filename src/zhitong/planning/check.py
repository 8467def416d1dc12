"""Judges any charter plan against its problem, whoever made it: a solver, a person, a stranger.

This module shares no code with the solvers. It follows the stops of each trip exactly as they are
listed, never looking for a better order, and keeps one small function a rule.

How rides are compared: distances are whole kilometres and ``detour`` is a decimal such as 1.3 that
binary floating point cannot hold, so a ride is too long when it exceeds ``detour x direct`` by
more than 1e-9 km. A ride of 13 km for a direct 10 km is kept, 14 km is not.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import combinations, pairwise

from zhitong.planning.certificate import check_certificate
from zhitong.planning.check_decisions import judge_decisions
from zhitong.planning.costs import plan_cost
from zhitong.planning.form import malformed
from zhitong.planning.model import Party, PartyId, Plan, Problem, Trip
from zhitong.planning.verdict import Report, Violation

TOLERANCE = 1e-9


def check(problem: Problem, plan: Plan, *, verify_bound: bool = False) -> Report:
    """Judge ``plan``: every broken rule, and what the plan really costs.

    A plan that is malformed, with text where a number belongs, is told so and not judged further.

    ``verify_bound`` also verifies ``plan.proof``, which may take as long as some seconds.
    """
    if flaws := [Violation("malformed", text, trip) for text, trip in malformed(plan)]:
        return Report(tuple(flaws), math.inf)
    case = _Case(problem, plan)
    violations: list[Violation] = []
    for index, trip in enumerate(plan.trips):
        violations += _judge_trip(case, index, trip)
    violations += [v for whole in _WHOLE for v in whole(case)]
    violations += judge_decisions(problem, plan)
    bound = None
    if verify_bound:
        certificate = check_certificate(problem, plan.proof)
        bound = certificate.bound
        violations += [Violation("proof", flaw) for flaw in certificate.flaws]
        if certificate.ok and plan.lower_bound > bound + 1e-6 * max(1.0, bound):
            text = f"the lower bound {plan.lower_bound:g} is above {bound:g}, which is proven"
            violations.append(Violation("proof", text))
    return Report(tuple(violations), plan_cost(problem, plan), bound)


def judge_trip(problem: Problem, trip: Trip) -> list[Violation]:
    """Every rule that ``trip`` breaks by itself, whatever else is in a plan."""
    return _judge_trip(_Case(problem, Plan((trip,))), 0, trip)


def _judge_trip(case: _Case, index: int, trip: Trip) -> list[Violation]:
    malformed = [v for rule in _FORM for v in rule(case, index, trip)]
    return malformed or [v for rule in _CONDUCT for v in rule(case, index, trip)]


class _Case:
    """A problem and a plan with the look-ups that several rules need."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem = problem
        self.plan = plan
        self.limits = problem.limits
        self.party: dict[PartyId, Party] = {party.id: party for party in problem.parties}
        self.apart = {frozenset(pair) for pair in problem.apart}
        self.grouped = {party_id for pair in problem.pins.together for party_id in pair}

    def riders(self, trip: Trip) -> list[Party]:
        return [self.party[party_id] for party_id in trip.parties]

    def aboard(self, trip: Trip, party: Party) -> int:
        return dict(trip.parts).get(party.id, party.size)


Rule = Callable[[_Case, int, Trip], Iterator[Violation]]


def _known(problem: Problem, stops: tuple[int, ...]) -> bool:
    return all(0 <= stop < len(problem.points) for stop in stops)


def _km(problem: Problem, a: int, b: int) -> int:
    return int(problem.km[a, b])


# --- the form of a trip: what must hold before its conduct can be judged -------------------------


def _type_exists(case: _Case, index: int, trip: Trip) -> Iterator[Violation]:
    if not 0 <= trip.type < len(case.problem.types):
        yield Violation("unknown-type", f"there is no vehicle type {trip.type}", index)


def _points_exist(case: _Case, index: int, trip: Trip) -> Iterator[Violation]:
    for stop in trip.pickups + trip.drops:
        if not _known(case.problem, (stop,)):
            yield Violation("unknown-point", f"there is no point {stop}", index)


def _parties_exist(case: _Case, index: int, trip: Trip) -> Iterator[Violation]:
    for party_id in trip.parties:
        if party_id not in case.party:
            yield Violation("unknown-party", f"there is no party {party_id!r}", index, party_id)


def _has_stops_and_riders(case: _Case, index: int, trip: Trip) -> Iterator[Violation]:
    if not (trip.pickups and trip.drops and trip.parties):
        yield Violation("empty-trip", "a trip needs a pickup, a drop and a party", index)


def _stops_listed_once(case: _Case, index: int, trip: Trip) -> Iterator[Violation]:
    for stops in (trip.pickups, trip.drops):
        for stop, times in Counter(stops).items():
            if times > 1:
                yield Violation("repeated-stop", f"point {stop} is listed {times} times", index)


def _riders_have_their_stops(case: _Case, index: int, trip: Trip) -> Iterator[Violation]:
    for party_id in trip.parties:
        party = case.party.get(party_id)
        if party is None:
            continue
        if party.origin not in trip.pickups:
            text = f"does not stop at the origin {party.origin} of party {party_id!r}"
            yield Violation("missing-stop", text, index, party_id)
        if party.destination not in trip.drops:
            text = f"does not stop at the destination {party.destination} of party {party_id!r}"
            yield Violation("missing-stop", text, index, party_id)


def _parts_name_riders(case: _Case, index: int, trip: Trip) -> Iterator[Violation]:
    for party_id, people in trip.parts:
        if party_id not in trip.parties or people < 1:
            text = f"gives {people} people of party {party_id!r}, who must be 1 or more and ride"
            yield Violation("bad-part", text, index, party_id)


# --- the conduct of a trip -----------------------------------------------------------------------


def _pickups_few(case: _Case, index: int, trip: Trip) -> Iterator[Violation]:
    if len(trip.pickups) > case.limits.max_pickups:
        text = f"{len(trip.pickups)} pickups, at most {case.limits.max_pickups} allowed"
        yield Violation("max-pickups", text, index)


def _drops_few(case: _Case, index: int, trip: Trip) -> Iterator[Violation]:
    if len(trip.drops) > case.limits.max_drops:
        text = f"{len(trip.drops)} drops, at most {case.limits.max_drops} allowed"
        yield Violation("max-drops", text, index)


def _pickups_near(case: _Case, index: int, trip: Trip) -> Iterator[Violation]:
    for a, b in pairwise(trip.pickups):
        if (km := _km(case.problem, a, b)) > case.limits.pickup_hop_km + TOLERANCE:
            text = f"{km} km from pickup {a} to {b}, at most {case.limits.pickup_hop_km} allowed"
            yield Violation("pickup-hop", text, index)


def _drops_near(case: _Case, index: int, trip: Trip) -> Iterator[Violation]:
    for a, b in pairwise(trip.drops):
        if (km := _km(case.problem, a, b)) > case.limits.drop_hop_km + TOLERANCE:
            text = f"{km} km from drop {a} to {b}, at most {case.limits.drop_hop_km} allowed"
            yield Violation("drop-hop", text, index)


def _every_stop_used(case: _Case, index: int, trip: Trip) -> Iterator[Violation]:
    riders = case.riders(trip)
    for stop in sorted(set(trip.pickups) - {party.origin for party in riders}):
        yield Violation("idle-stop", f"nobody boards at {stop}", index)
    for stop in sorted(set(trip.drops) - {party.destination for party in riders}):
        yield Violation("idle-stop", f"nobody alights at {stop}", index)


def _day_in_windows(case: _Case, index: int, trip: Trip) -> Iterator[Violation]:
    for party in case.riders(trip):
        if not party.earliest <= trip.day <= party.latest:
            text = (
                f"leaves on day {trip.day}, party {party.id!r} may from day"
                f" {party.earliest} to {party.latest}"
            )
            yield Violation("window", text, index, party.id)


def _seats_suffice(case: _Case, index: int, trip: Trip) -> Iterator[Violation]:
    people = sum(case.aboard(trip, party) for party in case.riders(trip))
    kind = case.problem.types[trip.type]
    if people > kind.capacity:
        text = f"{people} people in {kind.capacity} seats of {kind.name!r}"
        yield Violation("capacity", text, index)


def _load_caps_kept(case: _Case, index: int, trip: Trip) -> Iterator[Violation]:
    riders = case.riders(trip)
    people = sum(case.aboard(trip, party) for party in riders)
    kind = case.problem.types[trip.type]
    for load_class in sorted({party.load_class for party in riders} - {0}):
        if kind.capacity >= people > (seats := kind.class_seats[load_class - 1]):
            text = f"{people} people, load class {load_class} leaves {seats} of {kind.capacity}"
            yield Violation("load-cap", text, index)


def _enemies_apart(case: _Case, index: int, trip: Trip) -> Iterator[Violation]:
    for one, other in combinations(trip.parties, 2):
        if frozenset((one, other)) in case.apart:
            text = f"parties {one!r} and {other!r} may not share a trip"
            yield Violation("apart", text, index, one)


def _rides_short(case: _Case, index: int, trip: Trip) -> Iterator[Violation]:
    stops = trip.pickups + trip.drops
    at = [0]
    for a, b in pairwise(stops):
        at.append(at[-1] + _km(case.problem, a, b))
    for party in case.riders(trip):
        board = trip.pickups.index(party.origin)
        alight = len(trip.pickups) + trip.drops.index(party.destination)
        ride = at[alight] - at[board]
        direct = _km(case.problem, party.origin, party.destination)
        if ride > case.limits.detour * direct + TOLERANCE:
            text = (
                f"party {party.id!r} rides {ride} km for a direct {direct},"
                f" at most {case.limits.detour} times allowed"
            )
            yield Violation("detour", text, index, party.id)


_FORM: tuple[Rule, ...] = (
    _type_exists,
    _points_exist,
    _parties_exist,
    _has_stops_and_riders,
    _stops_listed_once,
    _riders_have_their_stops,
    _parts_name_riders,
)
_CONDUCT: tuple[Rule, ...] = (
    _pickups_few,
    _drops_few,
    _pickups_near,
    _drops_near,
    _every_stop_used,
    _day_in_windows,
    _seats_suffice,
    _load_caps_kept,
    _enemies_apart,
    _rides_short,
)


# --- the plan as a whole -------------------------------------------------------------------------


def _everybody_once(case: _Case) -> Iterator[Violation]:
    places = Counter(party_id for trip in case.plan.trips for party_id in trip.parties)
    places.update(case.plan.outside)
    places.update(item.party for item in case.plan.unassigned)
    in_parts = {party_id for trip in case.plan.trips for party_id, _ in trip.parts}
    in_parts |= {item.party for item in case.plan.unassigned if item.people is not None}
    for party_id, times in places.items():
        if times > 1 and party_id not in in_parts:
            text = f"party {party_id!r} is carried or listed {times} times"
            yield Violation("party-twice", text, party=party_id)
    for party_id in case.party:
        if not places[party_id]:
            yield Violation("party-missing", f"party {party_id!r} is nowhere", party=party_id)


def _parts_make_a_whole(case: _Case) -> Iterator[Violation]:
    people: Counter[PartyId] = Counter()
    in_parts: set[PartyId] = set()
    for trip in case.plan.trips:
        parts = dict(trip.parts)
        in_parts |= parts.keys()
        for party_id in trip.parties:
            if party_id in case.party:
                people[party_id] += parts.get(party_id, case.party[party_id].size)
    elsewhere = {*case.plan.outside}
    for item in case.plan.unassigned:
        if item.people is None:
            elsewhere.add(item.party)
        else:
            in_parts.add(item.party)
            people[item.party] += item.people
            if item.people < 1:
                text = f"leaves {item.people} people of party {item.party!r} behind"
                yield Violation("bad-part", text, party=item.party)
    for party in case.problem.parties:
        if party.id not in in_parts:
            continue
        if not party.splittable:
            text = f"party {party.id!r} is split but must ride together"
            yield Violation("split", text, party=party.id)
        if people[party.id] != party.size or party.id in elsewhere:
            text = f"the parts of party {party.id!r} make {people[party.id]} of {party.size}"
            yield Violation("part-sum", text, party=party.id)


def _outside_has_price(case: _Case) -> Iterator[Violation]:
    for party_id in case.plan.outside:
        party = case.party.get(party_id)
        if party is None:
            yield Violation("unknown-party", f"there is no party {party_id!r}", party=party_id)
        elif party.outside_price is None:
            text = f"party {party_id!r} has no outside price"
            yield Violation("outside", text, party=party_id)


def _unassigned_for_cause(case: _Case) -> Iterator[Violation]:
    for item in case.plan.unassigned:
        party = case.party.get(item.party)
        if party is None:
            yield Violation("unknown-party", f"there is no party {item.party!r}", party=item.party)
            continue
        people = party.size if item.people is None else item.people
        if party.outside_price is not None and party.id not in case.grouped:
            text = f"party {party.id!r} could pay outside"
            yield Violation("needless-unassigned", text, party=party.id)
        elif party.id not in case.grouped and (free := _free_vehicle(case, party, people)):
            text = f"{people} of party {party.id!r} could travel alone in {free}"
            yield Violation("needless-unassigned", text, party=party.id)


def _free_vehicle(case: _Case, party: Party, people: int) -> str | None:
    """A vehicle left for ``people`` of ``party`` on a day of theirs, in words."""
    used = Counter((trip.type, trip.day) for trip in case.plan.trips)
    most = case.problem.most_seats(party)
    if party.splittable and party.size > most:
        people = min(people, most)
    for index, kind in enumerate(case.problem.types):
        seats = (kind.capacity, *kind.class_seats)[party.load_class]
        if people > seats or not seats:
            continue
        many = math.inf if kind.available_per_day is None else kind.available_per_day
        first, last = case.problem.pins.day_of(party)
        for day in range(first, last + 1):
            if used[index, day] < many:
                return f"a {kind.name!r} on day {day}"
    return None


def _fleet_suffices(case: _Case) -> Iterator[Violation]:
    used = Counter((trip.type, trip.day) for trip in case.plan.trips)
    for (kind_index, day), times in sorted(used.items()):
        if not 0 <= kind_index < len(case.problem.types):
            continue
        kind = case.problem.types[kind_index]
        if kind.available_per_day is not None and times > kind.available_per_day:
            text = f"{times} of {kind.name!r} leave on day {day}, {kind.available_per_day} exist"
            yield Violation("fleet", text)


def _bound_below_cost(case: _Case) -> Iterator[Violation]:
    cost = plan_cost(case.problem, case.plan)
    if case.plan.lower_bound > cost + 1e-6 * max(1.0, abs(cost)):
        text = f"the lower bound {case.plan.lower_bound:g} is above the cost {cost:g}"
        yield Violation("bound", text)


_WHOLE: tuple[Callable[[_Case], Iterator[Violation]], ...] = (
    _everybody_once,
    _parts_make_a_whole,
    _outside_has_price,
    _unassigned_for_cause,
    _fleet_suffices,
    _bound_below_cost,
)

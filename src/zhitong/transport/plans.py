"""Making plans and deciding about them. Locks, in this order: the province's planning lock, then
rows of plans, then the journal's chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from django.db import connection, transaction
from django.utils.timezone import get_default_timezone

from zhitong import places, planning
from zhitong.config import locks
from zhitong.kernel import journal
from zhitong.kernel.errors import UserError
from zhitong.kernel.progress import Progress, Silent
from zhitong.places import PlaceError
from zhitong.planning.formats import plan_from_json, plan_to_json
from zhitong.policies.queries import freeze
from zhitong.policies.queries import profile as profile_by_key
from zhitong.policies.rules import FrozenProfile
from zhitong.registry.models import Departure
from zhitong.transport import vehicles
from zhitong.transport.demand import Demand, demand_of, digest_of, solve
from zhitong.transport.dispatch import Draft, dispatch
from zhitong.transport.groups import Left
from zhitong.transport.manifests import issue_many
from zhitong.transport.models import LeftOver, Passage, Plan, Stop, Trip

MOST_DAYS = 31
ANSWER_FORMAT = "zhitong-answer/1"


class NothingToPlan(UserError):
    """Nobody who travels by coach in these days is still without one."""

    code = "nothing-to-plan"


class BadRequest(UserError):
    """A place, days or a budget that make no sense."""

    code = "bad-plan-request"


class NothingToResume(UserError):
    """The plan to go on from is not there, or no longer one to go on from."""

    code = "nothing-to-resume"


class WrongState(UserError):
    """A plan that was decided upon already."""

    code = "wrong-plan-state"


@transaction.atomic
def make_plan(
    *,
    scope: str,
    first_day: date,
    last_day: date,
    profile: str,
    seconds: float | None = None,
    iterations: int | None = None,
    seed: int = 0,
    made_by: Any | None,
    now: datetime,
    progress: Progress | None = None,
    resume: bool = False,
    cluster: str | None = None,
) -> Plan:
    """Plan the unserved departures from `scope` on these days (both included), and book them.

    The same request over the same departures returns the plan it made before. Everything is
    stored in one transaction: trips, stops, seats, and who was left over. A province's planners
    wait for each other, so nobody is booked twice.

    `resume` goes on from the latest proposed plan for the same scope, days and rules, which the new
    one replaces; it stays as it is if nothing better is found. `cluster`: the address of a Dask
    scheduler (tcp://...) to plan on. Raises `BadRequest`, `NothingToPlan`, `NothingToResume`,
    `policies.queries.UnknownProfile`, `planning.ProblemError`.
    """
    progress = progress or Silent()
    scope = _checked(scope, first_day, last_day, seconds, iterations)
    _lock(scope)
    frozen = freeze(profile_by_key(profile))
    fleet = vehicles.shipped()
    request = {
        "scope": scope,
        "first_day": first_day,
        "last_day": last_day,
        "seed": seed,
        "seconds": seconds,
        "iterations": iterations,
    }

    def look(besides: Plan | None = None) -> tuple[Demand, dict[str, Any], bytes]:
        demand = demand_of(
            scope=scope,
            first_day=first_day,
            last_day=last_day,
            profile=frozen,
            fleet=fleet,
            besides=besides,
        )
        record = {**demand.record(), "fleet": fleet.as_json()}
        asked = {**request, "first_day": str(first_day), "last_day": str(last_day)}
        return demand, record, digest_of({"problem": record, "policy": frozen, "asked": asked})

    progress.step("读取出行意愿")
    live = Plan.objects.exclude(state=Plan.State.DISCARDED).defer("demand", "answer")
    before = _to_resume(request, frozen) if resume else None
    if before is None:
        for earlier in live.filter(**request):
            if look(earlier)[2] == bytes(earlier.digest):
                return earlier
    demand, record, digest = look(before)
    if not demand.blocks and not demand.left:
        raise NothingToPlan(f"{first_day}至{last_day}没有待安排的包车出行意愿。")
    answers = solve(
        demand,
        seconds=seconds,
        iterations=iterations,
        seed=seed,
        progress=progress,
        starts=_answers(before) if before else None,
        cluster=cluster,
    )
    _refuse_broken(demand, answers)
    drafts, left = dispatch(
        demand, answers, profile=frozen, fleet=fleet, zone=get_default_timezone()
    )
    cost = sum(answer.cost for answer in answers)
    bound = sum(answer.lower_bound for answer in answers)
    progress.step("保存计划")
    if before is not None:
        if digest_of(record) == digest_of(before.demand) and not _better(cost, bound, before):
            return before
        _undo(before, by=made_by, now=now)
    plan = Plan.objects.create(
        **request,
        made_at=now,
        made_by=made_by,
        policy=frozen,
        demand=record,
        answer=_answer(demand, answers, drafts),
        digest=digest,
        cost=cost,
        lower_bound=bound,
        version=_version(),
    )
    _store(plan, drafts, left)
    journal.record(
        actor=made_by,
        verb="plan.make",
        subject=f"plan:{plan.pk}",
        now=now,
        details={
            "scope": scope,
            "trips": len(drafts),
            "people": sum(len(d.riders) for d in drafts),
            **({"resumes": before.pk} if before else {}),
        },
    )
    return plan


def _to_resume(request: Mapping[str, Any], policy: FrozenProfile) -> Plan:
    """The latest plan for the same people under the same rules, whatever its budget and seed."""
    same = {name: request[name] for name in ("scope", "first_day", "last_day")}
    made = Plan.objects.exclude(state=Plan.State.DISCARDED).filter(**same, policy=policy)
    latest = made.first()
    if latest is None:
        raise NothingToResume("没有相同范围、日期和规则方案的计划可供续算。")
    if latest.state != Plan.State.PROPOSED:
        raise NothingToResume(f"计划{latest.pk}{latest.get_state_display()}，不能续算。")
    return latest


def _answers(plan: Plan) -> dict[str, planning.Plan]:
    """What was found for each block."""
    return {one["key"]: plan_from_json(one["plan"]) for one in plan.answer["blocks"]}


def _better(cost: float, bound: float, than: Plan) -> bool:
    """Cheaper, or proven to be nearer to the cheapest, by half a cent or more."""
    return cost < than.cost - 0.005 or (
        cost < than.cost + 0.005 and bound > than.lower_bound + 0.005
    )


@transaction.atomic
def accept_plan(*, plan: Plan, by: Any | None, now: datetime) -> Plan:
    """Confirm a proposed plan and issue the first manifest of each of its trips."""
    plan = _decide(plan, Plan.State.ACCEPTED, by, now)
    issue_many(trips=plan.trips.all(), issued_by=by, now=now)
    return plan


@transaction.atomic
def discard_plan(*, plan: Plan, by: Any | None, now: datetime) -> Plan:
    """Undo a proposed or accepted plan: its trips are cancelled, its people are free again."""
    return _undo(plan, by=by, now=now)


def _undo(plan: Plan, *, by: Any | None, now: datetime) -> Plan:
    plan = _decide(plan, Plan.State.DISCARDED, by, now)
    trips = plan.trips.filter(state=Trip.State.PLANNED)
    Passage.objects.filter(trip__in=trips, state=Passage.State.BOOKED).update(
        state=Passage.State.CANCELLED
    )
    trips.update(state=Trip.State.CANCELLED)
    return plan


_FROM = {
    Plan.State.ACCEPTED: (Plan.State.PROPOSED,),
    Plan.State.DISCARDED: (Plan.State.PROPOSED, Plan.State.ACCEPTED),
}


def _decide(plan: Plan, state: Plan.State, by: Any | None, now: datetime) -> Plan:
    _lock(plan.scope)
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    if plan.state not in _FROM[state]:
        raise WrongState(f"计划{plan.pk}{plan.get_state_display()}，不能改为{state.label}。")
    plan.state, plan.decided_at, plan.decided_by = state, now, by
    plan.save(update_fields=["state", "decided_at", "decided_by"])
    verb = "plan.accept" if state == Plan.State.ACCEPTED else "plan.discard"
    journal.record(actor=by, verb=verb, subject=f"plan:{plan.pk}", now=now)
    return plan


def _checked(
    scope: str,
    first_day: date,
    last_day: date,
    seconds: float | None,
    iterations: int | None,
) -> str:
    try:
        scope = places.canonical(scope)
    except PlaceError as wrong:
        raise BadRequest(str(wrong)) from wrong
    if last_day < first_day:
        raise BadRequest(f"结束日期{last_day}早于开始日期{first_day}。")
    if (last_day - first_day).days >= MOST_DAYS:
        raise BadRequest(f"一次最多编制{MOST_DAYS}天的计划。")
    try:
        planning.Stop(seconds=seconds, iterations=iterations)
    except ValueError as wrong:
        raise BadRequest("请给出求解时间（秒）或迭代次数，且不得为负。") from wrong
    return scope


def _version() -> str:
    """Of this program; a checkout that was never installed has none."""
    try:
        return version("zhitong")
    except PackageNotFoundError:
        return ""


def _lock(scope: str) -> None:
    """One planner at a time in a province: scopes inside each other share departures."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [locks.PLANNING, int(scope[:2])])


def _refuse_broken(demand: Demand, answers: Sequence[planning.Plan]) -> None:
    """The solver is not believed: the independent checker judges every plan before it is stored."""
    for block, answer in zip(demand.blocks, answers, strict=True):
        report = planning.check(block.problem, answer)
        if not report.ok:
            broken = "; ".join(violation.message for violation in report.violations[:5])
            raise RuntimeError(f"block {block.key}: the solver's plan breaks rules: {broken}")


def _answer(
    demand: Demand, answers: Sequence[planning.Plan], drafts: Sequence[Draft]
) -> dict[str, Any]:
    """As JSON: every block's plan, without the clock, and what the trips that are sent cost."""
    return {
        "format": ANSWER_FORMAT,
        "blocks": [
            {"key": block.key, "plan": plan_to_json(replace(answer, seconds=0.0))}
            for block, answer in zip(demand.blocks, answers, strict=True)
        ],
        "sent": {"trips": len(drafts), "cost": sum(draft.cost for draft in drafts)},
    }


def _store(plan: Plan, drafts: Sequence[Draft], left: Sequence[Left]) -> None:
    trips = Trip.objects.bulk_create(
        _trip(plan, number, draft)
        for number, draft in zip(_numbers(plan, drafts), drafts, strict=True)
    )
    stops = Stop.objects.bulk_create(
        stop for trip, draft in zip(trips, drafts, strict=True) for stop in _stops(trip, draft)
    )
    at = {(stop.trip_id, stop.position): stop for stop in stops}
    riders = [one.departure for draft in drafts for one in draft.riders]
    worker_of = dict(Departure.objects.filter(pk__in=riders).values_list("pk", "worker_id"))
    Passage.objects.bulk_create(
        (
            Passage(
                trip=trip,
                worker_id=worker_of[one.departure],
                departure_id=one.departure,
                seat=one.seat,
                pickup=at[trip.pk, one.pickup],
                drop=at[trip.pk, one.drop],
                state=Passage.State.BOOKED,
            )
            for trip, draft in zip(trips, drafts, strict=True)
            for one in draft.riders
        ),
        batch_size=2000,
    )
    LeftOver.objects.bulk_create(
        (
            LeftOver(
                plan=plan,
                departure_id=one,
                reason=some.reason,
                remedy=some.remedy.chinese[:200],
                advice=asdict(some.remedy),
            )
            for some in left
            for one in some.departures
        ),
        batch_size=2000,
    )


def _numbers(plan: Plan, drafts: Iterable[Draft]) -> list[str]:
    """`13-20200303-0001`: scope, day, and the next number free on that day."""
    numbers: list[str] = []
    next_free: dict[str, int] = {}
    for draft in drafts:
        day = plan.first_day + timedelta(days=draft.day)
        head = f"{plan.scope}-{day:%Y%m%d}-"
        if head not in next_free:
            taken = Trip.objects.filter(number__regex=rf"^{head}\d{{4,9}}$").values_list("number")
            next_free[head] = 1 + max((int(one[len(head) :]) for (one,) in taken), default=0)
        numbers.append(f"{head}{next_free[head]:04}")
        next_free[head] += 1
    return numbers


def _trip(plan: Plan, number: str, draft: Draft) -> Trip:
    origin, destination = draft.pickups[0], draft.drops[-1]
    title = f"{places.get(origin[:6]).short}—{places.get(destination).short}"
    return Trip(
        number=number,
        kind=Trip.Kind.COACH,
        state=Trip.State.PLANNED,
        day=plan.first_day + timedelta(days=draft.day),
        origin=origin,
        destination=destination,
        plan=plan,
        title=title,
        vehicle_type=draft.vehicle.name,
        rated=draft.vehicle.rated,
        seats=draft.vehicle.seats,
        usable=draft.verdict.seats,
        usable_source=draft.verdict.source[:200],
        km=draft.km[-1],
        drivers=draft.drivers,
        policy=plan.policy["key"],
        dear=draft.dear,
    )


def _stops(trip: Trip, draft: Draft) -> Iterable[Stop]:
    for position, code in enumerate(draft.pickups + draft.drops):
        yield Stop(
            trip=trip,
            position=position,
            kind=Stop.Kind.PICKUP if position < len(draft.pickups) else Stop.Kind.DROP,
            division=code,
            place=places.full_name(code),
            km=draft.km[position],
            planned_at=draft.at[position],
        )

"""Trips with passages as records, without a log or a plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import count

from zhitong.registry.models import Worker
from zhitong.transport.models import Passage, Plan, Trip

_number = count(1)


def trip(
    *,
    origin: str,
    destination: str,
    people: int | Sequence[Worker] = 1,
    day: date = date(2020, 3, 1),
    kind: str = Trip.Kind.COACH,
    state: str = Trip.State.ARRIVED,
    title: str = "",
    plate: str | None = None,
    passages: str = Passage.State.ARRIVED,
    plan: Plan | None = None,
) -> Trip:
    """A trip with so many passages, by number or by workers; a plate of its own by default."""
    return trips(
        1,
        origin=origin,
        destination=destination,
        people=[people],
        day=day,
        kind=kind,
        state=state,
        title=title,
        plates=None if plate is None else [plate],
        passages=passages,
        plan=plan,
    )[0]


def trips(
    number: int,
    *,
    origin: str,
    destination: str,
    people: Sequence[int | Sequence[Worker]],
    day: date = date(2020, 3, 1),
    kind: str = Trip.Kind.COACH,
    state: str = Trip.State.ARRIVED,
    title: str = "",
    plates: Sequence[str] | None = None,
    passages: str = Passage.State.ARRIVED,
    plan: Plan | None = None,
) -> list[Trip]:
    """Several trips of one relation on one day; `people` has one entry a trip."""
    at = [next(_number) for _ in range(number)]
    made = Trip.objects.bulk_create(
        Trip(
            number=f"T{one:06}",
            kind=kind,
            state=state,
            day=day,
            origin=origin,
            destination=destination,
            title=title,
            plate=plates[index] if plates else f"冀{one:06}",
            plan=plan,
        )
        for index, one in enumerate(at)
    )
    Passage.objects.bulk_create(
        Passage(trip=one, worker=worker, state=passages)
        for one, aboard in zip(made, people, strict=True)
        for worker in ([None] * aboard if isinstance(aboard, int) else aboard)
    )
    return made


def shared(total: int, *, among: int) -> list[int]:
    """A number of people spread over trips as evenly as whole people can be."""
    least, more = divmod(total, among)
    return [least + 1] * more + [least] * (among - more)

"""Whether what is given is of the right kind at all, before any rule is judged.

Python and JSON let anything stand where a whole number, an amount or a party's id belongs: 2.5,
NaN, "3", a list. Whoever reads a plan or a problem asks here first.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from zhitong.planning.model import Plan, Trip

MOST = 2**31 - 1
"""No type, day, point or number of people is beyond this, or below minus this."""


def is_whole(value: Any) -> bool:
    """A whole number within ``MOST``; True and False are none."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        return False
    return bool(-MOST <= value <= MOST)


def is_amount(value: Any, most: float = math.inf) -> bool:
    """A finite number from 0 to ``most``."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return False
    # compared, never converted: Python's whole numbers may be too large for a float
    return bool(0 <= value <= most and value <= sys.float_info.max)


def is_party_id(value: Any) -> bool:
    """A whole number of any size or a text."""
    return isinstance(value, int | np.integer | str) and not isinstance(value, bool)


def malformed_trip(trip: Trip) -> Iterator[str]:
    """What in ``trip`` is not even of the right kind."""
    for what, values in (
        ("type", (trip.type,)),
        ("day", (trip.day,)),
        ("pickup", trip.pickups),
        ("drop", trip.drops),
        ("people of a part", tuple(people for _, people in trip.parts)),
    ):
        for value in values:
            if not is_whole(value):
                yield f"{what} must be a whole number, not {value!r}"
    for party in (*trip.parties, *(party for party, _ in trip.parts)):
        if not is_party_id(party):
            yield f"{party!r} is no party's id"


def malformed(plan: Plan) -> Iterator[tuple[str, int | None]]:
    """What in ``plan`` is not of the right kind, and in which trip, an index."""
    for index, trip in enumerate(plan.trips):
        for flaw in malformed_trip(trip):
            yield flaw, index
    for left in plan.unassigned:
        if left.people is not None and not is_whole(left.people):
            yield f"people left behind must be a whole number, not {left.people!r}", None
    for party in (
        *plan.outside,
        *(left.party for left in plan.unassigned),
        *(party for party, _ in plan.proof.prices),
        *(change.party for change in plan.changes),
    ):
        if not is_party_id(party):
            yield f"{party!r} is no party's id", None
    for name in ("cost", "lower_bound", "penalty"):
        value = getattr(plan, name)
        if not is_amount(value):
            yield f"{name} must be an amount, at least 0, not {value!r}", None
    for change in plan.changes:
        for value in (change.before, change.after, change.trip):
            if value is not None and not is_whole(value):
                yield f"a change must name whole numbers, not {value!r}", None

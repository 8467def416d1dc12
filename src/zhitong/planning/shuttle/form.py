"""Whether a shuttle plan is of the right kind at all, before any rule is judged."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from zhitong.planning.form import is_party_id, is_whole
from zhitong.planning.shuttle.model import Call, ShuttlePlan, Visit


def malformed(plan: ShuttlePlan) -> Iterator[tuple[str, int | None]]:
    """What in ``plan`` is not of the right kind, and of which bus, an index."""
    for number, bus in enumerate(plan.buses):
        for what, value in (
            ("the bus type", bus.kind),
            *(("a point", visit.point) for run in bus.runs for visit in run.visits),
            *(
                ("riders", many)
                for run in bus.runs
                for visit in run.visits
                for _, many in visit.riders
            ),
        ):
            if not is_whole(value):
                yield f"{what} must be a whole number, not {value!r}", number
        for run in bus.runs:
            times: list[Visit | Call] = [*run.visits, *run.calls]
            for stand in times:
                for moment in (stand.arrive, stand.leave):
                    if not _is_moment(moment):
                        yield f"a time must be a number of seconds, not {moment!r}", number
            for name in (
                *(call.shift for call in run.calls),
                *(home for visit in run.visits for home, _ in visit.riders),
            ):
                if not is_party_id(name):
                    yield f"{name!r} is no id", number
    for left in plan.unassigned:
        if not (is_party_id(left.home) and is_whole(left.riders)):
            yield f"{left.riders!r} riders of {left.home!r} make no sense", None
    if not is_whole(plan.lower_bound_buses):
        yield f"a number of buses must be whole, not {plan.lower_bound_buses!r}", None


def _is_moment(value: Any) -> bool:
    """A number; whether it is finite is a rule's business."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, float) or abs(value) < 2**53 or math.isinf(value)

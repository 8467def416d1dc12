"""Why trips that are sent cost more a person-km than others, in the words of the desk.

Found once, when the plan is made: the problem is at hand then, and loading it again for a page
would take seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from django.utils.translation import get_language, gettext

from zhitong import places, planning
from zhitong.planning.reasons import LABELS, explain_dear
from zhitong.transport import advice
from zhitong.transport.blocks import Block

MOST = 30
"""So many trips of a block are explained, those first that are dear by most money."""


def why_dear(
    block: Block, trips: Sequence[planning.Trip], *, first_day: date
) -> dict[int, dict[str, Any]]:
    """Rate, reason and advice of the dear ones among `trips`, by position; as `Trip.dear`."""
    found = {}
    for one in explain_dear(block.problem, planning.Plan(tuple(trips)), most=MOST):
        assert one.trip is not None
        helps = None
        if one.remedy is not None and one.remedy.trip is not None:
            other = trips[one.remedy.trip]
            helps = advice.save(
                one.remedy,
                first_day=first_day,
                day=other.day,
                place=places.get(block.codes[other.drops[-1]]).short,
            )
        found[one.trip] = {
            "rate": round(one.rate, 2),
            "reason": one.reason,
            "advice": asdict(helps) if helps else None,
        }
    return found


def reason_told(reason: str) -> str:
    """A reason in the language in force."""
    english, chinese = LABELS[reason]
    if (get_language() or "zh").startswith("zh"):
        return chinese
    return english[0].upper() + english[1:]


def remedy_told(dear: Mapping[str, Any]) -> str:
    """What would help a dear trip, in the language in force."""
    if dear["advice"] is None:
        return gettext("没有可放宽的规则能节省费用")
    return advice.told(dear["advice"])

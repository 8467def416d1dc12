"""What a department has to do with: which stages of the journey its offices see."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Stage(StrEnum):
    """The stages whose records a post may or may not see, in the order of the journey."""

    REGISTRY = "registry"
    FLOWS = "flows"
    TRANSPORT = "transport"
    BULLETIN = "bulletin"


PROVINCE_DIGITS = 2

_ALL = frozenset(Stage)
_ON_THE_ROAD = frozenset({Stage.FLOWS, Stage.TRANSPORT, Stage.BULLETIN})

# By `models.Department`. The registry is kept by human resources alone; whoever works on the road
# sees people only where they are on a trip. Figures carry no names, so offices of the state see
# them. Enterprises and carriers have doors of their own, and nothing to see on the desk.
VIEWS: Mapping[str, frozenset[Stage]] = {
    "human_resources": _ALL,
    "public_security": _ON_THE_ROAD,
    "transport": _ON_THE_ROAD,
    "health": _ON_THE_ROAD,
    "railway": _ON_THE_ROAD,
    "enterprise": frozenset(),
    "carrier": frozenset(),
    "counterpart": frozenset({Stage.TRANSPORT}),
}

_OF_OTHERS = frozenset({"enterprise", "carrier", "counterpart"})


def sees(department: str, stage: Stage) -> bool:
    """Whether offices of a department see a stage's records at all, within their divisions."""
    return stage in VIEWS[department]


def may_appoint(
    *, above: str, department: str, to: str, to_department: str, administrator: bool = False
) -> bool:
    """Whether an administrator of an office may give a post in another (divisions by code).

    They do for their own department, in their division and below; human resources, which leads,
    does for every department there. An administrator is appointed by the level above; in a
    province, which has none, by the province. Enterprises, carriers and counterparts are appointed
    to and appoint nobody: there are many in a division, strangers to each other.
    """
    if department in _OF_OTHERS:
        return False
    if not to.startswith(above) or department not in (to_department, "human_resources"):
        return False
    same_office = to == above and department == to_department
    return not (administrator and same_office) or len(above) == PROVINCE_DIGITS


def may_invite_counterpart(*, above: str, department: str, to: str, to_department: str) -> bool:
    """Whether an office may open one for a counterpart province, which lies beyond its division.

    The human resources of a province do, as long as nobody else's province is kept here: the
    counterpart sees every trip that touches its own.
    """
    return (
        to_department == "counterpart"
        and department == "human_resources"
        and len(above) == PROVINCE_DIGITS
        and not to.startswith(above)
    )

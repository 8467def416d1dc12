"""Which stage a page of the desk belongs to: departments see the pages of their stages only."""

from __future__ import annotations

from typing import Any

from zhitong.offices import access
from zhitong.offices.rules import Stage

# By the beginning of the address' name; tests/rules/test_doors.py knows every name.
_STAGES = {
    "desk:boundaries": Stage.FLOWS,
    "desk:dashboard": Stage.FLOWS,
    "desk:report": Stage.FLOWS,
    "desk:returns": Stage.FLOWS,
    "desk:item": Stage.FLOWS,
    "desk:reminders": Stage.FLOWS,
    "desk:bulletin": Stage.BULLETIN,
    "desk:plan": Stage.TRANSPORT,
    "desk:trip": Stage.TRANSPORT,
    "registry:": Stage.REGISTRY,
}


def stage_of(name: str) -> Stage | None:
    """The stage of an address by its name; None for what every post has, such as its account."""
    for beginning, stage in _STAGES.items():
        if name.startswith(beginning):
            return stage
    return None


def open_to(user: Any, name: str) -> bool:
    """Whether an address leads anywhere for the user's department: no page offers what is not."""
    stage = stage_of(name)
    return stage is None or access.sees(user, stage)

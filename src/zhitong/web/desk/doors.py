"""Which stage a page of the desk belongs to: departments see the pages of their stages only."""

from __future__ import annotations

from zhitong.offices.rules import Stage

# By the beginning of the address' name; tests/rules/test_doors.py knows every name.
_STAGES = {
    "desk:dashboard": Stage.FLOWS,
    "desk:report": Stage.FLOWS,
    "desk:returns": Stage.FLOWS,
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

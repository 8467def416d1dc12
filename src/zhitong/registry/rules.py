"""What a post's roles allow in the registry. Where it lies is decided in `access`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum


class Act(StrEnum):
    """What is done to people's records, beyond reading them masked."""

    ENTER = "enter"
    WITHDRAW = "withdraw"
    DECIDE = "decide"
    REVEAL = "reveal"
    EXPORT = "export"
    EXPORT_IN_CLEAR = "export-in-clear"


# By `offices.models.Role`.
_ALLOWED: Mapping[Act, frozenset[str]] = {
    Act.ENTER: frozenset({"enter", "verify"}),
    Act.WITHDRAW: frozenset({"verify"}),
    Act.DECIDE: frozenset({"verify"}),
    Act.REVEAL: frozenset({"enter", "verify", "approve"}),
    Act.EXPORT: frozenset({"enter", "verify", "approve", "read"}),
    Act.EXPORT_IN_CLEAR: frozenset({"approve"}),
}


def allows(roles: Collection[str], act: Act) -> bool:
    """Whether one of the roles carries the act."""
    return not _ALLOWED[act].isdisjoint(roles)

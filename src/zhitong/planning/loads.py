"""Load caps by place: shares of a vehicle's seats become load classes of the parties.

A load cap belongs to a relation (who enters or leaves an area), so a trip's seats follow from its
riders. Whoever knows seats by relation, kept rows included, fills in ``VehicleType.class_seats``
and ``Party.load_class`` directly; this is for the common case of a share for each place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import floor

from zhitong.planning.model import Party, Problem, ProblemError


def with_load_shares(problem: Problem, shares: Mapping[int, float]) -> Problem:
    """``problem`` where vehicles that stop at point i fill at most ``shares[i]`` of their seats.

    Points without a share may be entered and left with full vehicles. A trip has ``floor(capacity
    x least share of its stops)`` seats, after a nudge of 1e-9 that keeps 0.7 x 30 from becoming 20.
    Replaces load classes that were there. Raises ``ProblemError``.
    """
    for point, share in shares.items():
        if not 0 <= point < len(problem.points):
            raise ProblemError("unknown-point", f"there is no point {point} with a load cap")
        if not 0 <= share <= 1:
            raise ProblemError("bad-load", f"point {point} allows {share} of the seats, not 0 to 1")

    def share_of(party: Party) -> float:
        return min(shares.get(point, 1.0) for point in (party.origin, party.destination))

    levels = sorted({share_of(party) for party in problem.parties} - {1.0}, reverse=True)
    class_of = {1.0: 0} | {share: number for number, share in enumerate(levels, start=1)}
    return replace(
        problem,
        parties=tuple(
            replace(party, load_class=class_of[share_of(party)]) for party in problem.parties
        ),
        types=tuple(
            replace(
                kind,
                class_seats=tuple(floor(share * kind.capacity + 1e-9) for share in levels),
            )
            for kind in problem.types
        ),
    )

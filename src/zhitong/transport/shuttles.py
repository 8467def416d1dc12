"""Factory shuttles under the rules of a place and date."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from zhitong.planning.shuttle import ShuttleProblem
from zhitong.policies.rules import FrozenProfile, usable_seats


def under_profile(
    problem: ShuttleProblem, profile: FrozenProfile, *, division: str, day: date | None = None
) -> ShuttleProblem:
    """The problem with the seats that ``profile`` leaves shuttles inside ``division``.

    The problem's own load cap goes on to hold; the stricter of both decides for each bus type.
    Raises ``ProblemError`` when some type has no usable seat left.
    """
    usable = [
        usable_seats(
            profile,
            rated=kind.seats,
            seats=kind.seats,
            origin=division,
            destination=division,
            kind="shuttle",
            day=day,
        )
        for kind in problem.buses
    ]
    buses = tuple(
        replace(kind, seats=min(problem.limits.usable(kind), verdict.seats))
        for kind, verdict in zip(problem.buses, usable, strict=True)
    )
    return replace(problem, buses=buses, limits=replace(problem.limits, load_cap=1.0))

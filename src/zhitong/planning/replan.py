"""Who is told otherwise when a published plan gives way to a new one (see ``Published``)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np

from zhitong.planning.decisions import Change, Published
from zhitong.planning.highs import QuietHighs
from zhitong.planning.model import PartyId, Plan, Problem


def changes_of(problem: Problem, plan: Plan) -> tuple[Change, ...]:
    """What changes for the parties of ``problem.published``, in the fewest changes possible."""
    published = problem.published
    if published is None:
        return ()
    days: dict[PartyId, list[int]] = defaultdict(list)
    for trip in published.trips:
        for party_id in trip.parties:
            days[party_id].append(trip.day)
    told = {*days, *published.outside}
    continued = _continued(published, plan)
    changes = []
    for index, trip in enumerate(plan.trips):
        before = continued.get(index)
        kept = published.trips[before].parties if before is not None else ()
        for party_id in trip.parties:
            if party_id not in told or party_id in kept:
                continue
            if not days[party_id]:
                what = "ride"
            else:
                what = "trip" if trip.day in days[party_id] else "day"
            changes.append(
                Change(party_id, what, min(days[party_id], default=None), trip.day, index)
            )
    elsewhere = [("outside", party_id) for party_id in plan.outside]
    elsewhere += [("behind", item.party) for item in plan.unassigned]
    for what, party_id in elsewhere:
        if party_id in told and (what == "behind" or party_id not in published.outside):
            changes.append(Change(party_id, what, min(days[party_id], default=None), None, None))
    return tuple(changes)


def _continued(published: Published, plan: Plan) -> Mapping[int, int]:
    """New trips and the published ones they continue: an assignment that keeps the most pieces."""
    kept: Counter[tuple[int, int]] = Counter()
    trips_of: dict[PartyId, list[int]] = defaultdict(list)
    for old, trip in enumerate(published.trips):
        for party_id in trip.parties:
            trips_of[party_id].append(old)
    for new, trip in enumerate(plan.trips):
        for party_id in trip.parties:
            kept.update(
                (new, old) for old in trips_of[party_id] if published.trips[old].day == trip.day
            )
    if not kept:
        return {}
    pairs = sorted(kept)
    many, offset = len(pairs), len(plan.trips)
    highs: Any = QuietHighs()  # type: ignore[no-untyped-call]
    highs.setOptionValue("threads", 1)
    rows = offset + len(published.trips)
    none = np.zeros(rows, dtype=np.int32)
    highs.addRows(rows, np.zeros(rows), np.ones(rows), 0, none, none[:0], np.zeros(0))
    highs.addCols(
        many,
        -np.array([kept[pair] for pair in pairs], dtype=np.float64),
        np.zeros(many),
        np.ones(many),
        2 * many,
        np.arange(0, 2 * many, 2, dtype=np.int32),
        np.array([(new, offset + old) for new, old in pairs], dtype=np.int32).ravel(),
        np.ones(2 * many),
    )
    highs.run()
    # an assignment: its basic solutions are whole
    value = np.array(highs.getSolution().col_value)
    return {new: old for (new, old), share in zip(pairs, value, strict=True) if share > 0.5}

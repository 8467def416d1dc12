"""From departures to charter planning problems; the only room that asks the charter solver.

Registered departures become parties (`groups`), and the policy profile becomes the usable seats of
each vehicle in one problem or several (`blocks`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from zhitong.kernel.progress import Progress
from zhitong.planning import Plan, Problem, Stop
from zhitong.planning.formats import PROBLEM_FORMAT
from zhitong.planning.several import solve_several
from zhitong.policies.rules import FrozenProfile
from zhitong.transport.blocks import Block, blocks_of
from zhitong.transport.groups import Group, Left, groups_of, located, unserved
from zhitong.transport.models import Plan as StoredPlan
from zhitong.transport.vehicles import Fleet

FORMAT = "zhitong-demand/1"


@dataclass(frozen=True, slots=True)
class Demand:
    """All that is to be planned for some days, and who cannot be.

    Distances are great-circle ones times `road_factor`.
    """

    first_day: date
    road_factor: float
    blocks: tuple[Block, ...]
    groups: dict[str, Group]
    left: tuple[Left, ...]

    def record(self) -> dict[str, Any]:
        """As JSON: every problem without its distances (see `records`), what its numbers mean."""
        return {
            "format": FORMAT,
            "first_day": self.first_day.isoformat(),
            "road_factor": self.road_factor,
            "blocks": [
                {
                    "key": block.key,
                    "points": list(block.codes),
                    "vehicles": list(block.vehicles),
                    "seats": {
                        str(load_class): [verdict.source for verdict in verdicts]
                        for load_class, verdicts in block.verdicts.items()
                    },
                    "problem": _compact(block.problem),
                }
                for block in self.blocks
            ],
            "parties": {group.id: list(group.departures) for group in self.groups.values()},
            "left": [asdict(left) for left in self.left],
        }


def _compact(problem: Problem) -> dict[str, Any]:
    """`problem_to_json` without building its distances."""
    return {
        "format": PROBLEM_FORMAT,
        "points": problem.points.tolist(),
        "parties": [asdict(party) for party in problem.parties],
        "types": [asdict(kind) for kind in problem.types],
        "limits": asdict(problem.limits),
    }


def digest_of(content: Any) -> bytes:
    """SHA-256 of JSON content, the same whatever the order of its keys."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).digest()


def demand_of(
    *,
    scope: str,
    first_day: date,
    last_day: date,
    profile: FrozenProfile,
    fleet: Fleet,
    besides: StoredPlan | None = None,
) -> Demand:
    """Departures from `scope` in these days that nobody serves yet, as problems.

    With `besides`, as if that plan did not exist: what it serves counts as unserved.
    """
    departures = unserved(scope, first_day, last_day, besides)
    groups, left = groups_of(departures, first_day, last_day)
    points, groups = located(groups, left)
    blocks = list(blocks_of(groups, points, first_day, profile, fleet, left))
    planned = {party.id for block in blocks for party in block.problem.parties}
    return Demand(
        first_day=first_day,
        road_factor=fleet.road_factor,
        blocks=tuple(blocks),
        groups={group.id: group for group in groups if group.id in planned},
        left=tuple(sorted(left, key=lambda one: one.departures)),
    )


def solve(
    demand: Demand,
    *,
    seconds: float | None,
    iterations: int | None,
    seed: int,
    progress: Progress,
    starts: Mapping[str, Plan] | None = None,
    cluster: str | None = None,
) -> list[Plan]:
    """Plan every block; seconds are shared out by size, iterations hold for each block.

    `starts` are plans to go on from, by block. With `cluster` the blocks are planned on the Dask
    cluster there, at the same time. Ctrl-C ends the search, not the call: every block's best plan
    so far is returned. Raises `ProblemError`.
    """
    progress.step("求解拼车方案", total=100)
    told = 0

    def tell(share: float) -> None:
        nonlocal told
        now = round(share * 100)
        if now > told:
            progress.advance(now - told)
            told = now

    return solve_several(
        [block.problem for block in demand.blocks],
        stop=Stop(seconds=seconds, iterations=iterations),
        seed=seed,
        starts=[(starts or {}).get(block.key) for block in demand.blocks],
        cluster=cluster,
        progress=tell,
    )

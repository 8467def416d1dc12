"""Who wants to leave from 2020-03-03 to 03-09: parties with one origin, goal and window."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from zhitong.scenario.ground import Ground, draw_rows
from zhitong.scenario.lists import draw as draw_weighted
from zhitong.scenario.targets import DEPARTURE_DAYS

NOBODY = -1
SIZES = np.array([55, 25, 10, 5, 3, 2])
"""Weights of parties of 1 to 6."""
WINDOWS = np.array([20, 35, 30, 15])
"""Weights of windows of 1 to 4 days."""
MODES = ("包车", "均可", "火车", "自行返岗")
MODE_WEIGHTS = np.array([46, 28, 17, 9])
HOTSPOTS = 28
"""Counties from which most departures come, so that pooling has something to pool."""
FROM_HOTSPOTS = 0.75
GOALS = 45
"""Places to which most departures go."""
TO_GOALS = 0.85


@dataclass(frozen=True)
class Departures:
    """Columns of one length, one entry a person who waits or seeks (or of the roster, once placed).

    Those who give no dates have `party` NOBODY. `earliest` and `latest` count days from 2020-03-03.
    """

    status: NDArray[np.int64]
    home: NDArray[np.int64]
    destination: NDArray[np.int64]
    """Site."""
    party: NDArray[np.int64]
    party_size: NDArray[np.int64]
    earliest: NDArray[np.int64]
    latest: NDArray[np.int64]
    mode: NDArray[np.int64]

    def placed(self, *, before: int, after: int) -> Departures:
        """The same inside a longer roster."""

        def pad(column: NDArray[np.int64]) -> NDArray[np.int64]:
            return np.concatenate([np.full(before, NOBODY), column, np.full(after, NOBODY)])

        return replace(self, **{name: pad(getattr(self, name)) for name in self.__annotations__})


def draw(
    rng: np.random.Generator, *, ground: Ground, people: int, waiting: int, seeking: int
) -> Departures:
    """`waiting` + `seeking` people, of whom `people` depart in parties.

    A party shares its status, so the last ones may be smaller than drawn.
    """
    size = _party_sizes(rng, people)
    parties = len(size)
    status = _statuses(size, waiting=waiting, seeking=seeking)
    home = _origins(rng, ground, parties)
    destination = _destinations(rng, ground, home)
    window = 1 + draw_weighted(rng, WINDOWS.astype(float), parties)
    earliest = (rng.random(parties) * (DEPARTURE_DAYS + 1 - window)).astype(np.int64)
    mode = draw_weighted(rng, MODE_WEIGHTS.astype(float), parties)

    # Everybody else who waits or seeks gives no dates.
    going = np.repeat(status, size)
    still_waiting = waiting - int((going == 2).sum())
    rest_status = np.r_[
        np.full(still_waiting, 2), np.full(waiting + seeking - people - still_waiting, 3)
    ]
    rest_home = draw_weighted(rng, ground.weight, len(rest_status))
    rest_goal = _abroad(rng, ground, rest_home)
    blank = np.full(len(rest_status), NOBODY)

    def column(of_party: NDArray[np.int64], rest: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.concatenate([np.repeat(of_party, size), rest])

    return Departures(
        status=np.concatenate([going, rest_status]),
        home=column(home, rest_home),
        destination=column(destination, rest_goal),
        party=column(np.arange(parties), blank),
        party_size=column(size, blank),
        earliest=column(earliest, blank),
        latest=column(earliest + window - 1, blank),
        mode=column(mode, blank),
    )


def _party_sizes(rng: np.random.Generator, people: int) -> NDArray[np.int64]:
    size = 1 + draw_weighted(rng, SIZES.astype(float), people)
    count = int(np.searchsorted(np.cumsum(size), people))
    if not people:
        return size[:0]
    size = size[: count + 1]
    size[-1] -= size.sum() - people
    return size


def _statuses(size: NDArray[np.int64], *, waiting: int, seeking: int) -> NDArray[np.int64]:
    """2 (waiting) or 3 (seeking) for each party, in proportion, neither overdrawn."""
    status = np.empty(len(size), dtype=np.int64)
    left = {2: waiting, 3: seeking}
    for index, count in enumerate(size.tolist()):
        wanted = 2 if left[2] * seeking >= left[3] * waiting else 3
        if left[wanted] < count:
            wanted = 5 - wanted
        status[index] = wanted
        left[wanted] -= count
    return status


def _origins(rng: np.random.Generator, ground: Ground, parties: int) -> NDArray[np.int64]:
    """Townships, most of them in a few counties."""
    size = np.bincount(ground.county_of, weights=ground.weight)
    hot = rng.choice(len(size), HOTSPOTS, replace=False, p=size / size.sum())
    warm = np.where(np.isin(ground.county_of, hot), ground.weight, 0.0)
    weight = FROM_HOTSPOTS * warm / warm.sum()
    weight += (1 - FROM_HOTSPOTS) * ground.weight / ground.weight.sum()
    return draw_weighted(rng, weight, parties)


def _destinations(
    rng: np.random.Generator, ground: Ground, home: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Sites: outside the province in clusters, for some a county of another city inside it."""
    pull = ground.abroad.sum(axis=0)
    goals = np.sort(rng.choice(len(pull), GOALS, replace=False, p=pull / pull.sum()))
    # As in the pooling instances: a long tail, no single winner.
    weight = 1 / (np.arange(GOALS) + 3.0) ** 0.8
    site = ground.abroad_site[goals[draw_weighted(rng, weight, len(home))]]
    chance = rng.random(len(home))
    inside = ground.county_site[draw_rows(rng, ground.far, ground.county_of[home])]
    beyond = _abroad(rng, ground, home)
    return np.where(chance < TO_GOALS, site, np.where(chance < 0.93, inside, beyond))


def _abroad(rng: np.random.Generator, ground: Ground, home: NDArray[np.int64]) -> NDArray[np.int64]:
    return ground.abroad_site[draw_rows(rng, ground.abroad, ground.county_of[home])]

"""Set partitioning: the cheapest choice among the trips met, never dearer than what is at hand."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import combinations

import numpy as np
import pytest

from stages.planning.pooling_cases import family, on_a_line, three_villages_one_factory
from zhitong.planning import Party, Stop, check, solve
from zhitong.planning.assemble import alone, trips_in
from zhitong.planning.net import items_of, net_of
from zhitong.planning.ordering import memory
from zhitong.planning.partition import chosen, seconds_for, sets_met, sets_of
from zhitong.planning.pool import empty_pool, pooled_sets, remember
from zhitong.planning.state import SIZE, empty_state
from zhitong.planning.ties import no_ties

SAME = np.random.default_rng(0)


def never():
    return False


def case(problem):
    return net_of(problem, items_of(problem)), memory(10)


def pooled(net, groups):
    """A pool that met the trips of ``groups``."""
    pool = empty_pool(len(net.o), 20)
    state = empty_state(net, no_ties())
    for group in groups:
        state.members[0, : len(group)] = group
        state.row[0, SIZE] = len(group)
        remember(pool, state, 0)
    return pool


def cost_of(net, table, trip_of):
    return float(sets_of(net, table, trip_of).cost.sum())


def cheapest_by_hand(net, sets):
    """The cheapest way to carry everybody once, by trying all."""
    groups = [frozenset(group.tolist()) for group in sets.groups()]
    costs = dict(zip(groups, sets.cost.tolist(), strict=True))
    costs |= {frozenset([p]): float(net.solo[p]) for p in range(len(net.o))}

    @cache
    def best(left):
        if not left:
            return 0.0
        first = min(left)
        return min(
            cost + best(left - group)
            for group, cost in costs.items()
            if first in group and group <= left
        )

    return best(frozenset(range(len(net.o))))


def test_a_pool_holds_every_trip_once_and_nobody_who_travels_alone():
    net, _ = case(three_villages_one_factory())
    pool = pooled(net, [[0], [0, 1], [1, 0], [0, 1, 2]])

    start, item = pooled_sets([pool, pooled(net, [[1, 2], [0, 1]])])

    groups = {tuple(sorted(group)) for group in np.split(item, start[1:-1])}
    assert len(start) - 1 == 3
    assert groups == {(0, 1), (1, 2), (0, 1, 2)}


def test_trips_met_are_priced_as_the_search_prices_them():
    net, table = case(three_villages_one_factory())

    sets = sets_met(net, table, [pooled(net, [[0, 1, 2], [1, 2]])])

    by_size = dict(zip(np.diff(sets.start).tolist(), sets.cost.tolist(), strict=True))
    assert by_size == {3: 900 + 4.5 * 500, 2: 900 + 4.5 * 480}


@pytest.mark.parametrize("seed", range(6))
def test_the_cheapest_partition_is_found(seed):
    random = np.random.default_rng(seed)
    parties = [
        Party(p, int(random.integers(4)), int(random.integers(4, 6)), int(size), first, first + 1)
        for p, (size, first) in enumerate(random.integers((1, 0), (9, 2), (12, 2)).tolist())
    ]
    net, table = case(on_a_line((0, 12, 24, 36, 500, 560), parties))
    trips = [list(c) for size in (2, 3, 4) for c in combinations(range(12), size)]
    some = [trips[k] for k in random.choice(len(trips), 300, replace=False)]
    pool = pooled(net, some)
    sets = sets_met(net, table, [pool])
    assert len(sets) > 3

    found = chosen(net, table, [pool], alone(12)[0], deadline=None, told=never, random=random)

    assert cost_of(net, table, found) == pytest.approx(cheapest_by_hand(net, sets))


def test_what_is_at_hand_is_kept_when_nothing_met_is_cheaper():
    net, table = case(three_villages_one_factory())
    together = np.zeros(3, dtype=np.int32)
    pool = pooled(net, [[0, 1], [1, 2]])

    found = chosen(
        net, table, [pool], together, deadline=None, told=never, random=np.random.default_rng(0)
    )

    assert len(trips_in(found)[0]) == 2


def test_a_deadline_that_is_over_changes_nothing():
    net, table = case(three_villages_one_factory())
    pool = pooled(net, [[0, 1, 2]])

    found = chosen(
        net, table, [pool], alone(3)[0], deadline=0.0, told=never, random=np.random.default_rng(0)
    )

    assert cost_of(net, table, found) <= net.solo.sum()


@pytest.mark.parametrize(
    ("stop", "items", "kept"),
    [
        (Stop(seconds=60), 1000, 1.5),
        (Stop(seconds=60), 5000, None),
        (Stop(seconds=10), 1, None),
        (Stop(iterations=1_000_000), 200, 0.0),
        (Stop(iterations=1_000_000), 201, None),
        (Stop(seconds=60, iterations=1000), 200, None),
    ],
)
def test_the_clock_keeps_a_share_back_where_it_suffices(stop, items, kept):
    assert seconds_for(stop, items, 2) == kept


def test_a_search_ends_with_the_cheapest_partition_of_what_it_met():
    problem = family(30, 4)
    stop = Stop(iterations=150_000)
    assert seconds_for(stop, 30, 2) is not None

    plans = [replace(solve(problem, stop=stop, seed=3), seconds=0.0) for _ in range(2)]

    assert plans[0] == plans[1]
    assert check(problem, plans[0]).ok

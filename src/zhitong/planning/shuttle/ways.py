"""Shortest ways between points and the most valuable path through moments. Compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.compiled import kernel


def spread(time: NDArray[np.float64], start: dict[int, float]) -> NDArray[np.float64]:
    """Shortest ways to every point from any of ``start``, which have so many seconds already."""
    labels = np.full(len(time), np.inf)
    for point, seconds in start.items():
        labels[point] = seconds
    relax(time, labels)
    return labels


@kernel
def _total(labels):  # type: ignore
    """A number that changes with every label that becomes shorter."""
    total = 0.0
    for b in range(labels.size):
        total += min(labels[b], 1e12)
    return total


@kernel
def relax(time, labels):  # type: ignore
    """Shorten ``labels`` until no way from one point to another helps."""
    before = -1.0
    total = _total(labels)
    while before != total:
        before = total
        for a in range(labels.size):
            here = labels[a]
            if here < np.inf:
                for b in range(labels.size):
                    there = here + time[a, b]
                    # no branch, so that it is compiled to vector instructions
                    labels[b] = there if there < labels[b] else labels[b]
        total = _total(labels)


@kernel
def longest_path(tails, heads, runs, worth, first, value, came):  # type: ignore
    """The most valuable path; ``value`` and the arc it ``came`` by are set for every moment."""
    for n in range(value.size):
        value[n] = -1.0
        came[n] = -1
    for load in range(first.size):
        value[first[load]] = max(value[first[load]], worth[load])
    for a in range(tails.size):
        there = value[tails[a]] + worth[runs[a]]
        if there > value[heads[a]]:
            value[heads[a]] = there
            came[heads[a]] = a
    best = 0.0
    for n in range(value.size):
        best = max(best, value[n])
    return best

"""The best order of a trip's stops, by enumeration, remembered in a table. Compiled.

A trip is described by its sorted origins, its sorted destinations and which pairs of them have
riders (``mask``, bit 3 i + j for origin i and destination j). Missing stops are -1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.compiled import inner
from zhitong.planning.net import Net

PERMS = np.array([[0, 1, 2], [1, 0, 2], [0, 2, 1], [1, 2, 0], [2, 0, 1], [2, 1, 0]], dtype=np.int64)
"""Orders of three; the first 1 or 2 rows are the orders of one or two."""

COUNT = np.array([1, 1, 2, 6], dtype=np.int64)
NEVER = np.int64(-1)
"""The answer for stops that no order serves."""


class Memory(NamedTuple):
    """A direct-mapped table of answers; two keys of 63 bits hold the description exactly.

    ``along`` is scratch: km from each pickup to the last one, from the first drop to each drop.
    """

    origins: NDArray[np.int64]
    drops: NDArray[np.int64]
    answer: NDArray[np.int64]
    along: NDArray[np.int64]


def memory(bits: int) -> Memory:
    """An empty table of ``2 ** bits`` answers."""
    size = 1 << bits
    return Memory(
        np.full(size, -1, dtype=np.int64),
        np.full(size, -1, dtype=np.int64),
        np.zeros(size, dtype=np.int64),
        np.zeros(6, dtype=np.int64),
    )


@inner
def best_order(net: Net, memory: Memory, o0, o1, o2, d0, d1, d2, mask):  # type: ignore
    """``km << 6 | pickup order << 3 | drop order`` of the shortest order, or ``NEVER``.

    ``km`` includes the empty return where it is paid; the orders are rows of ``PERMS``.
    """
    key_o = (np.int64(o0) + 1) | ((np.int64(o1) + 1) << 21) | ((np.int64(o2) + 1) << 42)
    key_d = (
        (np.int64(d0) + 1)
        | ((np.int64(d1) + 1) << 18)
        | ((np.int64(d2) + 1) << 36)
        | (np.int64(mask) << 54)
    )
    mixed = np.uint64(key_o) * np.uint64(0x9E3779B97F4A7C15) ^ (
        np.uint64(key_d) * np.uint64(0xC2B2AE3D27D4EB4F)
    )
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    slot = np.int64((mixed >> np.uint64(32)) & np.uint64(memory.answer.size - 1))
    if memory.origins[slot] == key_o and memory.drops[slot] == key_d:
        return memory.answer[slot]
    answer = _enumerate(net, memory.along, o0, o1, o2, d0, d1, d2, mask)
    memory.origins[slot] = key_o
    memory.drops[slot] = key_d
    memory.answer[slot] = answer
    return answer


@inner
def _enumerate(net: Net, along, o0, o1, o2, d0, d1, d2, mask):  # type: ignore
    os = (o0, o1, o2)
    ds = (d0, d1, d2)
    ko = 1 + (o1 >= 0) + (o2 >= 0)
    kd = 1 + (d1 >= 0) + (d2 >= 0)
    best = NEVER
    best_km = np.int64(1) << 50
    for a in range(COUNT[ko]):
        total = 0
        fine = True
        along[PERMS[a, ko - 1]] = 0
        for i in range(ko - 2, -1, -1):
            hop = net.oo[os[PERMS[a, i]], os[PERMS[a, i + 1]]]
            if hop > net.pickup_hop:
                fine = False
                break
            total += hop
            along[PERMS[a, i]] = total
        if not fine:
            continue
        first = os[PERMS[a, 0]]
        last = os[PERMS[a, ko - 1]]
        for b in range(COUNT[kd]):
            km = total + net.od[last, ds[PERMS[b, 0]]]
            link = km - total
            total_d = 0
            fine = True
            along[3 + PERMS[b, 0]] = 0
            for j in range(1, kd):
                hop = net.dd[ds[PERMS[b, j - 1]], ds[PERMS[b, j]]]
                if hop > net.drop_hop:
                    fine = False
                    break
                total_d += hop
                along[3 + PERMS[b, j]] = total_d
            if not fine:
                continue
            km += total_d + net.back[ds[PERMS[b, kd - 1]], first]
            if km >= best_km:
                continue
            for i in range(ko):
                for j in range(kd):
                    if (mask >> (3 * i + j)) & 1 and (
                        along[i] + link + along[3 + j] > net.ride[os[i], ds[j]]
                    ):
                        fine = False
                        break
                if not fine:
                    break
            if fine:
                best_km = km
                best = (np.int64(km) << 6) | (a << 3) | b
    return best

"""Fewer stops that allow everything the true ones do, for a bound when routes are too many.

Stops near each other become one *zone*: from zone to zone it is as far as between their nearest
stops, and a pair of zones rides as long as its most patient pair of stops. Every trip is then also
a trip between zones that is no dearer, so prices feasible for zones are feasible.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.model import Party, Problem
from zhitong.planning.net import Ints, Net

RADII = ((5, 0), (10, 0), (20, 0), (20, 20), (40, 40), (40, 80), (80, 160), (160, 320))
"""How far, in km, pickups and drops may be from the first stop of their zone."""

Zones = NDArray[np.int64]
"""For each point of the problem the point that stands for its zone."""


def zonings(problem: Problem, parties: Sequence[Party]) -> Iterator[Zones]:
    """Ever coarser zones; stops that are drops are never in a zone with mere pickups."""
    drops = np.unique([party.destination for party in parties])
    pickups = np.setdiff1d([party.origin for party in parties], drops)
    for pickup_km, drop_km in RADII:
        zone = np.arange(len(problem.points))
        _gather(problem, zone, pickups, pickup_km)
        _gather(problem, zone, drops, drop_km)
        yield zone


def _gather(problem: Problem, zone: Zones, stops: Zones, km: int) -> None:
    """Give each of ``stops`` the first of them within ``km`` as its zone."""
    while len(stops):
        away = np.maximum(problem.km[stops[0], stops], problem.km[stops, stops[0]])
        near = away <= km
        near[0] = True
        zone[stops[near]] = stops[0]
        stops = stops[~near]


def between_zones(net: Net, zone: Zones, parties: Sequence[Party]) -> Net:
    """``net`` (of ``parties``, one item each) with zones for stops."""
    o_of = _numbered(zone, sorted({party.origin for party in parties}))
    d_of = _numbered(zone, sorted({party.destination for party in parties}))
    o, d = o_of[net.o], d_of[net.d]
    oo, od = _nearest(net.oo, o_of, o_of), _nearest(net.od, o_of, d_of)
    dd, back = _nearest(net.dd, d_of, d_of), _nearest(net.back, d_of, o_of)
    np.fill_diagonal(oo, 0)
    np.fill_diagonal(dd, 0)
    # a trip that comes back to a zone visits it once here, so it may end or begin elsewhere
    back = np.array([(row[:, None] + oo).min(axis=0) for row in back])
    back = np.array([(row[:, None] + back).min(axis=0) for row in dd])
    ride = np.zeros_like(od)
    np.maximum.at(ride, (o, d), net.ride[net.o, net.d])
    if not net.back.any():
        back[:] = 0
    return net._replace(
        oo=oo, od=od, dd=dd, back=back.astype(np.int32), ride=ride, o=_ints(o), d=_ints(d)
    )


def _numbered(zone: Zones, stops: Sequence[int]) -> Ints:
    return _ints(np.unique(zone[list(stops)], return_inverse=True)[1])


def _nearest(km: Ints, row_of: Ints, column_of: Ints) -> Ints:
    """The least of ``km`` between the members of two zones."""
    least = np.full((row_of.max() + 1, column_of.max() + 1), np.iinfo(np.int32).max, dtype=np.int32)
    np.minimum.at(least, (row_of[:, None], column_of), km)
    return least


def _ints(values: NDArray[Any]) -> Ints:
    return np.ascontiguousarray(values, dtype=np.int32)

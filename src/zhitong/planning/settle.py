"""Which vehicle, day and published trip a tied trip takes (see ``ties``). Compiled."""

from __future__ import annotations

from zhitong.planning.compiled import inlined, inner
from zhitong.planning.crewing import crew_cost
from zhitong.planning.net import Net
from zhitong.planning.state import (
    AWAY,
    CELL,
    CLASSES,
    FAR,
    FIRST,
    KM,
    LABEL,
    LAST,
    LOAD,
    SIZE,
    State,
    draw,
)
from zhitong.planning.ties import PLENTY, WAS_NOTHING, WAS_OUTSIDE


@inlined
def _cheapest_cell(net: Net, state: State, t, first, last):  # type: ignore
    """The cheapest vehicle left for trip ``t`` on days ``first`` to ``last``: cost and cell."""
    row = state.row[t]
    many = state.ties.days.size
    best = FAR
    where = -1
    for k in range(net.fixed.size):
        if net.cap[row[CLASSES], k] < row[LOAD]:
            continue
        cost = net.fixed[k] + net.per_km[k] * row[KM]
        if cost >= best:
            continue
        # any of the days will do; always the first would keep others from it that have no choice
        limited = state.ties.room[k * many + first] < PLENTY // 2
        shift = int(draw(state.random) * (last - first + 1)) if limited else 0
        for i in range(last - first + 1):
            cell = k * many + first + (shift + i) % (last - first + 1)
            if state.ties.room[cell] > 0:
                best = cost
                where = cell
                break
    return best + crew_cost(net, row[KM]), where


@inlined
def _travels_alone(state: State, t):  # type: ignore
    """Whether the items of trip ``t`` share it with nobody whom they need not."""
    size = state.row[t, SIZE]
    ties = state.ties
    if ties.leader.size == 0:
        return size == 1
    lead = ties.leader[state.members[t, 0]]
    return size == 1 + ties.mates[lead + 1] - ties.mates[lead]


@inlined
def _away(state: State, t):  # type: ignore
    """What the items of trip ``t`` count when they pay outside or stay behind."""
    ties = state.ties
    cost = 0.0
    for m in range(state.row[t, SIZE]):
        p = state.members[t, m]
        cost += ties.away[p]
        if ties.was[p] != WAS_NOTHING and ties.was[p] != WAS_OUTSIDE:
            cost += ties.change
    return cost


@inner
def settle(net: Net, state: State, t):  # type: ignore
    """Give trip ``t`` (unlinked, its row complete) vehicle, day, label and cost; False if none.

    Its cost includes the penalty for each rider whose trip or day is not the published one. Items
    that ride with nobody else may also pay outside or stay behind.
    """
    row = state.row[t]
    ties = state.ties
    size = row[SIZE]
    known = 0
    for m in range(size):
        if ties.was[state.members[t, m]] != WAS_NOTHING:
            known += 1
    best, cell = _cheapest_cell(net, state, t, row[FIRST], row[LAST])
    best += ties.change * known
    label = -1
    for m in range(size if known else 0):
        was = ties.was[state.members[t, m]]
        if was < 0 or ties.room[ties.cells + was] < 1:
            continue
        day = ties.label_day[was]
        if day < row[FIRST] or day > row[LAST]:
            continue
        same = 0
        for other in range(size):
            if ties.was[state.members[t, other]] == was:
                same += 1
        cost, where = _cheapest_cell(net, state, t, day, day)
        cost += ties.change * (known - same)
        if cost < best or (cost == best and label < 0):
            best = cost
            cell = where
            label = was
    if _travels_alone(state, t):
        cost = _away(state, t)
        if cost < best:
            best = cost
            cell = AWAY
            label = -1
    row[CELL] = cell
    row[LABEL] = label
    state.cost[t] = best
    return best < FAR


@inner
def reinstate(net: Net, state: State, t, cell, label) -> None:  # type: ignore
    """Give trip ``t`` (settled, unlinked) a cell and label known from before, if they are left."""
    row = state.row[t]
    ties = state.ties
    if cell < 0:
        if _travels_alone(state, t):
            row[CELL] = AWAY
            row[LABEL] = -1
            state.cost[t] = _away(state, t)
        return
    k = cell // ties.days.size
    day = cell % ties.days.size
    if not (
        row[FIRST] <= day <= row[LAST]
        and net.cap[row[CLASSES], k] >= row[LOAD]
        and ties.room[cell] > 0
    ):
        return
    if label >= 0 and (ties.label_day[label] != day or ties.room[ties.cells + label] < 1):
        label = -1
    changed = 0
    for m in range(row[SIZE]):
        was = ties.was[state.members[t, m]]
        if was != WAS_NOTHING and (label < 0 or was != label):
            changed += 1
    row[CELL] = cell
    row[LABEL] = label
    vehicle = net.fixed[k] + net.per_km[k] * row[KM] + crew_cost(net, row[KM])
    state.cost[t] = vehicle + ties.change * changed

"""Why somebody is left and why a trip is dear, with the cheapest remedy, computed.

A remedy loosens one rule for one group: it rides with the trip that then makes the plan cheapest
(``joining``), is split, or leaves on a day when there is a vehicle. A trip is *dear* when a
person-km of direct distance costs more than ``DEAR`` times what half of all person-km cost at most.
Texts come in English ("en") and Chinese ("zh").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.costs import trip_cost
from zhitong.planning.joining import (
    MOST_DAYS,
    MOST_HOP,
    MOST_SEATS,
    Aboard,
    aboard,
    days_of,
    ways_together,
)
from zhitong.planning.model import Party, PartyId, Plan, Problem, Trip
from zhitong.planning.net import solo_cost
from zhitong.planning.refusals import refuse_foreign_plan
from zhitong.planning.whatif import RuleCost

DEAR = 1.5
NEIGHBOURS = 20
"""So many trips nearest to a group are tried."""

WORTH = 0.5
"""Money below which nothing is saved."""

LABELS = {
    "together": ("could ride together already", "现有规则下即可合乘"),
    "window": ("nobody else goes on these days", "可出行日无同路车次"),
    "pickup-hop": ("its pickups are too far from others", "上车点与其他车次相距过远"),
    "drop-hop": ("its drops are too far from others", "下车点与其他车次相距过远"),
    "detour": ("riding along would be too long a detour", "合乘绕行超过限制"),
    "seats": ("vehicles nearby are full", "同路车辆座位不足"),
    "stops": ("vehicles nearby have all the stops they may", "同路车次站点已满"),
    "remote": ("nobody goes there", "附近没有同路人员"),
    "larger-than-any-vehicle": ("larger than any vehicle", "超过最大车型可用座位"),
    "split": ("may not be split", "不允许分乘"),
    "no-vehicle": ("no vehicle may carry them", "没有可以承运的车型"),
    "vehicles-taken": ("all vehicles are taken on these days", "可出行日车辆已用完"),
    "day": ("no vehicle is free on these days", "可出行日车辆已用完"),
}
"""Reason codes: English and Chinese."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """``rule`` loosened by ``amount`` (see ``joining.Way``) changes the plan's cost by ``change``.

    ``trip`` is the trip that is joined, None for "split" (into ``amount`` vehicles), for "day" (as
    many days later, alone) and for "seats" where a party has too few even for itself.
    """

    rule: str
    amount: float
    trip: int | None
    change: float

    def text(self, language: str = "en") -> str:
        """One clause without a full stop; trips are counted from 1."""
        return (_chinese if language.startswith("zh") else _english)(self)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Of a ``party`` that is left, or of a dear ``trip`` (index into the plan's).

    ``rate``: cost a person-km of the trip in times of the usual one, 0 for a party.
    """

    reason: str
    remedy: Remedy | None
    party: PartyId | None = None
    trip: int | None = None
    rate: float = 0.0

    def text(self, language: str = "en") -> str:
        """A sentence: what, why, what would help."""
        chinese = language.startswith("zh")
        why = LABELS[self.reason][chinese] if self.reason in LABELS else self.reason
        if self.trip is not None:
            number = self.trip + 1
            what = (
                f"第{number}车次每人公里费用为通常的{self.rate:.1f}倍"
                if chinese
                else f"trip {number} costs {self.rate:.1f} times the usual a person-km"
            )
        else:
            what = f"{self.party}未安排" if chinese else f"party {self.party} is left"
        parts = [what, why] + ([self.remedy.text(language)] if self.remedy else [])
        return "；".join(parts) + "。" if chinese else f"{parts[0]}: {'; '.join(parts[1:])}."


def explain(problem: Problem, plan: Plan, *, most: int = 100) -> tuple[Explanation, ...]:
    """Everybody left, then up to ``most`` dear trips, those first that are dear by most money.

    Raises ``ProblemError`` for a plan whose trips are none of this problem's; whether they keep the
    rules is no matter.
    """
    return (*explain_left(problem, plan), *explain_dear(problem, plan, most=most))


def explain_left(problem: Problem, plan: Plan) -> tuple[Explanation, ...]:
    """Each party left over, with the remedy that adds least to the cost."""
    refuse_foreign_plan(problem, plan)
    near = Neighbours(problem, plan.trips)
    parties = {party.id: party for party in problem.parties}
    found = []
    for left in plan.unassigned:
        party = parties[left.party]
        remedies = [*_alone(problem, plan, party), *near.joins([Aboard(party, party.size)])]
        best = min(remedies, key=lambda one: (one.change, abs(one.amount)), default=None)
        found.append(Explanation(left.reason, best, party=party.id))
    return tuple(found)


def explain_dear(problem: Problem, plan: Plan, *, most: int = 100) -> tuple[Explanation, ...]:
    """Dear trips with the rule that, loosened, saves most; "remote" where none does."""
    refuse_foreign_plan(problem, plan)
    near = Neighbours(problem, plan.trips)
    found = []
    for trip, rate in _dear(problem, plan)[:most]:
        now = near.cost[trip]
        remedies = [
            replace(one, change=one.change - now) for one in near.joins(near.riders[trip], trip)
        ]
        best = min(remedies, key=lambda one: (one.change, abs(one.amount)), default=None)
        if best is None or best.change > -WORTH:
            found.append(Explanation("remote", None, trip=trip, rate=rate))
        else:
            found.append(Explanation(best.rule, best, trip=trip, rate=rate))
    return tuple(found)


def rule_text(cost: RuleCost, language: str = "en") -> str:
    """What a rule costs, as ``whatif.rule_costs`` found."""
    names = {
        "pickup-hop": ("the limit between pickups", "上车点间距限制"),
        "drop-hop": ("the limit between drops", "下车点间距限制"),
        "detour": ("the limit of detours", "绕行限制"),
        "window": ("the days people can leave", "可出行日限制"),
    }
    name = names.get(cost.rule, (cost.rule, cost.rule))[language.startswith("zh")]
    if language.startswith("zh"):
        return f"{name}使费用增加{cost.share:.1%}（{cost.saving:,.0f}元，按{cost.change}比较）"
    return f"{name} costs {cost.share:.1%} ({cost.saving:,.0f}, compared with {cost.change})"


def _dear(problem: Problem, plan: Plan) -> list[tuple[int, float]]:
    """Dear trips and their rates in times of the median of person-km, most money first."""
    costs, km = [], []
    for trip in plan.trips:
        costs.append(trip_cost(problem, trip))
        km.append(
            sum(
                one.people * int(problem.km[one.party.origin, one.party.destination])
                for one in aboard(problem, trip)
            )
        )
    rate = np.array(costs) / np.maximum(1, km)
    if not len(rate) or not sum(km):
        return []
    order = np.argsort(rate, kind="stable")
    share = np.cumsum(np.array(km)[order]) / sum(km)
    usual = float(rate[order[int(np.searchsorted(share, 0.5))]])
    if usual <= 0:
        return []
    dear = [at for at in range(len(rate)) if rate[at] > DEAR * usual]
    dear.sort(key=lambda at: usual * km[at] - costs[at])
    return [(at, float(rate[at]) / usual) for at in dear]


def _alone(problem: Problem, plan: Plan, party: Party) -> Iterator[Remedy]:
    """What helps a party that goes with nobody else."""
    largest = problem.most_seats(party)
    if party.size > largest > 0:
        parts = -(-party.size // largest)
        yield Remedy("split", parts, None, solo_cost(problem, party, party.size))
        if party.size - largest <= MOST_SEATS:
            as_dear = solo_cost(problem, party, largest)
            yield Remedy("seats", party.size - largest, None, as_dear)
    elif largest:
        used = Counter((trip.type, trip.day) for trip in plan.trips)
        days = range(party.earliest - MOST_DAYS, party.latest + MOST_DAYS + 1)
        for day in days:
            late = max(0, day - party.latest) or min(0, day - party.earliest)
            for index, kind in enumerate(problem.types):
                most = kind.available_per_day
                free = most is None or used[index, day] < most
                if free and kind.seats(party.load_class) >= party.size:
                    km = int(problem.km[party.origin, party.destination])
                    yield Remedy("day", late, None, problem.price(kind, km))


class Neighbours:
    """Trips as somebody may join them; of those near a group the ``most`` nearest are tried."""

    def __init__(self, problem: Problem, trips: Sequence[Trip], *, most: int = NEIGHBOURS) -> None:
        self.problem = problem
        self.trips = trips
        self.most = most
        self.riders = [aboard(problem, trip) for trip in trips]
        self.cost = [trip_cost(problem, trip) for trip in trips]
        self._days = np.array([days_of(riders) for riders in self.riders]).reshape(-1, 2)
        self._pickups = _table([trip.pickups for trip in trips])
        self._drops = _table([trip.drops for trip in trips])

    def joins(self, group: Sequence[Aboard], itself: int | None = None) -> Iterator[Remedy]:
        """Ways into trips near ``group``; the change counts the joined trip only."""
        for at in self._near(group, itself):
            for way in ways_together(self.problem, self.riders[at], group):
                yield Remedy(way.rule, way.amount, at, way.cost - self.cost[at])

    def _near(self, group: Sequence[Aboard], itself: int | None) -> list[int]:
        if not self.trips:
            return []
        km, limits = self.problem.km, self.problem.limits
        from_any = km[sorted({one.party.origin for one in group})].min(axis=0)
        to_any = km[sorted({one.party.destination for one in group})].min(axis=0)
        there = from_any[self._pickups].min(axis=1) / max(1, limits.pickup_hop_km)
        on = to_any[self._drops].min(axis=1) / max(1, limits.drop_hop_km)
        first, last = days_of(group)
        near = (self._days[:, 0] <= last + MOST_DAYS) & (self._days[:, 1] >= first - MOST_DAYS)
        near &= (there <= MOST_HOP) & (on <= MOST_HOP)
        if itself is not None:
            near[itself] = False
        order = np.argsort(there + on, kind="stable")
        return [int(at) for at in order if near[at]][: self.most]


def _table(stops: Sequence[tuple[int, ...]]) -> NDArray[np.int64]:
    """Stops of each trip, (T, most of any); the first again where a trip has fewer."""
    most = max((len(some) for some in stops), default=1)
    return np.array([[*some, *[some[0]] * (most - len(some))] for some in stops], dtype=np.int64)


def _english(remedy: Remedy) -> str:
    amount = remedy.amount
    joins = "travels alone" if remedy.trip is None else f"joins trip {remedy.trip + 1}"
    money = (
        f"saves {-remedy.change:,.0f}" if remedy.change < 0 else f"costs {remedy.change:,.0f} more"
    )
    days = f"{abs(amount):.0f} {'day' if abs(amount) == 1 else 'days'}"
    when = f"{days} {'later' if amount > 0 else 'earlier'} it " if amount else "on its days it "
    how = {
        "together": f"it {joins}",
        "window": f"{when}{joins}",
        "pickup-hop": f"with pickups {amount:.0f} km apart it {joins}",
        "drop-hop": f"with drops {amount:.0f} km apart it {joins}",
        "detour": f"riding {amount:.2f} times the direct way it {joins}",
        "seats": f"with {amount:.0f} more seats it {joins}",
        "stops": f"with {amount:.0f} more stops it {joins}",
        "split": f"split over {amount:.0f} vehicles it {joins}",
        "day": f"{when}{joins}",
    }[remedy.rule]
    return f"{how} and {money}"


def _chinese(remedy: Remedy) -> str:
    amount = remedy.amount
    joins = "可单独安排车辆" if remedy.trip is None else f"可并入第{remedy.trip + 1}车次"
    money = f"节省{-remedy.change:,.0f}元" if remedy.change < 0 else f"增加{remedy.change:,.0f}元"
    when = f"{'晚' if amount > 0 else '早'}{abs(amount):.0f}天出行" if amount else "按原定日期"
    how = {
        "together": joins,
        "window": f"{when}{joins}",
        "pickup-hop": f"上车点间距放宽至{amount:.0f}公里{joins}",
        "drop-hop": f"下车点间距放宽至{amount:.0f}公里{joins}",
        "detour": f"绕行放宽至直达的{amount:.2f}倍{joins}",
        "seats": f"增加{amount:.0f}个座位{joins}",
        "stops": f"增加{amount:.0f}个站点{joins}",
        "split": f"分乘{amount:.0f}辆车出行",
        "day": f"{when}{joins}",
    }[remedy.rule]
    return f"{how}，{money}"

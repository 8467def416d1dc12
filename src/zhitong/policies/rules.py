"""Pure decisions from a frozen profile: the JSON that a plan or a trip keeps of it.

A frozen profile is what `queries.freeze` makes of the records: plain JSON, so that a plan can be
judged again years later by the rules it was made under. Codes are canonical division codes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from math import floor
from typing import Any, TypedDict

from zhitong.places import Category, category


class FrozenRule(TypedDict):
    """One rule with its authority; what `value` and `scope` hold depends on `kind`.

    A scope may name `kinds` of trips (coach, shuttle), the boundary a trip must be `crossing`
    (county, city, province), `from_seats` of the vehicle, and the levels of `risk` at either end
    for which the rule holds. Levels come from the profile's own `risk_area` rules, whose scope is
    a `division` from its `first` to its `last` day, both included; every other place is `low`.
    """

    kind: str
    scope: dict[str, Any]
    value: Any
    severity: str
    authority: str
    document: str
    assumed: bool


class FrozenProfile(TypedDict):
    key: str
    title: str
    valid_from: str
    valid_to: str | None
    rules: list[FrozenRule]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many passengers a vehicle may carry, and the rules that say so (none: every seat)."""

    seats: int
    rules: tuple[FrozenRule, ...]

    @property
    def source(self) -> str:
        """For a plan's footnote: 载客率不超过50%（交通运输部，交运明电〔2020〕56号）."""
        return "；".join(sentence(rule) for rule in self.rules) or "按核定载客人数"


_CROSSED = {
    "county": {Category.WITHIN_CITY, Category.ELSEWHERE_IN_PROVINCE, Category.OTHER_PROVINCE},
    "city": {Category.ELSEWHERE_IN_PROVINCE, Category.OTHER_PROVINCE},
    "province": {Category.OTHER_PROVINCE},
}
_RISKS = ("high", "medium", "low")
_RISK_WORDS = {"high": "高风险", "medium": "中风险", "low": "低风险"}
# Enough digits to tell two provinces, cities or counties apart.
_DIGITS = {"province": 2, "city": 4, "county": 6}


def usable_seats(
    profile: FrozenProfile,
    *,
    rated: int,
    seats: int,
    origin: str,
    destination: str,
    kind: str = "coach",
    day: date | None = None,
) -> Verdict:
    """Passengers that one vehicle may carry on one relation.

    min(floor(cap x rated passengers), seats - seats of the rear rows kept free), never below zero.
    `rated` is what the licence says, `seats` the passenger seats there are. `day` picks the risk
    areas in force; without it every area listed counts. Of several caps the lowest holds.
    """
    facts = {"origin": origin, "destination": destination, "kind": kind, "day": day, "seats": seats}
    binding: list[FrozenRule] = []
    allowed = seats
    if counted := _strictest(profile, "rated_counts_driver", facts):
        passengers = rated - 1 if counted["value"] else rated
    else:
        passengers = rated
    allowed = min(allowed, passengers)
    if cap := _strictest(profile, "load_cap", facts):
        # Shares are decimals as written; the nudge keeps 0.7 x 30 from becoming 20.
        allowed = min(allowed, floor(cap["value"] * passengers + 1e-9))
        binding.append(cap)
    if kept := _strictest(profile, "kept_rear_rows", facts):
        allowed = min(allowed, seats - _rear_seats(kept["value"]))
        binding.append(kept)
    return Verdict(max(allowed, 0), tuple(binding))


def sentence(rule: FrozenRule) -> str:
    """What a rule demands and who demands it, for people."""
    value = rule["value"]
    if rule["kind"] == "load_cap":
        risks = "、".join(_RISK_WORDS[risk] for risk in rule["scope"].get("risk", ()))
        what = f"{risks and f'进出{risks}地区'}载客率不超过{value:.0%}"
    elif rule["kind"] == "kept_rear_rows":
        what = f"后{value['rows']}排留作观察区"
    else:
        what = value["text"] if isinstance(value, dict) and "text" in value else str(value)
    source = "，".join(filter(None, (rule["authority"], rule["document"])))
    return f"{what}（{source}{'，推定' if rule['assumed'] else ''}）"


def applying(
    profile: FrozenProfile,
    kind: str,
    *,
    origin: str,
    destination: str,
    trip_kind: str = "coach",
    day: date | None = None,
) -> list[FrozenRule]:
    """The rules of one kind that a trip falls under, in the profile's order."""
    facts = {"origin": origin, "destination": destination, "kind": trip_kind, "day": day}
    return list(_applying(profile, kind, facts))


def risk_of(profile: FrozenProfile, *, division: str, day: date | None = None) -> str:
    """The highest level among the risk areas that a division lies in or holds; `low` in none."""
    found = {
        rule["value"]
        for rule in profile["rules"]
        if rule["kind"] == "risk_area"
        and _overlap(division, rule["scope"]["division"])
        and _in_force(rule["scope"], day)
    }
    return next((risk for risk in _RISKS if risk in found), "low")


def _strictest(profile: FrozenProfile, kind: str, facts: Mapping[str, Any]) -> FrozenRule | None:
    rules = list(_applying(profile, kind, facts))
    if kind == "load_cap":
        return min(rules, key=lambda rule: float(rule["value"]), default=None)
    if kind == "kept_rear_rows":
        return max(rules, key=lambda rule: _rear_seats(rule["value"]), default=None)
    return rules[-1] if rules else None


def _applying(profile: FrozenProfile, kind: str, facts: Mapping[str, Any]) -> Iterator[FrozenRule]:
    for rule in profile["rules"]:
        if rule["kind"] == kind and _falls_under(profile, rule["scope"], facts):
            yield rule


def _falls_under(
    profile: FrozenProfile, scope: Mapping[str, Any], facts: Mapping[str, Any]
) -> bool:
    ends = facts["origin"], facts["destination"]
    if "kinds" in scope and facts["kind"] not in scope["kinds"]:
        return False
    if "from_seats" in scope and facts.get("seats", scope["from_seats"]) < scope["from_seats"]:
        return False
    if "crossing" in scope and not _crosses(*ends, scope["crossing"]):
        return False
    if "risk" in scope:
        levels = (risk_of(profile, division=end, day=facts["day"]) for end in ends)
        return min(levels, key=_RISKS.index) in scope["risk"]
    return True


def _crosses(origin: str, destination: str, boundary: str) -> bool:
    """Whether a relation leaves its county, city or province.

    Codes too short to tell (province to county, say) count as crossing: what may hold, holds.
    """
    where = category(origin, destination)
    if where is not None:
        return where in _CROSSED[boundary]
    digits = _DIGITS[boundary]
    return min(len(origin), len(destination)) < digits or origin[:digits] != destination[:digits]


def _rear_seats(value: Mapping[str, int]) -> int:
    """Seats of the kept rows: the last row is wider than those before it."""
    rows = value["rows"]
    return 0 if rows == 0 else value["last_row"] + (rows - 1) * value["other_rows"]


def _overlap(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _in_force(scope: Mapping[str, str], day: date | None) -> bool:
    if day is None:
        return True
    return scope.get("first", "") <= day.isoformat() <= scope.get("last", "9999-12-31")

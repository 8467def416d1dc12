"""Usable seats under the shipped profiles."""

from __future__ import annotations

from datetime import date

import pytest

from zhitong.policies.operations import shipped
from zhitong.policies.rules import FrozenProfile, applying, risk_of, usable_seats

ZAOQIANG, HENGSHUI_CENTRE, CHENGDU, WUHAN, GAOCHENG = "131121", "131102", "5101", "4201", "130109"
PROFILES = {profile["key"]: profile for profile in shipped()}


def seats(key: str, **facts) -> int:
    coach = {"rated": 53, "seats": 53, "origin": ZAOQIANG, "destination": CHENGDU}
    return usable_seats(PROFILES[key], **(coach | facts)).seats


def test_five_profiles_are_shipped():
    assert sorted(PROFILES) == ["2020-02-11", "2020-02-28", "evacuation", "ordinary", "spring-2021"]


@pytest.mark.parametrize(
    ("key", "facts", "expected"),
    [
        ("ordinary", {}, 53),
        ("ordinary", {"seats": 49}, 49),
        ("evacuation", {}, 53),
        # floor(0.5 x 53) = 26 is less than 53 - (5 + 4)
        ("2020-02-11", {}, 26),
        ("2020-02-11", {"rated": 19, "seats": 19}, 9),
        ("2020-02-11", {"destination": HENGSHUI_CENTRE}, 53),
        ("2020-02-11", {"kind": "shuttle"}, 53),
        # The cap holds for a coach bigger than the seats that remain.
        ("2020-02-11", {"rated": 53, "seats": 30}, 21),
        ("2020-02-28", {}, 44),
        ("2020-02-28", {"destination": WUHAN}, 26),
        ("2020-02-28", {"origin": "420106001", "day": date(2020, 3, 1)}, 26),
        ("2020-02-28", {"destination": WUHAN, "day": date(2020, 5, 1)}, 44),
        ("2020-02-28", {"destination": HENGSHUI_CENTRE}, 53),
        ("spring-2021", {}, 44),
        ("spring-2021", {"rated": 19, "seats": 19}, 10),
        ("spring-2021", {"rated": 9, "seats": 9}, 8),
        ("spring-2021", {"origin": GAOCHENG, "day": date(2021, 2, 1)}, 26),
        ("spring-2021", {"origin": "130102", "day": date(2021, 2, 1)}, 37),
        # A province may mean any of its places: what may hold, holds.
        ("2020-02-11", {"origin": "13", "destination": "1311"}, 26),
    ],
)
def test_usable_seats(key, facts, expected):
    assert seats(key, **facts) == expected


def test_a_small_vehicle_never_carries_less_than_nobody():
    assert seats("2020-02-28", rated=7, seats=7) == 0


def test_a_share_of_seats_is_cut_as_written():
    capped: FrozenProfile = {
        **PROFILES["ordinary"],
        "rules": [{**_cap(0.7)}],
    }
    assert (
        usable_seats(capped, rated=30, seats=30, origin=ZAOQIANG, destination=CHENGDU).seats == 21
    )


def test_the_driver_may_count_among_the_rated():
    counting = {**_cap(True), "kind": "rated_counts_driver"}
    profile: FrozenProfile = {**PROFILES["ordinary"], "rules": [counting, _cap(0.5)]}
    verdict = usable_seats(profile, rated=53, seats=52, origin=ZAOQIANG, destination=CHENGDU)
    assert verdict.seats == 26
    assert (
        usable_seats(
            {**profile, "rules": [counting]},
            rated=53,
            seats=53,
            origin=ZAOQIANG,
            destination=CHENGDU,
        ).seats
        == 52
    )


def test_the_verdict_names_its_source():
    verdict = usable_seats(
        PROFILES["2020-02-11"], rated=53, seats=53, origin=ZAOQIANG, destination=CHENGDU
    )
    assert [rule["kind"] for rule in verdict.rules] == ["load_cap", "kept_rear_rows"]
    assert verdict.source.startswith(
        "载客率不超过50%（交通运输部，交运明电〔2020〕56号）；后2排留作观察区"
    )
    nothing = usable_seats(
        PROFILES["ordinary"], rated=53, seats=53, origin=ZAOQIANG, destination=CHENGDU
    )
    assert nothing.source == "按核定载客人数"


def test_a_risk_area_holds_what_lies_in_it_and_what_it_lies_in():
    profile = PROFILES["spring-2021"]
    assert risk_of(profile, division="130109101") == "high"
    assert risk_of(profile, division="13") == "high"
    assert risk_of(profile, division="130102", day=date(2021, 2, 1)) == "medium"
    assert risk_of(profile, division="130102", day=date(2021, 3, 1)) == "low"
    assert risk_of(profile, division="1311") == "low"


def test_other_rules_apply_by_scope():
    profile = PROFILES["2020-02-11"]
    far = applying(profile, "notice", origin=ZAOQIANG, destination=CHENGDU)
    near = applying(profile, "notice", origin=ZAOQIANG, destination="130102")
    assert len(far) == 1 and near == []


def _cap(value):
    return {
        "kind": "load_cap",
        "scope": {},
        "value": value,
        "severity": "block",
        "authority": "试验",
        "document": "",
        "assumed": True,
    }

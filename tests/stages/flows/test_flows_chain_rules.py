"""The state machine, the checks of figures, deadlines and anomalies; no database."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from factories.chain import DAY, DAYING, KEYS, ZAOQIANG, counts
from zhitong.flows.chain import rules
from zhitong.flows.chain.anomalies import Anomaly, Kind, anomalies
from zhitong.flows.chain.deadlines import Clock, Rule, shipped
from zhitong.flows.chain.refusals import SENTENCES, Refusal
from zhitong.flows.chain.rules import Actor, Standing, State
from zhitong.offices.models import Role
from zhitong.places import Level

CHINA = ZoneInfo("Asia/Shanghai")
DINGZHOU, BEIJING, DONGGUAN = "130682001", "110101001", "441900003"
CLOCK = Clock(shipped())
OFFICES = {"township": DAYING, "county": ZAOQIANG, "city": "1311", "province": "13"}


def actor(scope: str, *roles: Role, user: int = 1) -> Actor:
    return Actor(user=user, scope=scope, roles=frozenset(roles or Role.values))


def standing(state: State, unit: str = DAYING, by: int | None = 99) -> Standing:
    return Standing(unit=unit, about=DAY, state=state, submitted_by=by)


def refused(code: str):
    return pytest.raises(Refusal, check=lambda no: no.code == code)


@pytest.mark.parametrize(
    ("unit", "line"),
    [
        (DAYING, (Level.COUNTY, Level.CITY, Level.PROVINCE)),
        (DINGZHOU, (Level.COUNTY, Level.PROVINCE)),
        (BEIJING, (Level.COUNTY, Level.PROVINCE)),
        (DONGGUAN, (Level.CITY, Level.PROVINCE)),
    ],
)
def test_a_level_without_an_office_is_skipped(unit, line):
    assert rules.line_of(unit) == line


ACCEPTS = {
    ("county", State.SUBMITTED): State.COUNTY,
    ("city", State.COUNTY): State.CITY,
    ("province", State.CITY): State.PROVINCE,
}


@pytest.mark.parametrize("office", OFFICES)
@pytest.mark.parametrize("state", State)
def test_only_the_level_whose_turn_it_is_accepts_or_sends_back(office, state):
    reviewer = actor(OFFICES[office])
    expected = ACCEPTS.get((office, state))

    if expected:
        assert rules.accepted(standing(state), actor=reviewer) == expected
        assert rules.sent_back(standing(state), actor=reviewer, reason="人数有误") == State.RETURNED
    else:
        with pytest.raises(Refusal):
            rules.accepted(standing(state), actor=reviewer)
        with pytest.raises(Refusal):
            rules.sent_back(standing(state), actor=reviewer, reason="人数有误")


TAKES_BACK = {
    ("township", State.SUBMITTED): State.DRAFT,
    ("county", State.COUNTY): State.SUBMITTED,
    ("city", State.CITY): State.COUNTY,
    ("province", State.PROVINCE): State.CITY,
}


@pytest.mark.parametrize("office", OFFICES)
@pytest.mark.parametrize("state", State)
def test_a_level_takes_back_its_own_last_step_only(office, state):
    expected = TAKES_BACK.get((office, state))
    if expected:
        assert rules.taken_back(standing(state), actor=actor(OFFICES[office])) == expected
    else:
        with pytest.raises(Refusal):
            rules.taken_back(standing(state), actor=actor(OFFICES[office]))


def test_the_province_is_next_after_the_county_where_the_city_has_no_say():
    waiting = standing(State.COUNTY, unit=DINGZHOU)

    assert rules.awaits(waiting.unit, waiting.state) == Level.PROVINCE
    assert rules.accepted(waiting, actor=actor("13")) == State.PROVINCE
    assert rules.taken_back(standing(State.PROVINCE, unit=DINGZHOU), actor=actor("13")) == (
        State.COUNTY
    )
    with refused("not-your-level"):
        rules.accepted(waiting, actor=actor("1306"))


def test_who_submitted_does_not_accept():
    with refused("own-work"):
        rules.accepted(standing(State.SUBMITTED, by=1), actor=actor(ZAOQIANG, user=1))


def test_what_comes_late_into_a_locked_day_is_locked():
    assert rules.accepted(standing(State.CITY), actor=actor("13"), locked=True) == State.LOCKED
    assert rules.accepted(standing(State.COUNTY), actor=actor("1311"), locked=True) == State.CITY


def test_sending_back_needs_a_reason():
    with refused("return-reason-missing"):
        rules.sent_back(standing(State.SUBMITTED), actor=actor(ZAOQIANG), reason=" ")


ENTRIES = [
    ("future-day", {"about": DAY + timedelta(days=1)}, {}, False),
    ("not-a-reporting-unit", {"unit": ZAOQIANG}, {}, False),
    ("not-a-reporting-unit", {"unit": "131121999"}, {}, False),
    ("not-your-unit", {"unit": "131124100"}, {}, False),
    ("not-your-role", {}, {"roles": frozenset({Role.READ})}, False),
    ("day-locked", {}, {}, True),
    ("return-locked", {"state": State.LOCKED}, {}, False),
    ("return-locked", {"state": State.PUBLISHED}, {}, True),
    ("already-submitted", {"state": State.SUBMITTED}, {}, False),
    ("already-submitted", {"state": State.CITY}, {}, False),
]


@pytest.mark.parametrize(("code", "of", "post", "locked"), ENTRIES)
def test_an_entry_is_refused(code, of, post, locked):
    one = {"unit": DAYING, "about": DAY, "state": State.DRAFT} | of
    clerk = {"user": 1, "scope": ZAOQIANG, "roles": frozenset({Role.ENTER})} | post
    with refused(code):
        rules.check_entry(Standing(**one), actor=Actor(**clerk), today=DAY, locked=locked)


@pytest.mark.parametrize("state", sorted(rules.EDITABLE))
def test_a_unit_or_an_office_above_enters(state):
    for scope in (DAYING, ZAOQIANG, "13"):
        rules.check_entry(standing(state), actor=actor(scope, Role.ENTER), today=DAY, locked=False)


@pytest.mark.parametrize(
    ("code", "wrong", "total"),
    [
        ("negative-count", {"within_township": -3}, None),
        ("negative-count", {"within_township": "−3"}, None),
        ("not-a-count", {"other_province": "3.5"}, None),
        ("not-a-count", {"other_province": ""}, None),
        ("not-a-count", {"other_province": True}, None),
        ("not-a-count", {"other_province": "٣"}, None),
        ("count-too-large", {"other_province": "9" * 5000}, None),
        ("count-too-large", {"other_province": rules.LARGEST + 1}, None),
        ("sum-differs", {}, 14),
    ],
)
def test_figures_that_cannot_be_are_refused(code, wrong, total):
    with refused(code):
        rules.check_counts(counts(5, 4, 3, 2, 1) | wrong, total=total)


def test_a_category_may_be_zero_but_not_absent():
    assert rules.check_counts(counts(), total="0") == counts()
    with refused("category-missing"):
        rules.check_counts(dict.fromkeys(KEYS[1:], 0))


def test_counts_are_read_as_people_write_them():
    figures = rules.check_counts(counts(5, 4, 3, 2) | {"other_province": " 1,200 "}, total="1214")
    assert figures["other_province"] == 1200


def test_a_difference_needs_a_reason_and_agreement_none():
    assert rules.differences(counts(5), counts(5), {}) == {}
    assert rules.differences(counts(6), counts(5), {"within_township": " 漏登 "}) == {
        "within_township": (6, "漏登")
    }
    with refused("reason-missing"):
        rules.differences(counts(6), counts(5), {"within_township": " "})


def test_every_refusal_has_a_whole_sentence():
    for sentence in SENTENCES.values():
        assert sentence[-1] in "。？"


def test_deadlines_follow_the_level():
    clock = {
        level: f"{CLOCK.deadline(division=DAYING, about=DAY, level=level):%H:%M}"
        for level in (Level.TOWNSHIP, Level.COUNTY, Level.CITY, Level.PROVINCE)
    }
    assert list(clock.values()) == ["15:00", "16:00", "16:30", "17:00"]


def test_late_and_missing_are_told_apart_at_the_minute():
    due = datetime(2020, 3, 2, 15, tzinfo=CHINA)
    after = due + timedelta(minutes=1)

    assert not CLOCK.is_late(unit=DAYING, about=DAY, first_submitted_at=due)
    assert CLOCK.is_late(unit=DAYING, about=DAY, first_submitted_at=after)
    assert not CLOCK.is_late(unit=DAYING, about=DAY, first_submitted_at=None)
    silent = {"unit": DAYING, "about": DAY, "ever_submitted": False}
    assert not CLOCK.is_missing(**silent, state=State.DRAFT, now=due)
    assert CLOCK.is_missing(**silent, state=State.DRAFT, now=after)
    assert not CLOCK.is_missing(
        **silent | {"ever_submitted": True}, state=State.RETURNED, now=after
    )


def days(*totals: int | None) -> list[tuple[int, ...] | None]:
    return [None if one is None else (one, 0, 0, 0, 0) for one in totals]


@pytest.mark.parametrize(
    ("history", "found"),
    [
        (days(100, 101, 99, 100, 102, 100, 150), [Anomaly(Kind.JUMP, usual=100)]),
        (days(100, 101, 99, 100, 102, 100, 103), []),
        (days(100, 100, 100, 100, 100, 98), []),
        (days(100, 101, 150), []),
        (days(90, 95, 95, 95, 95), [Anomaly(Kind.STUCK, days=3)]),
        (days(90, 91, 95, 95), [Anomaly(Kind.SAME, days=1)]),
        (days(95, None, 95), []),
        (days(0, 0, 0, 0), []),
        (days(1, 2, None), []),
        ([], []),
    ],
)
def test_figures_that_deserve_a_second_look(history, found):
    assert anomalies(history) == found


def test_days_before_the_rules_began_follow_the_first():
    assert CLOCK.deadline(division=DAYING, about=date(2019, 1, 1), level=Level.TOWNSHIP).hour == 15


def test_a_province_sets_its_own_deadlines_from_a_day_on():
    times = dict.fromkeys((Level.TOWNSHIP, Level.COUNTY, Level.CITY, Level.PROVINCE), time(9))
    clock = Clock((*shipped(), Rule("13", DAY, times)))

    def hour(division: str, about: date) -> int:
        return clock.deadline(division=division, about=about, level=Level.TOWNSHIP).hour

    assert (hour(DAYING, DAY), hour(DAYING, DAY - timedelta(days=1)), hour(BEIJING, DAY)) == (
        9,
        15,
        15,
    )

"""Deadlines that a province sets, and reminders: once in the quiet minutes, whoever sends them."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from factories.chain import (
    DAY,
    DAYING,
    HEBEI,
    HENGSHUI,
    RAOYANG_TOWN,
    XINTUN,
    ZAOQIANG,
    officer,
    offices,
    report,
)
from zhitong import places
from zhitong.flows import jobs
from zhitong.flows.chain import operations, queries
from zhitong.flows.chain.deadlines import LEVELS, Mark
from zhitong.flows.chain.refusals import Refusal
from zhitong.flows.models import Reminder, ReminderRun, Timetable
from zhitong.flows.reminding import rules, sending, timetables
from zhitong.flows.reminding.rules import Plan
from zhitong.kernel.models import JournalEntry
from zhitong.offices.models import Department, Organisation, Role, Staff
from zhitong.places import Level

pytestmark = pytest.mark.django_db
CHINA = ZoneInfo("Asia/Shanghai")
NOON = datetime(2020, 3, 2, 12, tzinfo=CHINA)
BEFORE = NOON - timedelta(days=1)


@pytest.fixture
def staff():
    return offices() | {"head": officer(HEBEI, name="head", roles=[Role.ADMINISTER])}


def refused(code: str):
    return pytest.raises(Refusal, check=lambda no: no.code == code)


def plan(*hours: int, **more) -> Plan:
    return Plan(
        **{
            "since": DAY,
            "times": {level: time(hour) for level, hour in zip(LEVELS, hours, strict=True)},
            "remind": (-30, 15),
            **more,
        }
    )


def set_plan(staff, *hours: int, **more) -> Timetable:
    made = plan(*(hours or (11, 12, 13, 14)), **more)
    return timetables.set_plan(province=HEBEI, plan=made, by=staff["head"], now=BEFORE)


# -- deadlines


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"since": DAY - timedelta(days=1)}, "deadlines-too-early"),
        ({"times": {Level.TOWNSHIP: time(9)}}, "deadline-missing"),
        ({"remind": (1, 2, 3, 4, 5, 6, 7)}, "reminders-out-of-range"),
        ({"remind": (721,)}, "reminders-out-of-range"),
        ({"quiet": 0}, "quiet-out-of-range"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(staff, change, code) -> None:
    with refused(code):
        set_plan(staff, **change)
    with refused("deadlines-out-of-order"):
        set_plan(staff, 12, 11, 13, 14)
    assert not Timetable.objects.exists()


@pytest.mark.parametrize(
    ("text", "found"), [("-30, 0，15", [-30, 0, 15]), ("", []), ("15 15", [15]), ("−5", [-5])]
)
def test_minutes_are_read_as_people_write_them(text: str, found: list[int]) -> None:
    assert rules.minutes(text) == found


@pytest.mark.parametrize("text", ["x", "1.5", "99999"])
def test_minutes_that_are_none_are_refused(text: str) -> None:
    with refused("reminders-out-of-range"):
        rules.minutes(text)


def test_only_the_provinces_administrator_sets_deadlines(staff) -> None:
    below = officer(HENGSHUI, name="below", roles=[Role.ADMINISTER])
    for by, code in ((below, "not-your-unit"), (staff[HEBEI], "not-your-role")):
        with refused(code):
            timetables.set_plan(province=HEBEI, plan=plan(9, 10, 11, 12), by=by, now=BEFORE)


def test_late_and_missing_follow_the_provinces_own_times(staff) -> None:
    set_plan(staff)
    report(DAYING, by=staff[DAYING], now=NOON)
    report(XINTUN, by=staff[XINTUN], now=NOON.replace(hour=10))
    report(XINTUN, by=staff[XINTUN], now=NOON, about=DAY - timedelta(days=1))

    marks = {one.unit: one.marks for one in queries.unit_days(division=HEBEI, about=DAY, now=NOON)}

    assert Mark.LATE in marks[DAYING] and Mark.LATE not in marks[XINTUN]
    assert Mark.MISSING in marks[RAOYANG_TOWN]
    day_before = queries.unit_days(division=XINTUN, about=DAY - timedelta(days=1), now=NOON)
    assert Mark.LATE in day_before[0].marks
    assert JournalEntry.objects.filter(verb="deadlines.set").count() == 1
    set_plan(staff, 8, 9, 10, 11)
    assert Timetable.objects.get().township == time(8)
    assert timetables.plan_on(province="53", about=DAY).times[Level.TOWNSHIP] == time(15)


# -- by hand


def test_all_who_owe_something_are_reminded_once(staff) -> None:
    report(DAYING, 1, by=staff[DAYING], now=NOON)
    report(XINTUN, 1, by=staff[XINTUN], now=NOON)
    operations.send_back(units=[XINTUN], about=DAY, reason="误", by=staff[ZAOQIANG], now=NOON)
    city = {"division": HENGSHUI, "about": DAY, "by": staff[HENGSHUI]}

    first = sending.remind(**city, now=NOON)
    again = sending.remind(**city, now=NOON + timedelta(minutes=29))
    later = sending.remind(**city, now=NOON + timedelta(minutes=31))

    silent = set(places.expected_townships(HENGSHUI)) - {DAYING}
    assert set(first.reminded) == silent | {ZAOQIANG} and first.spared == []
    assert again.reminded == [] and set(again.spared) == set(first.reminded)
    assert set(later.reminded) == set(first.reminded)
    owed = dict(Reminder.objects.filter(at=NOON).values_list("division", "owed"))
    assert (owed[RAOYANG_TOWN], owed[XINTUN], owed[ZAOQIANG]) == ("report", "mending", "review")
    assert Reminder.objects.filter(division=ZAOQIANG).first().waiting == 1
    entries = JournalEntry.objects.filter(verb="reminders.sent")
    assert [len(one.details["divisions"]) for one in entries] == [len(first.reminded)] * 2
    told = sending.last_reminded(divisions=[XINTUN, DAYING], about=DAY)
    assert told == {XINTUN: NOON + timedelta(minutes=31)}


def test_a_county_reminds_its_own_townships_and_not_itself(staff) -> None:
    report(DAYING, 1, by=staff[DAYING], now=NOON)
    county = {"about": DAY, "by": staff[ZAOQIANG], "now": NOON}
    done = sending.remind(division=ZAOQIANG, **county)
    assert set(done.reminded) == set(places.expected_townships(ZAOQIANG)) - {DAYING}
    with refused("not-your-unit"):
        sending.remind(division=HENGSHUI, **county)
    with refused("future-day"):
        sending.remind(division=ZAOQIANG, **county | {"about": DAY + timedelta(days=1)})
    with refused("reminders-from-above"):
        sending.remind(division=DAYING, about=DAY, by=staff[DAYING], now=NOON)
    reads = officer(ZAOQIANG, name="reads", roles=[Role.READ])
    with refused("not-your-role"):
        sending.remind(division=ZAOQIANG, **county | {"by": reads})


def test_reminding_a_province_costs_as_many_queries_as_a_county(
    staff, django_assert_max_num_queries
) -> None:
    for division, by in ((ZAOQIANG, ZAOQIANG), (HEBEI, HEBEI)):
        with django_assert_max_num_queries(16):
            sending.remind(division=division, about=DAY, by=staff[by], now=NOON)


def test_the_staff_of_the_office_read_it_and_nobody_else(staff) -> None:
    sending.remind(division=ZAOQIANG, about=DAY, by=staff[ZAOQIANG], now=NOON)
    police = Organisation.objects.create(
        division=XINTUN, department=Department.PUBLIC_SECURITY, name="派出所"
    )
    stranger = Staff(organisation=police)

    assert sending.inbox(staff[XINTUN].staff).get().division == XINTUN
    assert not sending.inbox(stranger).exists()
    assert not sending.inbox(staff[HENGSHUI].staff).exists()
    assert sending.mark_read(staff[XINTUN].staff, by=staff[XINTUN], now=NOON) == 1
    one = Reminder.objects.get(division=XINTUN)
    assert (one.read_by, one.read_at) == (staff[XINTUN], NOON)
    assert Reminder.objects.filter(division=DAYING, read_at=None).count() == 1


# -- by the timetable


def at(hour: int, minute: int = 0) -> datetime:
    return NOON.replace(hour=hour, minute=minute)


def test_rounds_go_out_at_their_moments_and_once(staff) -> None:
    set_plan(staff)  # townships at 11:00; 30 minutes before and 15 after
    for unit in (DAYING, XINTUN):
        report(unit, 1, by=staff[unit], now=at(9))
    due = len(places.expected_townships(HEBEI))

    assert sending.remind_by_timetable(now=at(10, 29)) == 0
    assert sending.remind_by_timetable(now=at(10, 30)) == due - 2
    assert sending.remind_by_timetable(now=at(10, 31)) == 0
    report(RAOYANG_TOWN, 1, by=staff[RAOYANG_TOWN], now=at(11))
    assert sending.remind_by_timetable(now=at(11, 15)) == due - 3
    # Counties are due at 12:00 and told half an hour before of what waits for them.
    assert sending.remind_by_timetable(now=at(11, 30)) == 2
    assert Reminder.objects.get(division=ZAOQIANG).waiting == 2
    assert Reminder.objects.filter(by__isnull=False).count() == 0
    assert sending.remind_by_timetable(now=at(11, 40)) == 0
    assert ReminderRun.objects.count() == 3


def test_a_round_that_nobody_could_send_in_time_is_left_out(staff) -> None:
    set_plan(staff)
    assert sending.remind_by_timetable(now=at(18)) == 0
    assert not ReminderRun.objects.exists()


def test_whoever_was_reminded_by_hand_is_spared_by_the_timetable(staff) -> None:
    set_plan(staff)
    sending.remind(division=ZAOQIANG, about=DAY, by=staff[ZAOQIANG], now=at(10, 20))
    sending.remind_by_timetable(now=at(10, 30))
    assert Reminder.objects.filter(division=XINTUN).count() == 1
    assert Reminder.objects.filter(division=RAOYANG_TOWN).count() == 1


def test_without_a_timetable_nobody_is_reminded_by_itself(staff) -> None:
    assert sending.remind_by_timetable(now=at(15)) == 0


def test_the_queue_knows_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = []
    monkeypatch.setattr(sending, "remind_by_timetable", lambda now: sent.append(now))
    monkeypatch.setattr(connection, "close", lambda: None)
    jobs.remind(0)
    assert len(sent) == 1 and jobs.remind.queueing_lock == "remind"

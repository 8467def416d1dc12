"""A day from the registry to publication, what is refused on the way, and who may do what."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError

from factories.chain import (
    DAY,
    DAYING,
    HEBEI,
    HENGSHUI,
    RAOYANG_TOWN,
    WANGJUN,
    XINTUN,
    ZAOQIANG,
    climb,
    counts,
    officer,
    offices,
    reasons,
    report,
)
from factories.workers import at_work
from zhitong import places
from zhitong.flows.chain import access, closing, operations, queries
from zhitong.flows.chain.completeness import completeness
from zhitong.flows.chain.deadlines import Mark
from zhitong.flows.chain.refusals import Refusal
from zhitong.flows.chain.rules import FINAL, State
from zhitong.flows.models import Approval, Correction, Figure, Publication, Return
from zhitong.kernel import journal
from zhitong.kernel.models import JournalEntry
from zhitong.offices.models import Department, Organisation, Role

pytestmark = pytest.mark.django_db
CHINA = ZoneInfo("Asia/Shanghai")
NOON = datetime(2020, 3, 2, 12, tzinfo=CHINA)
EVENING = datetime(2020, 3, 2, 18, tzinfo=CHINA)


@pytest.fixture
def staff():
    return offices()


def refused(code: str):
    return pytest.raises(Refusal, check=lambda no: no.code == code)


def state(unit: str) -> str:
    return Return.objects.get(unit=unit, about=DAY).state


def locked(staff, *figures: int) -> None:
    """One unit's day, accepted by all and locked."""
    report(DAYING, *figures, by=staff[DAYING], now=NOON)
    climb([DAYING], staff=staff, now=NOON)
    closing.lock(division=HEBEI, about=DAY, by=staff[HEBEI], now=EVENING)


def test_a_day_is_prefilled_from_the_registry_zeros_included(staff):
    at_work([(DAYING, DAYING)] * 3 + [(DAYING, "110105001")])

    opened = operations.open_day(division=ZAOQIANG, about=DAY, by=staff[ZAOQIANG], now=NOON)
    again = operations.open_day(division=ZAOQIANG, about=DAY, by=staff[ZAOQIANG], now=NOON)

    assert opened == places.expected_townships(ZAOQIANG) and again == []
    figures = Figure.objects.filter(of__unit=DAYING).order_by("category")
    assert [one.value for one in figures] == [3, 0, 0, 0, 1]
    assert Figure.objects.count() == 5 * len(opened)
    assert queries.totals(division=ZAOQIANG, about=DAY)[0] == counts(), "a draft is no report"


def test_a_day_climbs_to_publication_and_every_step_is_kept(staff):
    at_work([(DAYING, DAYING)] * 3)
    report(DAYING, 3, by=staff[DAYING], now=NOON)
    climb([DAYING], staff=staff, now=NOON)
    closing.lock(division=HEBEI, about=DAY, by=staff[HEBEI], now=EVENING)
    published = closing.publish(division=HEBEI, about=DAY, by=staff[HEBEI], now=EVENING)

    assert state(DAYING) == State.PUBLISHED
    assert (published.number, published.declared) == (1, counts(3))
    assert (published.units_reported, published.units_due) == (
        1,
        len(places.expected_townships(HEBEI)),
    )
    steps = Approval.objects.values_list("level", "act")
    assert list(steps) == [(4, "submitted"), (3, "accepted"), (2, "accepted"), (1, "accepted")]
    verbs = JournalEntry.objects.order_by("id").values_list("verb", flat=True)
    assert list(verbs) == [
        "return.declared",
        "return.submitted",
        *["return.accepted"] * 3,
        "day.locked",
        "day.published",
    ]
    assert journal.first_altered() is None


def test_zero_is_a_report_and_silence_is_not(staff):
    report(DAYING, by=staff[DAYING], now=NOON)

    day = completeness(division=ZAOQIANG, about=DAY, now=EVENING)

    assert (day.whole.total, day.whole.coverage.reported) == (0, 1)
    missing = {unit.unit for unit in day.units if Mark.MISSING in unit.marks}
    assert missing == set(places.expected_townships(ZAOQIANG)) - {DAYING}


def test_a_hand_entered_figure_keeps_its_reason_and_the_difference(staff):
    at_work([(DAYING, DAYING)] * 3)
    report(DAYING, 5, by=staff[DAYING], now=NOON)

    one = Figure.objects.get(of__unit=DAYING, category=1)
    day = completeness(division=ZAOQIANG, about=DAY, now=NOON)

    assert (one.derived, one.declared, one.reason) == (3, 5, "村组核实")
    assert (day.whole.total, day.whole.difference) == (5, 2)
    assert day.whole.marks == {Mark.DIFFERS: 1}


def test_submitting_counts_the_registry_anew_and_keeps_what_still_differs(staff):
    at_work([(DAYING, DAYING)])
    values = {"unit": DAYING, "about": DAY, "by": staff[DAYING], "now": NOON}
    operations.declare(**values, counts=counts(4, 1), reasons=reasons())
    at_work([(DAYING, DAYING)] * 3)

    operations.submit(units=[DAYING], about=DAY, by=staff[DAYING], now=NOON)

    figures = Figure.objects.filter(of__unit=DAYING).values_list("derived", "declared", "reason")
    assert list(figures.order_by("category")[:2]) == [(4, None, ""), (0, 1, "村组核实")]


def test_a_registry_that_moved_under_the_form_is_told(staff):
    at_work([(DAYING, DAYING)])
    with refused("registry-moved"):
        report(DAYING, 0, by=staff[DAYING], now=NOON, seen=counts(0))


def test_the_same_form_twice_is_once(staff):
    first = report(DAYING, 1, by=staff[DAYING], now=NOON, version=0)
    again = report(DAYING, 1, by=staff[DAYING], now=NOON, version=0)

    assert (first.pk, first.version) == (again.pk, again.version)
    assert Approval.objects.count() == 1


def test_a_return_sent_back_is_silence_until_it_comes_again(staff):
    report(DAYING, 5, by=staff[DAYING], now=NOON)
    operations.send_back(
        units=[DAYING], about=DAY, reason="与昨日相差过大", by=staff[ZAOQIANG], now=NOON
    )
    assert queries.totals(division=HEBEI, about=DAY)[0] == counts()

    report(DAYING, 4, by=staff[DAYING], now=EVENING)

    day = completeness(division=ZAOQIANG, about=DAY, now=EVENING)
    assert day.whole.total == 4
    assert Mark.LATE not in day.whole.marks, "mending a return is not late"
    assert Approval.objects.get(act="returned").reason == "与昨日相差过大"


def test_late_is_judged_by_the_first_submission(staff):
    report(DAYING, by=staff[DAYING], now=EVENING)
    day = completeness(division=ZAOQIANG, about=DAY, now=EVENING)
    assert day.whole.marks[Mark.LATE] == 1


def test_steps_can_be_taken_back_until_the_next_level_acts(staff):
    report(DAYING, 1, by=staff[DAYING], now=NOON)
    operations.take_back(units=[DAYING], about=DAY, by=staff[DAYING], now=NOON)
    assert state(DAYING) == State.DRAFT

    report(DAYING, 2, by=staff[DAYING], now=NOON)
    operations.accept(units=[DAYING], about=DAY, by=staff[ZAOQIANG], now=NOON)
    late = operations.take_back(units=[DAYING], about=DAY, by=staff[DAYING], now=NOON)
    assert [no.code for _, no in late.refused] == ["nothing-to-take-back"]

    operations.take_back(units=[DAYING], about=DAY, by=staff[ZAOQIANG], now=NOON)
    assert state(DAYING) == State.SUBMITTED


def test_a_decision_on_what_is_no_longer_so_names_who_was_quicker(staff):
    row = report(DAYING, 1, by=staff[DAYING], now=NOON)
    other = officer(ZAOQIANG, roles=[Role.VERIFY], name="second")
    seen = {DAYING: row.version}
    operations.accept(units=[DAYING], about=DAY, by=other, now=NOON, versions=seen)

    told = operations.send_back(
        units=[DAYING], about=DAY, reason="有误", by=staff[ZAOQIANG], now=NOON, versions=seen
    )

    ((unit, no),) = told.refused
    assert (unit, no.code) == (DAYING, "already-decided")
    assert "second" in no.sentence and "12:00" in no.sentence and "县级已通过" in no.sentence


def test_a_correction_keeps_both_sides_and_publishes_anew(staff):
    at_work([(DAYING, DAYING)] * 3)
    locked(staff, 3)
    closing.publish(division=HEBEI, about=DAY, by=staff[HEBEI], now=EVENING)
    values = {"unit": DAYING, "about": DAY, "by": staff[HEBEI], "now": EVENING}

    closing.correct(**values, counts=counts(4, 1), reason="漏报一村", total=5)
    closing.correct(**values, counts=counts(3, 1), reason="核减一人")
    closing.publish(division=HEBEI, about=DAY, by=staff[HEBEI], now=EVENING)

    rows = Correction.objects.values_list("number", "before", "after", "reason")
    assert list(rows) == [
        (1, counts(3), counts(4, 1), "漏报一村"),
        (2, counts(4, 1), counts(3, 1), "核减一人"),
    ]
    figures = Figure.objects.filter(of__unit=DAYING).values_list("declared", "reason")
    assert list(figures.order_by("category")[:2]) == [(None, ""), (1, "漏报一村")]
    declared = Publication.objects.values_list("number", "declared")
    assert list(declared) == [(1, counts(3)), (2, counts(3, 1))]
    day = completeness(division=ZAOQIANG, about=DAY, now=EVENING)
    assert day.whole.marks[Mark.CORRECTED] == 1


def test_an_exempted_unit_climbs_into_the_locked_day(staff):
    locked(staff, 3)
    with refused("day-locked"):
        report(XINTUN, 2, by=staff[XINTUN], now=EVENING)
    closing.grant(
        division=ZAOQIANG,
        about=DAY,
        until=EVENING + timedelta(hours=2),
        reason="停电",
        by=staff[HEBEI],
        now=EVENING,
    )
    report(XINTUN, 2, by=staff[XINTUN], now=EVENING)
    climb([XINTUN], staff=staff, now=EVENING)

    assert state(XINTUN) == State.LOCKED
    with refused("day-locked"):
        report(WANGJUN, by=staff[ZAOQIANG], now=EVENING + timedelta(hours=3))
    with refused("return-locked"):
        report(DAYING, 9, by=staff[DAYING], now=EVENING)


def test_a_day_is_not_locked_while_a_return_is_half_way(staff):
    report(DAYING, 1, by=staff[DAYING], now=NOON)
    with refused("not-all-accepted"):
        closing.lock(division=HEBEI, about=DAY, by=staff[HEBEI], now=EVENING)
    operations.send_back(units=[DAYING], about=DAY, reason="待核", by=staff[ZAOQIANG], now=NOON)
    with refused("nothing-accepted"):
        closing.lock(division=HEBEI, about=DAY, by=staff[HEBEI], now=EVENING)
    with refused("not-yet-locked"):
        closing.publish(division=HEBEI, about=DAY, by=staff[HEBEI], now=EVENING)


def test_closing_twice_and_changing_nothing_are_refused(staff):
    locked(staff, 3)
    with refused("already-locked"):
        closing.lock(division=HEBEI, about=DAY, by=staff[HEBEI], now=EVENING)
    closing.publish(division=HEBEI, about=DAY, by=staff[HEBEI], now=EVENING)
    with refused("nothing-new"):
        closing.publish(division=HEBEI, about=DAY, by=staff[HEBEI], now=EVENING)
    values = {"unit": DAYING, "about": DAY, "by": staff[HEBEI], "now": EVENING}
    with refused("nothing-corrected"):
        closing.correct(**values, counts=counts(3), reason="无")
    with refused("correction-reason-missing"):
        closing.correct(**values, counts=counts(4), reason="")
    with refused("negative-count"):
        closing.correct(**values, counts=counts(-4), reason="错")
    with refused("not-locked"):
        closing.correct(**values | {"unit": XINTUN}, counts=counts(4), reason="错")
    permit = {"division": ZAOQIANG, "about": DAY, "by": staff[HEBEI], "now": EVENING}
    with refused("exemption-over"):
        closing.grant(**permit, until=EVENING, reason="停电")
    with refused("exemption-reason-missing"):
        closing.grant(**permit, until=EVENING + timedelta(hours=1), reason=" ")


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("future-day", {"about": DAY + timedelta(days=1)}),
        ("not-your-unit", {"unit": RAOYANG_TOWN}),
        ("not-a-reporting-unit", {"unit": "131121999"}),
        ("negative-count", {"counts": counts(-1)}),
        ("sum-differs", {"total": "7"}),
        ("reason-missing", {"reasons": {}}),
    ],
)
def test_a_refused_form_leaves_nothing_behind(staff, code, more):
    values = {"unit": DAYING, "about": DAY, "counts": counts(6), "reasons": reasons()}
    with refused(code):
        operations.declare(**values | more, by=staff[DAYING], now=NOON, submit=True)
    assert not Return.objects.exists() and not JournalEntry.objects.exists()


OFFICES = [DAYING, XINTUN, ZAOQIANG, RAOYANG_TOWN, "131124", HENGSHUI, HEBEI, "14"]


@pytest.mark.parametrize("act", ["accept", "send_back"])
@pytest.mark.parametrize("who", [*OFFICES, "transport", "reader"])
def test_who_may_review_a_submitted_return(staff, who, act):
    """Every office has a return of its own of the same kind; only the county's turn it is."""
    actor = staff.get(who) or colleague(who)
    own = places.expected_townships(who if who in OFFICES else ZAOQIANG)[0]
    if own != DAYING:
        report(own, 1, by=staff.get(own) or officer(own, name="own"), now=NOON)
    report(DAYING, 1, by=staff[DAYING], now=NOON)
    more = {"reason": "有误"} if act == "send_back" else {}

    told = getattr(operations, act)(units=[DAYING], about=DAY, by=actor, now=NOON, **more)

    assert told.done == ([DAYING] if who == ZAOQIANG else [])
    assert (state(DAYING) == State.SUBMITTED) == (who != ZAOQIANG)


def colleague(who: str):
    """Somebody of the county who is no reviewer of reports, or an office elsewhere."""
    if who in OFFICES:
        return officer(who)
    actor = officer(ZAOQIANG, roles=[Role.READ] if who == "reader" else Role.values, name=who)
    if who == "transport":
        actor.staff.organisation = Organisation.objects.create(
            division=ZAOQIANG, department=Department.TRANSPORT, name="交通局"
        )
        actor.staff.save()
    return actor


def test_only_the_province_closes_grants_and_corrects(staff):
    locked(staff, 3)
    values = {"about": DAY, "now": EVENING}
    for office in (DAYING, ZAOQIANG, HENGSHUI):
        for operation in (closing.lock, closing.publish):
            with pytest.raises(Refusal):
                operation(division=HEBEI, by=staff[office], **values)
        with pytest.raises(Refusal):
            closing.correct(unit=DAYING, counts=counts(9), reason="错", by=staff[office], **values)
        with pytest.raises(Refusal):
            closing.grant(
                division=DAYING,
                until=EVENING + timedelta(hours=1),
                reason="停电",
                by=staff[office],
                **values,
            )
    with refused("not-your-unit"):
        closing.publish(division=HEBEI, by=officer("14"), **values)
    assert queries.totals(division=HEBEI, about=DAY, states=FINAL)[0] == counts(3)


def test_a_return_outside_the_scope_does_not_exist(staff):
    report(RAOYANG_TOWN, 1, by=staff[RAOYANG_TOWN], now=NOON)
    report(DAYING, 1, by=staff[DAYING], now=NOON)

    assert [one.unit for one in access.returns_in(ZAOQIANG)] == [DAYING]
    assert not access.returns_in(None).exists()


def submit_all(staff, townships: list[str]) -> None:
    operations.open_day(division=ZAOQIANG, about=DAY, by=staff[ZAOQIANG], now=NOON)
    done = operations.submit(units=townships, about=DAY, by=staff[ZAOQIANG], now=NOON)
    assert done.done == townships


def test_many_units_cost_as_many_queries_as_one(staff, django_assert_num_queries):
    townships = places.expected_townships(ZAOQIANG)
    submit_all(staff, townships)
    reviewer = officer(ZAOQIANG, roles=[Role.VERIFY], name="reviewer")
    values = {"about": DAY, "by": reviewer, "now": NOON}

    # a savepoint pair, the post, the day's lock, whether it is closed, rows, who
    # changed them, the county's items, state, steps, journal
    with django_assert_num_queries(13):
        operations.accept(units=townships[:1], **values)
    with django_assert_num_queries(13):
        operations.accept(units=townships[1:], **values)


def test_completeness_costs_two_queries(staff, django_assert_num_queries):
    submit_all(staff, places.expected_townships(ZAOQIANG))
    for division in (HEBEI, ZAOQIANG):
        with django_assert_num_queries(2):
            completeness(division=division, about=DAY, now=NOON)


@pytest.mark.parametrize(
    ("declared", "reason"), [(3, "同数"), (5, ""), (None, "无差异")], ids=["same", "bare", "idle"]
)
def test_the_database_holds_differences_to_their_reasons(staff, declared, reason):
    operations.open_day(division=DAYING, about=DAY, by=staff[DAYING], now=NOON)
    one = Figure.objects.get(of__unit=DAYING, category=1)
    one.derived, one.declared, one.reason = 3, declared, reason
    with pytest.raises(IntegrityError, match="a_difference_has_a_reason"):
        one.save()

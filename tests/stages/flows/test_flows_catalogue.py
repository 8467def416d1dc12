"""The province's form catalogue: ask once, answers in every step of the chain, sums upwards."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from factories.catalogue import added, proposal
from factories.chain import (
    DAY,
    DAYING,
    HEBEI,
    HENGSHUI,
    RAOYANG_TOWN,
    XINTUN,
    ZAOQIANG,
    climb,
    counts,
    officer,
    offices,
    reasons,
    report,
)
from factories.workers import at_work, departure, idle
from zhitong.flows.catalogue import answering, counting, operations, queries, reviewing, rules
from zhitong.flows.catalogue.derivable import Derivation, Measure, NotDerivable, read, recognised
from zhitong.flows.catalogue.rules import Unit
from zhitong.flows.chain import closing
from zhitong.flows.chain import operations as chain
from zhitong.flows.chain.refusals import Refusal
from zhitong.flows.chain.rules import State
from zhitong.flows.models import Answer, Item, Publication, Return
from zhitong.kernel import journal
from zhitong.kernel.models import JournalEntry
from zhitong.offices.models import Role
from zhitong.places import Level
from zhitong.registry.models import Spell, Worker

CHINA = ZoneInfo("Asia/Shanghai")
NOON = datetime(2020, 3, 2, 12, tzinfo=CHINA)


@pytest.fixture
def staff(db: None):
    return offices() | {"administrator": officer(HEBEI, name="head", roles=[Role.ADMINISTER])}


def refused(code: str):
    return pytest.raises(Refusal, check=lambda no: no.code == code)


def women(code: str = "women", **more):
    return {
        "code": code,
        "derivation": "spells status=1 sex=F",
        "unit": Unit.PEOPLE,
        "name_zh": "女性在岗人数",
        "name_en": "Women at work",
        **more,
    }


# -- the ask-once rule


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("女性在岗人数", "spells status=1 sex=F"),
        ("赴北京务工人数", "spells status=1 destination=11"),
        ("60岁以上在岗人员", "spells status=1 age=60-150"),
        ("16至24岁求职人数", "spells status=3 age=16-24"),
        ("在家待岗人数", "spells status=2"),
        ("包车出行意愿人数", "departures mode=coach"),
        ("跨省务工人数", "spells status=1 category=5"),
        ("体温异常的在岗人数", None),
        ("复工企业数", None),
        ("", None),
    ],
)
def test_a_name_tells_what_the_registry_holds(name: str, held: str | None) -> None:
    found = recognised(name)
    assert (str(found) if found else None) == held


@pytest.mark.parametrize(
    "text", ["people", "spells mode=coach", "spells sex=X", "spells age=60-20", "spells sex"]
)
def test_what_the_registry_does_not_hold_is_no_derivation(text: str) -> None:
    with pytest.raises(NotDerivable):
        read(text)


def test_what_the_registry_holds_is_asked_only_with_a_reason() -> None:
    by_name = proposal("women", name_zh="女性在岗人数", unit=Unit.PEOPLE)
    by_choice = proposal("ww", derivation="spells status=1 sex=F", asked=True, unit=Unit.PEOPLE)
    for one in (by_name, by_choice):
        with refused("item-held-by-registry"):
            rules.check_proposal(one, known=[])
        assert str(operations.offered(proposal=one)) == "spells status=1 sex=F"
    explained = proposal("ww", name_zh="女性在岗人数", unit=Unit.PEOPLE, why_asked="核对登记库")
    assert rules.check_proposal(explained, known=[]) == Derivation(
        Measure.SPELLS, {"status": "1", "sex": "F"}
    )
    rules.check_proposal(proposal("shops", name_zh="包车", unit=Unit.VEHICLES), known=[])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"code": "Women"}, "item-bad-code"),
        ({"code": "total"}, "item-bad-code"),
        ({"code": "other_province"}, "item-bad-code"),
        ({"code": "taken"}, "item-code-taken"),
        ({"name_en": " "}, "item-without-name"),
        ({"level": Level.CITY}, "item-bad-level"),
        ({"at_most": "nothing"}, "item-unknown-term"),
        ({"sum_of": ("taken", "nothing")}, "item-unknown-term"),
        ({"asked": False}, "item-without-derivation"),
        ({"derivation": "spells status=1 category=5"}, "item-is-in-the-report"),
        ({"name_zh": "在岗人数", "unit": Unit.PEOPLE}, "item-is-in-the-report"),
    ],
)
def test_a_proposal_that_cannot_be_is_refused(change, code) -> None:
    with refused(code):
        rules.check_proposal(proposal(**({"code": "new"} | change)), known=["taken"])


def test_the_database_knows_the_rule_too(staff) -> None:
    item = added(by=staff["administrator"], now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Item.objects.filter(pk=item.pk).update(derivation="spells status=1 sex=F")


def test_the_same_is_not_asked_twice(staff) -> None:
    by = staff["administrator"]
    added(**women(), by=by, now=NOON)
    with refused("item-asked-already"):
        added(**women("again", name_zh="在岗女工人数"), by=by, now=NOON)
    with refused("item-code-taken"):
        added(**women(name_zh="其他"), by=by, now=NOON)


# -- who keeps the catalogue


@pytest.mark.parametrize("who", [DAYING, ZAOQIANG, HENGSHUI])
def test_only_the_province_keeps_the_catalogue(staff, who) -> None:
    below = officer(who, name=f"administrator-{who}", roles=[Role.ADMINISTER])
    for by, code in (
        (below, "not-your-unit"),
        (staff[HEBEI], "not-your-role"),
        (officer("53", name="other"), "not-your-unit"),
    ):
        with refused(code):
            added(by=by, now=NOON)


def test_an_item_begins_after_what_was_reported_and_ends_after_what_was_answered(staff) -> None:
    by = staff["administrator"]
    report(XINTUN, by=staff[XINTUN], now=NOON)
    with refused("item-too-early"):
        added(by=by, now=NOON)
    tomorrow = DAY + timedelta(days=1)
    first = {"province": HEBEI, "first_day": tomorrow, "by": by, "now": NOON}
    operations.add(proposal=proposal("used"), **first)
    operations.add(proposal=proposal("unused"), **first)
    report(
        DAYING,
        by=staff[DAYING],
        now=NOON + timedelta(days=1),
        about=tomorrow,
        answers={"used": 1, "unused": 2},
    )
    Answer.objects.filter(item__code="unused").delete()
    end = {"province": HEBEI, "by": by, "now": NOON}

    operations.retire(code="used", last_day=tomorrow, **end)
    Return.objects.filter(about=tomorrow).update(about=tomorrow + timedelta(days=2))
    with refused("item-answered-later"):
        operations.retire(code="used", last_day=tomorrow + timedelta(days=1), **end)
    with refused("item-ends-before-it-begins"):
        operations.retire(code="unused", last_day=DAY, **end)
    with refused("item-in-use"):
        operations.remove(code="used", **end)
    operations.remove(code="unused", **end)
    with refused("item-no-such"):
        operations.remove(code="unused", **end)
    assert list(Item.objects.values_list("code", flat=True)) == ["used"]
    verbs = JournalEntry.objects.filter(verb__startswith="item.").values_list("verb", flat=True)
    assert list(verbs.order_by("id")) == [
        "item.added",
        "item.added",
        "item.retired",
        "item.removed",
    ]
    assert journal.first_altered() is None


# -- counting


def test_what_is_derived_is_counted_from_the_registry(db: None) -> None:
    spells = at_work([(DAYING, DAYING)] * 3 + [(DAYING, "110105001"), (XINTUN, XINTUN)])
    idle([DAYING], status=Spell.Status.SEEKING)
    Worker.objects.filter(pk=spells[0].worker_id).update(sex="F", born=date(1960, 3, 2))
    Worker.objects.filter(pk=spells[1].worker_id).update(born=date(1960, 3, 3))
    Spell.objects.filter(pk=spells[3].pk).update(occupation="6010101")
    departure(spells[2].worker, destination="110105")
    departure(
        spells[3].worker,
        destination="51",
        latest=DAY - timedelta(days=1),
        earliest=DAY - timedelta(days=3),
    )
    wanted = {
        "women": "spells status=1 sex=F",
        "sixty": "spells age=60-150",
        "nearly": "spells age=55-59",
        "seeking": "spells status=3",
        "beijing": "spells status=1 destination=11",
        "makers": "spells occupation=6",
        "all": "spells",
        "coach": "departures mode=coach",
        "to_beijing": "departures destination=11",
    }

    found = counting.derived(
        division=ZAOQIANG, about=DAY, derivations={key: read(one) for key, one in wanted.items()}
    )

    assert found[DAYING] == {
        "women": 1, "sixty": 1, "nearly": 1, "seeking": 1, "beijing": 1, "makers": 1, "all": 5,
        "coach": 1, "to_beijing": 1,
    }  # fmt: skip
    assert found[XINTUN]["all"] == 1
    assert RAOYANG_TOWN not in found


# -- answers through the chain


def answer(unit: str, code: str) -> tuple[int | None, int | None, str]:
    one = Answer.objects.get(of__unit=unit, item__code=code)
    return one.derived, one.declared, one.reason


@pytest.fixture
def form(staff):
    """One item that the registry counts and one that units are asked."""
    by = staff["administrator"]
    added(**women(at_most="total"), by=by, now=NOON)
    added("shops", by=by, now=NOON)
    return staff


def test_a_derived_item_is_prefilled_and_an_asked_one_must_be_answered(form) -> None:
    [one] = at_work([(DAYING, DAYING)])
    Worker.objects.filter(pk=one.worker_id).update(sex="F")
    with refused("item-missing"):
        report(DAYING, 1, by=form[DAYING], now=NOON)
    chain.declare(
        unit=DAYING, about=DAY, counts=counts(1), reasons=reasons(), by=form[DAYING], now=NOON
    )
    assert Answer.objects.count() == 1, "a draft may leave out what is asked"

    report(DAYING, 1, by=form[DAYING], now=NOON, answers={"shops": "0"})

    assert answer(DAYING, "women") == (1, None, "")
    assert answer(DAYING, "shops") == (None, 0, "")


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"shops": "-1"}, "item-negative"),
        ({"shops": "1.5"}, "item-not-a-number"),
        ({"shops": True}, "item-not-a-number"),
        ({"shops": "9" * 30}, "item-too-large"),
        ({"shops": "1", "women": "2"}, "reason-missing"),
        ({"shops": " "}, "item-missing"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(form, answers, code) -> None:
    with refused(code):
        chain.declare(
            unit=DAYING, about=DAY, counts=counts(), answers=answers, by=form[DAYING], now=NOON,
            submit=True,
        )  # fmt: skip
    assert not Answer.objects.exists()


def test_answers_keep_within_what_their_items_allow(form) -> None:
    why = reasons() | {"women": "漏登"}
    sent = {"unit": DAYING, "about": DAY, "by": form[DAYING], "now": NOON, "reasons": why}
    with refused("item-exceeds"):
        chain.declare(**sent, counts=counts(2), answers={"women": 3, "shops": 1})
    added("sites", sum_of=("shops", "women"), by=form["administrator"], now=NOON)
    with refused("item-sum-differs"):
        chain.declare(**sent, counts=counts(2), answers={"women": 2, "shops": 1, "sites": 4})
    chain.declare(**sent, counts=counts(2), answers={"women": 2, "shops": 1, "sites": 3})
    assert answer(DAYING, "women") == (0, 2, "漏登")


def test_parents_are_the_sums_of_their_children(form) -> None:
    at_work([(DAYING, DAYING)])
    for unit, shops in ((DAYING, 3), (XINTUN, 4), (RAOYANG_TOWN, 5)):
        report(unit, 1, by=form[unit], now=NOON, answers={"shops": shops})
    chain.declare(unit="131102001", about=DAY, counts=counts(), by=officer("131102001"), now=NOON,
                  answers={"shops": 99})  # fmt: skip

    for division, wanted, units in (
        (HEBEI, 12, 3),
        (HENGSHUI, 12, 3),
        (ZAOQIANG, 7, 2),
        (DAYING, 3, 1),
    ):
        days = queries.item_days(division=division, about=DAY)
        (shops,) = [one for one in days if one.item.code == "shops"]
        assert shops.whole.value == wanted == sum(one.value for one in shops.children.values())
        assert shops.whole.coverage.reported == units
    (women_day, _) = queries.item_days(division=HEBEI, about=DAY)
    assert (women_day.whole.value, women_day.whole.difference) == (0, 0)


def test_drafts_are_counted_anew_and_unanswered_ones_are_told(form) -> None:
    chain.open_day(division=ZAOQIANG, about=DAY, by=form[ZAOQIANG], now=NOON)
    chain.declare(unit=DAYING, about=DAY, counts=counts(), answers={"shops": 2}, by=form[DAYING],
                  now=NOON)  # fmt: skip
    [one] = at_work([(DAYING, DAYING)])
    Worker.objects.filter(pk=one.worker_id).update(sex="F")

    done = chain.submit(units=[DAYING, XINTUN], about=DAY, by=form[ZAOQIANG], now=NOON)

    assert done.done == [DAYING]
    assert [(unit, no.code) for unit, no in done.refused] == [(XINTUN, "item-missing")]
    assert answer(DAYING, "women") == (1, None, "")


def test_a_correction_keeps_both_sides_and_a_publication_the_sums(form) -> None:
    report(DAYING, 3, by=form[DAYING], now=NOON, answers={"shops": 2})
    climb([DAYING], staff=form, now=NOON)
    closing.lock(division=HEBEI, about=DAY, by=form[HEBEI], now=NOON)
    change = {"unit": DAYING, "about": DAY, "by": form[HEBEI], "now": NOON, "counts": counts(3)}
    with refused("nothing-corrected"):
        closing.correct(**change, reason="错", answers={"shops": 2})

    made = closing.correct(**change, reason="漏报", answers={"shops": 5, "women": 1})

    assert (made.before["shops"], made.after["shops"]) == (2, 5)
    assert answer(DAYING, "women") == (0, 1, "漏报")
    assert answer(DAYING, "shops") == (None, 5, "")
    closing.publish(division=HEBEI, about=DAY, by=form[HEBEI], now=NOON)
    published = Publication.objects.get()
    assert published.items["shops"] == {"declared": 5, "derived": None, "answered": 1}
    assert published.items["women"] == {"declared": 1, "derived": 0, "answered": 1}


def test_a_day_before_an_item_does_not_ask_it(form) -> None:
    before = DAY - timedelta(days=1)
    report(DAYING, by=form[DAYING], now=NOON, about=before)
    assert not Answer.objects.exists()
    assert queries.item_days(division=HEBEI, about=before) == []


# -- what the county enters


def test_the_county_answers_its_items_before_it_accepts(form) -> None:
    by = form["administrator"]
    added("visits", level=Level.COUNTY, by=by, now=NOON)
    row = report(DAYING, by=form[DAYING], now=NOON, answers={"shops": 1, "visits": 7})
    assert not Answer.objects.filter(item__code="visits").exists(), "not the township's"
    done = chain.accept(units=[DAYING], about=DAY, by=form[ZAOQIANG], now=NOON)
    assert [no.code for _unit, no in done.refused] == ["item-missing-county"]
    mine = {"unit": DAYING, "about": DAY, "reasons": {}, "now": NOON}
    for who, code in ((DAYING, "not-your-role"), (HENGSHUI, "item-not-yours")):
        with refused(code):
            reviewing.fill(**mine, answers={"visits": 7}, by=form[who])
    with refused("item-missing"):
        reviewing.fill(**mine, answers={}, by=form[ZAOQIANG])

    reviewing.fill(**mine, answers={"visits": "7"}, version=row.version, by=form[ZAOQIANG])
    with refused("already-decided"):
        reviewing.fill(**mine, answers={"visits": 8}, version=row.version, by=form[ZAOQIANG])
    climb([DAYING], staff=form, now=NOON)

    assert answer(DAYING, "visits") == (None, 7, "")
    assert Return.objects.get().state == State.PROVINCE


def test_many_units_cost_as_many_queries_as_one(form, django_assert_max_num_queries) -> None:
    units = [DAYING, XINTUN, "131121101", "131121202"]
    county = officer(ZAOQIANG, name="all")
    chain.open_day(division=ZAOQIANG, about=DAY, by=county, now=NOON)
    shops = Item.objects.get(code="shops")
    for row in Return.objects.filter(unit__in=units):
        answering.write([(row, {shops.pk: answering.Said(None, 1)})])
    with django_assert_max_num_queries(22):
        done = chain.submit(units=units, about=DAY, by=county, now=NOON)
    assert len(done.done) == 4

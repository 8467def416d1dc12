"""Generated histories: whatever is done in whatever order, parents are the sums of their children.

Ten thousand run on the rules alone, some on the database through the operations; both hold every
figure against a ledger that knows nothing of states but what was last said and whether it counts.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from factories.chain import (
    DAY,
    DAYING,
    HEBEI,
    HENGSHUI,
    KEYS,
    RAOYANG_TOWN,
    XINTUN,
    ZAOQIANG,
    officer,
)
from zhitong import places
from zhitong.flows.chain import closing, operations, queries, rules
from zhitong.flows.chain.completeness import completeness, summed
from zhitong.flows.chain.deadlines import Mark
from zhitong.flows.chain.queries import UnitDay
from zhitong.flows.chain.refusals import Refusal
from zhitong.flows.chain.rules import EDITABLE, FINAL, REPORTED, Actor, Standing, State
from zhitong.flows.models import Correction, Return
from zhitong.offices.models import Role
from zhitong.places import Category, Level

UNITS = (DAYING, XINTUN, RAOYANG_TOWN, "130682001", "130102001")
TREE = (HEBEI, "1301", "1306", HENGSHUI, "130102", "130682", ZAOQIANG, "131124", *UNITS)
NOW = datetime(2020, 3, 2, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


def drawn(dice: Random) -> dict[str, int]:
    """Five counts, now and then one that cannot be."""
    figures = {key: dice.randrange(50) for key in KEYS}
    if dice.random() < 0.05:
        figures[dice.choice(KEYS)] = -1
    return figures


class Ledger:
    """The rules by themselves over a handful of units."""

    def __init__(self) -> None:
        self.states = dict.fromkeys(UNITS, State.DRAFT)
        self.figures = {unit: dict.fromkeys(KEYS, 0) for unit in UNITS}
        self.senders: dict[str, int] = {}
        self.corrected: set[str] = set()
        self.locked = False

    def standing(self, unit: str) -> Standing:
        return Standing(
            unit=unit, about=DAY, state=self.states[unit], submitted_by=self.senders.get(unit)
        )

    def act(self, dice: Random) -> str:
        (unit,) = dice.choices(UNITS, weights=(12, 4, 1, 1, 1))
        state = self.states[unit]
        # Mostly whoever's turn it is, sometimes anybody; mostly what can be done next.
        turn = (rules.awaits(unit, state) or Level.PROVINCE).digits
        scope = unit[:turn]
        if dice.random() < 0.2:
            scope = dice.choice((unit, unit[:6], unit[:4], unit[:2], "131124", "14"))
        actor = Actor(user=len(scope), scope=scope, roles=frozenset(Role.values))
        standing = self.standing(unit)
        usual = {State.PROVINCE: "lock", State.LOCKED: "correct"}.get(
            state, "submit" if state in EDITABLE else "accept"
        )
        act = dice.choice((*[usual] * 6, "edit", "return", "take", "lock", "correct"))
        match act:
            case "edit" | "submit":
                figures = drawn(dice)
                rules.check_entry(standing, actor=actor, today=DAY, locked=self.locked)
                self.figures[unit] = rules.check_counts(figures)
                if act == "submit":
                    self.states[unit], self.senders[unit] = State.SUBMITTED, actor.user
            case "accept":
                self.states[unit] = rules.accepted(standing, actor=actor, locked=self.locked)
            case "return":
                reason = dice.choice(("有误", ""))
                self.states[unit] = rules.sent_back(standing, actor=actor, reason=reason)
            case "take":
                self.states[unit] = rules.taken_back(standing, actor=actor)
            case "lock":
                self.lock(actor)
            case "correct":
                rules.check_province(unit[:2], actor=actor)
                if self.states[unit] not in FINAL:
                    return "refused"
                self.figures[unit] = rules.check_counts(drawn(dice))
                self.corrected.add(unit)
        return act

    def lock(self, actor: Actor) -> None:
        rules.check_province(HEBEI, actor=actor)
        if not self.locked and not rules.IN_REVIEW - {State.PROVINCE} & set(self.states.values()):
            self.locked = True
            for unit, state in self.states.items():
                if state == State.PROVINCE:
                    self.states[unit] = State.LOCKED

    def days(self) -> list[UnitDay]:
        return [
            UnitDay(
                unit=unit,
                state=self.states[unit],
                version=0,
                submitted_at=None,
                categories=self.figures[unit],
                derived=self.figures[unit],
                marks=frozenset({Mark.CORRECTED} if unit in self.corrected else ()),
            )
            for unit in UNITS
        ]


def hold(days: list[UnitDay]) -> None:
    """Five flows make the total, and every parent is the sum of its children."""
    whole = {
        code: summed(code, [one for one in days if one.unit.startswith(code)]) for code in TREE
    }
    for code, mine in whole.items():
        assert mine.total == sum(mine.categories[key] for key in KEYS)
        children = [one for one in TREE if len(one) > len(code) and places.get(one).parent == code]
        if children:
            assert mine.total == sum(whole[one].total for one in children)
            assert mine.coverage.reported == sum(whole[one].coverage.reported for one in children)
            for key in KEYS:
                assert mine.categories[key] == sum(whole[one].categories[key] for one in children)
    counted = sum(sum(one.categories.values()) for one in days if one.state in REPORTED)
    assert whole[HEBEI].total == counted


def test_ten_thousand_histories_of_the_rules():
    done: dict[str, int] = {}
    for seed in range(10_000):
        dice, ledger = Random(seed), Ledger()
        for _ in range(16):
            before = dict(ledger.figures)
            try:
                act = ledger.act(dice)
            except Refusal:
                act = "refused"
            done[act] = done.get(act, 0) + 1
            if act == "refused":
                assert ledger.figures == before
        hold(ledger.days())
    # The dice reach every act, and most often the rules say no.
    assert set(done) == {"edit", "submit", "accept", "return", "take", "lock", "correct", "refused"}
    assert min(done.values()) > 50


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_histories_on_the_database(seed):
    dice = Random(seed)
    staff = {code: officer(code, name=f"office-{code}") for code in TREE}
    said: dict[str, dict[str, int]] = {}
    corrections = 0
    for step in range(50):
        unit, now = dice.choice(UNITS), NOW + timedelta(minutes=step)
        by = staff[dice.choice((unit, unit[:6], unit[:4], unit[:2]))]
        common = {"about": DAY, "by": by, "now": now}
        act = dice.choice(
            ("declare", "declare", "accept", "accept", "accept", "return", "take", "close")
        )
        try:
            match act:
                case "declare":
                    figures = drawn(dice)
                    state = Return.objects.filter(unit=unit, about=DAY).values_list("state")
                    if state and state[0][0] in FINAL:
                        closing.correct(unit=unit, counts=figures, reason="更正", **common)
                        corrections += 1
                    else:
                        operations.declare(
                            unit=unit,
                            counts=figures,
                            reasons=dict.fromkeys(KEYS, "核实"),
                            submit=dice.random() < 0.8,
                            **common,
                        )
                    said[unit] = figures
                case "accept":
                    operations.accept(units=UNITS, **common)
                case "return":
                    operations.send_back(units=[unit], reason="有误", **common)
                case "take":
                    operations.take_back(units=[unit], **common)
                case "close" if step > 25:
                    closing.lock(division=HEBEI, about=DAY, by=staff[HEBEI], now=now)
                    closing.publish(division=HEBEI, about=DAY, by=staff[HEBEI], now=now)
        except Refusal:
            continue
        compare(said)
    assert Correction.objects.count() == corrections


def compare(said: dict[str, dict[str, int]]) -> None:
    """What the database adds up is what was last said by those who count."""
    states = dict(Return.objects.filter(about=DAY).values_list("unit", "state"))
    for code in TREE:
        mine = [
            figures
            for unit, figures in said.items()
            if unit.startswith(code) and states[unit] not in EDITABLE
        ]
        declared, _ = queries.totals(division=code, about=DAY)
        assert declared == {one.key: sum(figures[one.key] for figures in mine) for one in Category}
    for division in (HEBEI, HENGSHUI, ZAOQIANG):
        one_by_one = queries.unit_days(division=division, about=DAY, now=NOW)
        assert completeness(division=division, about=DAY, now=NOW).whole == summed(
            division, one_by_one
        )
    page = completeness(division=HEBEI, about=DAY, now=NOW)
    assert page.whole.total == sum(child.total for child in page.children)
    assert dict(page.whole.categories) == queries.totals(division=HEBEI, about=DAY)[0]

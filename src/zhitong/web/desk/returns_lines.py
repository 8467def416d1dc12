"""A day of the chain as pages show it: rows, chips, the lines of a unit's form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zhitong.flows.catalogue.answering import Form
from zhitong.flows.catalogue.rules import UNITS, Unit
from zhitong.flows.chain.completeness import Completeness, Summary
from zhitong.flows.chain.deadlines import Mark
from zhitong.flows.chain.queries import UnitDay
from zhitong.flows.chain.records import Step
from zhitong.flows.chain.rules import ACCEPTED_BY, REVIEWERS, Actor
from zhitong.flows.models import Answer, Item
from zhitong.offices.models import Role
from zhitong.places import Category, Level
from zhitong.web.desk.returns_words import LEVELS, MARKS, STATES, STEPS

WAITING, OWN = "waiting", "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A child of a division: a township with its state, or a division with those of its units."""

    division: str
    unit: UnitDay | None
    summary: Summary
    waiting: int
    """Returns that the reader's office may accept or send back."""
    own: int
    """Returns whose acceptance the reader's office may take back."""
    shown: list[tuple[str, int]]
    """Marks with how many units bear them."""

    @property
    def value(self) -> str:
        """What a ticked row sends: a unit with the version that was seen, or a division."""
        return f"{self.division}:{self.unit.version}" if self.unit else self.division

    @property
    def state(self) -> str:
        """The word for a unit's state; a division has none of its own."""
        return STATES[self.unit.state] if self.unit else ""


@dataclass(frozen=True, slots=True)
class Filter:
    key: str
    label: str
    count: int
    active: bool


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item on a unit's form; `derived` is None where units are asked."""

    item: Item
    unit: str
    derived: int | None
    given: str
    reason: str


@dataclass(frozen=True, slots=True)
class FormLine:
    """One category of a unit's form; `given` is what stands in the field, as it was typed."""

    key: str
    label: str
    derived: int
    yesterday: int | None
    given: str
    reason: str


def may_review(actor: Actor) -> bool:
    return actor.level in REVIEWERS and REVIEWERS[actor.level] in actor.roles


def may_close(actor: Actor) -> bool:
    """Whether the actor locks, publishes, grants delays and corrects."""
    return actor.level == Level.PROVINCE and Role.APPROVE in actor.roles


def rows_of(day: Completeness, actor: Actor) -> list[Row]:
    units = {unit.unit: unit for unit in day.units}
    return [_row(child, units.get(child.division), actor) for child in day.children]


def _row(child: Summary, unit: UnitDay | None, actor: Actor) -> Row:
    reviews = may_review(actor)
    return Row(
        division=child.division,
        unit=unit,
        summary=child,
        waiting=child.waiting.get(actor.level, 0) if reviews else 0,
        own=child.states.get(ACCEPTED_BY[actor.level], 0) if reviews else 0,
        shown=[
            (MARKS[mark], child.marks[mark])
            for mark in Mark
            if child.marks.get(mark) and not (unit and mark == Mark.RETURNED)  # its state says so
        ],
    )


def filters_of(rows: list[Row], *, active: str, waiting: str, own: str) -> list[Filter]:
    """Chips: what waits for the reader and what is wrong, with how many children it leaves."""
    kinds = [(WAITING, waiting), (OWN, own), *((mark.value, MARKS[mark]) for mark in Mark)]
    return [
        Filter(key, label, count, key == active)
        for key, label in kinds
        if (count := len(filtered(rows, key))) or key == active
    ]


def filtered(rows: list[Row], key: str) -> list[Row]:
    """Rows that a chip leaves; all of them for a key that is none."""
    if key == WAITING:
        return [row for row in rows if row.waiting]
    if key == OWN:
        return [row for row in rows if row.own]
    if key in set(Mark):
        return [row for row in rows if row.summary.marks.get(Mark(key))]
    return rows


def form_lines(
    *,
    derived: Mapping[str, int],
    yesterday: Mapping[str, int] | None,
    given: Mapping[str, Any],
    reasons: Mapping[str, str],
) -> list[FormLine]:
    return [
        FormLine(
            key=one.key,
            label=one.label,
            derived=derived[one.key],
            yesterday=yesterday[one.key] if yesterday else None,
            given=str(given[one.key]),
            reason=reasons.get(one.key, ""),
        )
        for one in Category
    ]


def item_lines(
    *,
    form: Form,
    unit: str,
    answers: Mapping[str, Answer],
    typed: Mapping[str, str] | None,
    reasons: Mapping[str, str] | None,
) -> list[ItemLine]:
    """The items of a form: what was typed, else what was answered, else the registry's counts."""
    counted: Mapping[str, int] = form.counted(unit)
    lines = []
    for item in form.items:
        said = answers.get(item.code)
        derived = counted.get(item.code)
        value = said.declared if said and said.declared is not None else derived
        shown = "" if value is None else str(value)
        lines.append(
            ItemLine(
                item=item,
                unit=UNITS[Unit(item.unit)],
                derived=derived,
                given=typed.get(item.code, "") if typed is not None else shown,
                reason=reasons.get(item.code, "") if reasons else (said.reason if said else ""),
            )
        )
    return lines


def timeline(steps: list[Step], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The latest first, with the words for what was done and by which level; names by key."""
    return [
        {
            "step": step,
            "word": STEPS[step.what],
            "level": LEVELS[Level(step.level)] if step.level else "",
            "changes": [
                (names.get(key, key), count, step.after[key])
                for key, count in (step.before or {}).items()
                if step.after and key in step.after and count != step.after[key]
            ],
        }
        for step in reversed(steps)
    ]

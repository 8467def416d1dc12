"""Who may move a unit's day from which state to which. Pure: no database, no clock.

    draft -> submitted -> county -> city -> province -> locked -> published
               |  ^        each level may take back its own step until the next has acted,
               v  |        or send the return back to the unit, which alone can mend it
             returned

A level that a unit's line of offices lacks is skipped: a province-run county answers to its
province, a city without counties checks its townships itself (`line_of`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from django.utils.translation import gettext_lazy as _

from zhitong import places
from zhitong.flows.chain.refusals import refusal
from zhitong.kernel.place_names import lazy_place_name
from zhitong.offices.models import Role
from zhitong.places import Category, Level

LARGEST = 1_000_000
"""No township has more people; a larger figure is a slip of the keyboard."""


class State(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    COUNTY = "county"
    CITY = "city"
    PROVINCE = "province"
    LOCKED = "locked"
    PUBLISHED = "published"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    State.DRAFT: "未提交",
    State.SUBMITTED: "已提交",
    State.RETURNED: "已退回",
    State.COUNTY: "县级已通过",
    State.CITY: "市级已通过",
    State.PROVINCE: "省级已通过",
    State.LOCKED: "已锁定",
    State.PUBLISHED: "已发布",
}

EDITABLE = frozenset({State.DRAFT, State.RETURNED})
FINAL = frozenset({State.LOCKED, State.PUBLISHED})
REPORTED = frozenset(State) - EDITABLE
"""What counts: a return sent back is silence until it comes again."""
IN_REVIEW = REPORTED - FINAL

ACCEPTED_BY = {
    Level.TOWNSHIP: State.SUBMITTED,
    Level.COUNTY: State.COUNTY,
    Level.CITY: State.CITY,
    Level.PROVINCE: State.PROVINCE,
}
REVIEWERS = {
    Level.COUNTY: Role.VERIFY,
    Level.CITY: Role.APPROVE,
    Level.PROVINCE: Role.APPROVE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A post as the chain sees it; `roles` is empty outside human resources."""

    user: int
    scope: str
    roles: frozenset[str]

    @property
    def level(self) -> Level:
        return places.get(self.scope).level


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one unit's day stands."""

    unit: str
    about: date
    state: State
    submitted_by: int | None = None


@lru_cache(maxsize=8192)
def line_of(unit: str) -> tuple[Level, ...]:
    """Levels that accept a township's return, in turn: county, city, province as a rule."""
    above = places.ancestors(unit)
    province_run = any(one.province_run for one in above)
    return tuple(
        one.level
        for one in reversed(above)
        if not one.pseudo and not (one.level == Level.CITY and (province_run or one.municipality))
    )


def awaits(unit: str, state: State) -> Level | None:
    """The level whose turn it is: the township's while it can edit, None once all accepted."""
    if state in EDITABLE:
        return Level.TOWNSHIP
    line = (Level.TOWNSHIP, *line_of(unit))
    for level, following in pairwise(line):
        if ACCEPTED_BY[level] == state:
            return following
    return None


def named(code: str) -> str:
    """A division by its full name in the reader's language, a code that is none as it is."""
    return lazy_place_name(code, full=True)


def check_unit(unit: str, *, actor: Actor) -> None:
    """That a code is a township that owes a report, within the actor's scope."""
    division = places.find(unit)
    if division is None or division.code not in places.expected_townships(division.code[:9]):
        raise refusal("not-a-reporting-unit", unit=named(unit))
    check_scope(unit, actor=actor)


def check_scope(unit: str, *, actor: Actor) -> None:
    """That a unit lies in the actor's division."""
    if not unit.startswith(actor.scope):
        raise refusal("not-your-unit", unit=named(unit))


def check_role(role: Role, *, actor: Actor) -> None:
    """That the actor's post has the role."""
    if role not in actor.roles:
        raise refusal("not-your-role", role=_(role.label))


def check_entry(standing: Standing, *, actor: Actor, today: date, locked: bool) -> None:
    """That the actor may write figures of a unit's day now.

    The unit's own office enters, or one above on its behalf. `locked`: the day is, and nothing
    permits the unit to be late.
    """
    check_unit(standing.unit, actor=actor)
    check_role(Role.ENTER, actor=actor)
    if standing.about > today:
        raise refusal("future-day", about=standing.about)
    if standing.state in FINAL:
        raise refusal("return-locked", **_named(standing))
    if standing.state not in EDITABLE:
        raise refusal("already-submitted", **_named(standing))
    if locked:
        raise refusal("day-locked", about=standing.about)


def accepted(standing: Standing, *, actor: Actor, locked: bool = False) -> State:
    """The state after the actor's level accepts; what comes late into a locked day is locked."""
    _check_review(standing, actor=actor)
    if standing.submitted_by == actor.user:
        raise refusal("own-work")
    state = ACCEPTED_BY[actor.level]
    return State.LOCKED if locked and state == State.PROVINCE else state


def sent_back(standing: Standing, *, actor: Actor, reason: str) -> State:
    """The state after the actor's level sends the return back to its unit."""
    _check_review(standing, actor=actor)
    if not reason.strip():
        raise refusal("return-reason-missing")
    return State.RETURNED


def taken_back(standing: Standing, *, actor: Actor) -> State:
    """The state after the actor takes back their office's own last step.

    A township withdraws what it submitted; a level undoes its acceptance. Only while the next
    level has not acted, and never once the day is locked.
    """
    check_scope(standing.unit, actor=actor)
    if standing.state in FINAL:
        raise refusal("return-locked", **_named(standing))
    level = actor.level
    own = level == Level.TOWNSHIP or standing.submitted_by == actor.user
    if standing.state == State.SUBMITTED and own:
        check_role(Role.ENTER, actor=actor)
        return State.DRAFT
    if level not in REVIEWERS or standing.state != ACCEPTED_BY[level]:
        raise refusal("nothing-to-take-back", **_named(standing))
    check_role(REVIEWERS[level], actor=actor)
    line = (Level.TOWNSHIP, *line_of(standing.unit))
    return ACCEPTED_BY[line[line.index(level) - 1]]


def check_province(division: str, *, actor: Actor) -> None:
    """That the actor closes days, grants delays and corrects: approval at the province's level."""
    check_scope(division, actor=actor)
    check_role(Role.APPROVE, actor=actor)
    if actor.level != Level.PROVINCE:
        raise refusal(
            "not-your-level",
            unit=named(division),
            state=_("归省级管理"),
            level=_(Level.PROVINCE.label),
        )


def check_counts(counts: Mapping[str, object], *, total: object = None) -> dict[str, int]:
    """Counts by category key as whole numbers, all five; `total`, when given, is their sum."""
    figures = {}
    for one in Category:
        if one.key not in counts:
            raise refusal("category-missing", category=_(one.label))
        figures[one.key] = _count(counts[one.key], _(one.label))
    if total is not None and sum(figures.values()) != _count(total, _("合计"), times=len(Category)):
        raise refusal("sum-differs", sum=sum(figures.values()), total=total)
    return figures


def differences(
    declared: Mapping[str, int], derived: Mapping[str, int], reasons: Mapping[str, str]
) -> dict[str, tuple[int, str]]:
    """By category key, what is declared against the registry, with the reason each must have."""
    found = {}
    for one in Category:
        if declared[one.key] == derived[one.key]:
            continue
        reason = reasons.get(one.key, "").strip()
        if not reason:
            raise refusal(
                "reason-missing",
                category=_(one.label),
                declared=declared[one.key],
                derived=derived[one.key],
            )
        found[one.key] = (declared[one.key], reason)
    return found


def _check_review(standing: Standing, *, actor: Actor) -> None:
    check_scope(standing.unit, actor=actor)
    if actor.level not in REVIEWERS:
        raise refusal("not-your-role", role=_(Role.VERIFY.label))
    check_role(REVIEWERS[actor.level], actor=actor)
    if standing.state in FINAL:
        raise refusal("return-locked", **_named(standing))
    if standing.state in EDITABLE:
        raise refusal("not-submitted", **_named(standing))
    turn = awaits(standing.unit, standing.state)
    if turn != actor.level:
        level = turn or Level.PROVINCE
        raise refusal("not-your-level", **_named(standing), level=_(level.label))


def _count(value: object, label: object, *, times: int = 1) -> int:
    text = str(value).strip().replace(",", "")
    sign, digits = (-1, text[1:]) if text[:1] in ("-", "−") else (1, text)
    if isinstance(value, bool) or not (digits.isascii() and digits.isdigit()):
        raise refusal("not-a-count", category=label, count=text[:20])
    if len(digits) > 12 or int(digits) > LARGEST * times:
        raise refusal("count-too-large", category=label, count=text[:20])
    count = sign * int(digits)
    if count < 0:
        raise refusal("negative-count", category=label, count=count)
    return count


def _named(standing: Standing) -> dict[str, object]:
    return {
        "unit": named(standing.unit),
        "about": standing.about,
        "state": _(standing.state.label),
    }

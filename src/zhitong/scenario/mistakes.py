"""Rows that are wrong on purpose, one kind of mistake each, and what must be said of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from zhitong.scenario.people import with_check

Row = dict[str, str | None]


@dataclass(frozen=True)
class Mistake:
    """How a good row at work is spoilt, and the cell and error code that follow."""

    kind: str
    column: str
    """Key of the cell that is marked."""
    code: str
    spoil: Callable[[Row], Row]
    partner: bool = False
    """Whether a second wrong row goes with it: the same party from another township."""


def _set(**cells: str | None) -> Callable[[Row], Row]:
    return lambda row: {**row, **cells}


def _identity(change: Callable[[str], str]) -> Callable[[Row], Row]:
    return lambda row: {**row, "identity": change(row["identity"] or "")}


def _wrong_check(number: str) -> str:
    return number[:17] + ("1" if number[17] != "1" else "2")


def _of_fifteen_digits(number: str) -> str:
    return number[:6] + number[8:17]


def _phone_of_nine_digits(row: Row) -> Row:
    return {**row, "phone": (row["phone"] or "")[:9]}


def _checked(head: str) -> str:
    return str(with_check(np.array([int(head)]))[0])


def _departing(row: Row, **cells: str | None) -> Row:
    """The row as of somebody at home who wants to leave for where they worked."""
    home = {"status": "在家待岗", "started": None, "category": None, "occupation": None}
    window = {"earliest": "2020-03-04", "latest": "2020-03-06", "mode": "包车"}
    return {**row, **home, **window, **cells}


MISTAKES = (
    Mistake("check-digit", "identity", "bad-check-digit", _identity(_wrong_check)),
    Mistake(
        "impossible-birth-date",
        "identity",
        "bad-birth-date",
        _identity(lambda number: _checked(f"{number[:10]}0230{number[14:17]}")),
    ),
    Mistake(
        "no-such-province",
        "identity",
        "bad-province",
        _identity(lambda number: _checked(f"89{number[2:17]}")),
    ),
    Mistake("identity-too-short", "identity", "bad-length", _identity(lambda number: number[:17])),
    Mistake("old-identity", "identity", "old-number", _identity(_of_fifteen_digits)),
    Mistake(
        "scientific-notation",
        "identity",
        "scientific-notation",
        _identity(lambda number: f"{number[0]}.{number[1:6]}E+17"),
    ),
    Mistake(
        "child",
        "identity",
        "bad-age",
        _identity(lambda number: _checked(f"{number[:6]}2010{number[10:17]}")),
    ),
    Mistake("no-identity", "identity", "missing", _set(identity=None)),
    Mistake("no-name", "name", "missing", _set(name=None)),
    Mistake("number-as-name", "name", "bad-name", lambda row: {**row, "name": f"{row['name']}1"}),
    Mistake("phone-too-short", "phone", "bad-phone", _phone_of_nine_digits),
    Mistake("unknown-home", "home", "unknown-place", _set(home="枣弓县王均乡")),
    Mistake("ambiguous-home", "home", "ambiguous-place", _set(home="桥西区")),
    Mistake("home-too-wide", "home", "place-too-wide", _set(home="河北省", category=None)),
    Mistake("unknown-work", "work", "unknown-place", _set(work="工地上")),
    Mistake("unknown-code", "work", "unknown-place", _set(work="119999")),
    Mistake("at-work-nowhere", "work", "missing", _set(work=None)),
    Mistake("work-too-wide", "work", "place-too-wide", _set(work="河北省", category=None)),
    Mistake("unknown-status", "status", "bad-choice", _set(status="外出")),
    Mistake("impossible-date", "started", "bad-date", _set(started="2020-02-30")),
    Mistake("not-yet-started", "started", "in-the-future", _set(started="2020-03-12")),
    Mistake("category-contradicts", "category", "contradicts-codes", _set(category="乡内")),
    Mistake(
        "end-before-start",
        "latest",
        "end-before-start",
        lambda row: _departing(row, earliest="2020-03-08", latest="2020-03-04"),
    ),
    Mistake("half-a-window", "latest", "missing", lambda row: _departing(row, latest=None)),
    Mistake(
        "departed-already",
        "latest",
        "in-the-past",
        lambda row: _departing(row, earliest="2020-02-20", latest="2020-02-22"),
    ),
    Mistake(
        "no-destination",
        "destination",
        "missing",
        lambda row: _departing(row, work=None, employer=None, employer_code=None),
    ),
    Mistake("unknown-mode", "mode", "bad-choice", lambda row: _departing(row, mode="飞机")),
    Mistake("party-without-window", "party", "party-without-window", _set(party="同乡")),
    Mistake("party-of-two-origins", "party", "party-two-origins", _departing, partner=True),
    Mistake(
        "credit-code",
        "employer_code",
        "bad-credit-code",
        _set(employer="枣强恒通丝网制品有限公司", employer_code="911311210000000000"),
    ),
    Mistake("unknown-occupation", "occupation", "unknown-occupation", _set(occupation="大工")),
    Mistake("no-consent", "consent", "missing", _set(consent=None)),
)

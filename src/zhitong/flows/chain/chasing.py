"""Whom to call about a day: offices that owe something, with their numbers; as a list or a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import xlsxwriter
from django.db.models import Q

from zhitong import places
from zhitong.flows.chain.rules import State, awaits
from zhitong.flows.models import Return
from zhitong.flows.reminding.timetables import clock_of
from zhitong.offices.models import Department, Organisation
from zhitong.places import Level

TITLES = ("单位", "状态", "是否已过截止", "机构", "联系电话")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chase:
    """An office to call: a unit with the state of its return, or one at which returns wait."""

    division: str
    state: State | None
    waiting: int
    overdue: bool
    office: str
    phone: str


def chase_list(*, division: str, about: date, now: datetime) -> list[Chase]:
    """Offices that owe something for a day, lowest level first: units that are silent or have a
    return to mend, then offices at which returns wait for review. Three queries."""
    owing = _owing(division, about)
    offices = _offices(division, {code for code, _state in owing})
    clock = clock_of(division)
    overdue = {
        level.digits: now > clock.deadline(division=division, about=about, level=level)
        for level in (Level.TOWNSHIP, Level.COUNTY, Level.CITY, Level.PROVINCE)
    }
    found = []
    for (code, state), count in owing.items():
        office, phone = offices.get(code, ("", ""))
        found.append(
            Chase(
                division=code,
                state=state,
                waiting=0 if state else count,
                overdue=overdue[len(code)],
                office=office,
                phone=phone,
            )
        )
    return sorted(found, key=lambda one: (-len(one.division), one.division))


def write_chase(path: Path, *, owing: Iterable[Chase], title: str) -> Path:
    """Write offices to call to a workbook at `path`; returns it."""
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        book.set_properties({"title": title})
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet("催报名单")
        sheet.set_column(0, 0, 36)
        sheet.set_column(1, len(TITLES) - 1, 18)
        sheet.freeze_panes(2, 1)
        sheet.write_string(0, 0, title, bold)
        sheet.write_row(1, 0, TITLES, bold)
        for at, one in enumerate(owing, 2):
            state = one.state.label if one.state else f"待审 {one.waiting}"
            overdue = "已过截止" if one.overdue else ""
            cells = (places.full_name(one.division), state, overdue, one.office, one.phone)
            for column, cell in enumerate(cells):
                sheet.write_string(at, column, cell)
    return path


def _owing(division: str, about: date) -> Counter[tuple[str, State | None]]:
    """By division: a unit's own day with its state, or how many returns wait for review there."""
    rows = Return.objects.filter(about=about, unit__within=division).order_by()
    states = dict(rows.values_list("unit", "state"))
    owing: Counter[tuple[str, State | None]] = Counter()
    for unit in places.expected_townships(division):
        state = State(states.get(unit, State.DRAFT))
        level = awaits(unit, state)
        if level == Level.TOWNSHIP:
            owing[unit, state] = 1
        elif level:
            owing[unit[: level.digits], None] += 1
    return owing


def _offices(division: str, codes: set[str]) -> dict[str, tuple[str, str]]:
    """Name and telephone of the offices of human resources that do the work."""
    # What waits for review may wait above the division.
    above = [division[: level.digits] for level in Level if level.digits < len(division)]
    rows = Organisation.objects.filter(
        Q(division__within=division) | Q(division__in=above),
        department=Department.HUMAN_RESOURCES,
    )
    return {
        code: (name, phone)
        for code, name, phone in rows.order_by().values_list("division", "name", "phone")
        if code in codes
    }

"""The sheet 报送情况: the day a workbook speaks of, and the townships it speaks for."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import polars as pl
from django.utils.translation import gettext_noop

from zhitong import places
from zhitong.kernel.sentences import Sentence
from zhitong.places import Level
from zhitong.registry import days
from zhitong.registry.review import starred

DAY_LABEL, COUNT_LABEL = "报送日期", "人数"


@dataclass(frozen=True, kw_only=True)
class Cover:
    """`townships`: code -> people reported, zero included; a blank number is no report."""

    about: dt.date | None
    townships: dict[str, int]
    notes: tuple[Sentence, ...] = ()


def read(cells: pl.DataFrame) -> Cover:
    """From the sheet as strings. What cannot be understood becomes a note, never a guess."""
    rows = [[cell or "" for cell in row] for row in cells.iter_rows()]
    about, heading = None, None
    for at, row in enumerate(rows):
        for place, cell in enumerate(row):
            label = re.sub(r"[\s:：]", "", cell)
            if label == DAY_LABEL and about is None:
                about = next((days.day(other) for other in row[place + 1 :] if other), None)
            if label == COUNT_LABEL and heading is None:
                heading = (at, place)
    if heading is None:
        return Cover(about=about, townships={})
    townships: dict[str, int] = {}
    notes = []
    for row in rows[heading[0] + 1 :]:
        words = [cell for cell in row[: heading[1]] if cell]
        count = row[heading[1]].replace(",", "")
        if not words or not count:
            continue
        division = next((found for word in words if (found := _township(word))), None)
        if division is None:
            notes.append(
                Sentence(
                    gettext_noop("报送情况中的“{place}”不是乡镇，未计入覆盖情况"),
                    place=starred(words[0]),
                )
            )
        elif not re.fullmatch(r"\d{1,7}", count):
            notes.append(
                Sentence(
                    gettext_noop("报送情况中{place}的人数不是数字，未计入覆盖情况"),
                    place=places.full_name(division),
                )
            )
        elif division in townships:
            notes.append(
                Sentence(
                    gettext_noop("报送情况中{place}出现两次，按第一次计"),
                    place=places.full_name(division),
                )
            )
        else:
            townships[division] = int(count)
    return Cover(about=about, townships=townships, notes=tuple(notes))


def _township(word: str) -> str | None:
    division = places.resolve(word).division
    return division.code if division and division.level == Level.TOWNSHIP else None

"""How long what is kept: rooms name the records that age, settings say after how many days.

Each room lists its kinds of records in its module `retention` as `RECORDS`. Nothing is erased by
the clock alone: somebody looks at the report (`due`) and starts the erasure, which is a job.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import import_module
from typing import Any

from django.apps import apps
from django.conf import settings
from django.utils.module_loading import module_has_submodule

from zhitong.kernel.errors import UserError
from zhitong.kernel.progress import Progress

NEVER = "never"


class BadSchedule(UserError):
    """The setting names no record of ours, or no number of days."""

    code = "bad-retention"


@dataclass(frozen=True, kw_only=True)
class Record:
    """A kind of record: what it is called in the setting and in the report, how long it is kept.

    `count(division, before)` says how many of a division are older; `erase` erases them, each
    transaction with its entry in the journal, and returns how many.
    """

    key: str
    title: str
    days: int
    count: Callable[[str, date], int]
    erase: Callable[[str, date, Any, datetime], int]


@dataclass(frozen=True, kw_only=True)
class Due:
    """What of a kind is older than its days; `before` is None where it is kept for good."""

    record: Record
    days: int | None
    before: date | None
    count: int


def records() -> list[Record]:
    """Of all rooms, in the order of the journey."""
    found: list[Record] = []
    for app in apps.get_app_configs():
        a_room = app.name.startswith("zhitong.") and app.label != "kernel"
        if a_room and module_has_submodule(app.module, "retention"):
            found += import_module(f"{app.name}.retention").RECORDS
    return found


def schedule() -> dict[str, int | None]:
    """Days by key, None for what is kept for good. Raises `BadSchedule`.

    `ZHITONG_RETENTION="workers=730,duplicates=never"` changes what rooms propose.
    """
    days: dict[str, int | None] = {one.key: one.days for one in records()}
    for part in filter(None, (one.strip() for one in settings.RETENTION.split(","))):
        key, _, value = part.partition("=")
        if key not in days or not (value == NEVER or (value.isdecimal() and int(value) > 0)):
            raise BadSchedule(
                f"ZHITONG_RETENTION says {part[:40]!r}; write kind=days or kind={NEVER}, "
                f"where the kind is one of {', '.join(days)}"
            )
        days[key] = None if value == NEVER else int(value)
    return days


def due(*, division: str, today: date) -> Iterator[Due]:
    """What would be erased today, kind by kind, each counted when its turn comes."""
    days = schedule()
    for record in records():
        kept = days[record.key]
        before = today - timedelta(days=kept) if kept else None
        count = record.count(division, before) if before else 0
        yield Due(record=record, days=kept, before=before, count=count)


def erase(
    *, division: str, today: date, by: Any, now: datetime, progress: Progress
) -> dict[str, int]:
    """Erase what is due; numbers by key. Begun again after a break, it goes on."""
    done = {}
    for one in due(division=division, today=today):
        progress.step(one.record.title, one.count)
        if one.before and one.count:
            done[one.record.key] = one.record.erase(division, one.before, by, now)
    return done

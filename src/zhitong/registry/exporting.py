"""A list of people as a file: made by a job, row after row, marked with its reader and purpose.

Masked unless the post may export in clear. However many rows, little is held in memory.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import xlsxwriter
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from zhitong import places
from zhitong.kernel import jobs, journal, masks, sealing
from zhitong.kernel.errors import UserError
from zhitong.kernel.models import Job
from zhitong.kernel.progress import Progress
from zhitong.offices.access import covers, staff_of
from zhitong.places import Category
from zhitong.registry.jobs import EXPORT
from zhitong.registry.models import Departure, Spell
from zhitong.registry.purposes import Purpose
from zhitong.registry.rules import Act, allows

FORMS = ("xlsx", "csv")
TITLES = (
    "姓名", "身份证号", "手机号", "户籍地", "就业状态", "务工地", "务工类别", "工作单位",
    "最早出行日", "最晚出行日", "出行目的地", "出行方式",
)  # fmt: skip
MARK = "导出标记"
PEOPLE = "人员"
CHUNK = 5_000
SHEET_ROWS = 1_000_000
_LONGEST_HEADER = 250
_STATUS = dict(Spell.Status.choices)
_MODE = dict(Departure.Mode.choices)
_ROWS = """
    SELECT w.name, w.identity_sealed, w.phone_sealed, w.home, s.status, s.work, s.category,
           s.employer, d.earliest, d.latest, d.destination, d.mode
    FROM registry_worker w
    LEFT JOIN LATERAL (SELECT * FROM registry_spell WHERE worker_id = w.id
                       ORDER BY started DESC LIMIT 1) s ON true
    LEFT JOIN LATERAL (SELECT * FROM registry_departure WHERE worker_id = w.id
                       ORDER BY earliest DESC, id DESC LIMIT 1) d ON true
    WHERE w.home ~>=~ %s AND w.home ~<~ %s AND w.erased_at IS NULL{only}
    ORDER BY w.home USING ~<~
"""


_ONLY = " AND w.id = ANY(%s)"


class NotExported(UserError):
    """What was asked for is not given out."""

    code = "not-exported"


class _Sink(Protocol):
    def add(self, row: tuple[str, ...]) -> None: ...


@transaction.atomic
def start(
    *,
    division: str,
    form: str,
    in_clear: bool,
    purpose: Purpose,
    by: Any,
    now: datetime,
    workers: Sequence[int] | None = None,
    title: str = PEOPLE,
) -> Job:
    """Queue an export of a division's people, or of those `workers` of it. Raises `NotExported`.

    `title` goes into the name of the file.
    """
    post = staff_of(by)
    act = Act.EXPORT_IN_CLEAR if in_clear else Act.EXPORT
    if post is None or not allows(post.roles, act):
        raise NotExported(gettext_noop("您的岗位不能这样导出；导出完整信息由审批岗位办理。"))
    if form not in FORMS or not covers(post.organisation.division, division):
        raise NotExported(gettext_noop("请选择本辖区和导出格式（xlsx 或 csv）。"))
    job = jobs.start(
        kind=EXPORT,
        parameters={
            "division": division,
            "form": form,
            "in_clear": in_clear,
            "purpose": purpose.words,
            "office": post.organisation.name,
            "workers": None if workers is None else list(workers),
            "title": title,
        },
        by=by,
        scope=post.organisation.division,
        now=now,
    )
    journal.record(
        actor=by,
        verb="workers.export-asked",
        subject=f"job:{job.pk}",
        now=now,
        details={
            "division": division,
            "in_clear": in_clear,
            **({} if workers is None else {"people": len(workers)}),
            **purpose.details,
        },
    )
    return job


def work_off(*, job: Job, progress: Progress) -> dict[str, Any]:
    """Write the file and seal it beside the job."""
    asked, made_at = job.parameters, timezone.localtime()
    reader = job.started_by.get_full_name() or job.started_by.get_username()
    mark = f"{asked['office']} {reader} {made_at:%Y-%m-%d %H:%M} {asked['purpose']}"
    place = places.get(asked["division"]).name
    # A list that was asked for before groups could be has neither title nor people of its own.
    name = f"{place}-{asked.get('title', PEOPLE)}-{made_at:%Y%m%d-%H%M}.{asked['form']}"
    with tempfile.TemporaryDirectory(prefix="zhitong-") as folder:
        path = Path(folder) / "list"
        rows = write(
            path,
            division=asked["division"],
            form=asked["form"],
            in_clear=asked["in_clear"],
            mark=mark,
            progress=progress,
            workers=asked.get("workers"),
        )
        with transaction.atomic(), path.open("rb") as content:
            jobs.keep(job=job, name=name, content=content)
            journal.record(
                actor=job.started_by,
                verb="workers.exported",
                subject=f"job:{job.pk}",
                now=made_at,
                details={"rows": rows},
            )
    return {"rows": rows}


def write(
    path: Path,
    *,
    division: str,
    form: str,
    in_clear: bool,
    mark: str,
    progress: Progress,
    workers: Sequence[int] | None = None,
) -> int:
    """One line for each person whose home lies in the division (of `workers`); returns how many."""
    progress.step("写出名单")
    sink = _Workbook(path, mark) if form == "xlsx" else _Csv(path, mark)
    written = 0
    with sink as lines:
        for row in _rows(division, workers):
            lines.add(_cells(row, in_clear=in_clear))
            written += 1
            if written % CHUNK == 0:
                progress.advance(CHUNK)
    return written


def _rows(division: str, workers: Sequence[int] | None) -> Iterator[tuple[Any, ...]]:
    values: list[Any] = [division, division + ":"]
    if workers is not None:
        values.append(list(workers))
    text = _ROWS.format(only="" if workers is None else _ONLY)
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(text, values)
        while rows := cursor.fetchmany(CHUNK):
            yield from rows


def _cells(row: tuple[Any, ...], *, in_clear: bool) -> tuple[str, ...]:
    name, identity, phone, home, status, work, category, employer, first, last, to, mode = row
    number = sealing.unseal(identity, purpose="identity")
    call = sealing.unseal(phone, purpose="phone") if phone else ""
    if not in_clear:
        name, number = masks.name(name), masks.identity(number)
        call = masks.phone(call) if call else ""
    return (
        name,
        number,
        call,
        places.full_name(home),
        _STATUS.get(status, ""),
        places.full_name(work) if work else "",
        Category(category).label if category else "",
        employer or "",
        first.isoformat() if first else "",
        last.isoformat() if last else "",
        places.full_name(to) if to else "",
        _MODE.get(mode, ""),
    )


class _Workbook(AbstractContextManager["_Workbook"]):
    """Sheets of a million rows; the mark stands on every printed page and on a sheet of its own."""

    def __init__(self, path: Path, mark: str) -> None:
        self._book = xlsxwriter.Workbook(path, {"constant_memory": True})
        self._book.set_properties({"comments": mark})
        self._mark = mark
        self._line = SHEET_ROWS
        about = self._book.add_worksheet("说明")
        about.set_column(0, 0, 100)
        about.write_string(0, 0, mark)
        about.write_string(1, 0, "本名单含个人信息，仅限上述目的使用，用毕删除，不得转发。")

    def add(self, row: tuple[str, ...]) -> None:
        if self._line >= SHEET_ROWS:
            self._next_sheet()
        self._line += 1
        for at, cell in enumerate(row):
            if cell:
                self._sheet.write_string(self._line, at, cell)

    def _next_sheet(self) -> None:
        self._line = 0
        self._sheet = self._book.add_worksheet()
        printed = self._mark.replace("&", "&&")[:_LONGEST_HEADER]
        self._sheet.set_header(f"&L{printed}")
        self._sheet.set_footer(f"&L{printed[:200]}&R&P / &N")
        self._sheet.freeze_panes(1, 1)
        self._sheet.set_column(0, len(TITLES) - 1, 18)
        self._sheet.write_row(0, 0, TITLES)

    def __exit__(self, *failure: Any) -> None:
        if self._line == SHEET_ROWS:
            self._next_sheet()
        self._book.close()


class _Csv(AbstractContextManager["_Csv"]):
    """Comma separated for Excel; every line carries the mark."""

    def __init__(self, path: Path, mark: str) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow((*TITLES, MARK))
        self._mark = mark

    def add(self, row: tuple[str, ...]) -> None:
        # A cell that a spreadsheet would take for a formula is only text.
        safe = [f"'{cell}" if cell[:1] in "=+-@" and cell else cell for cell in row]
        self._writer.writerow((*safe, self._mark))

    def __exit__(self, *failure: Any) -> None:
        self._file.close()

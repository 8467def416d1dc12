"""What a command says: progress bars on a terminal, tables for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console as Terminal
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import (
    Progress as Bars,
)
from rich.table import Table
from rich.text import Text

from zhitong.kernel.progress import Progress, Silent


class _Shown:
    """A bar a step, drawn on standard error so that standard output stays clean."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def step(self, label: str, total: int | None = None) -> None:
        self._finish()
        self._task = self._bars.add_task(label, total=total)

    def advance(self, units: int = 1) -> None:
        if self._task is not None:
            self._bars.advance(self._task, units)

    def _finish(self) -> None:
        if self._task is not None:
            task = self._bars.tasks[self._task]
            self._bars.update(self._task, total=task.completed or 1, completed=task.completed or 1)


@contextmanager
def progress() -> Iterator[Progress]:
    """Bars on a terminal, silence in a pipe."""
    if not sys.stderr.isatty():
        yield Silent()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=Terminal(stderr=True)) as bars:
        shown = _Shown(bars)
        yield shown
        shown._finish()


def print_json(content: Any) -> None:
    """One JSON document on standard output, Chinese left readable."""
    click.echo(as_json(content))


def as_json(content: Any) -> str:
    """A document for programs, Chinese left readable."""
    return json.dumps(content, ensure_ascii=False, indent=2, default=str)


def print_table(
    title: str, headings: Sequence[str], rows: Sequence[Sequence[object]], *, numbers: bool = True
) -> None:
    """A table for people: figures to the right, thousands separated."""
    table = Table(title=Text(title), title_justify="left")
    for at, heading in enumerate(headings):
        right = numbers and any(isinstance(row[at], int | float) for row in rows)
        table.add_column(Text(heading), justify="right" if right else "left")
    for row in rows:
        table.add_row(*(Text(_shown(cell)) for cell in row))
    width = None if sys.stdout.isatty() else 120
    Terminal(width=width).print(table)


def _shown(cell: object) -> str:
    if cell is None:
        return "—"
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, int):
        return f"{cell:,}"
    if isinstance(cell, float):
        return f"{cell:,.2f}"
    return str(cell)


def flat(content: Mapping[str, Any], prefix: str = "") -> list[tuple[str, object]]:
    """A nested mapping as rows `a.b.c`, value: for showing JSON answers to people."""
    rows: list[tuple[str, object]] = []
    for key, value in content.items():
        if isinstance(value, Mapping):
            rows.extend(flat(value, f"{prefix}{key}."))
        elif isinstance(value, list):
            for at, item in enumerate(value, start=1):
                if isinstance(item, Mapping):
                    rows.extend(flat(item, f"{prefix}{key}[{at}]."))
                else:
                    rows.append((f"{prefix}{key}[{at}]", item))
        else:
            rows.append((prefix + key, value))
    return rows

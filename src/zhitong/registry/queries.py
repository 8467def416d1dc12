"""Reads for pages. Personal data leave here masked; every function takes a constant number of
queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from django.db.models import Count, Q, QuerySet

from zhitong.kernel import masks, sealing
from zhitong.places import Category
from zhitong.registry import access
from zhitong.registry.models import Batch, Departure, Duplicate, RowError, Spell, Worker

PAGE = 50
Row = TypeVar("Row", Spell, Departure)


@dataclass(frozen=True, slots=True)
class WorkerLine:
    """One worker as a list shows them: name, number and telephone masked, places by code."""

    pk: int
    name: str
    identity: str
    phone: str
    home: str
    status: str
    work: str
    category: str
    employer: str
    earliest: date | None
    latest: date | None


@dataclass(frozen=True, slots=True)
class ErrorLine:
    """One wrong cell; its column by the key of the form."""

    row: int
    key: str
    code: str
    sentence: str


def batches(scope: str | None) -> QuerySet[Batch]:
    """Batches of a scope, latest first, each with `pending`: duplicates nobody has decided."""
    pending = Q(duplicate_rows__decision=Duplicate.Decision.PENDING)
    counted = Count("duplicate_rows", filter=pending)
    return access.batches_in(scope).annotate(pending=counted).order_by("-id")


def errors_of(batch: Batch, *, start: int = 0, size: int = PAGE) -> list[ErrorLine]:
    """A page of a batch's errors in the order of its rows. One query."""
    rows = RowError.objects.filter(batch=batch).order_by("row", "id")[start : start + size]
    return [ErrorLine(row.row, row.column, row.code, row.sentence) for row in rows]


def find(scope: str | None, *, identity: str = "", phone: str = "") -> list[WorkerLine]:
    """The workers of a scope with just this identity number or telephone. Three queries."""
    wanted = Q()
    if identity:
        number = identity.strip().upper()
        wanted &= Q(identity_print__in=sealing.prints_to_find(number, purpose="identity"))
    if phone:
        wanted &= Q(phone_print__in=sealing.prints_to_find(phone.strip(), purpose="phone"))
    if not wanted:
        return []
    return lines_of(list(access.workers_in(scope).filter(wanted).order_by("pk")[:PAGE]))


def lines_of(page: list[Worker]) -> list[WorkerLine]:
    """Workers as a list shows them. Two queries."""
    ids = [worker.pk for worker in page]
    spells = _latest(Spell.objects.filter(worker__in=ids).order_by("started"))
    wishes = _latest(Departure.objects.filter(worker__in=ids).order_by("earliest", "id"))
    return [_line(worker, spells.get(worker.pk), wishes.get(worker.pk)) for worker in page]


def wishes(ids: Sequence[int]) -> list[Departure]:
    """Wishes with their workers, in the order of the numbers. One query."""
    found = Departure.objects.select_related("worker").in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def _latest(rows: Iterable[Row]) -> dict[int, Row]:
    return {row.worker_id: row for row in rows}


def _line(worker: Worker, spell: Spell | None, wish: Departure | None) -> WorkerLine:
    number = sealing.unseal(worker.identity_sealed, purpose="identity")
    phone = sealing.unseal(worker.phone_sealed, purpose="phone") if worker.phone_sealed else ""
    return WorkerLine(
        pk=worker.pk,
        name=masks.name(worker.name),
        identity=masks.identity(number),
        phone=masks.phone(phone) if phone else "",
        home=worker.home,
        status=spell.get_status_display() if spell else "",
        work=spell.work or "" if spell else "",
        category=Category(spell.category).label if spell and spell.category else "",
        employer=spell.employer if spell else "",
        earliest=wish.earliest if wish else None,
        latest=wish.latest if wish else None,
    )

"""Workers, spells, reports and departures as records, without a survey file."""

from __future__ import annotations

from datetime import date, datetime
from hashlib import blake2b
from itertools import count
from zoneinfo import ZoneInfo

from zhitong import places
from zhitong.kernel.sealing import seal
from zhitong.registry.models import Batch, Departure, Party, ReportedTownship, Spell, Worker

SURVEY_DAY = date(2020, 3, 2)
_number = count(1)


def batch(*, about: date = SURVEY_DAY, kind: str = Batch.Kind.SURVEY, rows: int = 0) -> Batch:
    """A batch that was admitted whole."""
    at = next(_number)
    return Batch.objects.create(
        kind=kind,
        digest=blake2b(f"batch {at}".encode(), digest_size=32).digest(),
        filename=f"摸底-{at}.xlsx",
        about=about,
        received_at=datetime(2020, 3, 2, 9, tzinfo=ZoneInfo("Asia/Shanghai")),
        rows=rows,
        admitted=rows,
        refused=0,
        duplicates=0,
    )


def reported(*townships: str, about: date = SURVEY_DAY, rows: int = 0) -> Batch:
    """A batch that speaks for some townships on a day."""
    sent = batch(about=about)
    ReportedTownship.objects.bulk_create(
        ReportedTownship(batch=sent, township=township, about=about, rows=rows)
        for township in townships
    )
    return sent


def workers(homes: list[str], *, name: str = "张三") -> list[Worker]:
    """One worker for each home. The sealed number is the same for all and not that of the print."""
    numbers = [next(_number) for _ in homes]
    sealed = seal("131121198505050010", purpose="identity")
    return Worker.objects.bulk_create(
        Worker(
            name=name,
            identity_sealed=sealed,
            identity_print=blake2b(f"worker {number}".encode(), digest_size=16).digest(),
            born=date(1985, 5, 5),
            sex=Worker.Sex.MALE,
            home=home,
            consented=True,
        )
        for home, number in zip(homes, numbers, strict=True)
    )


def at_work(
    pairs: list[tuple[str, str]],
    *,
    started: date = date(2020, 2, 10),
    ended: date | None = None,
    category: int | None = None,
) -> list[Spell]:
    """A worker with one spell at work for each (home, work); the category follows the codes."""
    people = workers([home for home, _ in pairs])
    return Spell.objects.bulk_create(
        Spell(
            worker=person,
            status=Spell.Status.AT_WORK,
            started=started,
            ended=ended,
            home=home,
            work=work,
            category=category or places.category(home, work),
        )
        for person, (home, work) in zip(people, pairs, strict=True)
    )


def idle(homes: list[str], *, status: int = Spell.Status.HOME, started: date = SURVEY_DAY):
    """Workers who are not at work."""
    return Spell.objects.bulk_create(
        Spell(worker=person, status=status, started=started, home=person.home)
        for person in workers(homes)
    )


def departure(
    worker: Worker,
    *,
    destination: str,
    earliest: date = date(2020, 3, 3),
    latest: date = date(2020, 3, 9),
    mode: str = Departure.Mode.COACH,
    party: Party | None = None,
    origin: str | None = None,
) -> Departure:
    """A wish to travel, from home unless told otherwise."""
    return Departure.objects.create(
        worker=worker,
        origin=origin or worker.home,
        destination=destination,
        earliest=earliest,
        latest=latest,
        mode=mode,
        party=party,
    )

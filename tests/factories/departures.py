"""People with readable documents and the wishes they registered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from itertools import count

from zhitong.kernel.sealing import print_of, seal
from zhitong.registry.models import Batch, Departure, Duplicate, Party, Worker

_number = count(1)
_party = count(1)
SURNAMES = "王李张刘陈杨赵黄周吴"


def traveller(
    *, home: str, name: str | None = None, identity: str | None = None, batch: Batch | None = None
) -> Worker:
    """A worker whose number and telephone can be read back."""
    at = next(_number)
    identity = identity or f"13112119{80 + at % 20:02}0505{at % 10000:04}"
    phone = f"138{at:08}"
    return Worker.objects.create(
        name=name or f"{SURNAMES[at % 10]}{'建国' if at % 2 else '秀英'}",
        identity_sealed=seal(identity, purpose="identity"),
        identity_print=print_of(identity, purpose="identity"),
        phone_sealed=seal(phone, purpose="phone"),
        phone_print=print_of(phone, purpose="phone"),
        born=date(1980 + at % 20, 5, 5),
        sex=Worker.Sex.MALE if at % 2 else Worker.Sex.FEMALE,
        home=home,
        consented=True,
        batch=batch,
    )


def repeated(worker: Worker, batch: Batch, *, row: int = 2) -> Duplicate:
    """A row of a batch that says of a worker what is registered, and no more."""
    content = {
        "name": worker.name, "phone": None, "other_phone": None, "home": worker.home,
        "address": "", "entered_by": "", "consented": True, "status": 2,
        "started": "2020-03-02", "work": None, "category": None, "employer": "",
        "employer_code": "", "occupation": "", "travels": False, "party": None,
        "destination": None, "earliest": None, "latest": None, "mode": None, "needs": "",
    }  # fmt: skip
    return Duplicate.objects.create(
        batch=batch,
        row=row,
        identity_print=bytes(worker.identity_print),
        worker=worker,
        content_sealed=seal(json.dumps(content), purpose="row"),
        identical=True,
    )


def wishes(
    people: int,
    *,
    home: str,
    destination: str,
    earliest: date = date(2020, 3, 3),
    latest: date = date(2020, 3, 4),
    mode: str = Departure.Mode.COACH,
    together: bool = False,
    needs: str = "",
) -> list[Departure]:
    """So many people of one village who want to go the same way, alone or as one party."""
    party = Party.objects.create(label=f"同行{next(_party)}") if together else None
    return [
        wish(
            home=home,
            destination=destination,
            earliest=earliest,
            latest=latest,
            mode=mode,
            party=party,
            needs=needs,
        )
        for _ in range(people)
    ]


def wish(
    *,
    home: str,
    destination: str,
    earliest: date = date(2020, 3, 3),
    latest: date = date(2020, 3, 4),
    mode: str = Departure.Mode.COACH,
    party: Party | None = None,
    name: str | None = None,
    needs: str = "",
) -> Departure:
    """One person's wish to travel from home."""
    return Departure.objects.create(
        worker=traveller(home=home, name=name),
        origin=home,
        destination=destination,
        earliest=earliest,
        latest=latest,
        mode=mode,
        party=party,
        needs=needs,
    )


def three_villages_one_factory(sizes: Sequence[int] = (4, 5, 4)) -> list[Departure]:
    """Neighbouring townships of Zaoqiang whose people work in Chengdu."""
    return [
        one
        for home, size in zip(("131121100", "131121101", "131121102"), sizes, strict=True)
        for one in wishes(size, home=home, destination="510107")
    ]

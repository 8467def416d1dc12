"""Letting a newer row replace what is registered about its person, and taking that back.

Before a replacement, what it replaces is kept, sealed, with the duplicate; taking back restores
it, as long as nobody has changed the person since.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from zhitong.kernel import sealing
from zhitong.kernel.errors import UserError
from zhitong.registry.models import Departure, Duplicate, Party, Spell, Worker
from zhitong.registry.storing import SEAL_PURPOSE

_PERSON = (
    "name", "home", "address", "entered_by", "consented", "phone_print", "phone_sealed",
    "other_phone_sealed",
)  # fmt: skip
_SPELL = (
    "status", "started", "ended", "before", "home", "work", "category", "employer",
    "employer_code", "occupation", "batch_id",
)  # fmt: skip
_WISH = (
    "id", "party_id", "origin", "destination", "earliest", "latest", "mode", "needs", "batch_id",
)  # fmt: skip
_STATE = ("status", "home", "work", "category", "employer", "employer_code", "occupation")


class ChangedSince(UserError):
    """The person was changed after the replacement."""

    code = "changed-since"


def replace(duplicate: Duplicate, row: dict[str, Any]) -> None:
    """Take the person's particulars from the row, put its spell and its wish to travel in force.

    Fills `before_sealed` and `after_digest` of the duplicate; the caller saves it.
    """
    worker = Worker.objects.select_for_update().get(pk=duplicate.worker_id)
    duplicate.before_sealed = sealing.seal(json.dumps(_held(worker)), purpose=SEAL_PURPOSE)
    phone, other = row["phone"], row["other_phone"]
    worker.name, worker.home, worker.address = row["name"], row["home"], row["address"]
    worker.entered_by, worker.consented = row["entered_by"], row["consented"]
    worker.phone_sealed = sealing.seal(phone, purpose="phone") if phone else None
    worker.phone_print = sealing.print_of(phone, purpose="phone") if phone else None
    worker.other_phone_sealed = sealing.seal(other, purpose="phone") if other else None
    worker.save()
    _move(worker, duplicate, row)
    _travel(worker, duplicate, row)
    duplicate.after_digest = _digest(worker)


@transaction.atomic
def restore(duplicate: Duplicate) -> None:
    """Put back what a replacement replaced. Raises `ChangedSince`."""
    worker = Worker.objects.select_for_update().get(pk=duplicate.worker_id)
    if duplicate.before_sealed is None or _digest(worker) != bytes(duplicate.after_digest or b""):
        raise ChangedSince(
            "本批更新过的人员之后又有变动，不能整批撤回；请逐人更正，或先撤回之后的批次。"
        )
    held = json.loads(sealing.unseal(duplicate.before_sealed, purpose=SEAL_PURPOSE))
    for key, value in held["person"].items():
        setattr(worker, key, _bytes(value) if key in _BINARY else value)
    worker.save()
    kept = {wish["id"] for wish in held["wishes"]}
    worker.departures.exclude(pk__in=kept).delete()
    present = set(worker.departures.values_list("pk", flat=True))
    Departure.objects.bulk_create(
        Departure(worker=worker, **wish) for wish in held["wishes"] if wish["id"] not in present
    )
    worker.spells.all().delete()
    Spell.objects.bulk_create(Spell(worker=worker, **spell) for spell in held["spells"])


_BINARY = ("phone_print", "phone_sealed", "other_phone_sealed")


def _held(worker: Worker) -> dict[str, Any]:
    """All that a replacement may touch, ready for JSON."""
    person = {key: _plain(getattr(worker, key)) for key in _PERSON}
    spells = worker.spells.order_by("started").values(*_SPELL)
    wishes = worker.departures.order_by("id").values(*_WISH)
    return {
        "person": person,
        "spells": [{key: _plain(one) for key, one in spell.items()} for spell in spells],
        "wishes": [{key: _plain(one) for key, one in wish.items()} for wish in wishes],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value.isoformat() if isinstance(value, date) else value


def _bytes(value: str | None) -> bytes | None:
    return None if value is None else bytes.fromhex(value)


def _digest(worker: Worker) -> bytes:
    """Of what stands now; sealed values change when keys do, so their prints stand for them."""
    held = _held(Worker.objects.get(pk=worker.pk))
    for key in ("phone_sealed", "other_phone_sealed"):
        sealed = held["person"].pop(key)
        held["person"][key] = (
            sealed
            and sealing.print_of(
                sealing.unseal(bytes.fromhex(sealed), purpose="phone"), purpose="phone"
            ).hex()
        )
    return hashlib.sha256(json.dumps(held, sort_keys=True).encode()).digest()


def _move(worker: Worker, duplicate: Duplicate, row: dict[str, Any]) -> None:
    """Put the row's spell in force from its first day; later ones were overtaken by it."""
    started = date.fromisoformat(row["started"])
    state = {key: row[key] for key in _STATE}
    worker.spells.filter(started__gte=started).delete()
    last = worker.spells.order_by("started").last()
    if last and (last.ended is None or last.ended > started):
        if all(getattr(last, key) == value for key, value in state.items()):
            last.ended = None
            last.save(update_fields=["ended"])
            return
        last.ended = started
        last.save(update_fields=["ended"])
    Spell.objects.create(
        worker=worker,
        started=started,
        before=last.ended if last else None,
        batch=duplicate.batch,
        **state,
    )


def _travel(worker: Worker, duplicate: Duplicate, row: dict[str, Any]) -> None:
    for wish in worker.departures.filter(latest__gte=duplicate.batch.about):
        try:
            with transaction.atomic():
                wish.delete()
        except ProtectedError:  # a trip carries it: that journey stands
            return
    if not row["travels"]:
        return
    party = None
    if row["party"]:
        party, _ = Party.objects.get_or_create(batch=duplicate.batch, label=row["party"])
    Departure.objects.create(
        worker=worker,
        party=party,
        origin=row["home"],
        destination=row["destination"],
        earliest=row["earliest"],
        latest=row["latest"],
        mode=row["mode"],
        needs=row["needs"],
        batch=duplicate.batch,
    )

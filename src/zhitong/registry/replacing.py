"""Letting a newer row replace what is registered about its person, and taking that back.

Before a replacement, what it replaces is kept, sealed, with the duplicate; taking back restores
it, as long as nobody has changed the person since.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext_noop

from zhitong.kernel import sealing
from zhitong.kernel.errors import UserError
from zhitong.registry.models import Departure, Duplicate, Party, Spell, Worker
from zhitong.registry.storing import SEAL_PURPOSE

_PERSON = ("name", "home", "address", "entered_by", "consented")
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
    for key in _PERSON:
        setattr(worker, key, row[key])
    _call(worker, row["phone"], row["other_phone"])
    worker.save()
    _move(worker, duplicate, row)
    _travel(worker, duplicate, row)
    duplicate.after_digest = digests(worker)[0]


@transaction.atomic
def restore(duplicate: Duplicate) -> None:
    """Put back what a replacement replaced. Raises `ChangedSince`."""
    worker = Worker.objects.select_for_update().get(pk=duplicate.worker_id)
    after = bytes(duplicate.after_digest or b"")
    if duplicate.before_sealed is None or after not in digests(worker):
        raise ChangedSince(
            gettext_noop(
                "本批更新过的人员之后又有变动，不能整批撤回；请逐人更正，或先撤回之后的批次。"
            )
        )
    held = json.loads(sealing.unseal(duplicate.before_sealed, purpose=SEAL_PURPOSE))
    for key in _PERSON:
        setattr(worker, key, held["person"][key])
    _call(worker, held["person"]["phone"], held["person"]["other_phone"])
    worker.save()
    kept = {wish["id"] for wish in held["wishes"]}
    worker.departures.exclude(pk__in=kept).delete()
    present = set(worker.departures.values_list("pk", flat=True))
    Departure.objects.bulk_create(
        Departure(worker=worker, **wish) for wish in held["wishes"] if wish["id"] not in present
    )
    worker.spells.all().delete()
    Spell.objects.bulk_create(
        Spell(
            worker=worker,
            moved_to=worker.home if spell["home"] != worker.home else None,
            **spell,
        )
        for spell in held["spells"]
    )


def _call(worker: Worker, phone: str | None, other: str | None) -> None:
    worker.phone_sealed = sealing.seal(phone, purpose="phone") if phone else None
    worker.phone_print = sealing.print_of(phone, purpose="phone") if phone else None
    worker.other_phone_sealed = sealing.seal(other, purpose="phone") if other else None


def _held(worker: Worker) -> dict[str, Any]:
    """All that a replacement may touch, in clear, ready for JSON."""
    person = {key: getattr(worker, key) for key in _PERSON}
    for key, sealed in (
        ("phone", worker.phone_sealed),
        ("other_phone", worker.other_phone_sealed),
    ):
        person[key] = sealing.unseal(sealed, purpose="phone") if sealed else None
    return {
        "person": person,
        "spells": _plain(worker.spells.order_by("started").values(*_SPELL)),
        "wishes": _plain(worker.departures.order_by("id").values(*_WISH)),
    }


def _plain(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {key: one.isoformat() if isinstance(one, date) else one for key, one in row.items()}
        for row in rows
    ]


def digests(worker: Worker) -> list[bytes]:
    """Keyed hashes of what stands now, that under the key in force first: they say nothing to who
    lacks the keys."""
    held = json.dumps(_held(Worker.objects.get(pk=worker.pk)), sort_keys=True)
    return sealing.prints_to_find(held, purpose=SEAL_PURPOSE)


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

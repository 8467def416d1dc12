"""What is kept of one person, for that person: everything, in clear, and who has looked at it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from zhitong import places
from zhitong.kernel import journal, sealing
from zhitong.kernel.errors import UserError
from zhitong.kernel.models import JournalEntry
from zhitong.places import Category
from zhitong.registry import duplicates
from zhitong.registry.models import Worker
from zhitong.registry.purposes import PURPOSES


class NobodyKnown(UserError):
    """The registry holds nobody with this number."""

    code = "nobody-known"


def by_identity(*, identity: str, division: str) -> Worker:
    """The person with a number whose home lies in a division. Raises `NobodyKnown`."""
    numbers = sealing.prints_to_find(identity.strip().upper(), purpose="identity")
    found = Worker.objects.filter(
        identity_print__in=numbers, home__within=division, erased_at=None
    ).first()
    if found is None:
        raise NobodyKnown(gettext_noop("没有登记这个身份证号的人；请核对号码和区划。"))
    return found


@transaction.atomic
def collect(*, worker: Worker, by: Any | None, now: datetime) -> dict[str, Any]:
    """All that the registry holds of a person; the answer is journalled."""
    told = {
        "particulars": {
            "姓名": worker.name,
            "身份证号": sealing.unseal(worker.identity_sealed, purpose="identity"),
            "手机号": _phone(worker.phone_sealed),
            "备用电话": _phone(worker.other_phone_sealed),
            "户籍地": places.full_name(worker.home),
            "详细地址": worker.address,
            "填报人": worker.entered_by,
            "本人同意": "是" if worker.consented else "否",
            "来源": worker.batch.filename if worker.batch else "",
        },
        "employment": [
            {
                "起": one.started.isoformat(),
                "止": one.ended.isoformat() if one.ended else "",
                "状态": one.get_status_display(),
                "务工地": places.full_name(one.work) if one.work else "",
                "类别": Category(one.category).label if one.category else "",
                "单位": one.employer,
            }
            for one in worker.spells.order_by("started")
        ],
        "travel": [
            {
                "最早": one.earliest.isoformat(),
                "最晚": one.latest.isoformat(),
                "从": places.full_name(one.origin),
                "到": places.full_name(one.destination),
                "方式": one.get_mode_display(),
                "特殊需求": one.needs,
            }
            for one in worker.departures.order_by("earliest")
        ],
        "repeated": [
            {"批次": one.batch.filename, "行": one.row, "内容": duplicates.content(one)}
            for one in worker.duplicates.select_related("batch").order_by("pk")
        ],
        "looked_at": [
            {
                "时间": entry.at.isoformat(),
                "单位": _office(entry),
                "目的": PURPOSES.get(entry.details.get("purpose", ""), ""),
            }
            for entry in JournalEntry.objects.filter(subject=f"worker:{worker.pk}").select_related(
                "actor__staff__organisation"
            )
        ],
    }
    journal.record(actor=by, verb="worker.subject-access", subject=f"worker:{worker.pk}", now=now)
    return told


def _office(entry: JournalEntry) -> str:
    post = getattr(entry.actor, "staff", None)
    return post.organisation.name if post else ""


def _phone(sealed: bytes | memoryview | None) -> str:
    return sealing.unseal(sealed, purpose="phone") if sealed else ""

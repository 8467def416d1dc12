"""All that is kept of one person, journeys included, and its paper."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.timezone import localtime

from zhitong import places
from zhitong.registry import subject
from zhitong.registry.models import Worker
from zhitong.registry.survey import QUESTIONS
from zhitong.transport.models import Passage
from zhitong.transport.typesetting import typeset


def collect(*, worker: Worker, by: Any | None, now: datetime) -> dict[str, Any]:
    """`registry.subject.collect` with the person's journeys; the answer is journalled."""
    passages = Passage.objects.filter(worker=worker).select_related("trip").order_by("trip__day")
    journeys = [
        {
            "日期": one.trip.day.isoformat(),
            "车次": one.trip.number,
            "从": places.full_name(one.trip.origin),
            "到": places.full_name(one.trip.destination),
            "座位": one.seat,
            "状态": one.get_state_display(),
        }
        for one in passages
    ]
    return subject.collect(worker=worker, by=by, now=now) | {"journeys": journeys}


def as_pdf(told: dict[str, Any], *, office: str, now: datetime) -> bytes:
    """What `collect` answers, on paper for the person."""
    rows = {
        key: [{name: _text(value) for name, value in row.items()} for row in value]
        for key, value in told.items()
        if key != "particulars"
    }
    particulars = {name: _text(value) for name, value in told["particulars"].items()}
    return typeset(
        "subject",
        trips=[],
        now=now,
        told=rows | {"particulars": particulars},
        office=office,
        made=f"{localtime(now):%Y-%m-%d %H:%M}",
    )


def _text(value: Any) -> str:
    """A value as it is read; a whole row, cell by cell, under the headings of the form."""
    if isinstance(value, dict):
        return "；".join(
            f"{QUESTIONS[key].heading if key in QUESTIONS else key}：{one}"
            for key, one in value.items()
            if one not in (None, "")
        )
    return "" if value is None else str(value)

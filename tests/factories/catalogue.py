"""Items of a province's form catalogue."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from factories.chain import DAY, HEBEI
from zhitong.flows.catalogue import operations
from zhitong.flows.catalogue.derivable import read
from zhitong.flows.catalogue.rules import Proposal, Unit
from zhitong.flows.models import Item
from zhitong.places import Level


def proposal(code: str = "reopened", *, derivation: str = "", **more: Any) -> Proposal:
    """An item that units are asked, or one that the registry counts when a derivation is given."""
    usual: dict[str, Any] = {
        "name_zh": f"复工企业数{code}",
        "name_en": f"Enterprises at work {code}",
        "unit": Unit.ENTERPRISES,
        "level": Level.TOWNSHIP,
        "asked": not derivation,
    }
    return Proposal(
        code=code, derivation=read(derivation) if derivation else None, **(usual | more)
    )


def added(code: str = "reopened", *, by: User, now: datetime, **more: Any) -> Item:
    """An item that is part of Hebei's report from the tests' day on."""
    return operations.add(
        province=HEBEI, proposal=proposal(code, **more), first_day=DAY, by=by, now=now
    )

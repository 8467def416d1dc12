"""Guessing passwords is slow: after ten refusals in a quarter of an hour the door stays shut.

Counted by account and address together, so that nobody can lock somebody else out from afar.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

from django.db.models import QuerySet

from zhitong.web.models import FailedSignIn

REFUSALS = 10
WINDOW = timedelta(minutes=15)


def locked(*, name: str, address: str, now: datetime) -> bool:
    return _recent(name, address, now).count() >= REFUSALS


def remember_refusal(*, name: str, address: str, now: datetime) -> None:
    FailedSignIn.objects.filter(at__lt=now - WINDOW).delete()
    FailedSignIn.objects.create(name=_key(name), address=address, at=now)


def forget(*, name: str, address: str) -> None:
    FailedSignIn.objects.filter(name=_key(name), address=address).delete()


def _recent(name: str, address: str, now: datetime) -> QuerySet[FailedSignIn]:
    return FailedSignIn.objects.filter(name=_key(name), address=address, at__gte=now - WINDOW)


def _key(name: str) -> str:
    """One for every spelling that the form of sign-in takes for the same account.

    Like the form it takes full-width letters for plain ones: each spelling would have ten more
    attempts otherwise. PostgreSQL stores no NUL.
    """
    plain = unicodedata.normalize("NFKC", name).replace("\0", "")
    return plain.strip().lower()[:150]

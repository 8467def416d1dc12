"""Whoever looks at people leaves an entry in the journal, though names and numbers be masked."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from zhitong.kernel import journal
from zhitong.web.desk.pages import DeskRequest


def note(request: DeskRequest, *, verb: str, subject: str, **details: object) -> None:
    """Journal a page that shows people, before it is sent.

    A page is read in a transaction that cannot write: the entry follows when that is over, and
    should it fail, so does the page. `details` must be free of personal data.
    """

    def write() -> None:
        with transaction.atomic():
            journal.record(
                actor=request.user,
                verb=verb,
                subject=subject,
                now=timezone.now(),
                details=dict(details),
            )

    transaction.on_commit(write)

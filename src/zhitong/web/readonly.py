"""GET cannot write: pages are read in one read-only transaction."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]
# A page that takes longer is broken; it must not hold one of the few threads for ever.
PATIENCE_MS = 30_000
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def read_only(get_response: Handler) -> Handler:
    """Middleware: the database refuses any write that a safe method tries, and any endless read.

    It stands inside the session's, which may still save its own row. A response must be complete
    when the view returns: the transaction ends there.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method not in SAFE_METHODS:
            return get_response(request)
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY")
                cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE_MS}")
            return get_response(request)

    return middleware

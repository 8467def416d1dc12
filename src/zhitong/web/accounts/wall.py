"""Every request runs behind the second wall, with its address on what it writes to the journal."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from zhitong.kernel import journal
from zhitong.offices import access, walls

Handler = Callable[[HttpRequest], HttpResponse]


def wall(get_response: Handler) -> Handler:
    """Middleware, after the one that knows the user: the database sees the reader's post.

    It stands outside `read_only`, whose transaction begins when the role is taken.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        post = access.remember_post(request.user)
        token = getattr(request, "bearer", None)
        reader = token or post
        office = reader.organisation if reader else None
        scope = token.scope if token else office.division if office else None
        with (
            journal.coming_from(request.META.get("REMOTE_ADDR")),
            walls.behind(
                scope=scope,
                stages=walls.stages_of(office.department if office else None),
            ),
        ):
            return get_response(request)

    return middleware

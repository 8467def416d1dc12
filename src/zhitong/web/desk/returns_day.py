"""What every page of the chain starts from: who acts, and on which day."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone

from zhitong.flows.chain.access import actor_at
from zhitong.flows.chain.rules import Actor
from zhitong.web.desk.pages import DeskRequest, desk_page


class ChainRequest(DeskRequest):
    actor: Actor
    about: date


def chain_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page of the desk about a day of the chain: today unless the address names another."""

    @desk_page
    @wraps(view)
    def wrapped(request: ChainRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.GET.get("date") or request.desk.about is None:
            request.desk = dataclasses.replace(request.desk, about=timezone.localdate())
        assert request.desk.about is not None
        request.actor, request.about = actor_at(request.desk.staff), request.desk.about
        return view(request, *args, **kwargs)

    return wrapped

"""The quick entry screen: a grid for the keyboard, each row saved by itself."""

from __future__ import annotations

import json
from datetime import date
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhitong.kernel.errors import UserError
from zhitong.places import Level
from zhitong.registry import entry
from zhitong.registry.rules import Act
from zhitong.registry.survey import QUESTIONS
from zhitong.web.desk.pages import DeskRequest, desk_page
from zhitong.web.registry.faults import sentence_of
from zhitong.web.registry.pages import registry_page, require

LONGEST = 8_000
"""Bytes of one row."""


@require_safe
@desk_page
def entering(request: DeskRequest) -> HttpResponse:
    """An empty grid; what was typed and not yet saved, the browser brings back."""
    require(request, Act.ENTER)
    # A township's clerks need not name their township.
    known = {"home"} if request.desk.scope.level >= Level.TOWNSHIP else set()
    columns = [
        {
            "key": key,
            "label": _(QUESTIONS[key].heading),
            "required": QUESTIONS[key].required and key not in known,
            "choices": QUESTIONS[key].choices,
            "width": QUESTIONS[key].width,
        }
        for key in entry.KEYS
    ]
    words = {
        "typing": _("填写中"),
        "saving": _("保存中"),
        "offline": _("等待网络，会自动再存"),
        "signed-out": _("登录已过期：请在新窗口登录，本页内容会自动再存"),
        "admitted": _("已入库"),
        "duplicate": _("已登记过，转重复处理"),
        "refused": _("有误，改正后自动再存"),
    }
    context = {
        "columns": columns,
        "words": words,
        "today": timezone.localdate(),
        "owner": request.user.pk,
    }
    return registry_page(request, "registry/entry.html", context)


@require_POST
@desk_page
def save(request: DeskRequest) -> HttpResponse:
    """One row; the same id again gives the same answer. A refusal is an ordinary answer."""
    require(request, Act.ENTER)
    try:
        client_id, about, cells = _read(request.body)
    except (ValueError, KeyError, TypeError, AttributeError):
        return JsonResponse({"error": _("这一行没有读懂，请刷新页面后重试。")}, status=400)
    try:
        answer = entry.enter(
            cells=cells,
            client_id=client_id,
            about=about,
            by=request.user,
            scope=request.desk.scope.code,
            now=timezone.now(),
        )
    except UserError as mistake:
        return JsonResponse({"error": mistake.sentence}, status=422)
    faults = {
        key: sentence_of(answer.codes[key], sentence) for key, sentence in answer.faults.items()
    }
    return JsonResponse({"outcome": answer.outcome, "faults": faults})


def _read(body: bytes) -> tuple[UUID, date, dict[str, str]]:
    if len(body) > LONGEST:
        raise ValueError("a row is not so long")
    sent = json.loads(body)
    cells = {key: str(sent["cells"].get(key) or "") for key in entry.KEYS}
    return UUID(sent["id"]), date.fromisoformat(sent["about"]), cells

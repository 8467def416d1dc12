"""The OpenAPI document, and a page that tells it in words; nothing is fetched from elsewhere."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from zhitong.web.api.questions import api
from zhitong.web.desk.pages import DeskRequest, desk_page, page


@require_safe
@login_not_required
def document(request: HttpRequest) -> JsonResponse:
    """The document for programs. It holds no data and needs no token."""
    return JsonResponse(_schema(), json_dumps_params={"ensure_ascii": False})


@require_safe
@desk_page
def guide(request: DeskRequest) -> HttpResponse:
    """The same for people, with a line to try."""
    return page(request, "api/guide.html", {"questions": _questions(), "info": _schema()["info"]})


@cache
def _schema() -> dict[str, Any]:
    return dict(api.get_openapi_schema(path_prefix="/api/v1/"))


def _questions() -> list[dict[str, Any]]:
    schema = _schema()
    found = []
    for path, methods in schema["paths"].items():
        told = methods["get"]
        answer = told["responses"][200]["content"]["application/json"]["schema"]
        name = (answer.get("items") or answer)["$ref"].rpartition("/")[2]
        found.append(
            {
                "path": path,
                "summary": told["description"],
                "parameters": told["parameters"],
                "many": "items" in answer,
                "answer": name,
                "fields": schema["components"]["schemas"][name]["properties"],
            }
        )
    return found

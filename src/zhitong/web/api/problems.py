"""Refusals of the API as JSON problems (RFC 9457), each with a sentence that says what to do."""

from __future__ import annotations

from http import HTTPStatus

from django.http import JsonResponse


def problem(status: int, code: str, sentence: str) -> JsonResponse:
    """`code` is stable for programs, the sentence is for people."""
    response = JsonResponse(
        {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "code": code,
            "detail": sentence,
        },
        status=status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="zhitong"'
    return response

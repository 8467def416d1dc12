"""The quick entry screen's answers."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from django.test import Client

from stages.registry.survey_rows import person
from zhitong.registry.models import Worker

ZAOQIANG = "131121"


def sent(client: Client, cells: dict[str, str], **more: str):
    row = {"id": str(uuid4()), "about": "2020-03-02", "cells": cells} | more
    return client.post("/registry/entry/save/", json.dumps(row), content_type="application/json")


def test_a_row_is_saved_or_says_what_is_wrong(desk_of) -> None:
    client = desk_of(ZAOQIANG)
    assert "entry-columns" in client.get("/registry/entry/").content.decode()

    assert sent(client, person(1)).json() == {"outcome": "admitted", "faults": {}}
    assert sent(client, person(1)).json()["outcome"] == "duplicate"
    wrong = sent(client, person(2, phone="12")).json()
    assert wrong["outcome"] == "refused"
    assert "手机号" in wrong["faults"]["phone"]
    client.post("/language/", {"language": "en", "next": "/"})
    told = sent(client, person(2, phone="12")).json()["faults"]["phone"]
    assert told.startswith("Not a telephone number")
    assert Worker.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{}", '{"id": "x", "about": "2020-03-02", "cells": {}}', '{"id": 1}', "x" * 9000],
)
def test_nonsense_is_refused(desk_of, body: str) -> None:
    client = desk_of(ZAOQIANG)

    answer = client.post("/registry/entry/save/", body, content_type="application/json")

    assert answer.status_code == 400


def test_a_day_to_come_is_told(desk_of) -> None:
    answer = sent(desk_of(ZAOQIANG), person(1), about="2999-01-01")

    assert (answer.status_code, answer.json()) == (422, {"error": "填报日期不能晚于今天。"})


def test_who_only_reads_enters_nobody(desk_of) -> None:
    client = desk_of(ZAOQIANG, roles=["read"])

    assert client.get("/registry/entry/").status_code == 403
    assert sent(client, person(1)).status_code == 403
    assert not Worker.objects.exists()

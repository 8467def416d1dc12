"""The API over the real server: every question by permission and scope, and its refusals."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from factories.catalogue import added
from factories.chain import (
    DAY,
    DAYING,
    HEBEI,
    HENGSHUI,
    RAOYANG_TOWN,
    XINTUN,
    ZAOQIANG,
    officer,
    offices,
    report,
)
from factories.figures import store_figure
from stages.web.test_web_doors import BY_TOKEN, assert_no_inline
from zhitong.bulletin.models import Bulletin
from zhitong.flows.models import DailyFlow
from zhitong.kernel.models import JournalEntry
from zhitong.offices import tokens
from zhitong.offices.models import ApiToken, Department, Organisation, Role
from zhitong.web import lockout
from zhitong.web.models import FailedSignIn

pytestmark = pytest.mark.django_db
ALL = ApiToken.Permission.values
ASKED = {
    "figures": "figures",
    "children": "figures",
    "completeness": "completeness",
    "flows": "flows",
    "bulletins": "bulletin",
}
Key = Callable[..., str]


@pytest.fixture
def key(db: None) -> Key:
    """The secret of a token for an office of human resources."""

    def make(division: str = HENGSHUI, *permissions: str, scope: str = "", days: int = 30) -> str:
        head = officer(division, name=f"head-{division}-{ApiToken.objects.count()}")
        _token, secret = tokens.create(
            organisation=head.staff.organisation,
            name="大屏",
            scope=scope or division,
            permissions=permissions or ALL,
            days=days,
            by=head,
            now=timezone.now(),
        )
        return secret

    return make


@pytest.fixture
def day(now: datetime) -> None:
    """What every question finds something in, for Hengshui and for Kunming."""
    staff = offices()
    added(by=officer(HEBEI, name="head"), now=now)
    for unit, people in ((DAYING, 3), (XINTUN, 5), (RAOYANG_TOWN, 7)):
        report(unit, people, by=staff[unit], now=now, answers={"reopened": 2})
    for division in (HEBEI, HENGSHUI, ZAOQIANG, DAYING, "53"):
        store_figure(division=division, about=DAY, base=10, now=now)
        made = Bulletin.objects.create(
            about=DAY, division=division, version=1, published_at=now, prose=""
        )
        made.figures.create(section="S2", key="total", value=150, query="counts.workers_at_work")
    DailyFlow.objects.create(about=DAY, home=ZAOQIANG, destination="11", people=4)


def ask(secret: str, name: str, division: str, about: object = DAY, **more: Any):
    address = reverse(f"api:{name}", kwargs={"division": division, "day": about})
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return Client().get(address, more, headers=headers)


def refusal(response: Any) -> tuple[int, str]:
    assert response.headers["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == response.status_code and body["detail"].endswith("。")
    return response.status_code, body["code"]


def test_the_table_asks_every_address_of_the_api() -> None:
    assert {f"api:{name}" for name in ASKED} == BY_TOKEN


@pytest.mark.parametrize("name", ASKED)
def test_a_question_is_answered_by_permission_and_scope(name: str, key: Key, day: None) -> None:
    secret = key(HENGSHUI, ASKED[name])
    others = key(HENGSHUI, *(one for one in ALL if one != ASKED[name]))

    for division, status in ((HENGSHUI, 200), (ZAOQIANG, 200), (DAYING, 200), ("131100", 200)):
        assert ask(secret, name, division).status_code == status, division
    for division in (HEBEI, "1309", "53", "530102", "999999", "x"):
        assert refusal(ask(secret, name, division)) == (404, "not-found"), division
    assert refusal(ask(others, name, HENGSHUI)) == (403, "not-permitted")
    assert refusal(ask("", name, HENGSHUI)) == (401, "no-token")
    assert refusal(ask("zt_wrong", name, HENGSHUI)) == (401, "bad-token")
    assert refusal(ask(secret, name, HENGSHUI, "2020")) == (422, "bad-parameter")
    assert refusal(ask(secret, name, HENGSHUI, date(9999, 12, 31))) == (404, "not-found")


def test_answers_are_the_figures_of_the_platform(key: Key, day: None) -> None:
    secret = key(HENGSHUI)

    whole = ask(secret, "figures", HENGSHUI).json()
    assert whole["figures"]["total"] == 15 == whole["difference"]
    assert whole["figures"]["coverage"]["reported"] == 3 and whole["day_before"] is None
    assert [(one["code"], one["value"]) for one in whole["items"]] == [("reopened", 6)]
    children = ask(secret, "children", HENGSHUI).json()
    assert sum(one["total"] for one in children) == 15
    counted = ask(secret, "figures", HENGSHUI, basis="counted").json()
    assert counted["figures"]["total"] == 150 and counted["difference"] is None
    told = ask(secret, "completeness", ZAOQIANG).json()
    assert told["whole"]["states"]["submitted"] == 2 and len(told["children"]) > 2
    [flow] = ask(secret, "flows", HENGSHUI).json()
    assert (flow["home"], flow["destination_name"], flow["people"]) == (ZAOQIANG, "北京市", 4)
    bulletin = ask(secret, "bulletins", HENGSHUI).json()
    assert bulletin["figures"][0]["value"] == 150
    assert refusal(ask(secret, "bulletins", HENGSHUI, date(2020, 3, 9))) == (404, "not-found")


def test_a_narrower_token_reads_no_more_than_its_scope(key: Key, day: None) -> None:
    secret = key(HENGSHUI, scope=ZAOQIANG)
    assert ask(secret, "figures", ZAOQIANG).json()["figures"]["total"] == 8
    assert ask(secret, "figures", HENGSHUI).status_code == 404


def test_a_token_that_is_over_or_revoked_opens_nothing(key: Key, day: None) -> None:
    secret = key()
    token = ApiToken.objects.get()
    assert ask(secret, "figures", HENGSHUI).status_code == 200
    token.refresh_from_db()
    assert token.uses == 1 and token.last_used_at is not None
    tokens.revoke(token=token, by=token.created_by, now=timezone.now())
    assert refusal(ask(secret, "figures", HENGSHUI)) == (401, "bad-token")
    tokens.revoke(token=token, by=token.created_by, now=timezone.now())
    verbs = JournalEntry.objects.filter(verb__startswith="token.").values_list("verb", flat=True)
    assert list(verbs.order_by("id")) == ["token.created", "token.revoked"]

    later = key()
    ApiToken.objects.filter(revoked_at=None).update(
        created_at=timezone.now() - timedelta(days=3), expires_at=timezone.now()
    )
    assert refusal(ask(later, "figures", HENGSHUI)) == (401, "bad-token")
    assert secret.encode() not in bytes(token.digest) and len(bytes(token.digest)) == 32


def test_a_session_is_no_token_and_a_token_no_session(key: Key, day: None) -> None:
    secret, reader = key(), Client()
    reader.force_login(officer(HEBEI, name="reader"))
    address = reverse("api:figures", kwargs={"division": HENGSHUI, "day": DAY})

    assert reader.get(address).status_code == 401
    page = Client().get("/", headers={"Authorization": f"Bearer {secret}"})
    assert page.status_code == 302
    for method in ("post", "put", "delete"):
        call = getattr(Client(), method)
        assert call(address, headers={"Authorization": f"Bearer {secret}"}).status_code == 405


def test_guessing_tokens_is_slow(key: Key, day: None) -> None:
    secret = key()
    for _ in range(lockout.REFUSALS):
        assert ask("zt_guess", "figures", HENGSHUI).status_code == 401

    shut = ask(secret, "figures", HENGSHUI)

    assert refusal(shut) == (429, "too-many-refusals") and shut.headers["Retry-After"] == "900"
    FailedSignIn.objects.all().delete()
    assert ask(secret, "figures", HENGSHUI).status_code == 200


def test_refusals_speak_english_to_who_prefers_it(key: Key) -> None:
    address = reverse("api:figures", kwargs={"division": HEBEI, "day": DAY})
    headers = {"Authorization": f"Bearer {key()}", "Accept-Language": "en-GB,en;q=0.9"}
    body = Client().get(address, headers=headers).json()
    assert body["detail"] == "The division is beyond the token's scope."


def test_the_document_describes_every_question_and_the_guide_is_ours(db: None) -> None:
    document = Client().get(reverse("api:document")).json()
    assert document["openapi"].startswith("3.") and len(document["paths"]) == len(ASKED)
    scheme = document["components"]["securitySchemes"]["Bearer"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert all(path["get"]["security"] for path in document["paths"].values())

    reader = Client()
    reader.force_login(officer(HEBEI, name="reader"))
    page = reader.get(reverse("api:guide"))
    text = page.content.decode()
    assert "/api/v1/figures/{division}/{day}" in text
    assert not re.search(r'(?:src|href)="(?:https?:)?//', text)
    assert_no_inline(text)


# -- the administrator's page


def test_an_administrator_makes_a_token_sees_it_once_and_shuts_it(day: None) -> None:
    head = officer(HENGSHUI, name="chief", roles=[Role.ADMINISTER])
    client = Client()
    client.force_login(head)
    typed = {
        "organisation": head.staff.organisation.pk,
        "name": "市大屏",
        "days": "30",
        "permissions": ["figures"],
    }

    made = client.post(reverse("accounts:token_new"), typed).content.decode()
    (secret,) = re.findall(r"zt_[\w-]{40,}", made)
    page = client.get(reverse("accounts:tokens")).content.decode()

    assert "市大屏" in page and secret not in page
    assert_no_inline(page)
    assert ask(secret, "figures", HENGSHUI).status_code == 200
    client.post(reverse("accounts:token_revoke", args=[ApiToken.objects.get().pk]))
    assert ask(secret, "figures", HENGSHUI).status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"days": "0"},
        {"days": "999"},
        {"days": "x"},
        {"permissions": []},
        {"scope": "13"},
        {"scope": "x"},
        {"organisation": ""},
        {"organisation": "999999"},
    ],
)
def test_a_token_that_cannot_be_is_told(wrong: dict[str, Any], db: None) -> None:
    head = officer(HENGSHUI, name="chief")
    client = Client()
    client.force_login(head)
    typed = {"organisation": head.staff.organisation.pk, "name": "a", "days": "3",
             "permissions": ["figures"]}  # fmt: skip
    assert client.post(reverse("accounts:token_new"), typed | wrong).status_code == 422
    assert not ApiToken.objects.exists()


def test_a_department_gives_no_token_for_what_it_does_not_see(db: None) -> None:
    head = officer(HENGSHUI, name="chief")
    office = Organisation.objects.create(
        division=HENGSHUI, department=Department.COUNTERPART, name="云南专班"
    )
    with pytest.raises(tokens.BadToken):
        tokens.create(organisation=office, name="a", scope=HENGSHUI, permissions=["figures"],
                      days=3, by=head, now=timezone.now())  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_program_reads_figures_from_the_running_server(
    live_server: Any, key: Key, day: None
) -> None:
    address = f"{live_server.url}/api/v1/figures/{HENGSHUI}/{DAY}"
    asked = urllib.request.Request(address, headers={"Authorization": f"Bearer {key()}"})
    with urllib.request.urlopen(asked, timeout=120) as answer:
        assert json.load(answer)["figures"]["total"] == 15
    with pytest.raises(urllib.error.HTTPError) as no, urllib.request.urlopen(address, timeout=120):
        pass
    assert no.value.code == 401 and json.load(no.value)["code"] == "no-token"
    no.value.close()

"""Who gets in: every address, the sign-in, the lock, the switch of language, what GET may do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from factories.figures import HEBEI
from factories.trips import trip
from zhitong.web import lockout
from zhitong.web.models import FailedSignIn
from zhitong.web.readonly import read_only

PUBLIC = {"desk:login", "desk:language", "accounts:code", "accounts:enrol", "accounts:invitation"}
PUBLIC |= {"api:document"}
BY_TOKEN = {f"api:{name}" for name in ("figures", "children", "completeness", "flows", "bulletins")}
GOES_WRONG = {"username": "clerk", "password": "wrong"}


def every_address(
    patterns: list[URLPattern | URLResolver], names: str = ""
) -> Iterator[tuple[str, list[str]]]:
    """Names with the parameters that each takes."""
    for one in patterns:
        if isinstance(one, URLResolver):
            space = f"{names}{one.namespace}:" if one.namespace else names
            yield from every_address(one.url_patterns, space)
        else:
            assert one.name, f"{one.pattern} has no name"
            yield f"{names}{one.name}", list(one.pattern.converters)


ADDRESSES = dict(every_address(get_resolver().url_patterns))


def test_every_public_address_exists() -> None:
    assert set(ADDRESSES) >= PUBLIC


@pytest.mark.parametrize("name", ADDRESSES)
def test_an_address_is_public_by_the_list_or_asks_to_sign_in(
    client: Client, db: None, name: str
) -> None:
    address = reverse(name, kwargs=dict.fromkeys(ADDRESSES[name], 1))

    for method in (client.get, client.post):
        response = method(address)
        if name in BY_TOKEN:
            assert response.status_code == 401
        elif name in PUBLIC:
            assert response.status_code in (200, 302, 405, 410, 422)
            assert not response.headers.get("Location", "").startswith("/login/?next=")
        else:
            assert response.status_code == 302
            assert response.headers["Location"].startswith(f"{reverse('desk:login')}?next=")


def test_signing_in_leads_to_the_dashboard_and_signing_out_back(
    client: Client, staff_of: Callable[..., User], settings: Any
) -> None:
    settings.MFA = False
    staff_of(HEBEI, name="clerk")

    entered = client.post(reverse("desk:login"), {"username": "clerk", "password": "secret"})
    left = client.post(reverse("desk:logout"))

    assert entered.headers["Location"] == reverse("desk:dashboard")
    assert left.headers["Location"] == reverse("desk:login")
    assert client.get(reverse("desk:dashboard")).status_code == 302
    assert client.get(reverse("desk:logout")).status_code == 302


def test_no_spelling_of_the_name_gives_more_attempts(
    client: Client, staff_of: Callable[..., User]
) -> None:
    staff_of(HEBEI, name="clerk")
    spellings = ["clerk", " Clerk", "ｃlerk", "ｃｌｅｒｋ", "cl\0erk"] * 2
    for name in spellings:
        wrong = {"username": name, "password": "wrong"}
        assert client.post(reverse("desk:login"), wrong).status_code == 422

    right = {"username": "ｃlerk", "password": "secret"}
    assert len(spellings) == lockout.REFUSALS
    assert client.post(reverse("desk:login"), right).status_code == 429


def test_ten_refusals_lock_the_account_at_that_address_for_a_quarter_of_an_hour(
    client: Client, staff_of: Callable[..., User]
) -> None:
    staff_of(HEBEI, name="clerk")
    for _ in range(lockout.REFUSALS):
        assert client.post(reverse("desk:login"), GOES_WRONG).status_code == 422

    right = {"username": "clerk", "password": "secret"}
    locked = client.post(reverse("desk:login"), right)
    elsewhere = client.post(reverse("desk:login"), right, REMOTE_ADDR="192.0.2.7")
    FailedSignIn.objects.update(at=timezone.now() - lockout.WINDOW - timedelta(seconds=1))
    later = client.post(reverse("desk:login"), right)

    assert locked.status_code == 429
    assert "15 分钟" in locked.content.decode()
    assert elsewhere.status_code == 302
    assert later.status_code == 302


def test_a_right_password_forgets_the_wrong_ones(
    client: Client, staff_of: Callable[..., User], settings: Any
) -> None:
    settings.MFA = False
    staff_of(HEBEI, name="clerk")
    client.post(reverse("desk:login"), GOES_WRONG)

    client.post(reverse("desk:login"), {"username": "clerk", "password": "secret"})

    assert not FailedSignIn.objects.exists()


def test_pages_are_chinese_until_somebody_switches(client: Client, db: None) -> None:
    first = client.get(reverse("desk:login"), headers={"Accept-Language": "en"})
    client.post(reverse("desk:language"), {"language": "en", "next": "/login/"})
    then = client.get(reverse("desk:login"))

    assert '<html lang="zh-Hans">' in first.content.decode()
    assert '<html lang="en">' in then.content.decode()
    assert "Sign in" in then.content.decode()


def test_the_switch_of_language_leads_nowhere_else(client: Client, db: None) -> None:
    response = client.post(
        reverse("desk:language"), {"language": "en", "next": "https://example.com/"}
    )

    assert response.headers["Location"] == "/"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("method", "writes"), [("get", False), ("head", False), ("post", True)])
def test_a_safe_method_cannot_write(rf: RequestFactory, method: str, writes: bool) -> None:
    def view(request: object) -> HttpResponse:
        lockout.remember_refusal(name="x", address="192.0.2.1", now=timezone.now())
        return HttpResponse()

    request = getattr(rf, method)("/")
    if writes:
        read_only(view)(request)
    else:
        with pytest.raises(DatabaseError, match="read-only"):
            read_only(view)(request)

    assert FailedSignIn.objects.exists() is writes


@pytest.mark.parametrize("address", ["/", "/login/", "/nowhere/"])
def test_pages_run_no_script_and_no_style_of_their_own(
    desk_of: Callable[..., Client], hebei_days: None, address: str
) -> None:
    reader = Client() if address == "/login/" else desk_of(HEBEI)
    response = reader.get(address)
    policy = response.headers["Content-Security-Policy"]

    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
    assert_no_inline(response.content.decode())


def assert_no_inline(page: str) -> None:
    scripts = re.findall(r"<script([^>]*)>", page)
    assert all("src=" in one or 'type="application/json"' in one for one in scripts)
    assert "<style" not in page
    assert not re.search(r"<[^>]+\s(?:style|on\w+)=", page)


def test_what_does_not_exist_says_what_to_do(desk_of: Callable[..., Client]) -> None:
    response = desk_of(HEBEI).get("/nowhere/")

    assert response.status_code == 404
    assert "从首页按区划逐级进入" in response.content.decode()


def test_pages_of_travel_run_no_script_and_no_style_of_their_own(
    desk_of: Callable[..., Client],
) -> None:
    made = trip(origin="131121", destination="510100", people=3)
    reader = desk_of(HEBEI)

    for address in ("/plans/", "/trips/", f"/trips/{made.pk}/"):
        assert_no_inline(reader.get(address).content.decode())


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("?date=9999-12-31", 404),
        ("?date=0001-01-01", 404),
        ("?first=9999-12-30", 404),
        ("?last=0001-01-01&first=2020-03-02", 404),
        ("?q=%00", 400),
        ("?division=%00", 400),
    ],
)
def test_what_no_page_can_answer_is_refused_by_all(
    desk_of: Callable[..., Client], asked: str, status: int
) -> None:
    client = desk_of(HEBEI)
    for name in ("desk:dashboard", "desk:trips", "desk:bulletin", "registry:departures"):
        if "first" in asked and name != "registry:departures":
            continue
        assert client.get(reverse(name) + asked).status_code == status

"""Signing in: password, authenticator, backup codes; and how long it lasts."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from factories.figures import HEBEI
from factories.staff import PASSWORD, authenticator, shown_by
from zhitong.kernel import sealing
from zhitong.kernel.models import JournalEntry
from zhitong.kernel.resealing import remaining
from zhitong.offices import second_factor
from zhitong.offices.models import Staff
from zhitong.web import lockout
from zhitong.web.accounts import sessions

CODE, ENROL, HOME = "/login/code/", "/login/enrol/", "/account/"


@pytest.fixture
def user(staff_of: Callable[..., User]) -> User:
    return staff_of(HEBEI, name="clerk")


def password(client: Client, whither: str = "") -> HttpResponse:
    typed = {"username": "clerk", "password": PASSWORD, "next": whither}
    return client.post(reverse("desk:login"), typed)


def offered(page: HttpResponse) -> str:
    """The secret that the page of enrolment shows."""
    found = re.search(r'enrol-secret">\s*([A-Z2-7 ]+)', page.content.decode())
    assert found
    return found[1].replace(" ", "").strip()


def is_in(client: Client) -> bool:
    return client.get(HOME).status_code == 200


def test_a_password_alone_opens_nothing(client: Client, user: User) -> None:
    entered = password(client)

    assert entered.headers["Location"] == ENROL
    assert not is_in(client)
    assert client.get(CODE).headers["Location"] == ENROL


def test_whoever_knew_the_session_before_the_password_does_not_see_the_secret(
    client: Client, user: User
) -> None:
    password(client)
    planted = client.cookies["sessionid"].value
    password(client)
    client.cookies["sessionid"] = planted

    assert client.get(ENROL).headers["Location"] == "/login/"


def test_keys_may_change_in_the_middle(
    client: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    password(client)
    secret = offered(client.get(ENROL))
    with monkeypatch.context() as patch:
        patch.setattr(sealing, "_ring", cache(dict))
        assert client.get(ENROL).headers["Location"] == "/login/"
    now_first = b"\x01\xfe"
    ring = sealing._ring() | {now_first: sealing._ring()[sealing.head()]}
    monkeypatch.setattr(sealing, "_ring", lambda: ring)
    monkeypatch.setattr(sealing, "head", lambda: now_first)

    assert client.post(ENROL, {"code": shown_by(secret)}).status_code == 200
    assert remaining(second_factor.SEALED) == 0


def test_one_may_go_back_to_the_password(client: Client, user: User) -> None:
    password(client)

    assert client.get(reverse("desk:login")).status_code == 200


def test_the_first_sign_in_enrols_and_shows_backup_codes_once(client: Client, user: User) -> None:
    password(client, whither="/plans/")
    page = client.get(ENROL)
    secret = offered(page)
    done = client.post(ENROL, {"code": shown_by(secret)})

    codes = re.findall(r"<code>([0-9]{5}-[0-9]{5})</code>", done.content.decode())
    assert 'src="data:image/svg+xml' in page.content.decode()
    assert len(codes) == 10
    assert 'href="/plans/"' in done.content.decode()
    assert "no-store" in done.headers["Cache-Control"]
    assert is_in(client)
    assert client.get(ENROL).headers["Location"] == "/login/"
    assert "second-factor-enrolled" in JournalEntry.objects.values_list("verb", flat=True)


def test_the_offered_secret_stays_the_same_until_it_is_taken(client: Client, user: User) -> None:
    password(client)
    first = offered(client.get(ENROL))
    wrong = client.post(ENROL, {"code": "000000"})

    assert wrong.status_code == 422
    assert offered(wrong) == first == offered(client.get(ENROL))
    assert first not in str(Session.objects.get().get_decoded())
    assert not is_in(client)


def test_the_code_of_the_authenticator_lets_in_where_one_wanted_to_go(
    client: Client, user: User
) -> None:
    secret = authenticator(user)
    password(client, whither="/plans/")
    entered = client.post(CODE, {"code": shown_by(secret)})

    assert entered.headers["Location"] == "/plans/"
    assert is_in(client)
    entry = JournalEntry.objects.get(verb="signed-in")
    assert (entry.actor, entry.address) == (user, "127.0.0.1")


def test_nobody_is_led_to_another_site(client: Client, user: User) -> None:
    secret = authenticator(user)
    password(client, whither="https://example.com/")

    assert client.post(CODE, {"code": shown_by(secret)}).headers["Location"] == "/"


def test_a_code_counts_once(client: Client, user: User) -> None:
    code = shown_by(authenticator(user))
    password(client)
    client.post(CODE, {"code": code})
    client.post(reverse("desk:logout"))
    password(client)

    assert client.post(CODE, {"code": code}).status_code == 422
    assert not is_in(client)


def test_whoever_has_an_authenticator_cannot_enrol_another_by_the_password(
    client: Client, user: User
) -> None:
    authenticator(user)
    password(client)

    assert client.get(ENROL).headers["Location"] == CODE
    assert client.post(ENROL, {"code": "123456"}).headers["Location"] == CODE


def test_wrong_codes_lock_like_wrong_passwords(client: Client, user: User) -> None:
    secret = authenticator(user)
    password(client)
    for _ in range(lockout.REFUSALS):
        password(client)  # a right password does not forget wrong codes
        assert client.post(CODE, {"code": "000000"}).status_code == 422

    assert client.post(CODE, {"code": shown_by(secret)}).status_code == 429
    assert password(client).status_code == 429


def test_half_a_sign_in_expires(
    client: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = authenticator(user)
    password(client)
    expired = time.time() + 601
    monkeypatch.setattr(time, "time", lambda: expired)

    assert client.post(CODE, {"code": shown_by(secret)}).headers["Location"] == "/login/"


@pytest.mark.parametrize("change", ["password", "disabled"])
def test_half_a_sign_in_ends_when_the_account_changes(
    client: Client, user: User, change: str
) -> None:
    secret = authenticator(user)
    password(client)
    if change == "password":
        user.set_password("another one entirely")
    else:
        user.is_active = False
    user.save()

    assert client.post(CODE, {"code": shown_by(secret)}).headers["Location"] == "/login/"


def test_for_trials_a_password_is_enough(client: Client, user: User, settings) -> None:
    settings.MFA = False

    assert password(client).headers["Location"] == "/"
    assert is_in(client)


def later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    shifted = timezone.now() + by
    monkeypatch.setattr(timezone, "now", lambda: shifted)


@pytest.mark.parametrize(
    ("after", "still"),
    [
        (sessions.IDLE - timedelta(minutes=1), True),
        (sessions.IDLE + timedelta(minutes=1), False),
    ],
)
def test_three_idle_hours_end_a_session(
    client: Client, user: User, monkeypatch: pytest.MonkeyPatch, after: timedelta, still: bool
) -> None:
    client.force_login(user)
    later(monkeypatch, after)

    assert is_in(client) is still


def test_twelve_hours_end_a_session_however_busy(
    client: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(user)
    began = timezone.now()
    for hours in (2, 4, 6, 8, 10, 11.9):
        monkeypatch.setattr(timezone, "now", lambda at=hours: began + timedelta(hours=at))
        assert is_in(client)
    monkeypatch.setattr(timezone, "now", lambda: began + timedelta(hours=12.1))

    assert client.get(HOME).headers["Location"] == "/login/?next=/account/"


def test_a_disabled_account_is_out_with_its_next_click(client: Client, user: User) -> None:
    client.force_login(user)
    User.objects.filter(pk=user.pk).update(is_active=False)

    assert not is_in(client)


def test_sessions_from_before_a_disabling_stay_ended(client: Client, user: User) -> None:
    client.force_login(user)
    Staff.objects.filter(user=user).update(sessions_from=timezone.now())

    assert not is_in(client)


def test_what_one_does_on_the_desk_says_where_from(client: Client, user: User) -> None:
    authenticator(user)
    client.force_login(user)
    renewed = client.post(reverse("accounts:renew_backup_codes"), REMOTE_ADDR="192.0.2.7")

    entry = JournalEntry.objects.get()
    assert renewed.status_code == 200
    assert (entry.verb, entry.actor, entry.address) == ("backup-codes-renewed", user, "192.0.2.7")


def test_pages_of_signing_in_run_no_script_and_no_style(client: Client, user: User) -> None:
    password(client)
    page = client.get(ENROL)

    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert not re.search(r"<[^>]+\s(?:style|on\w+)=", page.content.decode())
    assert "<style" not in page.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/signup/",
        "/email/",
        "/confirm-email/",
        "/inactive/",
        "/reauthenticate/",
        "/password/change/",
        "/password/reset/",
        "/login/code/confirm/",
        "/2fa/",
        "/2fa/authenticate/",
        "/2fa/totp/activate/",
        "/2fa/recovery-codes/",
        "/2fa/webauthn/",
        "/accounts/",
        "/accounts/login/",
        "/accounts/signup/",
    ],
)
def test_allauth_has_no_address_of_its_own(client: Client, user: User, address: str) -> None:
    client.force_login(user)

    assert client.get(address).status_code == 404
    assert client.post(address).status_code == 404


def test_no_view_is_allauths() -> None:
    """Whatever its addresses are called one day."""

    def views(patterns: list[Any]) -> Iterator[Any]:
        for one in patterns:
            if isinstance(one, URLResolver):
                yield from views(one.url_patterns)
            else:
                yield getattr(one.callback, "view_class", one.callback)

    assert not [one for one in views(get_resolver().url_patterns) if "allauth" in one.__module__]


@pytest.mark.parametrize(
    "name", ["account/login.html", "account/messages/logged_in.txt", "mfa/authenticate.html"]
)
def test_no_page_of_allauths_can_be_shown(name: str) -> None:
    with pytest.raises(TemplateDoesNotExist):
        get_template(name)

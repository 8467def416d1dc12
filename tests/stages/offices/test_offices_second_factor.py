"""Codes of authenticators and backup codes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from importlib import import_module
from threading import Barrier
from urllib.parse import quote

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from django.contrib.auth.models import User
from django.db import connection

from factories.chain import HEBEI, officer
from factories.staff import authenticator, old_backup_codes, shown_by
from zhitong.kernel.models import JournalEntry
from zhitong.kernel.sealing import prints_of, seal
from zhitong.offices import second_factor
from zhitong.offices.second_factor import WrongCode, enrol, new_secret, verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return officer(HEBEI)


@pytest.fixture
def secret() -> str:
    return new_secret()


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """allauth reads the clock itself."""
    monkeypatch.setattr("time.time", now.timestamp)


@pytest.fixture(autouse=True)
def another_process(settings) -> None:
    """The cache in which allauth marks codes is each process's own: nothing may rest on it."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}


def enrolled(user, secret: str, now: datetime) -> list[str]:
    return enrol(user=user, secret=secret, code=shown_by(decrypt(secret)), now=now)


@pytest.mark.parametrize(
    ("away", "fits"), [(0, True), (1, True), (-1, True), (2, False), (-2, False)]
)
def test_a_clock_may_be_one_step_off(user, now: datetime, away: int, fits: bool) -> None:
    code = shown_by(authenticator(user), steps_away=away)

    assert verify(user=user, code=code, now=now) is fits


def test_the_code_that_enrolled_does_not_let_in_again(user, secret, now: datetime) -> None:
    enrolled(user, secret, now)

    assert not verify(user=user, code=shown_by(decrypt(secret)), now=now)
    assert verify(user=user, code=shown_by(decrypt(secret), steps_away=1), now=now)


def test_a_code_counts_once_for_as_long_as_a_clock_may_show_it(
    user, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = shown_by(authenticator(user), steps_away=1)
    assert verify(user=user, code=code, now=now)

    for seconds in (1, 31, 59):
        later = now.timestamp() + seconds
        monkeypatch.setattr("time.time", lambda at=later: at)
        assert not verify(user=user, code=code, now=datetime.fromtimestamp(later, tz=now.tzinfo))


@pytest.mark.parametrize("code", ["", "12345", "1234567", "１２３４５６", "abcdef", "000000 "])
def test_what_is_no_code_does_not_enrol(user, secret, now: datetime, code: str) -> None:
    with pytest.raises(WrongCode):
        enrol(user=user, secret=secret, code=code, now=now)

    assert not Authenticator.objects.exists()


def test_a_second_authenticator_does_not_replace_the_first(user, secret, now: datetime) -> None:
    first = authenticator(user)

    with pytest.raises(WrongCode):
        enrolled(user, secret, now)
    assert verify(user=user, code=shown_by(first), now=now)


def test_who_was_invited_anew_meanwhile_enrols_nothing(user, secret, now: datetime) -> None:
    half_in = User.objects.get(pk=user.pk)
    User.objects.filter(pk=user.pk).update(password="!")

    with pytest.raises(WrongCode):
        enrolled(half_in, secret, now)
    assert second_factor.of(user) is None


def test_a_backup_code_counts_once_however_it_is_typed(user, secret, now: datetime) -> None:
    codes = enrolled(user, secret, now)

    assert verify(user=user, code=f" {codes[0]} ", now=now)
    assert not verify(user=user, code=codes[0], now=now)
    assert verify(user=user, code=codes[1].replace("-", ""), now=now)
    assert second_factor.backup_codes_left(user) == 8
    used = JournalEntry.objects.filter(verb="backup-code-used").order_by("id")
    assert [one.details for one in used] == [{"left": 9}, {"left": 8}]


def test_a_backup_code_is_nobody_elses(user, secret, now: datetime) -> None:
    codes, other = enrolled(user, secret, now), officer("1311")
    enrolled(other, new_secret(), now)

    assert not verify(user=other, code=codes[0], now=now)


def test_new_backup_codes_void_the_earlier(user, secret, now: datetime) -> None:
    before = enrolled(user, secret, now)
    after = second_factor.renew_backup_codes(user=user, now=now)

    assert not verify(user=user, code=before[0], now=now)
    assert verify(user=user, code=after[0], now=now)


def test_backup_codes_of_which_only_prints_are_kept_still_count_once(user, now: datetime) -> None:
    authenticator(user)
    first, second = old_backup_codes(user, "abcde23456", "fghjk23456")

    assert verify(user=user, code=f"{first[:5]}-{first[5:].upper()}", now=now)
    assert not verify(user=user, code=first, now=now)
    assert second_factor.backup_codes_left(user) == 1
    [kept] = Authenticator.objects.get(type="recovery_codes").data["migrated_codes"]
    assert not verify(user=user, code=kept, now=now)
    assert verify(user=user, code=second, now=now)


def test_without_an_authenticator_no_code_is_right(user, now: datetime) -> None:
    assert not verify(user=user, code="123456", now=now)


def test_the_address_is_what_authenticators_read(user, secret) -> None:
    address = get_adapter().build_totp_url(user, decrypt(secret))

    assert address.startswith(f"otpauth://totp/{user.username}?")
    assert f"secret={decrypt(secret)}&issuer={quote('直通')}" in address


def test_nothing_lies_in_clear(user, secret, now: datetime) -> None:
    codes = enrolled(user, secret, now)

    assert verify(user=user, code=codes[0], now=now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(a::text, '') FROM mfa_authenticator a")
        [kept] = cursor.fetchone()
    assert decrypt(secret) not in kept + secret
    assert not any(code.replace("-", "") in kept for code in codes)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["authenticator", "backup code"])
def test_of_two_requests_with_one_code_one_gets_in(user, secret, now, kind: str) -> None:
    [backup, *_] = enrolled(user, secret, now)
    shown = shown_by(decrypt(secret), steps_away=1)
    start = Barrier(4)

    def one(_: int) -> bool:
        try:
            start.wait()
            return verify(user=user, code=backup if kind == "backup code" else shown, now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(one, range(4))) == 1


def test_what_was_enrolled_before_allauth_goes_on(user, now: datetime) -> None:
    """The move of the migration, on tables as they were."""
    move = import_module("zhitong.offices.migrations.0004_allauth_authenticators")._MOVE
    secret, codes = decrypt(new_secret()), ["abcde23456", "fghjk23456"]
    other = officer("1311")
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE offices_secondfactor"
            " (id int PRIMARY KEY, user_id int, secret_sealed bytea, confirmed_at timestamptz);"
            "CREATE TEMPORARY TABLE offices_backupcode (id int, factor_id int, code_print bytea)"
        )
        for pk, one in enumerate((user, other)):
            cursor.execute(
                "INSERT INTO offices_secondfactor VALUES (%s, %s, %s, %s)",
                [pk, one.pk, seal(secret, purpose="second-factor"), now],
            )
        for pk, one in enumerate(prints_of(codes, purpose="backup-code")):
            cursor.execute("INSERT INTO offices_backupcode VALUES (%s, 0, %s)", [pk, one])
        cursor.execute(move)

    enrolled_then = second_factor.of(user)
    assert enrolled_then is not None and enrolled_then.created_at == now
    assert verify(user=user, code=shown_by(secret), now=now)
    assert second_factor.backup_codes_left(user) == 2
    assert verify(user=user, code=codes[1], now=now)
    assert verify(user=other, code=shown_by(secret), now=now)
    assert second_factor.backup_codes_left(other) == 0

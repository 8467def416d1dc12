"""Codes of authenticators and backup codes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from factories.chain import HEBEI, officer
from zhitong.kernel.models import JournalEntry
from zhitong.offices import second_factor
from zhitong.offices.models import BackupCode, SecondFactor
from zhitong.offices.second_factor import WrongCode, code_at, enrol, new_secret, verify

pytestmark = pytest.mark.django_db

STEP = timedelta(seconds=second_factor.STEP_SECONDS)


@pytest.fixture
def user():
    return officer(HEBEI)


@pytest.fixture
def secret() -> str:
    return new_secret()


@pytest.mark.parametrize(
    ("away", "fits"), [(0, True), (1, True), (-1, True), (2, False), (-2, False)]
)
def test_a_clock_may_be_one_step_off(user, secret, now: datetime, away: int, fits: bool) -> None:
    enrol(user=user, secret=secret, code=code_at(secret=secret, when=now), now=now)
    later = now + 10 * STEP
    code = code_at(secret=secret, when=later + away * STEP)

    assert verify(user=user, code=code, now=later) is fits


def test_the_code_that_enrolled_does_not_let_in_again(user, secret, now: datetime) -> None:
    code = code_at(secret=secret, when=now)
    enrol(user=user, secret=secret, code=code, now=now)

    assert not verify(user=user, code=code, now=now)
    assert verify(user=user, code=code_at(secret=secret, when=now + STEP), now=now + STEP)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "１２３４５６", "abcdef", "000000 "])
def test_what_is_no_code_does_not_enrol(user, secret, now: datetime, code: str) -> None:
    with pytest.raises(WrongCode):
        enrol(user=user, secret=secret, code=code, now=now)

    assert not SecondFactor.objects.exists()


def test_a_backup_code_counts_once_however_it_is_typed(user, secret, now: datetime) -> None:
    codes = enrol(user=user, secret=secret, code=code_at(secret=secret, when=now), now=now)

    assert verify(user=user, code=f" {codes[0].upper()} ", now=now)
    assert not verify(user=user, code=codes[0], now=now)
    assert verify(user=user, code=codes[1].replace("-", ""), now=now)
    assert BackupCode.objects.count() == second_factor.BACKUP_CODES - 2
    assert JournalEntry.objects.filter(verb="backup-code-used").count() == 2


def test_a_backup_code_is_nobody_elses(user, secret, now: datetime) -> None:
    codes = enrol(user=user, secret=secret, code=code_at(secret=secret, when=now), now=now)
    other, theirs = officer("1311"), new_secret()
    enrol(user=other, secret=theirs, code=code_at(secret=theirs, when=now), now=now)

    assert not verify(user=other, code=codes[0], now=now)


def test_new_backup_codes_void_the_earlier(user, secret, now: datetime) -> None:
    before = enrol(user=user, secret=secret, code=code_at(secret=secret, when=now), now=now)
    after = second_factor.renew_backup_codes(user=user, now=now)

    assert not verify(user=user, code=before[0], now=now)
    assert verify(user=user, code=after[0], now=now)


def test_without_an_authenticator_no_code_is_right(user, now: datetime) -> None:
    assert not verify(user=user, code="123456", now=now)


def test_the_address_is_what_authenticators_read() -> None:
    address = second_factor.address_of(secret="GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", username="li")

    assert address.startswith("otpauth://totp/")
    assert "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" in address

"""The key that finds people is changed while they are looked for, sent again and taken back."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from factories.staff import authenticator, clerk, old_backup_codes
from stages.registry.survey_rows import identity_of, person, write_csv
from zhitong.cli import main
from zhitong.config import secrets
from zhitong.config.home import StartupError
from zhitong.kernel import sealing
from zhitong.offices import second_factor
from zhitong.registry import duplicates, reprinting, storing, withdrawal
from zhitong.registry.models import Batch, Duplicate, Worker
from zhitong.registry.search import search

pytestmark = pytest.mark.django_db
ZAOQIANG = "131121"


@pytest.fixture(autouse=True)
def own_keys(tmp_path_factory, monkeypatch) -> Iterator[None]:
    """A file of keys for the test alone."""
    folder = tmp_path_factory.mktemp("keys")
    monkeypatch.setattr(secrets.home, "create", lambda: folder)
    for variable in secrets.VARIABLES.values():
        monkeypatch.delenv(variable, raising=False)
    sealing.forget_keys()
    yield
    monkeypatch.undo()
    sealing.forget_keys()


def found(text: str) -> int:
    return len(search(scope=ZAOQIANG, text=text).lines)


def under(number: int) -> bool:
    """Whether somebody's print is one of the key in force."""
    mark = sealing.print_of(identity_of(number), purpose="identity")
    return Worker.objects.filter(identity_print=mark).exists()


def test_people_are_found_before_while_and_after(admit, tmp_path) -> None:
    admit(write_csv(tmp_path / "a.csv", [person(1), person(2)]))

    reprinting.change_key()
    assert not under(1)
    assert found(identity_of(1)) == found("13812300002") == 1
    again = admit(write_csv(tmp_path / "b.csv", [person(1), person(3)]))
    assert (again.admitted, again.duplicates) == (1, 1)
    assert Duplicate.objects.get().identical  # the telephone is the same, too
    assert under(3)

    assert reprinting.reprint(batch=2) == 2
    assert reprinting.reprint() == 0
    assert under(1) and under(2)
    assert reprinting.drop_former_key() == 0
    assert secrets.load().former_hash_key is None
    assert found(identity_of(1)) == found("13812300002") == found(identity_of(3)) == 1
    assert admit(write_csv(tmp_path / "c.csv", [person(2)])).duplicates == 1


def test_a_key_in_change_is_not_changed_again(admit, tmp_path, monkeypatch) -> None:
    admit(write_csv(tmp_path / "a.csv", [person(1)]))
    reprinting.change_key()
    with pytest.raises(StartupError, match="drop-hash"):
        reprinting.change_key()

    assert reprinting.drop_former_key() == 1  # nobody is lost
    assert under(1)
    monkeypatch.setenv("ZHITONG_HASH_KEY", "A" * 44)
    with pytest.raises(StartupError, match="ZHITONG_HASH_KEY"):
        reprinting.change_key()


def test_rows_prepared_before_the_change_are_stored_under_the_new_key(
    admit, tmp_path, monkeypatch
) -> None:
    """Another process has read and printed them when the key changes."""
    held = storing.BatchWriter.add

    def after_the_change(self, prepared):
        if secrets.load().former_hash_key is None:
            secrets.change_hash_key()
        held(self, prepared)

    monkeypatch.setattr(storing.BatchWriter, "add", after_the_change)
    admit(write_csv(tmp_path / "a.csv", [person(1)]))

    assert secrets.load().former_hash_key is not None
    assert under(1)


def test_a_replacement_can_still_be_taken_back(admit, tmp_path, now) -> None:
    admit(write_csv(tmp_path / "a.csv", [person(1)]))
    admit(write_csv(tmp_path / "b.csv", [person(1, name="张大三")]))
    decision = Duplicate.Decision.REPLACE
    duplicates.decide(duplicate=Duplicate.objects.get(), decision=decision, by=None, now=now)

    reprinting.change_key()
    assert reprinting.reprint() == 2
    reprinting.drop_former_key()
    withdrawal.withdraw(batch=Batch.objects.get(filename="b.csv"), by=None, now=now)

    assert Worker.objects.get().name == "张小三"


def test_old_backup_codes_last_until_the_former_key_is_dropped(now) -> None:
    user = clerk(ZAOQIANG)
    authenticator(user)
    first, second = old_backup_codes(user, "abcde23456", "fghjk23456")

    reprinting.change_key()
    assert second_factor.verify(user=user, code=first, now=now)
    reprinting.drop_former_key()
    assert not second_factor.verify(user=user, code=second, now=now)
    [fresh, *_] = second_factor.renew_backup_codes(user=user, now=now)
    assert second_factor.verify(user=user, code=fresh, now=now)


def test_the_command_walks_through(admit, tmp_path, monkeypatch, capsys) -> None:
    admit(write_csv(tmp_path / "a.csv", [person(1)]))
    told = []
    for act in ("rotate-hash", "reprint", "drop-hash"):
        monkeypatch.setattr("sys.argv", ["zhitong", "keys", act, "--json"])
        with pytest.raises(SystemExit):
            main()
        told.append(json.loads(capsys.readouterr().out))

    assert told == [
        {"reprinted": 1, "former_hash_key": True},
        {"reprinted": 0, "former_hash_key": True},
        {"reprinted": 0, "former_hash_key": False},
    ]

"""Keys are made once, kept closed, and never replaced in silence."""

import base64
import json
import os
import subprocess
import sys

import pytest

from zhitong.config import secrets
from zhitong.config.home import StartupError


@pytest.fixture(autouse=True)
def no_keys_from_outside(monkeypatch):
    for variable in secrets.VARIABLES.values():
        monkeypatch.delenv(variable, raising=False)


def fresh_load() -> secrets.Secrets:
    return secrets.load.__wrapped__()  # as another process would


def test_first_use_makes_keys_that_stay(home):
    made = fresh_load()

    assert len(made.field_keys[1]) == len(made.hash_key) == 32
    assert fresh_load() == made
    assert (home / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_two_homes_have_different_keys(home, monkeypatch):
    made = fresh_load()
    (home / "secrets.json").unlink()

    assert fresh_load().secret_key != made.secret_key


def test_processes_that_race_agree_and_leave_no_drafts(home):
    show = "from zhitong.config import secrets as s; x = s.load(); print(x.secret_key, x.hash_key)"
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", show],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for _ in range(6)
    ]

    seen = {racer.communicate(timeout=300)[0] for racer in racers}

    assert len(seen) == 1
    assert seen != {""}
    assert [path.name for path in home.iterdir()] == ["secrets.json"]


def test_no_key_shows_in_a_trace(home):
    shown = repr(fresh_load())

    assert shown == "Secrets()"


def test_the_environment_replaces_keys_without_touching_the_home(home, monkeypatch):
    first, second = base64.b64encode(b"a" * 32).decode(), base64.b64encode(b"b" * 32).decode()
    monkeypatch.setenv("ZHITONG_SECRET_KEY", "s" * 50)
    monkeypatch.setenv("ZHITONG_FIELD_KEYS", f"1:{first}, 7:{second}")
    monkeypatch.setenv("ZHITONG_HASH_KEY", first)

    loaded = fresh_load()

    assert loaded.secret_key == "s" * 50
    assert loaded.field_keys == {1: b"a" * 32, 7: b"b" * 32}
    assert loaded.hash_key == b"a" * 32
    assert not home.exists()


@pytest.mark.parametrize(
    "value", ["nonsense", "1:@@", "1:c2hvcnQ=", "0:" + "A" * 44, "256:" + "A" * 44, "1:,"]
)
def test_a_bad_field_key_names_its_variable_and_not_its_value(home, monkeypatch, value):
    monkeypatch.setenv("ZHITONG_FIELD_KEYS", value)

    with pytest.raises(StartupError, match="ZHITONG_FIELD_KEYS") as refusal:
        fresh_load()

    assert refusal.value.code == "secrets-unreadable"
    assert value not in str(refusal.value)


@pytest.mark.parametrize("content", ["", "[]", "{}", "{broken"])
def test_a_damaged_file_is_reported_and_never_replaced(home, content):
    fresh_load()
    file = home / "secrets.json"
    file.write_text(content)

    with pytest.raises(StartupError):
        fresh_load()

    assert file.read_text() == content


def test_a_file_that_others_can_read_is_refused(home):
    fresh_load()
    (home / "secrets.json").chmod(0o644)

    with pytest.raises(StartupError, match="chmod 600"):
        fresh_load()


def test_the_file_speaks_the_notation_of_the_environment(home, monkeypatch):
    made = fresh_load()
    kept = json.loads((home / "secrets.json").read_text())
    for name, variable in secrets.VARIABLES.items():
        monkeypatch.setenv(variable, kept[name])
    (home / "secrets.json").unlink()

    assert fresh_load() == made

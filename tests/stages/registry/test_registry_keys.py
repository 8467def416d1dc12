"""Everything sealed comes under the newest key, also when the work is cut short."""

from __future__ import annotations

import io
import os
from dataclasses import replace

import pytest
from django.apps import apps
from django.db import models

from factories.departures import traveller
from factories.staff import authenticator, clerk, shown_by
from stages.registry.survey_rows import person, write_csv
from zhitong.cli.keys import COLUMNS
from zhitong.config import secrets
from zhitong.kernel import jobs, resealing, sealing
from zhitong.kernel.models import Job
from zhitong.offices import second_factor
from zhitong.registry import duplicates
from zhitong.registry.models import Duplicate, Worker

ZAOQIANG, DAYING = "131121", "131121102"


@pytest.fixture
def keys(monkeypatch):
    """Put a second key on the ring, as another process would find it."""
    held = secrets.load()
    ring = dict(held.field_keys)

    class Loaded:
        cache_clear = staticmethod(lambda: None)

        def __call__(self):
            return replace(held, field_keys=dict(ring))

    monkeypatch.setattr(secrets, "load", Loaded())
    sealing.forget_keys()
    yield ring
    monkeypatch.undo()
    sealing.forget_keys()


def test_every_sealed_column_is_known_to_the_rotation() -> None:
    sealed = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.BinaryField) and "sealed" in field.name
    }
    assert {(one.table, one.column) for one in COLUMNS if not one.key} == sealed


@pytest.mark.django_db
def test_all_values_move_to_the_new_key_and_stay_readable(keys, admit, tmp_path, now) -> None:
    admit(write_csv(tmp_path / "a.csv", [person(1)]))
    admit(write_csv(tmp_path / "b.csv", [person(1, name="张大三")]))
    found = Duplicate.objects.get()
    duplicates.decide(duplicate=found, decision=Duplicate.Decision.REPLACE, by=None, now=now)
    user = clerk(ZAOQIANG)
    secret = authenticator(user)
    codes = second_factor.renew_backup_codes(user=user, now=now)
    job = Job.objects.create(kind="x", scope=ZAOQIANG, started_by=user, created_at=now)
    file = jobs.keep(job=job, name="a", content=io.BytesIO(b"content"))
    assert resealing.remaining(COLUMNS) == 0

    keys[max(keys) + 1] = os.urandom(32)
    sealing.forget_keys()
    assert resealing.remaining(COLUMNS) == 7
    assert resealing.reseal(COLUMNS) == 7
    assert resealing.remaining(COLUMNS) == 0
    for old in sorted(keys)[:-1]:
        del keys[old]
    sealing.forget_keys()

    worker = Worker.objects.get()
    assert sealing.unseal(worker.phone_sealed, purpose="phone") == "13812300001"
    assert b"".join(jobs.content_of(file)) == b"content"
    assert duplicates.content(Duplicate.objects.get())["name"] == "张大三"
    assert sealing.print_of("13812300001", purpose="phone") == bytes(worker.phone_print)
    assert second_factor.verify(user=user, code=shown_by(secret), now=now)
    assert second_factor.verify(user=user, code=codes[0], now=now)


@pytest.mark.django_db
def test_work_that_was_cut_short_goes_on(keys, monkeypatch) -> None:
    for _ in range(7):
        traveller(home=DAYING)
    keys[max(keys) + 1] = os.urandom(32)
    sealing.forget_keys()
    real, calls = sealing.seal_bytes, []

    def dying(content, *, purpose):
        calls.append(1)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return real(content, purpose=purpose)

    monkeypatch.setattr(sealing, "seal_bytes", dying)
    with pytest.raises(KeyboardInterrupt):
        resealing.reseal(COLUMNS, batch=2)
    assert resealing.remaining(COLUMNS) == 14 - 4

    assert resealing.reseal(COLUMNS, batch=2) == 10
    assert resealing.remaining(COLUMNS) == 0


def test_a_process_that_runs_reads_a_key_added_later(keys) -> None:
    sealing.seal("1", purpose="phone")
    ring = dict(keys)
    keys[max(keys) + 1] = os.urandom(32)
    sealing.forget_keys()
    later = sealing.seal("13812345678", purpose="phone")
    newest = keys.pop(max(keys))
    sealing.forget_keys()
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(later, purpose="phone")

    keys.update(ring | {max(ring) + 1: newest})
    assert sealing.unseal(later, purpose="phone") == "13812345678"


def test_sm4_seals_and_either_algorithm_reads(keys, monkeypatch) -> None:
    by_aes = sealing.seal("13812345678", purpose="phone")
    monkeypatch.setenv("ZHITONG_CIPHER", "sm4-gcm")
    sealing.forget_keys()
    by_sm4 = sealing.seal("13812345678", purpose="phone")

    assert (by_aes[0], by_sm4[0]) == (sealing.AES, sealing.SM4)
    for blob in (by_aes, by_sm4):
        assert sealing.unseal(blob, purpose="phone") == "13812345678"
    altered = by_sm4[:-1] + bytes([by_sm4[-1] ^ 1])
    for blob, purpose in ((altered, "phone"), (by_sm4, "identity"), (by_sm4[:20], "phone")):
        with pytest.raises(sealing.Unreadable):
            sealing.unseal(blob, purpose=purpose)


def test_a_new_key_is_added_to_the_file(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("ZHITONG_HOME", str(tmp_path / "home"))
    secrets.load.cache_clear()
    before = secrets.load().field_keys

    assert secrets.add_field_key() == 2
    assert secrets.load().field_keys[1] == before[1]
    assert set(secrets.load().field_keys) == {1, 2}

    monkeypatch.setenv("ZHITONG_FIELD_KEYS", "1:x")
    with pytest.raises(secrets.home.StartupError, match="ZHITONG_FIELD_KEYS"):
        secrets.add_field_key()
    monkeypatch.undo()
    sealing.forget_keys()

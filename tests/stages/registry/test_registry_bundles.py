"""Small files are read by the bundle; nobody but the clock may notice."""

from __future__ import annotations

import pytest
from django.db import connection

from stages.registry.survey_rows import person, traveller, write_csv, write_xlsx
from zhitong.registry import arrivals, storing
from zhitong.registry.intake import admit_surveys
from zhitong.registry.models import Batch, Departure, RowError, Worker


def _files(folder):
    """Three townships: other columns, another day, a party of one name from two places."""
    first = [traveller(1, party="一组"), traveller(2, party="一组"), person(3, name="")]
    second = [
        traveller(11, party="一组", home="河北省衡水市饶阳县饶阳镇"),
        person(12, phone="123"),
        person(13, needs="轮椅"),
    ]
    third = [person(21), traveller(22, party="二组"), traveller(23, party="二组", work="天津市")]
    return [
        write_csv(folder / "a2020-03-02.csv", first),
        write_xlsx(folder / "b2020-03-01.xlsx", second),
        write_csv(folder / "c2020-03-02.csv", third),
    ]


def _seen():
    return (
        [(one.filename, one.about, one.rows, one.admitted, one.refused, one.duplicates)
         for one in Batch.objects.order_by("filename")],
        list(RowError.objects.order_by("batch__filename", "row", "column").values_list(
            "batch__filename", "row", "column", "code", "sentence")),
        list(Worker.objects.order_by("identity_print").values_list("identity_print", "home")),
        list(Departure.objects.order_by("worker__identity_print").values_list(
            "destination", "party__label", "party__batch__filename")),
    )  # fmt: skip


@pytest.mark.django_db
def test_a_bundle_is_stored_as_its_files_one_by_one(tmp_path, now, monkeypatch):
    files = _files(tmp_path)
    together = admit_surveys(files, about=None, sent_by=None, now=now)
    seen = _seen()
    for model in (Departure, RowError):
        model.objects.all().delete()
    connection.cursor().execute("TRUNCATE registry_batch CASCADE")
    monkeypatch.setattr(arrivals, "BUNDLE_FILES", 1)
    alone = admit_surveys(files, about=None, sent_by=None, now=now)
    assert _seen() == seen
    assert [one.admitted for one in together] == [one.admitted for one in alone] == [2, 2, 1]
    assert {code for _, _, _, code, _ in seen[1]} == {"missing", "bad-phone", "party-two-origins"}


@pytest.mark.django_db
def test_a_file_twice_in_a_bundle_is_one_batch(tmp_path, now):
    one = write_csv(tmp_path / "a.csv", [person(1)])
    copy = tmp_path / "b.csv"
    copy.write_bytes(one.read_bytes())
    receipts = admit_surveys([one, copy], about=now.date(), sent_by=None, now=now)
    assert [receipt.again for receipt in receipts] == [False, True]
    assert receipts[0].batch_id == receipts[1].batch_id
    assert [one.again for one in admit_surveys([one, copy], about=None, sent_by=None, now=now)] == [
        True,
        True,
    ]


@pytest.mark.django_db
def test_files_too_long_for_a_bundle_keep_their_place(tmp_path, now, monkeypatch):
    files = _files(tmp_path)
    monkeypatch.setattr(arrivals, "LONG", files[0].stat().st_size - 1)
    receipts = admit_surveys(files, about=None, sent_by=None, now=now)
    assert [one.filename for one in receipts] == [one.name for one in files]
    assert [one.admitted for one in receipts] == [2, 2, 1]


@pytest.mark.django_db(transaction=True)
def test_several_files_are_on_the_disk_before_anybody_is_told(tmp_path, now, monkeypatch):
    """Commits need not wait for the disk one by one, but all of them before the receipts."""
    seen = {}
    flush = storing.flush

    def watched():
        seen["written"] = _position("pg_current_wal_insert_lsn()")
        flush()
        seen["flushed"] = _position("pg_current_wal_flush_lsn()")

    monkeypatch.setattr(storing, "flush", watched)
    admit_surveys(_files(tmp_path), about=None, sent_by=None, now=now)
    assert seen["flushed"] >= seen["written"]
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)


def _position(function):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function} - '0/0'::pg_lsn")
        return cursor.fetchone()[0]

"""Refused rows always come back: whatever the files are called, and when the disk fails."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import openpyxl
import pytest

from stages.registry.survey_rows import (
    ABOUT,
    counts,
    person,
    write_csv,
    write_parquet,
    write_xlsx,
)
from zhitong.kernel.errors import UserError
from zhitong.registry.intake import admit_surveys
from zhitong.registry.models import Batch, Duplicate, RowError, Worker
from zhitong.registry.survey import COVER, SHEET

pytestmark = pytest.mark.django_db

ROWS = [person(1), person(2, name=""), person(3), person(4, consent="也许")]


def cells(path: Path, sheet: str = SHEET) -> list[tuple]:
    return list(openpyxl.load_workbook(path)[sheet].values)


def test_a_full_disk_keeps_the_file_out_and_lets_it_in_later(admit, tmp_path, monkeypatch):
    def full(self, *args, **options):
        raise OSError(28, "No space left on device")

    path, before = write_csv(tmp_path / "a.csv", ROWS), counts()
    with monkeypatch.context() as patch:
        patch.setattr("xlsxwriter.workbook.ZipFile", full)
        receipt = admit(path)
    assert receipt.fault_code == "returned-workbook"
    assert "磁盘已满" in receipt.fault and "没有登记" in receipt.fault
    assert counts() == before
    assert not [*tmp_path.glob("back/*"), *tmp_path.glob("back/.*")]

    receipt = admit(path)
    assert (receipt.again, receipt.admitted, receipt.refused) == (False, 2, 2)
    assert len(cells(receipt.error_workbook)) == 3


def test_a_failure_after_the_commit_is_told_and_mended_by_sending_again(
    admit, tmp_path, monkeypatch
):
    def gone(self, target):
        raise FileNotFoundError(2, "No such file or directory")

    path = write_csv(tmp_path / "a.csv", ROWS)
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.replace", gone)
        receipt = admit(path)
    assert (receipt.admitted, receipt.error_workbook) == (2, None)
    assert any("再报一次" in note for note in receipt.notes)
    assert len(cells(admit(path).error_workbook)) == 3


def test_the_longest_name_that_a_disk_takes(admit, tmp_path):
    path = write_csv(tmp_path / ("长" * 79 + "2020-03-02.csv"), ROWS)
    receipt = admit(path, about=None)
    assert (receipt.fault, receipt.refused) == (None, 2)
    assert receipt.error_workbook.name.startswith("长长")
    assert Batch.objects.get().filename == path.name


@pytest.mark.parametrize("write", [write_csv, write_xlsx, write_parquet])
def test_sending_again_brings_the_rows_back(admit, tmp_path, monkeypatch, write):
    monkeypatch.setattr("zhitong.registry.parquets.ROWS", 3)
    monkeypatch.setattr("zhitong.registry.delimited.BLOCK", 300)
    first = admit(write(tmp_path / "a.dat", ROWS))
    expected = cells(first.error_workbook), cells(first.error_workbook, COVER)
    first.error_workbook.unlink()
    before = counts()
    again = admit(tmp_path / "a.dat")
    assert again.again and again.error_workbook == first.error_workbook
    assert (cells(again.error_workbook), cells(again.error_workbook, COVER)) == expected
    assert counts() == before


def test_a_workbook_half_mended_is_not_written_over(admit, tmp_path):
    path = write_csv(tmp_path / "a.csv", ROWS)
    workbook = admit(path).error_workbook
    workbook.write_bytes(b"half mended")
    assert admit(path).error_workbook == workbook
    assert workbook.read_bytes() == b"half mended"


def test_files_of_one_name_each_have_their_workbook(now, tmp_path):
    paths = []
    for at, name in enumerate(("甲/枣强.csv", "乙/枣强.csv", "乙/枣强.xlsx"), start=1):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write = write_xlsx if name.endswith("xlsx") else write_csv
        paths.append(write(tmp_path / name, [person(at, name="")]))
    receipts = admit_surveys(
        paths, about=ABOUT, sent_by=None, now=now, errors_folder=tmp_path / "back"
    )
    numbers = [cells(one.error_workbook)[1][1] for one in receipts]
    assert numbers == [person(at)["identity"] for at in (1, 2, 3)]


def test_a_folder_that_cannot_be_written_stops_the_command_before_anything(now, tmp_path):
    path, before = write_csv(tmp_path / "a.csv", ROWS), counts()
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file" / "errors", tmp_path / "file", Path("/proc/none/errors")):
        with pytest.raises(UserError, match="写不进") as caught:
            admit_surveys([path], about=ABOUT, sent_by=None, now=now, errors_folder=folder)
        assert caught.value.code == "errors-folder"
    assert counts() == before


def test_a_name_that_is_not_utf8_is_read_as_what_windows_meant(admit, tmp_path):
    folder = os.fsencode(tmp_path)
    for at, write in enumerate((write_csv, write_xlsx, write_parquet)):
        plain = write(tmp_path / f"{at}.dat", [person(at + 1), person(9, name="", address=str(at))])
        path = Path(os.fsdecode(folder + f"/枣强县{at}-2020-03-02.dat".encode("gb18030")))
        receipt = admit(plain.rename(path), about=None)
        assert (receipt.fault, receipt.admitted) == (None, 1)
        assert receipt.filename == f"枣强县{at}-2020-03-02.dat"
        assert receipt.error_workbook.name.startswith(f"枣强县{at}-2020-03-02-")
        assert admit(path, about=None).again
    path = Path(os.fsdecode(folder + b"/bad\xff-2020-03-02.csv"))
    path.write_bytes(b"")
    receipt = admit(path)
    assert receipt.fault_code == "empty-file"
    receipt.fault.encode()
    assert receipt.filename == "bad�-2020-03-02.csv"


def test_what_is_no_file_is_not_waited_for(admit, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path):
        assert admit(path).fault_code == "not-a-file"


def test_a_day_to_come_is_refused(admit, tmp_path):
    receipt = admit(write_csv(tmp_path / "枣强2099-03-02.csv", ROWS), about=None)
    assert receipt.fault_code == "future-day"
    assert "2099-03-02" in receipt.fault
    assert not Batch.objects.exists() and not RowError.objects.exists()


def test_another_day_for_the_same_file_is_told(admit, tmp_path):
    path = write_csv(tmp_path / "a.csv", ROWS)
    admit(path)
    assert len(admit(path).notes) == 1
    other = admit(path, about=dt.date(2020, 3, 1))
    assert any("2020-03-02" in note and "2020-03-01" in note for note in other.notes)


@pytest.mark.django_db(transaction=True)
def test_of_a_person_in_two_files_the_first_counts_however_long_it_takes(
    now, tmp_path, monkeypatch
):
    big = [person(number, address="先") for number in range(1, 700)]
    paths = [write_xlsx(tmp_path / "big.xlsx", big)]
    for at in range(6):
        small = [person(number, address=f"后{at}") for number in range(at * 50 + 1, at * 50 + 60)]
        paths.append(write_csv(tmp_path / f"{at}.csv", small))
    receipts = admit_surveys(paths, about=ABOUT, sent_by=None, now=now, workers=2)
    assert [one.admitted for one in receipts] == [699, *[0] * 6]
    assert [one.batch_id for one in receipts] == sorted(one.batch_id for one in receipts)
    assert set(Worker.objects.values_list("address", flat=True)) == {"先"}
    assert Duplicate.objects.count() == 6 * 59

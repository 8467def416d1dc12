"""Files into the registry: what is stored, what comes back, and that nothing is half-written."""

from __future__ import annotations

import datetime as dt

import openpyxl
import polars as pl
import pytest
from django.db import connection

from stages.registry.survey_rows import (
    ABOUT,
    HEADINGS,
    counts,
    csv_text,
    identity_of,
    person,
    traveller,
    write_csv,
    write_parquet,
    write_xlsx,
)
from zhitong.kernel import journal, sealing
from zhitong.registry import form, preparing
from zhitong.registry.intake import admit_surveys
from zhitong.registry.models import (
    Batch,
    Departure,
    Duplicate,
    Party,
    ReportedTownship,
    RowError,
    Spell,
    Worker,
)
from zhitong.registry.survey import COVER, EXPLANATION, SHEET

pytestmark = pytest.mark.django_db


def test_good_rows_become_workers_spells_and_departures(admit, tmp_path):
    receipt = admit(
        write_xlsx(
            tmp_path / "a.xlsx",
            [
                person(1, employer="恒通公司", occupation="6290101"),
                traveller(3, party="一组", needs="晕车"),
                traveller(5, party="一组", destination="北京市大兴区", work="", phone="")
                | {"status": "求职"},
            ],
        )
    )
    # 一组 wants to go to two places
    assert (receipt.rows, receipt.admitted, receipt.refused) == (3, 1, 2)

    receipt = admit(
        write_xlsx(
            tmp_path / "b.xlsx",
            [traveller(3, party="一组", needs="晕车"), traveller(5, party="一组", phone="")],
        )
    )
    assert (receipt.admitted, receipt.refused, receipt.duplicates) == (2, 0, 0)
    one, three, five = Worker.objects.order_by("pk")
    assert sealing.unseal(one.identity_sealed, purpose="identity") == identity_of(1)
    assert sealing.unseal(one.phone_sealed, purpose="phone") == "13812300001"
    assert bytes(one.phone_print) == sealing.print_of("13812300001", purpose="phone")
    assert (one.born, one.sex, one.home) == (dt.date(1990, 1, 1), "M", "131121101")
    assert (five.phone_sealed, five.phone_print) == (None, None)
    spell = one.spells.get()
    assert (spell.status, spell.started, spell.ended) == (1, dt.date(2020, 2, 20), None)
    assert (spell.home, spell.work, spell.category) == ("131121101", "110105", 5)
    assert (spell.employer, spell.occupation) == ("恒通公司", "6290101")
    assert three.spells.get().status == Spell.Status.HOME
    assert not one.departures.exists()
    wish = three.departures.get()
    assert (wish.origin, wish.destination, wish.mode) == ("131121101", "110105", "coach")
    assert wish.needs == "晕车"
    assert wish.party == five.departures.get().party == Party.objects.get()
    reported = ReportedTownship.objects.filter(batch_id=receipt.batch_id)
    assert list(reported.values_list("township", "about", "rows")) == [("131121101", ABOUT, 2)]
    assert journal.first_altered() is None


def test_every_form_is_stored_alike(admit, tmp_path):
    stored = []
    rows = [person(1), traveller(2), person(3, identity="1")]
    for at, write in enumerate((write_xlsx, write_csv, write_parquet, _gb18030, _utf8_sig)):
        receipt = admit(write(tmp_path / f"{at}.dat", rows))
        assert (receipt.fault, receipt.admitted, receipt.refused) == (None, 2, 1)
        stored.append(
            [
                list(Worker.objects.order_by("pk").values_list("identity_print", "home", "born")),
                list(Spell.objects.order_by("pk").values_list("status", "started", "category")),
                list(Departure.objects.values_list("origin", "destination", "earliest")),
                list(RowError.objects.values_list("row", "column", "code")),
            ]
        )
        for model in (Departure, Spell, Worker, RowError, ReportedTownship, Batch):
            model.objects.all().delete()
    assert all(one == stored[0] for one in stored)


def _gb18030(path, rows):
    return write_csv(path, rows, encoding="gb18030")


def _utf8_sig(path, rows):
    return write_csv(path, rows, encoding="utf-8-sig")


def test_refused_rows_come_back_marked_and_go_in_when_mended(admit, tmp_path):
    rows = [
        person(1),
        person(2, name=""),
        person(3),
        traveller(4, latest="2020-03-01", home="桥西区"),
    ]
    receipt = admit(write_xlsx(tmp_path / "枣强.xlsx", rows))
    assert (receipt.rows, receipt.admitted, receipt.refused) == (4, 2, 2)
    assert list(RowError.objects.values_list("row", "column", "code")) == [
        (3, "name", "missing"),
        (5, "home", "ambiguous-place"),
        (5, "latest", "end-before-start"),
    ]

    book = openpyxl.load_workbook(receipt.error_workbook)
    sheet = book[SHEET]
    titles = [cell.value for cell in sheet[1]]
    assert titles[-2:] == ["原行号", EXPLANATION]
    assert titles[:3] == ["姓名", "身份证号", "手机号"]
    assert [row[-2].value for row in sheet.iter_rows(min_row=2)] == [3, 5]
    assert "姓名没有填" in sheet["A2"].comment.text
    assert sheet["A2"].fill.fill_type == "solid"
    assert sheet["B2"].fill.fill_type is None
    assert "桥西区" in sheet.cell(3, len(titles)).value
    assert "最晚出行日早于最早出行日" in sheet.cell(3, len(titles)).value

    sheet["A2"], sheet["E3"] = "李四", "131121101"
    sheet.cell(3, titles.index("最晚出行日") + 1, "2020-03-06")
    book.save(tmp_path / "mended.xlsx")
    mended = admit(tmp_path / "mended.xlsx", about=None)
    assert (mended.admitted, mended.refused, mended.duplicates) == (2, 0, 0)
    assert Batch.objects.get(pk=mended.batch_id).about == ABOUT
    assert Worker.objects.count() == 4


def test_a_csv_comes_back_as_a_workbook_too(admit, tmp_path):
    receipt = admit(write_csv(tmp_path / "a.csv", [person(1, consent="")]))
    sheet = openpyxl.load_workbook(receipt.error_workbook)[SHEET]
    assert sheet["B2"].value == identity_of(1)
    assert sheet["B2"].data_type == "s"


def test_the_template_filled_in_by_a_clerk_is_admitted(admit, tmp_path):
    path = tmp_path / "枣强县.xlsx"
    form.write_template(path, county="131121")
    book = openpyxl.load_workbook(path)
    cells = book[SHEET]
    titles = {cell.value.rstrip("*"): cell.column for cell in cells[1]}
    assert cells.freeze_panes == "B2"
    assert any("选项" in (one.formula1 or "") for one in cells.data_validations.dataValidation)
    for key in ("name", "identity", "home", "status", "work", "consent"):
        cells.cell(2, titles[HEADINGS[key]], person(1)[key])
    cover = book[COVER]
    cover["B1"] = dt.date(2020, 3, 2)
    cover["C4"], cover["C5"] = 1, 0
    book.save(path)
    receipt = admit(path, about=None)
    assert (receipt.fault, receipt.admitted, receipt.notes) == (None, 1, ())
    reported = ReportedTownship.objects.order_by("pk")
    assert [one.rows for one in reported] == [1, 0]
    assert all(one.township.startswith("131121") for one in reported)


def test_a_zero_report_is_a_report(admit, tmp_path):
    form.write_survey(tmp_path / "a.xlsx", pl.DataFrame(), about=ABOUT, townships={"131121101": 0})
    receipt = admit(tmp_path / "a.xlsx", about=None)
    assert (receipt.fault, receipt.rows) == (None, 0)
    assert ReportedTownship.objects.get().rows == 0


def test_numbers_on_the_cover_that_do_not_fit_are_noted(admit, tmp_path):
    frame = pl.DataFrame([person(1)])
    form.write_survey(tmp_path / "a.xlsx", frame, about=ABOUT, townships={"131121101": 3})
    receipt = admit(tmp_path / "a.xlsx", about=dt.date(2020, 3, 1))
    assert receipt.admitted == 1
    assert any("2020-03-02" in note for note in receipt.notes)
    assert any("合计 3" in note for note in receipt.notes)


def test_a_file_that_names_no_day_is_sent_back(admit, tmp_path):
    receipt = admit(write_csv(tmp_path / "枣强.csv", [person(1)]), about=None)
    assert (receipt.batch_id, receipt.fault_code) == (None, "no-day")
    receipt = admit(write_csv(tmp_path / "枣强2020-03-02.csv", [person(1)]), about=None)
    assert Batch.objects.get(pk=receipt.batch_id).about == ABOUT


# -- idempotency and duplicates


def test_the_same_file_twice_has_the_effect_of_once(admit, tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", [person(1), person(2, name="")])
    first = admit(path)
    before = counts()
    again = admit(path.rename(tmp_path / "renamed.xlsx"))
    assert again.again and not first.again
    assert again.batch_id == first.batch_id
    assert (again.admitted, again.refused) == (1, 1)
    assert counts() == before


def test_duplicates_wait_for_a_decision_in_the_order_of_the_file(admit, tmp_path):
    receipt = admit(
        write_csv(tmp_path / "a.csv", [person(1), person(3), person(1), person(1, employer="新厂")])
    )
    assert (receipt.admitted, receipt.duplicates) == (2, 2)
    worker = Worker.objects.order_by("pk")[0]
    found = Duplicate.objects.order_by("row")
    assert [(one.row, one.worker_id, one.identical) for one in found] == [
        (4, worker.pk, True),
        (5, worker.pk, False),
    ]
    receipt = admit(write_csv(tmp_path / "b.csv", [person(5), person(3, started="")]))
    assert (receipt.admitted, receipt.duplicates) == (1, 1)
    assert Duplicate.objects.get(batch_id=receipt.batch_id).identical
    assert Worker.objects.count() == Spell.objects.count() == 3


# -- bad input leaves nothing behind

BAD = {
    "empty": lambda path: path.write_bytes(b""),
    "heading only": lambda path: path.write_text(csv_text([])),
    "wrong sheet": lambda path: _two_sheets(path),
    "no heading": lambda path: path.write_text("a,b\n1,2\n"),
    "missing column": lambda path: path.write_text(csv_text([person(1)]).replace("户籍地", "x")),
    "truncated": lambda path: path.write_bytes(write_xlsx(path, [person(1)]).read_bytes()[:900]),
    "web page": lambda path: path.write_text("<html><table></table></html>"),
    "binary": lambda path: path.write_bytes(bytes(range(256))),
}


def _two_sheets(path):
    book = openpyxl.Workbook()
    book.create_sheet("别的")
    book.save(path)


@pytest.mark.parametrize("what", BAD)
def test_a_file_that_cannot_be_read_leaves_nothing(admit, tmp_path, what):
    before = counts()
    path = tmp_path / "2020-03-02.xlsx"
    BAD[what](path)
    receipt = admit(path)
    assert receipt.batch_id is None
    assert receipt.fault and "请" in receipt.fault
    assert receipt.fault_code
    assert counts() == before
    assert not list(tmp_path.glob("back/*"))


def test_a_failure_in_the_middle_leaves_nothing(admit, tmp_path, monkeypatch):
    monkeypatch.setattr("zhitong.registry.parquets.ROWS", 10)
    path = write_parquet(
        tmp_path / "a.parquet",
        [person(number, name="" if number == 2 else "李四") for number in range(1, 40)],
    )
    before, calls = counts(), []
    real = preparing.prepare

    def failing(*args, **options):
        calls.append(1)
        if len(calls) == 3:
            raise MemoryError("no room")
        return real(*args, **options)

    monkeypatch.setattr("zhitong.registry.preparing.prepare", failing)
    with pytest.raises(MemoryError):
        admit(path)
    assert counts() == before
    assert not [*tmp_path.glob("back/*"), *tmp_path.glob("back/.*")]
    monkeypatch.setattr("zhitong.registry.preparing.prepare", real)
    receipt = admit(path)
    assert (receipt.admitted, receipt.refused, receipt.again) == (38, 1, False)


def test_a_long_file_is_read_in_parts_with_the_same_result(admit, tmp_path, monkeypatch):
    rows = [person(number) for number in range(1, 30)]
    rows[25] = person(3, employer="新厂")
    rows[27] = person(28, name="")
    rows[2] = traveller(3, party="一组")
    rows[21] = traveller(22, party="一组", work="天津市武清区")
    rows[5] = traveller(6, party="二组")
    rows[24] = traveller(25, party="二组")
    whole = admit(write_csv(tmp_path / "a.csv", rows))
    expected = _stored()
    for model in (Duplicate, Departure, Party, Spell, Worker, RowError, ReportedTownship, Batch):
        model.objects.all().delete()
    monkeypatch.setattr("zhitong.registry.parquets.ROWS", 7)
    monkeypatch.setattr("zhitong.registry.delimited.BLOCK", 900)
    for write in (write_csv, write_parquet):
        receipt = admit(write(tmp_path / f"b.{write.__name__}", rows))
        assert (receipt.admitted, receipt.refused, receipt.duplicates) == (26, 3, 0)
        assert (whole.admitted, whole.refused, whole.duplicates) == (26, 3, 0)
        assert _stored() == expected
        for model in (
            Duplicate,
            Departure,
            Party,
            Spell,
            Worker,
            RowError,
            ReportedTownship,
            Batch,
        ):
            model.objects.all().delete()


def _stored():
    return [
        list(Worker.objects.order_by("pk").values_list("identity_print", "home", "name")),
        list(Spell.objects.order_by("pk").values_list("status", "started", "work", "employer")),
        list(Departure.objects.order_by("pk").values_list("destination", "party__label")),
        list(RowError.objects.values_list("row", "column", "code")),
        list(Duplicate.objects.values_list("row", "identical")),
        list(ReportedTownship.objects.values_list("township", "rows")),
    ]


def test_no_identity_number_and_no_telephone_stands_in_the_database(admit, tmp_path):
    secrets = [identity_of(one) for one in (1, 3, 5)] + ["13812300001", "13812300003"]
    rows = [
        person(1),
        person(1, employer="新厂"),
        person(3, phone="13812300003", other_phone="13912300003", name=""),
        person(5, home=identity_of(5), work="13812300003", status=identity_of(3)),
    ]
    admit(write_csv(tmp_path / "a.csv", rows))
    tables = [
        table
        for table in connection.introspection.table_names()
        if table.startswith(("registry_", "kernel_"))
    ]
    assert len(tables) >= 9
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT t::text FROM {table} AS t")
            text = "".join(row for (row,) in cursor.fetchall())
            for secret in secrets:
                assert secret not in text
                assert secret.encode().hex() not in text


def test_several_files_keep_their_order_and_a_bad_one_keeps_no_other_out(now, tmp_path):
    good = write_csv(tmp_path / "b.csv", [person(1)])
    (tmp_path / "a.csv").write_bytes(b"")
    other = write_csv(tmp_path / "c.csv", [person(3)])
    receipts = admit_surveys([good, tmp_path / "a.csv", other], about=ABOUT, sent_by=None, now=now)
    assert [one.filename for one in receipts] == ["b.csv", "a.csv", "c.csv"]
    assert [one.fault_code for one in receipts] == [None, "empty-file", None]
    assert Worker.objects.count() == 2
    assert receipts[0].error_workbook is None


def test_a_missing_file_is_a_fault_not_a_crash(admit, tmp_path):
    assert admit(tmp_path / "nowhere.xlsx").fault_code == "cannot-open"

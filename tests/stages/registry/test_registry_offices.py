"""What offices really send: stray quotes, marks of other programs, numbers where none belong."""

from __future__ import annotations

import openpyxl
import polars as pl
import pytest
import xlwt

from stages.registry.survey_rows import (
    HEADINGS,
    csv_text,
    identity_of,
    person,
    titled,
    write_csv,
    write_xlsx,
)
from zhitong.registry import identity, telephones
from zhitong.registry.models import Batch, RowError, Worker
from zhitong.registry.review import starred
from zhitong.registry.survey import COVER, QUESTIONS, SHEET
from zhitong.registry.tables import UnreadableFile, read_table

pytestmark = pytest.mark.django_db


def codes() -> set[tuple[int, str, str]]:
    return set(RowError.objects.values_list("row", "column", "code"))


# -- line breaks and stray quotes


@pytest.mark.parametrize("column", ["address", "name", "entered_by", "home"])
def test_two_stray_quotes_do_not_swallow_people(admit, tmp_path, column):
    rows = [person(number, address="王庄", entered_by="李敏") for number in range(1, 6)]
    lines = csv_text(rows).splitlines()
    for at, mark in ((2, '"{}'), (4, '{}"')):
        cell = rows[at - 1][column]
        lines[at] = lines[at].replace(cell, mark.format(cell), 1)
    path = tmp_path / "a.csv"
    path.write_text("\n".join(lines) + "\n")
    receipt = admit(path)
    assert (receipt.admitted, receipt.refused) == (2, 1)
    assert (3, column, "swallowed-rows") in codes()
    assert not Worker.objects.filter(address__contains=identity_of(3)).exists()
    sheet = openpyxl.load_workbook(receipt.error_workbook)[SHEET]
    assert identity_of(3) in str(list(sheet.values))


def test_in_a_column_that_is_not_read_they_do_not_either(admit, tmp_path):
    head, *lines = csv_text([person(number) for number in range(1, 5)]).splitlines()
    path = tmp_path / "a.csv"
    lines = [f"{line},{mark}" for line, mark in zip(lines, ("", '"无', '无"', ""), strict=True)]
    path.write_text("\n".join([head + ",备注", *lines]))
    receipt = admit(path)
    assert receipt.refused == 1
    assert {code for _, _, code in codes()} == {"swallowed-rows"}


def test_a_line_break_is_a_space_in_free_text_and_wrong_elsewhere(admit, tmp_path):
    rows = [person(1, address="王庄\r3号,\n西院"), person(2, name="张\n三")]
    receipt = admit(write_csv(tmp_path / "a.csv", rows))
    assert (receipt.admitted, receipt.refused) == (1, 1)
    assert codes() == {(3, "name", "line-break")}
    assert Worker.objects.get().address == "王庄 3号, 西院"


# -- numbers in free text


@pytest.mark.parametrize("key", ["address", "employer", "party", "needs", "entered_by"])
def test_an_identity_number_in_free_text_is_refused_and_not_quoted(admit, tmp_path, key):
    path = write_csv(tmp_path / "a.csv", [person(1, **{key: f"见{identity_of(7)}。"})])
    assert admit(path).refused == 1
    assert (2, key, "identity-in-text") in codes() or key == "party"
    assert not any(identity_of(7) in one.sentence for one in RowError.objects.all())


@pytest.mark.parametrize("key", ["address", "employer", "party", "needs", "entered_by"])
def test_a_telephone_number_in_free_text_is_refused_and_not_quoted(admit, tmp_path, key):
    path = write_csv(tmp_path / "a.csv", [person(1, **{key: "找138 1234 5678"})])
    assert admit(path).refused == 1
    assert (2, key, "phone-in-text") in codes() or key == "party"
    assert not any("5678" in one.sentence for one in RowError.objects.all())


def test_telephones_are_found_with_gaps_and_never_in_other_numbers():
    hidden = [
        "13812345678",
        "联系 +86 138-1234-5678",
        "１３８１２３４５６７８",
        "村医19912345678。",
        "0318-8222222",
        "厂办(010)62345678",
        "（0311）87654321",
    ]
    plain = ["王庄3号", "2020-03-02", "12345678901", "6222021381234567890", identity_of(1),
             "91130000123456789X", "1号楼2单元301室 13", "0318 路", None]  # fmt: skip
    assert set(telephones.inside(pl.Series(hidden + plain))) == set(hidden)


def test_identity_numbers_are_found_in_groups_and_old_and_never_in_other_numbers():
    hidden = [
        identity_of(1),
        "张三131121 19900101 0015",
        "(131121900101001)",
        "１３１１２１１９９００１０１００１５",
        identity_of(1) + " 13812345678",
        "11010519491231002X",
    ]
    plain = ["王庄3号", "13812345678", "6222021234567890123", "91130000123456789X", None]
    assert set(identity.inside(pl.Series(hidden + plain))) == set(hidden)


def test_a_sentence_stars_long_numbers():
    assert starred("131121199001010015") == "131121***"
    assert starred("138-1234-5678") == "***"
    assert starred("北京市朝阳区") == "北京市朝阳区"


# -- marks that other programs leave


@pytest.mark.parametrize(
    "mark", [b"\x84\x31\x95\x33", b"\xef\xbb\xbf\xef\xbb\xbf"], ids=["gb18030", "utf-8 twice"]
)
@pytest.mark.parametrize("quote", ["", '"'])
def test_byte_order_marks_are_not_part_of_the_heading(tmp_path, mark, quote):
    encoding = "gb18030" if mark[0] == 0x84 else "utf-8"
    text = csv_text([person(1)]).replace("姓名", f"{quote}姓名{quote}", 1)
    path = tmp_path / "a.csv"
    path.write_bytes(mark + text.encode(encoding))
    table = read_table(path, headings=QUESTIONS, sheet=SHEET)
    assert table.frame["name"].to_list() == ["张小三"]


def test_apostrophes_and_decimals_of_numbers(admit, tmp_path):
    rows = [
        person(1, phone="'13812345603", started="'2020-02-20", home="'131121101"),
        person(2, phone="13812345604.0", other_phone="+8613812345605.0"),
        person(3, identity=identity_of(3) + ".0"),
    ]
    receipt = admit(write_csv(tmp_path / "a.csv", rows))
    assert (receipt.admitted, codes()) == (2, {(4, "identity", "decimal-number")})


# -- sheets


def test_a_hidden_sheet_is_never_read(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", [person(1, name="看不见")])
    book = openpyxl.load_workbook(path)
    book.create_sheet("说明")["A1"] = "请看另一张表"
    book.active = 1
    book[SHEET].sheet_state = "hidden"
    book.save(path)
    with pytest.raises(UnreadableFile, match="隐藏") as caught:
        read_table(path, headings=QUESTIONS, sheet=SHEET)
    assert caught.value.code == "hidden-sheet"
    for row in titled([person(2, name="看得见")]):
        book["说明"].append(row)
    book.save(path)
    table = read_table(path, headings=QUESTIONS, sheet=SHEET)
    assert (table.sheet, table.frame["name"].to_list()) == ("说明", ["看得见"])


def test_a_hidden_cover_is_not_read_either(admit, tmp_path):
    """Its day and its zeros would be reported unseen."""
    path = write_xlsx(tmp_path / "a.xlsx", [person(1)])
    book = openpyxl.load_workbook(path)
    sheet = book.create_sheet(COVER)
    sheet.append(["报送日期", "2020-03-01"])
    sheet.sheet_state = "hidden"
    book.save(path)
    receipt = admit(path)
    assert receipt.fault_code == "hidden-sheet"
    assert COVER in receipt.fault
    assert not Batch.objects.exists()


def test_a_hidden_sheet_of_an_old_workbook_is_never_read(tmp_path):
    book = xlwt.Workbook()
    for name in (SHEET, "表1"):
        sheet = book.add_sheet(name)
        for at, row in enumerate(titled([person(1, employer=name)])):
            for place, cell in enumerate(row):
                sheet.write(at, place, cell)
    book.get_sheet(0).visibility = 1
    book.active_sheet = 1
    book.save(str(tmp_path / "a.xls"))
    assert read_table(tmp_path / "a.xls", headings=QUESTIONS, sheet=SHEET).sheet == "表1"


def test_a_merged_heading_is_named(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", [person(1)])
    book = openpyxl.load_workbook(path)
    book[SHEET].merge_cells("A1:C1")
    book.save(path)
    with pytest.raises(UnreadableFile, match="合并") as caught:
        read_table(path, headings=QUESTIONS, sheet=SHEET)
    assert caught.value.code == "missing-column"


def test_a_column_repeated_ten_thousand_times_is_called_too_many(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(",".join([HEADINGS["name"]] * 10_000) + "\n1\n")
    with pytest.raises(UnreadableFile) as caught:
        read_table(path, headings=QUESTIONS, sheet=SHEET)
    assert caught.value.code == "too-many-columns"

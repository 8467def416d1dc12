"""Every file an office may send: read right, or sent back with a sentence that helps."""

from __future__ import annotations

import io
import struct
import zipfile

import openpyxl
import polars as pl
import pytest
import xlwt

from stages.registry.survey_rows import (
    HEADINGS,
    csv_text,
    person,
    titled,
    write_csv,
    write_parquet,
    write_xlsx,
)
from zhitong.registry.survey import QUESTIONS, SHEET
from zhitong.registry.tables import UnreadableFile, read_table


def read(path, **options):
    return read_table(path, headings=QUESTIONS, sheet=SHEET, **options)


def write_xls(path, rows):
    book = xlwt.Workbook()
    sheet = book.add_sheet(SHEET)
    for at, row in enumerate(titled(rows)):
        for place, cell in enumerate(row):
            sheet.write(at, place, cell)
    book.save(str(path))
    return path


def fault(path) -> UnreadableFile:
    with pytest.raises(UnreadableFile) as caught:
        read(path)
    assert path.name in caught.value.sentence
    return caught.value


TWO = [person(1), person(2, address="李庄, “大”院\n3号")]


def test_all_forms_and_encodings_give_the_same_rows(tmp_path):
    frames = [
        read(write_xlsx(tmp_path / "a.xlsx", TWO)).frame,
        read(write_xls(tmp_path / "a.xls", TWO)).frame,
        read(write_parquet(tmp_path / "a.parquet", TWO)).frame,
    ]
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        for separator in ",;\t":
            path = tmp_path / "a.csv"
            path.write_bytes(csv_text(TWO, separator=separator).encode(encoding))
            frames.append(read(path).frame)
    for frame in frames:
        assert frame.equals(frames[0])
    assert frames[0]["row"].to_list() == [2, 3]
    assert frames[0]["name"].to_list() == ["张小三", "张小三"]


def test_the_ending_of_the_name_does_not_matter(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", TWO)
    assert read(path.rename(tmp_path / "a.csv")).frame.height == 2


def test_a_title_above_and_remarks_in_the_heading_are_understood(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = SHEET
    book.active["C2"] = "枣强县摸底调查表"
    for place, (key, heading) in enumerate(HEADINGS.items(), start=3):
        title = heading + (" *（必填）" if QUESTIONS[key].required else "")
        book.active.cell(4, place, title)
        book.active.cell(6, place, person(1).get(key))
    book.save(tmp_path / "a.xlsx")
    table = read(tmp_path / "a.xlsx")
    assert table.frame["row"].to_list() == [6]
    assert table.frame["identity"].to_list() == [person(1)["identity"]]


def test_invisible_characters_and_wide_spaces_go(tmp_path):
    path = write_xlsx(
        tmp_path / "a.xlsx", [person(1, name="\u3000张小三\u00a0\u200b", work="\u200b")]
    )
    row = read(path).frame.row(0, named=True)
    assert (row["name"], row["work"]) == ("张小三", None)


def test_english_keys_are_headings_too_and_strange_columns_are_named(tmp_path):
    frame = pl.DataFrame([person(1)]).with_columns(colour=pl.lit("red"))
    frame.write_parquet(tmp_path / "a.parquet")
    table = read(tmp_path / "a.parquet")
    assert table.frame["home"].to_list() == [person(1)["home"]]
    assert table.ignored == ("colour",)


def test_parquet_types_become_texts_and_floats_lose_identity_numbers(tmp_path):
    frame = pl.DataFrame([person(1)]).with_columns(
        identity=pl.lit(131121199001010015, pl.Int64),
        phone=pl.lit(13812300001.0),
        started=pl.lit("2020-02-20").str.to_date(),
        consent=pl.lit(True),
    )
    frame.write_parquet(tmp_path / "a.parquet")
    table = read(tmp_path / "a.parquet")
    row = table.frame.row(0, named=True)
    assert row["identity"] == "131121199001010015"
    assert (row["phone"], row["started"], row["consent"]) == ("13812300001", "2020-02-20", "true")
    frame.with_columns(identity=pl.col("identity").cast(pl.Float64)).write_parquet(
        tmp_path / "b.parquet"
    )
    assert read(tmp_path / "b.parquet").spoiled.rows() == [(2, "identity", "number-lost")]


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_numbers_in_the_identity_column_have_lost_digits(tmp_path, kind):
    number = int(person(1)["identity"][:17] + "0")
    path = tmp_path / f"a.{kind}"
    if kind == "xlsx":
        write_xlsx(path, [person(1), person(2)])
        book = openpyxl.load_workbook(path)
        book[SHEET]["B3"] = number
        book.save(path)
    else:
        write_xls(path, [person(1), {**person(2), "identity": number}])
    assert read(path).spoiled.rows() == [(3, "identity", "number-lost")]


def test_formulas_count_by_their_value_and_are_marked_without_one(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", [person(1), person(2), person(3)])
    book = openpyxl.load_workbook(path)
    book[SHEET]["A2"], book[SHEET]["A3"], book[SHEET]["A4"] = "=A1", "=A1&1", "#N/A"
    book.save(path)
    _replace_in_sheet(
        path, b"<f>A1</f><v />", "<f>A1</f><v>李四</v>".encode(), b'r="A2"', b'r="A2" t="str"'
    )
    table = read(path)
    assert table.frame["name"].to_list() == ["李四", None, None]
    assert table.spoiled.rows() == [
        (3, "name", "formula-without-value"),
        (4, "name", "error-value"),
    ]


def _replace_in_sheet(path, *pairs: bytes) -> None:
    """Rewrite the first worksheet's XML: `old, new, old, new`."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    part = "xl/worksheets/sheet1.xml"
    for old, new in zip(pairs[::2], pairs[1::2], strict=True):
        assert old in parts[part]
        parts[part] = parts[part].replace(old, new, 1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_merged_cells_are_marked_below_their_first_row(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    if kind == "xlsx":
        write_xlsx(path, [person(1), person(2), person(3)])
        book = openpyxl.load_workbook(path)
        book[SHEET].merge_cells("E2:E3")
        book.save(path)
    else:
        book = xlwt.Workbook()
        sheet = book.add_sheet(SHEET)
        for at, row in enumerate(titled([person(1), person(2), person(3)])):
            for place, cell in enumerate(row):
                if place != 4 or at == 0 or at == 3:
                    sheet.write(at, place, cell)
        sheet.write_merge(1, 2, 4, 4, person(1)["home"])
        book.save(str(path))
    table = read(path)
    assert table.spoiled.rows() == [(3, "home", "merged-cell")]
    assert table.frame["home"].to_list() == [person(1)["home"], None, person(1)["home"]]


def test_the_sheet_is_found_by_its_name_else_by_its_headings(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", TWO, sheet="Sheet1")
    book = openpyxl.load_workbook(path)
    book.create_sheet("说明", 0)["A1"] = "姓名"
    book.save(path)
    table = read(path)
    assert (table.sheet, table.frame.height) == ("Sheet1", 2)
    book.copy_worksheet(book["Sheet1"])
    book.save(path)
    wrong = fault(path)
    assert wrong.code == "wrong-sheet"
    assert "“Sheet1”" in wrong.sentence and "“说明”" in wrong.sentence


def test_a_missing_column_and_a_doubled_one_are_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(csv_text(TWO).replace("户籍地", "家").replace("本人同意", "同意书"))
    missing = fault(path)
    assert missing.code == "missing-column"
    assert "户籍地" in missing.sentence and "本人同意" in missing.sentence
    path.write_text(csv_text(TWO).replace("详细地址", "姓名"))
    assert fault(path).code == "column-twice"
    path.write_text("甲,乙\n1,2\n")
    assert fault(path).code == "no-heading"


def test_records_longer_than_the_heading_are_marked(tmp_path):
    path = tmp_path / "a.csv"
    lines = csv_text([person(1), person(2)]).splitlines()
    path.write_text("\n".join([lines[0], lines[1], lines[2] + ",是"]))
    assert read(path).spoiled.rows() == [(3, "consent", "row-too-long")]


def test_a_csv_is_cut_between_records_never_inside_quotes(tmp_path, monkeypatch):
    rows = [person(number, address="一\n二," * (number % 3) + "三") for number in range(1, 200)]
    path = write_csv(tmp_path / "a.csv", rows)
    whole = read(path)
    monkeypatch.setattr("zhitong.registry.delimited.BLOCK", 700)
    pieces = read(path)
    assert pieces.frame.equals(whole.frame)
    assert pieces.records == whole.records


def _xlsx_bytes(sheet: bytes) -> bytes:
    """A workbook around the XML of one sheet."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        )
        archive.writestr(
            "xl/workbook.xml",
            '<workbook xmlns:r="r"><sheets>'
            '<sheet name="摸底调查" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/>'
            "</Relationships>",
        )
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    return out.getvalue()


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(_xlsx_bytes(b"<worksheet><sheetData>" + b" " * (200 * 2**20)))
    assert path.stat().st_size < 2**20
    assert fault(path).code == "zip-bomb"


def test_a_zip_that_lies_about_its_size_is_found_out(tmp_path):
    data = bytearray(_xlsx_bytes(b"<worksheet><sheetData>" + b" " * (60 * 2**20)))
    small = struct.pack("<I", 1000)
    size = struct.pack("<I", 60 * 2**20 + 22)
    assert data.count(size) == 2  # the entry and the directory
    path = tmp_path / "a.xlsx"
    path.write_bytes(bytes(data).replace(size, small))
    assert fault(path).code == "corrupt-workbook"


def test_ten_thousand_columns_are_refused_before_they_fill_the_memory(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = SHEET
    for place, heading in enumerate(HEADINGS.values(), start=1):
        book.active.cell(1, place, heading)
    book.active.cell(2, 10_000, "x")
    book.save(tmp_path / "a.xlsx")
    wide = fault(tmp_path / "a.xlsx")
    assert wide.code == "too-many-columns"
    assert "10,000 列" in wide.sentence


def test_a_cell_in_the_last_corner_of_the_sheet_is_refused_too(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = SHEET
    book.active["A1"], book.active["CV1048576"] = "姓名", "x"
    book.save(tmp_path / "a.xlsx")
    assert fault(tmp_path / "a.xlsx").code == "too-many-columns"


def test_a_csv_of_ten_thousand_columns_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(",".join([*HEADINGS.values(), *map(str, range(10_000))]) + "\n1\n")
    assert fault(path).code == "too-many-columns"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-file"),
        (b"\xef\xbb\xbf\r\n \n", "empty-file"),
        (b"PK\x03\x04 not a zip", "corrupt-workbook"),
        (b"PAR1 cut short", "corrupt-parquet"),
        ("<html><table><tr><td>姓名</td></tr></table></html>".encode(), "web-page"),
        (b"\x81\x20\xff\xff\xff\n" * 3, "encoding"),
        (b"%PDF-1.7", "not-a-table"),
        (b"\x00\x01\x02\x03" * 9, "not-a-table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "corrupt-workbook"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "password",
        ),
    ],
)
def test_what_is_no_table_is_sent_back_with_its_reason(tmp_path, content, code):
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    assert fault(path).code == code


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_workbook_is_sent_back(tmp_path, share):
    path = write_xlsx(tmp_path / "a.xlsx", [person(number) for number in range(1, 50)])
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert fault(path).code == "corrupt-workbook"


def test_a_damaged_workbook_is_sent_back(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", [person(number) for number in range(1, 50)])
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo("xl/worksheets/sheet1.xml").header_offset + 120
    data[at : at + 40] = bytes(40)
    path.write_bytes(data)
    assert fault(path).code == "corrupt-workbook"


def test_an_unclosed_quote_is_not_read_as_one_giant_cell(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(csv_text([person(1)]) + '"' + csv_text([person(2)]))
    assert fault(path).code == "bad-csv"


# -- characters that XML cannot hold


def test_escaped_characters_of_a_workbook_are_read_as_what_they_mean(tmp_path):
    rows = [
        person(1, address="王庄_x000D_3号"),
        person(2, address="_x005F_x000D_"),
        person(3, address="王庄_xD83D__xDE00_"),
        person(4, address="_xd83d__xde00_号_x12_"),
    ]
    frame = read(write_xlsx(tmp_path / "a.xlsx", rows)).frame
    assert frame["address"].to_list() == ["王庄 3号", "_x000D_", "王庄😀", "😀号_x12_"]


@pytest.mark.parametrize("text", ["张_xD800_三", "_xDE00__xD83D_", "张_xDC00_"])
def test_half_a_character_is_refused_in_its_cell(tmp_path, text):
    table = read(write_xlsx(tmp_path / "a.xlsx", [person(1, name=text), person(2)]))
    assert table.spoiled.rows() == [(2, "name", "broken-character")]
    assert table.frame["name"][0] == text


def test_what_looks_like_an_escape_in_a_csv_is_text(tmp_path):
    frame = read(write_csv(tmp_path / "a.csv", [person(1, address="_x000D_")])).frame
    assert frame["address"][0] == "_x000D_"

"""What offices really send, through the command line: every fault has a sentence, none a half.

One command receives all the files of a kind, as an office would: a file that cannot be read keeps
no other out, and each is judged here by its own receipt.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from journeys.conftest import commands_in, fresh_installation
from stages.registry.survey_rows import (
    HEADINGS,
    csv_text,
    identity_of,
    person,
    titled,
    traveller,
    write_parquet,
    write_xlsx,
)
from zhitong.registry.survey import QUESTIONS, SHEET

DAY = "2020-03-02"
LETTER = {key: openpyxl.utils.get_column_letter(at) for at, key in enumerate(QUESTIONS, start=1)}

# Every row of every table as text, for counting and for looking for what must not be there.
_DUMP = """
import django; django.setup()
from django.apps import apps
from django.db import connection
with connection.cursor() as cursor:
    for model in apps.get_models():
        if model._meta.managed and not model._meta.proxy:
            cursor.execute(f'SELECT t::text FROM "{model._meta.db_table}" AS t')
            for (row,) in cursor.fetchall():
                print(model._meta.label, row.replace("\\n", " "))
"""


class Office:
    """An installation of its own that files are sent to."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.back = folder / "back"
        self.run = commands_in(environment)
        self._environment = environment | {"DJANGO_SETTINGS_MODULE": "zhitong.config.settings"}

    def send(self, *paths: Path, kind: str = "survey", status: int) -> dict[str, dict[str, Any]]:
        """Receipts by file name."""
        words = ("--kind", kind, "--errors", self.back, "--json")
        done = self.run("intake", *paths, *words)
        assert done.stderr == ""
        assert done.returncode == status, done.stdout
        return {one["filename"]: one for one in json.loads(done.stdout)["files"]}

    def records(self) -> list[str]:
        """What the database holds of people, trips, batches and the journal, a line a row."""
        line = [sys.executable, "-c", _DUMP]
        done = subprocess.run(
            line, env=self._environment, check=True, capture_output=True, text=True
        )
        rooms = ("registry.", "transport.", "kernel.")
        return [row for row in done.stdout.splitlines() if row.startswith(rooms)]


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    with fresh_installation(folder) as environment:
        office = Office(folder, environment)
        assert office.run("migrate").returncode == 0
        yield office


def book_of(*rows: dict[str, str]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.active.title = SHEET
    for row in titled(list(rows)):
        book.active.append([cell or None for cell in row])
    return book


def xlsx_bytes(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def changed(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook with one part of its zip rewritten."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            data = old.read(entry)
            new.writestr(entry.filename, change(data) if entry.filename == part else data)
    return out.getvalue()


def plain_workbook() -> bytes:
    return xlsx_bytes(book_of(person(900)))


def wide_workbook() -> bytes:
    book = book_of(person(900))
    book.active.cell(2, 10_000, "x")
    return xlsx_bytes(book)


def doubled_heading() -> bytes:
    book = book_of(person(900))
    book.active.cell(1, len(HEADINGS) + 1, "姓名")
    return xlsx_bytes(book)


def merged_heading() -> bytes:
    book = book_of(person(900))
    book.active.merge_cells("A1:C1")
    return xlsx_bytes(book)


def strange_workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["去年的统计"])
    book.create_sheet("附表").append(["合计"])
    return xlsx_bytes(book)


def zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (64 * 2**20))
    return out.getvalue()


def parquet_bytes(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.write_parquet(out)
    return out.getvalue()


def parquet_frame() -> pl.DataFrame:
    head, *cells = titled([person(900)])
    return pl.DataFrame(cells, schema=head, orient="row")


CSV = csv_text([person(900)])
SHEET_PART = "xl/worksheets/sheet1.xml"

UNREADABLE: dict[str, tuple[Callable[[], bytes], str]] = {
    f"empty{DAY}.xlsx": (lambda: b"", "是空的"),
    f"blank{DAY}.csv": (lambda: b"\n\n  \r\n", "是空的"),
    f"heading-only{DAY}.csv": (lambda: csv_text([]).encode(), "没有一行内容"),
    f"no-rows{DAY}.parquet": (lambda: parquet_bytes(parquet_frame().clear()), "没有一行内容"),
    f"wrong-sheet{DAY}.xlsx": (strange_workbook, f"请把数据放在“{SHEET}”工作表中"),
    f"no-heading{DAY}.csv": (lambda: b"1,2,3\n4,5,6\n", "没有认得出的表头"),
    f"no-identity{DAY}.csv": (
        lambda: CSV.replace("身份证号", "证件").encode(),
        "缺少必填列：身份证号",
    ),
    f"doubled{DAY}.xlsx": (doubled_heading, "出现了不止一次：姓名"),
    f"merged-heading{DAY}.xlsx": (merged_heading, "身份证号"),
    f"wide{DAY}.xlsx": (wide_workbook, "10,000 列"),
    f"bomb{DAY}.xlsx": (zip_bomb, "解压后有"),
    f"truncated{DAY}.xlsx": (lambda: plain_workbook()[:-400], "不完整或已损坏"),
    f"half-sheet{DAY}.xlsx": (
        lambda: changed(plain_workbook(), SHEET_PART, lambda xml: xml[: len(xml) // 2]),
        "不完整或已损坏",
    ),
    f"half{DAY}.parquet": (lambda: parquet_bytes(parquet_frame())[:600], "不完整或已损坏"),
    f"lists{DAY}.parquet": (
        lambda: parquet_bytes(parquet_frame().with_columns(pl.Series("详细地址", [[1]]))),
        "不是文本、数字或日期",
    ),
    f"open-quote{DAY}.csv": (lambda: CSV.replace("王庄村", '"王庄村').encode(), "引号没有成对"),
    f"nul{DAY}.csv": (lambda: CSV.replace("王", "\0").encode(), "不是表格"),
    f"picture{DAY}.xlsx": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(64), "不是表格"),
    f"page{DAY}.xls": (lambda: "<html><table>姓名</table>".encode(), "其实是网页"),
    f"letters{DAY}.csv": (lambda: CSV.encode() + b"\xff\xfe\xff", "编码认不出来"),
    "no-day.csv": (lambda: CSV.encode(), "看不出文件“no-day.csv”是哪一天的"),
    "no-such-day2020-02-30.csv": (lambda: CSV.encode(), "是哪一天的"),
}


@pytest.fixture(scope="module")
def unreadable(office) -> tuple[dict[str, dict[str, Any]], list[str], list[str]]:
    """Receipts of the files that cannot be read, and the records before and after them."""
    folder = office.folder / "unreadable"
    folder.mkdir()
    for name, (content, _) in UNREADABLE.items():
        (folder / name).write_bytes(content())
    before = office.records()
    receipts = office.send(*(folder / name for name in UNREADABLE), status=1)
    return receipts, before, office.records()


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_read_says_why_and_what_to_do(unreadable, name):
    receipt = unreadable[0][name]

    assert UNREADABLE[name][1] in receipt["fault"]
    assert name in receipt["fault"]
    assert receipt["fault"].endswith("。")
    assert receipt["batch"] is None
    assert receipt["rows"] == receipt["admitted"] == receipt["refused"] == 0


def test_nothing_of_an_unreadable_file_is_written(unreadable):
    receipts, before, after = unreadable

    assert before == after
    assert {one["error_workbook"] for one in receipts.values()} == {None}


OTHER = dict(zip("0123456789X", "123456789X0", strict=True))
"""A check digit that is wrong for each that is right."""

WRONG: list[tuple[dict[str, str], str]] = [
    ({"identity": "1.31121E+17"}, "身份证号成了科学计数法"),
    ({"identity": identity_of(1, born="19000229")}, "出生日期不存在"),
    ({"identity": identity_of(1, born="19900230")}, "出生日期不存在"),
    ({"identity": identity_of(1)[:15]}, "15 位旧号"),
    ({"identity": identity_of(1)[:16] + "A" + identity_of(1)[-1]}, "17 位数字加 1 位"),
    ({"identity": identity_of(1)[:17] + OTHER[identity_of(1)[-1]]}, "校验位不符"),
    ({"phone": "1.38E+10"}, "手机号成了科学计数法"),
    ({"phone": "13812345601/13812345602"}, "只填一个号码"),
    ({"name": "张3"}, "姓名中有数字或符号"),
    ({"name": "=cmd|' /C calc'!A0"}, "姓名中有数字或符号"),
    ({"name": "张" * 61}, "姓名超过 60 字"),
    ({"address": "字" * 40_000}, "详细地址"),
    ({"home": "131121999"}, "户籍地“131121999”不在区划表中"),
    ({"home": "火星镇"}, "户籍地“火星镇”不在区划表中"),
    ({"home": "河北省"}, "只写到省或市"),
    ({"work": "99"}, "务工地“99”不在区划表中"),
    ({"work": ""}, "在岗的必须填写务工地"),
    ({"work": "河北省"}, "务工地写得不够细"),
    ({"category": "跨省", "work": "河北省石家庄市正定县"}, "按户籍地和务工地应为“市外省内”"),
    ({"started": "1900-02-29"}, "上岗日期“1900-02-29”不是完整的日期"),
    ({"started": "2020-02-30"}, "上岗日期“2020-02-30”不是完整的日期"),
    ({"started": "20-2-20"}, "请写成 2020-03-02 的样子"),
    ({"started": "2020-03-03"}, "上岗日期晚于填报日"),
    ({"status": "上班"}, "就业状态“上班”不在可选项中"),
    ({"consent": ""}, "本人同意没有填"),
    ({"mode": "飞机"}, "出行方式“飞机”不在可选项中"),
    ({"employer_code": "91110000100000000X"}, "统一社会信用代码不对"),
    ({"earliest": "2020-03-06", "latest": "2020-03-04"}, "最晚出行日早于最早出行日"),
    ({"earliest": "2020-03-04"}, "只填了最早出行日"),
    ({"earliest": "2020-01-01", "latest": "2020-02-01"}, "最晚出行日早于填报日"),
    ({"earliest": "2020-03-04", "latest": "2020-03-05", "party": "甲"}, "整组退回"),
    (
        {"earliest": "2020-03-04", "latest": "2020-03-05", "party": "甲"}
        | {"home": "河北省石家庄市正定县正定镇"},
        "出发地（户籍乡镇）或目的地不一致",
    ),
]
FIRST = 100
"""Number of the person in the first wrong row; each row is another person."""


@pytest.fixture(scope="module")
def refused(office, unreadable) -> tuple[dict[str, Any], list[tuple[int, str, str]]]:
    """The receipt of a file of wrong rows between two right ones; (row, name, why) returned."""
    path = office.folder / f"wrong{DAY}.csv"
    rows = [person(FIRST + at, **cells) for at, (cells, _) in enumerate(WRONG)]
    path.write_bytes(csv_text([person(98), *rows, person(99)]).encode())
    receipt = office.send(path, status=1)[path.name]
    sheet = openpyxl.load_workbook(receipt["error_workbook"])[SHEET]
    width = sheet.max_column
    back = [(row[width - 2], row[0], row[width - 1]) for row in sheet.values][1:]
    return receipt, back


def test_right_rows_between_wrong_ones_are_admitted(refused):
    receipt, back = refused

    assert receipt["rows"] == len(WRONG) + 2
    assert receipt["admitted"] == 2
    assert receipt["refused"] == len(WRONG) == len(back)
    assert [row for row, _, _ in back] == list(range(3, len(WRONG) + 3))


@pytest.mark.parametrize("at", range(len(WRONG)), ids=["-".join(cells) for cells, _ in WRONG])
def test_a_wrong_row_comes_back_with_a_sentence(refused, at):
    _, _, why = refused[1][at]

    assert WRONG[at][1] in why
    assert why.endswith("。")


def test_no_returned_workbook_holds_a_formula(refused):
    sheet = openpyxl.load_workbook(refused[0]["error_workbook"])[SHEET]
    cells = [cell for row in sheet for cell in row]

    assert any(str(cell.value).startswith("=cmd") for cell in cells)
    assert {cell.data_type for cell in cells} <= {"s", "n"}


def test_a_returned_workbook_is_mended_and_sent_again(refused, office):
    book = openpyxl.load_workbook(refused[0]["error_workbook"])
    sheet = book[SHEET]
    columns = {heading: at for at, heading in enumerate(next(sheet.values), start=1)}
    for line in range(2, sheet.max_row + 1):
        right = person(FIRST + line - 2)
        for key, heading in HEADINGS.items():
            sheet.cell(line, columns[heading]).value = right.get(key) or None
    mended = office.folder / "mended.xlsx"
    book.save(mended)

    receipt = office.send(mended, status=0)[mended.name]

    assert receipt["admitted"] == receipt["rows"] == len(WRONG)
    assert receipt["error_workbook"] is None
    again = office.send(mended, status=0)[mended.name]
    assert again["again"]
    assert again["batch"] == receipt["batch"]


def spoiled_workbook() -> openpyxl.Workbook:
    """Row by row: a merged cell, a formula, a number that lost digits, an error value."""
    book = book_of(*(person(200 + at) for at in range(6)))
    sheet = book.active
    sheet.merge_cells(f"{LETTER['home']}2:{LETTER['home']}3")
    sheet[f"{LETTER['name']}4"] = "=A2"
    sheet[f"{LETTER['identity']}5"] = float(identity_of(203)[:17] + "0")
    sheet[f"{LETTER['work']}6"] = "#N/A"
    return book


def test_cells_that_are_not_what_the_clerk_sees_are_refused(office, unreadable):
    path = office.folder / f"spoiled{DAY}.xlsx"
    spoiled_workbook().save(path)

    receipt = office.send(path, status=1)[path.name]
    sheet = openpyxl.load_workbook(receipt["error_workbook"])[SHEET]
    why = {row[-2]: row[-1] for row in list(sheet.values)[1:]}

    assert receipt["admitted"] == 2
    assert "户籍地被合并" in why[3]
    assert "没有算出结果的公式" in why[4]
    assert "超过 15 位的部分已丢失" in why[5]
    assert "公式错误值" in why[6]


def from_1904() -> bytes:
    book = book_of(person(310))
    book.epoch = CALENDAR_MAC_1904
    book.active[f"{LETTER['started']}2"] = dt.date(2020, 1, 20)
    return xlsx_bytes(book)


def real_dates_and_numbers() -> bytes:
    book = book_of(person(311), person(312))
    book.active[f"{LETTER['started']}2"] = dt.datetime(2020, 1, 20, 13, 30)
    book.active[f"{LETTER['started']}3"] = 43850  # the serial of 2020-01-20
    book.active[f"{LETTER['phone']}2"] = 13812300311
    book.active[f"{LETTER['phone']}3"] = 13812300312.0
    book.active[f"{LETTER['phone']}3"].number_format = "0.00E+00"
    return xlsx_bytes(book)


def another_sheet_name() -> bytes:
    book = book_of(person(313))
    book.active.title = "<人员>&表"
    book.create_sheet("附表").append(["合计"])
    return xlsx_bytes(book)


def linked_elsewhere() -> bytes:
    link = (
        b'<Relationship Id="rIdX" Target="file:///etc/hosts" TargetMode="External" Type="http://'
        b'schemas.openxmlformats.org/officeDocument/2006/relationships/externalLink"/>'
    )
    end = b"</Relationships>"
    return changed(
        xlsx_bytes(book_of(person(314))),
        "xl/_rels/workbook.xml.rels",
        lambda xml: xml.replace(end, link + end),
    )


def with_an_entity() -> bytes:
    entity = b'<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
    return changed(
        xlsx_bytes(book_of(person(315))),
        SHEET_PART,
        lambda xml: entity + xml,
    )


def csv_of(number: int, **cells: str) -> str:
    return csv_text([person(number, **cells)])


WIDE_DIGITS = str.maketrans("0123456789", "０１２３４５６７８９")
UNUSUAL: dict[str, Callable[[], bytes]] = {
    f"bom{DAY}.csv": lambda: csv_of(300).encode("utf-8-sig"),
    f"gb18030-{DAY}.csv": lambda: csv_of(301, name="𬎆明").encode("gb18030"),
    f"utf16-{DAY}.csv": lambda: csv_of(302).encode("utf-16"),
    f"old-mac{DAY}.csv": lambda: csv_of(303).replace("\r\n", "\r").encode(),
    f"semicolons{DAY}.csv": lambda: csv_text([person(304)], separator=";").encode(),
    f"tabs{DAY}.xls": lambda: csv_text([person(305)], separator="\t").encode(),
    f"blank-rows{DAY}.csv": lambda: (
        csv_of(306) + ("," * (len(HEADINGS) - 1) + "\n") * 50_000
    ).encode(),
    f"from-1904-{DAY}.xlsx": from_1904,
    f"numbers{DAY}.xlsx": real_dates_and_numbers,
    f"sheet{DAY}.xlsx": another_sheet_name,
    f"linked{DAY}.xlsx": linked_elsewhere,
    f"entity{DAY}.xlsx": with_an_entity,
    f"a;rm -rf $(id)`id`&|<>'\"*?\n{DAY}.csv": lambda: csv_of(316).encode(),
    f"telephones{DAY}.csv": lambda: csv_text(
        [
            person(320, phone="+86 138 1230 0320"),
            person(321, phone="86-138-1230-0321"),
            person(322, phone="13812300322".translate(WIDE_DIGITS)),
            person(323, phone="0318-8225566"),
        ]
    ).encode(),
    f"identities{DAY}.csv": lambda: csv_text(
        [
            person(330, identity="'" + identity_of(330)),
            person(331, identity=identity_of(331).translate(WIDE_DIGITS)),
            person(332, identity=_ending_in_x().lower()),
        ]
    ).encode(),
    f"names{DAY}.csv": lambda: csv_text(
        [
            person(340, name="阿卜杜·热合曼"),
            person(341, name="𬎆"),
            person(342, name="张 三"),
            person(343, name="张\u200b三"),
            person(344, name="O’Neil Smith"),
        ]
    ).encode(),
    f"days{DAY}.csv": lambda: csv_text(
        [
            person(350 + at, started=text)
            for at, text in enumerate(
                (
                    "43850",
                    "2020/1/20",
                    "2020.1.20",
                    "２０２０－０１－２０",
                    "2020年1月20日",
                    "20200120",
                )
            )
        ]
    ).encode(),
    f"formulas-as-text{DAY}.csv": lambda: csv_of(
        360, employer="=1+1", needs="@SUM(A1)", entered_by="-1"
    ).encode(),
}


def _ending_in_x() -> str:
    numbers = (identity_of(at, born="19850505") for at in range(1, 200))
    return next(number for number in numbers if number.endswith("X"))


@pytest.fixture(scope="module")
def unusual(office, unreadable) -> dict[str, dict[str, Any]]:
    folder = office.folder / "unusual"
    folder.mkdir()
    for name, content in UNUSUAL.items():
        (folder / name).write_bytes(content())
    return office.send(*(folder / name for name in UNUSUAL), status=0)


@pytest.mark.parametrize("name", UNUSUAL)
def test_what_is_only_unusual_is_admitted(unusual, name):
    receipt = unusual[name]

    assert receipt["fault"] is None
    assert receipt["admitted"] == receipt["rows"] > 0


def test_a_day_is_the_same_however_it_is_written(unusual, office):
    spells = [row for row in office.records() if row.startswith("registry.Spell ")]

    # 1904, two real dates, six ways to write it: all the twentieth of January
    assert sum("2020-01-20" in row for row in spells) == 9


def test_the_same_people_under_another_name_or_in_another_order_are_kept_once(office, unreadable):
    rows = [person(400 + at) for at in range(5)]
    first, other = office.folder / f"first{DAY}.csv", office.folder / f"other{DAY}.csv"
    first.write_text(csv_text(rows), "utf-8")
    other.write_bytes(first.read_bytes())
    turned = office.folder / f"turned{DAY}.csv"
    turned.write_text(csv_text(rows[::-1]), "utf-8")

    assert office.send(first, status=0)[first.name]["admitted"] == 5
    before = office.records()
    assert office.send(other, status=0)[other.name]["again"]
    assert office.records() == before
    assert office.send(turned, status=0)[turned.name]["duplicates"] == 5
    workers = [row for row in office.records() if row.startswith("registry.Worker ")]
    assert workers == [row for row in before if row.startswith("registry.Worker ")]


def test_identity_numbers_and_telephones_stand_nowhere_in_clear(refused, unusual, office):
    records = "\n".join(office.records())
    numbers = [identity_of(at) for at in (98, 99, 300, 301, 330, 331, *range(FIRST, FIRST + 40))]
    phones = [person(at)["phone"] for at in (98, 99, 300, 301, 320, 321)]

    assert len(records) > 10_000
    assert [one for one in (*numbers, *phones) if one in records] == []
    assert not re.search(r"(?<![0-9a-f])1[3-9]\d{9}(?![0-9a-f])", "".join(map(str, unusual)))


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("path", ["no-such-file.xlsx", "."])
def test_a_path_that_is_no_file_is_one_line(office, path, as_json):
    done = office.run("intake", path, *(["--json"] if as_json else []))

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    if as_json:
        assert json.loads(done.stdout)["error"] == "usage"
        assert done.stderr == ""
    else:
        assert done.stdout == ""
        assert done.stderr.count("\n") == 1


def test_a_folder_for_errors_that_cannot_be_made_leaves_nothing(office, unreadable):
    path = office.folder / f"homeless{DAY}.csv"
    path.write_text(csv_text([person(500), person(501, consent="")]), "utf-8")
    before = office.records()

    done = office.run("intake", path, "--errors", os.devnull + "/errors", "--json")

    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert office.records() == before


LOG = "车次编号,日期,类型,名称,出发地,目的地,车牌号,核定载客,承运单位,人数,姓名,身份证号\n"
RUN = "{number},2020-03-01,包车,,河北省衡水市枣强县,北京市朝阳区,冀T12345,49,枣强客运,{people},,\n"
WRONG_TRIPS: dict[str, tuple[str, str]] = {
    "no-number": (RUN.format(number="", people=5), "车次编号未填写"),
    "too-many": (RUN.format(number="B2", people=50), "超过核定载客 49 人"),
    "nobody": (RUN.format(number="B3", people=""), "人数和姓名都未填写"),
    "half-a-person": (RUN.format(number="B4", people="2.5"), "人数应为 1 至 200 的整数"),
    "no-such-day": (RUN.format(number="B5", people=5).replace("03-01", "02-30"), "日期看不懂"),
    "to-come": (RUN.format(number="B6", people=5).replace("2020", "2099"), "日期晚于今天"),
    "nowhere": (
        RUN.format(number="B7", people=5).replace("北京市朝阳区", "没有的地方"),
        "不在区划表",
    ),
    "by-air": (RUN.format(number="B8", people=5).replace("包车", "飞机"), "类型不在可选项中"),
}


@pytest.fixture(scope="module")
def logged(office) -> dict[str, str]:
    """Why each wrong trip of a log came back, by its case."""
    path = office.folder / "trips.csv"
    lines = [line for line, _ in WRONG_TRIPS.values()]
    path.write_text(LOG + RUN.format(number="A1", people=5) + "".join(lines), "utf-8")
    receipt = office.send(path, kind="trips", status=1)[path.name]
    assert (receipt["admitted"], receipt["refused"]) == (1, len(WRONG_TRIPS))
    sheet = openpyxl.load_workbook(receipt["error_workbook"]).worksheets[0]
    sentences = [row[-1] for row in list(sheet.values)[1:]]
    return dict(zip(WRONG_TRIPS, sentences, strict=True))


@pytest.mark.parametrize("case", WRONG_TRIPS)
def test_a_wrong_trip_comes_back_with_a_sentence(logged, case):
    assert WRONG_TRIPS[case][1] in logged[case]
    assert logged[case].endswith("。")


def test_only_the_right_trip_is_in_the_records(logged, office):
    records = office.records()

    assert sum(row.startswith("transport.Trip ") for row in records) == 1
    assert sum(row.startswith("transport.Passage ") for row in records) == 5


def test_a_survey_sent_as_a_log_and_a_log_sent_as_a_survey_are_named(office, unreadable):
    survey, log = office.folder / f"swapped{DAY}.csv", office.folder / f"log{DAY}.csv"
    survey.write_text(csv_text([traveller(510)]), "utf-8")
    log.write_text(LOG + RUN.format(number="C1", people=5), "utf-8")
    before = office.records()

    as_log = office.send(survey, kind="trips", status=1)[survey.name]
    as_survey = office.send(log, status=1)[log.name]

    assert "缺少必填列：车次编号" in as_log["fault"]
    assert "缺少必填列" in as_survey["fault"]
    assert office.records() == before


def test_every_form_of_one_person_is_one_person(office, unreadable):
    one = [person(520)]
    book = write_xlsx(office.folder / f"one{DAY}.xlsx", one)
    frame = write_parquet(office.folder / f"one{DAY}.parquet", one)

    assert office.send(book, status=0)[book.name]["admitted"] == 1
    assert office.send(frame, status=0)[frame.name]["duplicates"] == 1

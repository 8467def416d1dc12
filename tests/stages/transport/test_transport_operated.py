"""Logs of operated trips: real files in, records out, every wrong cell named."""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from factories.departures import traveller
from factories.trips import trip
from zhitong.kernel.errors import UserError
from zhitong.registry.identity import check_digit
from zhitong.registry.models import Batch, Departure, RowError
from zhitong.transport.logs import COLUMNS
from zhitong.transport.models import Passage, Trip
from zhitong.transport.operated import admit_operated

pytestmark = pytest.mark.django_db

NOW = datetime.fromisoformat("2020-03-02T17:00:00+08:00")
COACH = {
    "number": "DD0227-001",
    "day": "2020-02-27",
    "kind": "包车",
    "title": "天津直通车",
    "origin": "河北省沧州市泊头市",
    "destination": "天津市",
    "plate": "冀J·12345",
    "rated": "49",
    "carrier": "直达客运",
    "people": "24",
}
SHUTTLE = {
    "number": "MM0302-001",
    "day": "43892",
    "kind": "门对门班车",
    "origin": "河北省衡水市枣强县枣强镇",
    "destination": "河北省衡水市枣强县",
    "rated": "53",
    "people": "45",
}


def number_of(serial: int) -> str:
    body = f"13112119800505{serial:03}"
    return body + check_digit(body)


def aboard(serial: int, name: str, **changes: str) -> dict[str, str]:
    row = COACH | {"people": "", "name": name, "identity": number_of(serial)} | changes
    return row


@pytest.fixture
def send(tmp_path):
    def write_and_admit(*rows: dict[str, str], name: str = "operated.xlsx"):
        path = write(tmp_path / name, rows)
        return admit_operated([path], sent_by=None, now=NOW, errors_folder=tmp_path / "returned")[0]

    return write_and_admit


def write(path: Path, rows) -> Path:
    headings = [column.heading for column in COLUMNS.values()]
    lines = [[row.get(key, "") for key in COLUMNS] for row in rows]
    if path.suffix == ".csv":
        text = "".join(",".join(line) + "\n" for line in [headings, *lines])
        path.write_bytes(text.encode("gb18030"))
        return path
    with xlsxwriter.Workbook(path) as book:
        # else two files of the same rows differ when a second passes between them
        book.set_properties({"created": NOW.replace(tzinfo=None)})
        sheet = book.add_worksheet("已开行车次")
        for at, line in enumerate([headings, *lines]):
            for column, cell in enumerate(line):
                if cell:
                    sheet.write_string(at, column, cell)
    return path


def faults() -> set[tuple[int, str, str]]:
    return set(RowError.objects.values_list("row", "column", "code"))


@pytest.mark.parametrize("name", ["operated.xlsx", "operated.csv"])
def test_a_trip_by_number_and_a_shuttle_are_counted_by_their_records(send, name):
    receipt = send(COACH, SHUTTLE, name=name)

    assert (receipt.rows, receipt.admitted, receipt.refused, receipt.duplicates) == (2, 2, 0, 0)
    coach, shuttle = Trip.objects.order_by("number")
    assert (coach.day, coach.origin, coach.destination) == (date(2020, 2, 27), "130981", "12")
    assert (coach.state, coach.plate, coach.rated) == ("arrived", "冀J12345", 49)
    assert shuttle.kind == Trip.Kind.SHUTTLE and shuttle.day == date(2020, 3, 2)
    assert Passage.objects.filter(trip=coach, state="arrived", worker=None).count() == 24
    assert Passage.objects.filter(trip=shuttle).count() == 45
    assert Batch.objects.get().kind == Batch.Kind.TRIPS


def test_people_by_name_are_found_in_the_registry_or_kept_by_name(send):
    known = traveller(home="130981100", name="王建国", identity=number_of(1))

    receipt = send(aboard(1, "王建国"), aboard(2, "李秀英"))

    assert receipt.admitted == 2
    trip = Trip.objects.get()
    assert set(trip.passages.values_list("worker", "name")) == {(known.pk, ""), (None, "李秀英")}


def test_number_and_names_that_agree_are_one_trip(send):
    send(aboard(1, "王建国", people="2"), aboard(2, "李秀英"))

    assert Trip.objects.get().passages.count() == 2


def test_the_same_file_twice_changes_nothing(send):
    first, again = send(COACH), send(COACH)

    assert again.again and not first.again
    assert again.batch_id == first.batch_id
    assert Passage.objects.count() == 24


def test_the_same_trip_in_another_file_is_a_duplicate(send):
    send(COACH)

    receipt = send(COACH, SHUTTLE, name="more.xlsx")

    assert (receipt.admitted, receipt.duplicates, receipt.refused) == (1, 1, 0)
    assert Trip.objects.count() == 2 and Passage.objects.count() == 24 + 45


def test_a_number_already_used_for_something_else_is_refused(send):
    send(COACH)

    receipt = send(COACH | {"people": "25"}, name="more.xlsx")

    assert receipt.refused == 1
    assert faults() == {(2, "number", "number-taken")}
    assert Passage.objects.count() == 24


@pytest.mark.parametrize(
    ("changes", "key", "code"),
    [
        ({"number": ""}, "number", "missing"),
        ({"day": ""}, "day", "missing"),
        ({"day": "2月27日"}, "day", "bad-day"),
        ({"day": "2020-02-30"}, "day", "bad-day"),
        ({"day": "2020-03-03"}, "day", "future-day"),
        ({"kind": "飞机"}, "kind", "bad-choice"),
        ({"origin": "不存在县"}, "origin", "unknown-place"),
        ({"origin": "990000"}, "origin", "unknown-place"),
        ({"origin": "天津市"}, "destination", "same-place"),
        ({"plate": "?"}, "plate", "bad-plate"),
        ({"rated": "四十九"}, "rated", "bad-number"),
        ({"people": "0"}, "people", "bad-number"),
        ({"people": "24.5"}, "people", "bad-number"),
        ({"people": ""}, "people", "missing"),
        ({"people": "50"}, "people", "over-rated"),
        ({"title": "长" * 61}, "title", "too-long"),
        ({"people": "", "name": "张3"}, "name", "bad-name"),
        ({"people": "", "identity": number_of(1)}, "name", "missing"),
        (
            {"people": "", "name": "张三", "identity": "131121198005050010"},
            "identity",
            "bad-check-digit",
        ),
        (
            {"people": "", "name": "张三", "identity": "1.31121E+17"},
            "identity",
            "scientific-notation",
        ),
    ],
)
def test_a_wrong_cell_is_named_and_its_trip_stays_out(send, changes, key, code):
    receipt = send(COACH | changes, SHUTTLE)

    assert (2, key, code) in faults()
    assert (receipt.admitted, receipt.refused) == (1, 1)
    assert not Trip.objects.filter(kind=Trip.Kind.COACH).exists()


def test_one_wrong_row_sends_the_whole_trip_back(send):
    receipt = send(aboard(1, "王建国"), aboard(2, "李4"), aboard(3, "赵敏"), SHUTTLE)

    assert (receipt.admitted, receipt.refused) == (1, 3)
    assert faults() == {
        (2, "number", "trip-refused"),
        (3, "name", "bad-name"),
        (4, "number", "trip-refused"),
    }


@pytest.mark.parametrize(
    ("second", "key", "code"),
    [
        ({"day": "2020-02-28"}, "day", "trip-disagrees"),
        ({"destination": "北京市"}, "destination", "trip-disagrees"),
        ({"plate": "冀A99999"}, "plate", "trip-disagrees"),
        ({"identity": number_of(1)}, "identity", "person-twice"),
        ({"name": "", "identity": ""}, "people", "missing"),
    ],
)
def test_rows_of_one_trip_that_disagree_go_back_together(send, second, key, code):
    receipt = send(aboard(1, "王建国"), aboard(2, "李秀英") | second)

    assert (3, key, code) in faults()
    assert (receipt.admitted, receipt.refused) == (0, 2)


def test_a_number_of_people_that_the_names_contradict(send):
    send(aboard(1, "王建国", people="3"), aboard(2, "李秀英"))

    assert (2, "people", "people-disagree") in faults()


def test_a_row_without_a_name_among_named_ones(send):
    send(aboard(1, "王建国", people="2"), aboard(2, "", people="2", identity=""))

    assert (3, "name", "missing") in faults()


def test_two_rows_with_numbers_of_people_for_one_trip(send):
    send(COACH, COACH)

    assert faults() == {(3, "number", "number-twice"), (2, "number", "trip-refused")}


def test_a_name_that_differs_from_the_registry_is_not_told(send):
    traveller(home="130981100", name="王建国", identity=number_of(1))

    send(aboard(1, "王建业"))

    fault = RowError.objects.get()
    assert fault.code == "name-differs"
    assert "王" not in fault.sentence


def test_no_sentence_tells_a_number_in_clear(send):
    send(aboard(1, "王建国", identity="131121198005050010", origin="不存在县"))

    assert not any("19800505" in one.sentence for one in RowError.objects.all())


@pytest.mark.parametrize("number", ["131121199001010015", "13812345678", "138 1234 5678"])
def test_a_shifted_column_puts_no_number_into_a_sentence(send, number):
    send(COACH | {"origin": number})

    assert faults() == {(2, "origin", "unknown-place")}
    assert "***" in RowError.objects.get().sentence
    assert number not in RowError.objects.get().sentence


@pytest.mark.parametrize("key", ["number", "title", "carrier"])
def test_an_identity_number_in_free_text_is_refused(send, key):
    assert send(COACH | {key: number_of(1)}).refused == 1
    assert (2, key, "identity-in-text") in faults()
    assert not Trip.objects.exists()


def test_a_telephone_number_in_free_text_is_refused(send):
    assert send(COACH | {"carrier": "宏达客运 13812345678"}).refused == 1
    assert (2, "carrier", "phone-in-text") in faults()


def test_the_returned_workbook_can_be_mended_and_sent_again(send, tmp_path):
    receipt = send(aboard(1, "王建国"), aboard(2, "李4"), SHUTTLE)

    assert receipt.error_workbook.parent == tmp_path / "returned"
    assert receipt.error_workbook.match("operated-*-退回.xlsx")
    book = openpyxl.load_workbook(receipt.error_workbook)
    sheet = book["已开行车次"]
    assert sheet.max_row == 3
    name = sheet["K3"]
    assert name.value == "李4" and name.fill.fgColor.rgb == "FFFFD9D9"
    assert "姓名中有数字" in sheet["N3"].value
    name.value = "李四"
    book.save(tmp_path / "mended.xlsx")

    again = admit_operated([tmp_path / "mended.xlsx"], sent_by=None, now=NOW)[0]

    assert (again.admitted, again.refused) == (2, 0)


def test_sent_again_the_refused_rows_come_back(send):
    first = send(aboard(1, "王建国"), aboard(2, "李4"), SHUTTLE, name="log.csv")
    before = list(openpyxl.load_workbook(first.error_workbook)["已开行车次"].values)
    first.error_workbook.unlink()

    again = send(aboard(1, "王建国"), aboard(2, "李4"), SHUTTLE, name="log.csv")

    assert again.again and again.error_workbook == first.error_workbook
    assert list(openpyxl.load_workbook(again.error_workbook)["已开行车次"].values) == before


def test_a_disk_that_does_not_take_the_workbook_keeps_the_log_out(send, tmp_path, monkeypatch):
    def full(self, *args, **options):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("xlsxwriter.workbook.ZipFile", full)
        receipt = send(COACH, SHUTTLE | {"people": "0"}, name="log.csv")

    assert receipt.fault_code == "returned-workbook"
    assert not Batch.objects.exists() and not Trip.objects.exists()
    assert send(COACH, SHUTTLE | {"people": "0"}, name="log.csv").refused == 1
    assert len(list((tmp_path / "returned").iterdir())) == 1


def test_what_is_no_file_and_names_that_are_not_utf8(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    name = os.fsencode(tmp_path) + "/包车.xlsx".encode("gb18030")
    log = write(tmp_path / "log.xlsx", [COACH]).rename(os.fsdecode(name))

    receipts = admit_operated([tmp_path / "pipe", log], sent_by=None, now=NOW)

    assert [one.fault_code for one in receipts] == ["not-a-file", None]
    assert receipts[1].filename == Batch.objects.get().filename == "包车.xlsx"


def test_a_folder_that_cannot_be_written_stops_before_anything_is_stored(tmp_path):
    log = write(tmp_path / "log.xlsx", [COACH])

    with pytest.raises(UserError, match="写不进"):
        admit_operated([log], sent_by=None, now=NOW, errors_folder=log / "errors")

    assert not Batch.objects.exists()


def test_without_faults_there_is_no_workbook(send, tmp_path):
    assert send(COACH).error_workbook is None
    assert not (tmp_path / "returned").exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "是空的"),
        (b"PK\x03\x04truncated", "文件"),
        ("姓名,身份证号\n张三,1\n".encode(), "缺少必填列：车次编号"),
        ("车次编号,日期,类型,出发地,目的地\n".encode(), "没有车次"),
        (b"<html><table></table></html>", "网页"),
    ],
)
def test_a_file_that_is_no_log_is_refused_whole(tmp_path, content, sentence):
    path = tmp_path / "operated.csv"
    path.write_bytes(content)

    receipt = admit_operated([path], sent_by=None, now=NOW)[0]

    assert sentence in receipt.fault and receipt.batch_id is None
    assert not Batch.objects.exists()


def test_an_unreadable_file_among_many_does_not_keep_the_others_out(tmp_path):
    good = write(tmp_path / "good.xlsx", [COACH])
    bad = tmp_path / "bad.xlsx"
    bad.write_bytes(b"")

    receipts = admit_operated([bad, good], sent_by=None, now=NOW)

    assert [one.fault_code for one in receipts] == ["empty-file", None]
    assert Trip.objects.count() == 1


def test_a_failure_in_the_middle_leaves_nothing(tmp_path, monkeypatch):
    path = write(tmp_path / "operated.xlsx", [COACH])
    monkeypatch.setattr(
        "zhitong.transport.operated.journal.record",
        lambda **given: (_ for _ in ()).throw(RuntimeError("the power failed")),
    )

    with pytest.raises(RuntimeError, match="power"):
        admit_operated([path], sent_by=None, now=NOW)

    assert not Batch.objects.exists() and not Trip.objects.exists()


# -- wishes that a trip has fulfilled


def wanting(worker, destination, first, last, *, origin="130981100"):
    return Departure.objects.create(
        worker=worker,
        origin=origin,
        destination=destination,
        earliest=date(2020, 2, first),
        latest=date(2020, 2, last),
        mode=Departure.Mode.COACH,
    )


def served() -> set[int | None]:
    return set(Passage.objects.values_list("departure", flat=True))


@pytest.mark.parametrize(
    ("destination", "first", "last", "fits"),
    [
        ("12", 27, 27, True),
        ("120221", 20, 28, True),  # the coach goes to the municipality
        ("120104", 28, 29, False),
        ("120104", 20, 26, False),
        ("110105", 20, 28, False),
    ],
)
def test_a_trip_fulfils_the_wish_it_fits(send, destination, first, last, fits):
    worker = traveller(home="130981100", name="王建国", identity=number_of(1))
    wish = wanting(worker, destination, first, last)
    somebody = traveller(home="130981100")
    wanting(somebody, "12", 20, 28)

    send(aboard(1, "王建国"), aboard(2, "李秀英"))

    assert served() == ({wish.pk, None} if fits else {None})


@pytest.mark.parametrize(
    ("arrival", "wanted", "fits"),
    [
        ("浙江省金华市义乌市", "330783", True),  # another county of one city
        ("浙江省金华市", "330782", True),
        ("浙江省金华市义乌市", "3307", True),
        ("浙江省金华市义乌市", "33", True),
        ("浙江省金华市义乌市", "330110", False),
        ("北京市朝阳区", "110228", True),
    ],
)
def test_destinations_agree_by_the_city(send, arrival, wanted, fits):
    worker = traveller(home="130981100", name="王建国", identity=number_of(1))
    wanting(worker, wanted, 20, 28)
    send(aboard(1, "王建国", destination=arrival))
    assert (None not in served()) is fits


def test_one_passage_serves_one_wish_and_a_planned_one_stays_with_its_plan(send):
    worker = traveller(home="130981100", name="王建国", identity=number_of(1))
    later, sooner = wanting(worker, "12", 20, 29), wanting(worker, "12", 20, 28)
    planned = wanting(worker, "12", 20, 27)
    booked = trip(origin="130981100", destination="12", people=1)
    Passage.objects.filter(trip=booked).update(departure=planned, state="booked")

    send(aboard(1, "王建国"))
    send(aboard(1, "王建国", number="DD0227-002"), name="b.xlsx")

    by_trip = dict(Passage.objects.values_list("trip__number", "departure"))
    assert by_trip.pop(booked.number) == planned.pk
    assert by_trip == {"DD0227-001": sooner.pk, "DD0227-002": later.pk}


def test_wishes_are_linked_by_one_statement(send, django_assert_max_num_queries):
    for serial in range(1, 13):
        worker = traveller(home="130981100", name="王建国", identity=number_of(serial))
        wanting(worker, "12", 20, 28)
    with django_assert_max_num_queries(40):
        send(*(aboard(serial, "王建国") for serial in range(1, 13)))
    assert None not in served() and len(served()) == 12

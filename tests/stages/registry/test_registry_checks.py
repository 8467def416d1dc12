"""The rules of a row: what is accepted, what is refused, and what the clerk is told."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as some
from stdnum.cn import ric

from stages.registry.survey_rows import ABOUT, identity_of, person, traveller, write_parquet
from zhitong.registry import checks, days, identity, telephones
from zhitong.registry.survey import QUESTIONS, SHEET
from zhitong.registry.tables import read_table


@pytest.fixture
def check(tmp_path):
    """Check rows as a file would bring them."""

    def one(*rows: dict[str, str]) -> checks.Checked:
        path = write_parquet(tmp_path / "a.parquet", list(rows))
        return checks.check(read_table(path, headings=QUESTIONS, sheet=SHEET), about=ABOUT)

    return one


def test_a_right_row_is_cleaned(check):
    checked = check(
        person(
            1,
            name=" 张 小三 ",
            identity=identity_of(1).lower(),
            phone="+86 138-1230-0001",
            other_phone="0318-8222222",
            home="枣强县恩察镇王庄村",
            address="3号",
            work="131121101",
            category="乡内",
            started="2020年2月3号",
            occupation="6-29-01-01",
            consent="同意",
        )
    )
    assert checked.faults.rows() == []
    row = checked.good.row(0, named=True)
    assert row["name"] == "张小三"
    assert row["identity"] == identity_of(1)
    assert (row["born"], row["sex"]) == (dt.date(1990, 1, 1), "M")
    assert (row["phone"], row["other_phone"]) == ("13812300001", "+863188222222")
    assert (row["home"], row["address"]) == ("131121101", "王庄村3号")
    assert (row["work"], row["category"]) == ("131121101", 1)
    assert row["started"] == dt.date(2020, 2, 3)
    assert (row["occupation"], row["consented"], row["travels"]) == ("6290101", True, False)


def test_a_row_without_the_optional_cells_is_right(check):
    checked = check(person(1, phone="", address="", started=""))
    row = checked.good.row(0, named=True)
    assert (row["phone"], row["address"], row["started"]) == (None, "", ABOUT)
    assert row["started_given"] is False


def test_a_traveller_goes_to_work_unless_another_destination_is_named(check):
    checked = check(traveller(1), traveller(2, destination="天津市武清区", mode=""))
    assert checked.good["travels"].to_list() == [True, True]
    assert checked.good["destination"].to_list() == ["110105", "120114"]
    assert checked.good["mode"].to_list() == ["coach", "any"]
    assert checked.good["category"].to_list() == [None, None]


FAULTY = [
    (person(1, name=""), "name", "missing"),
    (person(1, name="张三1"), "name", "bad-name"),
    (person(1, name="张" * 61), "name", "too-long"),
    (person(1, identity=""), "identity", "missing"),
    (person(1, identity="1.31121E+17"), "identity", "scientific-notation"),
    (person(1, identity="131121900101001"), "identity", "old-number"),
    (person(1, identity="13112119900101001"), "identity", "bad-length"),
    (person(1, identity="13112119900101A017"), "identity", "bad-shape"),
    (person(1, identity="131121199001019000"), "identity", "number-rounded"),
    (person(1, identity=identity_of(1)[:17] + "0"), "identity", "bad-check-digit"),
    (person(1, identity=identity_of(1, place="891121")), "identity", "bad-province"),
    (person(1, identity=identity_of(1, born="19900230")), "identity", "bad-birth-date"),
    (person(1, identity=identity_of(1, born="20200303")), "identity", "not-born-yet"),
    (person(1, identity=identity_of(1, born="20060303")), "identity", "bad-age"),
    (person(1, identity=identity_of(1, born="19190302")), "identity", "bad-age"),
    (person(1, phone="1381230000"), "phone", "bad-phone"),
    (person(1, phone="1.38123E+10"), "phone", "scientific-notation"),
    (person(1, other_phone="没有"), "other_phone", "bad-phone"),
    (person(1, home=""), "home", "missing"),
    (person(1, home="桥西区"), "home", "ambiguous-place"),
    (person(1, home="枣弓县王均乡"), "home", "unknown-place"),
    (person(1, home="131199"), "home", "unknown-place"),
    (person(1, home="河北省"), "home", "place-too-wide"),
    (person(1, address="村" * 121), "address", "too-long"),
    (person(1, status="外出"), "status", "bad-choice"),
    (person(1, started="2020-02-30"), "started", "bad-date"),
    (person(1, started="3月2日"), "started", "bad-date"),
    (person(1, started="2020-03-03"), "started", "in-the-future"),
    (person(1, work=""), "work", "missing"),
    (person(1, work="工地上"), "work", "unknown-place"),
    (person(1, work="河北省"), "work", "place-too-wide"),
    (person(1, category="乡内"), "category", "contradicts-codes"),
    (person(1, work="河北省", category="跨省"), "category", "contradicts-codes"),
    (person(1, category="国外"), "category", "bad-choice"),
    (person(1, employer_code="911311210000000000"), "employer_code", "bad-credit-code"),
    (person(1, occupation="9999999"), "occupation", "unknown-occupation"),
    (person(1, occupation="电焊大师"), "occupation", "unknown-occupation"),
    (person(1, consent=""), "consent", "missing"),
    (person(1, consent="也许"), "consent", "bad-choice"),
    (person(1, party="一组"), "party", "party-without-window"),
    (traveller(1, latest="2020-03-03"), "latest", "end-before-start"),
    (traveller(1, earliest="2020-02-03", latest="2020-02-04"), "latest", "in-the-past"),
    (traveller(1, latest=""), "latest", "missing"),
    (traveller(1, earliest=""), "earliest", "missing"),
    (traveller(1, work=""), "destination", "missing"),
    (traveller(1, mode="飞机"), "mode", "bad-choice"),
    (traveller(1, party="一" * 41), "party", "too-long"),
]


@pytest.mark.parametrize(("row", "key", "code"), FAULTY)
def test_a_wrong_cell_is_named_alone_and_explained(check, row, key, code):
    checked = check(person(7), row)
    assert [fault[:3] for fault in checked.faults.rows()] == [(3, key, code)]
    sentence = checked.faults["sentence"][0]
    assert sentence.endswith("。")
    assert "请" in sentence
    assert len(sentence) <= 300
    assert checked.good["row"].to_list() == [2]


def test_category_decides_where_the_codes_are_too_short(check):
    checked = check(
        person(1, work="河北省", category="市外省内"), person(2, work="衡水市", category="县外市内")
    )
    assert checked.faults.rows() == []
    assert checked.good["category"].to_list() == [4, 3]


def test_a_party_with_two_origins_is_sent_back_whole(check):
    there = "河北省衡水市枣强县大营镇"
    checked = check(
        traveller(1, party="一组"),
        traveller(2, party="一组", home=there),
        traveller(3, party="二组"),
        traveller(4, party="二组", home="131121101"),
        traveller(5, party="三组"),
        traveller(6, party="三组", work="天津市武清区"),
    )
    assert checked.faults["row"].to_list() == [2, 3, 6, 7]
    assert set(checked.faults["code"]) == {"party-two-origins"}
    assert checked.good["party"].to_list() == ["二组", "二组"]


def test_sentences_carry_no_identity_number_and_no_telephone(check):
    number, phone = identity_of(3), "13812300003"
    checked = check(
        person(1, home=number), person(2, work=phone), person(4, status=number, occupation=phone),
        person(5, started=" ".join(phone), consent=number.replace("1", "１")),
    )  # fmt: skip
    text = "".join(checked.faults["sentence"])
    assert checked.faults.height == 6
    for secret in (number, phone, number[:14], phone[3:]):
        assert secret not in text.replace(" ", "")


# -- identity numbers

DIGITS = some.text("0123456789", min_size=17, max_size=17)
BIRTHS = some.dates(dt.date(1930, 1, 1), dt.date(2005, 12, 31))


def examined(*numbers: str) -> list[str | None]:
    return identity.examine(pl.Series(list(numbers), dtype=pl.String), about=ABOUT)[
        "fault"
    ].to_list()


@given(DIGITS)
def test_the_check_digit_is_the_one_of_the_standard(head):
    assert identity.check_digit(head) == ric.calc_check_digit(head + "0")


@given(BIRTHS, some.integers(1, 999), some.integers(0, 16), some.integers(1, 9))
def test_one_wrong_digit_is_always_found(born, sequence, place, shift):
    number = identity_of(sequence, born=f"{born:%Y%m%d}")
    wrong = str((int(number[place]) + shift) % 10)
    spoilt = number[:place] + wrong + number[place + 1 :]
    good, bad = examined(number, spoilt)
    assert good is None
    assert bad in ("bad-check-digit", "number-rounded")


@given(BIRTHS, some.integers(1, 999))
def test_birth_and_sex_are_read_from_the_number(born, sequence):
    number = identity_of(sequence, born=f"{born:%Y%m%d}")
    row = identity.examine(pl.Series([number]), about=ABOUT).row(0, named=True)
    assert (row["born"], row["sex"]) == (born, "M" if sequence % 2 else "F")


def test_the_ages_at_the_edges():
    fourteen, younger = identity_of(1, born="20060302"), identity_of(1, born="20060303")
    hundred, older = identity_of(1, born="19190303"), identity_of(1, born="19190302")
    assert examined(fourteen, younger, hundred, older) == [None, "bad-age", None, "bad-age"]
    leap = identity.examine(pl.Series([fourteen]), about=dt.date(2020, 2, 29))
    assert leap["fault"][0] == "bad-age"


# -- days

SHAPES = (
    "{0:%Y-%m-%d}", "{0:%Y/%m/%d}", "{0:%Y.%m.%d}", "{0:%Y%m%d}", "{0.year}-{0.month}-{0.day}",
    "{0.year}/{0.month}/{0.day}", "{0.year}年{0.month}月{0.day}日",
    "{0.year} 年 {0.month} 月 {0.day} 号",
    "{0:%Y-%m-%d} 00:00:00", "{0:%Y-%m-%d}T08:30:00",
)  # fmt: skip


@given(some.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)), some.sampled_from(SHAPES))
def test_every_shape_of_a_day_is_read(day, shape):
    text = shape.format(day)
    assert days.day(text) == day
    wide = text.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    assert days.day(wide) == day


@given(some.dates(dt.date(1955, 1, 1), dt.date(2100, 12, 31)))
def test_excel_serials_are_days(day):
    serial = (day - dt.date(1899, 12, 30)).days
    assert days.day(str(serial)) == day
    assert days.day(f"{serial}.75") == day


@given(some.text(max_size=30))
def test_any_text_is_a_day_or_none(text):
    assert days.day(text) is None or isinstance(days.day(text), dt.date)


@pytest.mark.parametrize(
    "text", ["", "3月2日", "20-3-2", "2020-13-01", "2020-02-30", "2020-03", "0", "12345678", "明天"]
)
def test_what_is_not_one_day_is_not_guessed(text):
    assert days.day(text) is None


def test_days_in_the_names_of_files():
    assert days.day_in_name("枣强县-2020-03-02.csv") == ABOUT
    assert days.day_in_name("131121_20200302_v2.xlsx") == ABOUT
    assert days.day_in_name("2020年3月2日 摸底.xlsx") == ABOUT
    assert days.day_in_name("2020-03-02至2020-03-05.csv") is None
    assert days.day_in_name("131121101.csv") is None


# -- telephones


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13812345678", "13812345678"),
        ("１３８１２３４５６７８", "13812345678"),
        ("138 1234 5678", "13812345678"),
        ("(+86)138-1234-5678", "13812345678"),
        ("008613812345678", "13812345678"),
        ("0318-8222222", "+863188222222"),
        ("+852 6123 4567", "+85261234567"),
        ("12812345678", None),
        ("138123456789", None),
        ("13812345678/13912345678", None),
        ("无", None),
    ],
)
def test_telephones(text, number):
    assert telephones.numbers(pl.Series([text])).to_list() == [number]

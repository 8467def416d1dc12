"""The five categories: one pair, a column, and the exceptions."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhitong import places
from zhitong.places import BadCode, Category, Level, categories, category
from zhitong.places.exemptions import exemption_of, exemptions
from zhitong.places.table import codes_within

C = Category


def test_categories_have_stable_names():
    assert [one.label for one in C] == ["乡内", "乡外县内", "县外市内", "市外省内", "跨省"]
    assert [one.key for one in C] == [
        "within_township",
        "within_county",
        "within_city",
        "elsewhere_in_province",
        "other_province",
    ]


@pytest.mark.parametrize(
    ("home", "work", "expected"),
    [
        ("131121101", "131121101", C.WITHIN_TOWNSHIP),
        ("131121101001", "131121101002", C.WITHIN_TOWNSHIP),
        ("131121101", "131121100", C.WITHIN_COUNTY),
        ("131121101", "131122", C.WITHIN_CITY),
        ("131121101", "130102", C.ELSEWHERE_IN_PROVINCE),
        ("131121101", "1301", C.ELSEWHERE_IN_PROVINCE),
        ("131121101", "11", C.OTHER_PROVINCE),
        # too short to decide
        ("131121101", "131121", None),
        ("131121101", "1311", None),
        ("131121101", "13", None),
        ("11", "110105", None),
        # 定州, 辛集, 雄安
        ("130682001", "130606", C.ELSEWHERE_IN_PROVINCE),
        ("130682001", "1306", C.ELSEWHERE_IN_PROVINCE),
        ("130682001", "130682002", C.WITHIN_COUNTY),
        ("130181100", "130102", C.ELSEWHERE_IN_PROVINCE),
        ("130638100", "130629", C.WITHIN_CITY),
        ("130632100", "130606", C.ELSEWHERE_IN_PROVINCE),
        # municipalities: one city, 市外省内 never happens
        ("110101", "110229", C.WITHIN_CITY),
        ("500101001", "500229", C.WITHIN_CITY),
        ("1101", "5001", C.OTHER_PROVINCE),
        # cities of their own under a pseudo city
        ("429004100", "429005", C.ELSEWHERE_IN_PROVINCE),
        ("429004100", "4290", None),
        ("469021", "469022", C.ELSEWHERE_IN_PROVINCE),
        ("659001", "659002", C.ELSEWHERE_IN_PROVINCE),
        ("659001", "6501", C.ELSEWHERE_IN_PROVINCE),
        # cities without counties are a county-level unit
        ("441900119", "441900003", C.WITHIN_COUNTY),
        ("441900119", "4419", None),
        ("441900119", "4401", C.ELSEWHERE_IN_PROVINCE),
        ("620201100", "620201101", C.WITHIN_COUNTY),
        # padding changes nothing
        ("131121101000", "131122000000", C.WITHIN_CITY),
        ("131121000", "130000", None),
    ],
)
def test_one_pair(home, work, expected):
    assert category(home, work) is expected
    assert category(work, home) is expected
    assert categories(pl.Series([home]), pl.Series([work])).to_list() == [expected]


@pytest.mark.parametrize("bad", ["", "1", "131", "枣强", "13112x"])
def test_what_cannot_be_a_code_is_an_error_for_one_pair_and_null_in_a_column(bad):
    with pytest.raises(BadCode):
        category("131121", bad)
    assert categories(pl.Series(["131121"]), pl.Series([bad])).to_list() == [None]


def test_missing_codes_are_undecided_and_the_column_keeps_its_order():
    home = pl.Series(["131121101", None, "131121101", None])
    work = pl.Series(["11", "13", None, None])
    found = categories(home, work)
    assert found.dtype == pl.UInt8
    assert found.to_list() == [C.OTHER_PROVINCE, None, None, None]
    empty = pl.Series([], dtype=pl.String)
    assert categories(empty, empty).to_list() == []


SOME = st.sampled_from(
    [
        code
        for level in (Level.PROVINCE, Level.CITY, Level.COUNTY, Level.TOWNSHIP)
        for code in codes_within("", level)
        # Hebei and neighbours of every exception, so that pairs meet.
        if code[:2] in ("11", "13", "42", "44", "46", "50", "65") or code.startswith("6202")
    ]
)
NEAR = st.sampled_from(codes_within("1306", Level.TOWNSHIP))
PAIRS = st.tuples(SOME, SOME) | st.tuples(NEAR, NEAR) | SOME.map(lambda code: (code, code[:6]))


@settings(deadline=None)  # polars loads at the first call
@given(st.lists(PAIRS, max_size=60))
def test_the_vectorised_form_says_what_the_scalar_one_says(pairs):
    home, work = (pl.Series([pair[side] for pair in pairs], dtype=pl.String) for side in (0, 1))
    assert categories(home, work).to_list() == [category(*pair) for pair in pairs]


@given(PAIRS)
def test_categories_are_symmetric(pair):
    home, work = pair
    assert category(home, work) == category(work, home)


def plain_rule(home: str, work: str) -> Category:
    for digits, found in ((9, C.WITHIN_TOWNSHIP), (6, C.WITHIN_COUNTY), (4, C.WITHIN_CITY)):
        if home[:digits] == work[:digits]:
            return found
    return C.ELSEWHERE_IN_PROVINCE if home[:2] == work[:2] else C.OTHER_PROVINCE


TOWNSHIPS = st.sampled_from(
    [code for code in codes_within("", Level.TOWNSHIP) if not exemption_of(code)]
)


@given(TOWNSHIPS, TOWNSHIPS)
def test_without_an_exception_equal_digits_decide(home, work):
    assert category(home, work) is plain_rule(home, work)


def test_every_county_without_a_city_has_its_row():
    for code in codes_within("", Level.COUNTY):
        if code[2:4] == "90":
            row = exemptions()[code]
            assert row.city_key == code and row.province_key == code[:2]


def test_every_exception_names_its_source():
    assert all(row.source and row.note for row in exemptions().values())


def test_standing_covers_every_county():
    frame = places.standing()
    assert frame.columns == ["code6", "county_key", "city_key", "province_key"]
    assert frame.height == 2978 and frame.null_count().sum_horizontal().item() == 0
    rows = {row[0]: row[1:] for row in frame.iter_rows()}
    assert rows["131121"] == ("131121", "1311", "13")
    assert rows["130682"] == ("130682", "130682", "13")
    assert rows["130638"] == ("130638", "xiongan", "13")
    assert rows["441900"] == ("441900", "4419", "44")


def test_the_corps_is_written_to_as_the_corps():
    assert places.counterpart("659001") == "XJBT"
    assert places.counterpart("654027517") == "XJBT"
    assert places.counterpart("650102") == "65"
    assert places.counterpart("131121101") == "13"

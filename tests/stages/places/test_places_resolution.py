"""What people write, and which division they mean."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhitong.places import (
    Level,
    UnreadableVillages,
    exists,
    get,
    load_villages,
    resolve,
    resolve_many,
    suggest,
)
from zhitong.places.names import Kind, former_codes, upper_book
from zhitong.places.reading import formal_reading, readings_of
from zhitong.places.table import codes_within


@pytest.mark.parametrize(
    ("text", "code", "how"),
    [
        ("河北衡水枣强", "131121", "short"),
        ("河北省衡水市枣强县王均乡", "131121202", "full"),
        ("枣强县王均乡", "131121202", "full"),
        ("枣强县王均", "131121202", "short"),
        ("衡水市王均乡", "131121202", "full"),
        ("枣强", "131121", "short"),
        ("枣强镇", "131121100", "full"),
        ("河北 衡水，枣强县", "131121", "full"),
        ("河北-衡水-枣强", "131121", "short"),
        ("中国河北省衡水市", "1311", "full"),
        ("大黄庄镇", "130730108", "full"),
        ("泊头市", "130981", "full"),
        ("枣强县", "131121", "full"),
        ("饶阳县", "131124", "full"),
        ("阜城县", "131128", "full"),
        ("义乌", "330782", "short"),
        ("大连", "2102", "short"),
        ("成都", "5101", "short"),
        ("周口市", "4116", "full"),
        ("定州", "130682", "short"),
        ("河北定州", "130682", "short"),
        ("辛集", "130181", "short"),
        ("吉林", "22", "short"),
        ("吉林市", "2202", "full"),
        ("吉林吉林", "2202", "short"),
        ("海南", "46", "short"),
        ("西安", "6101", "short"),
        ("承德", "1308", "short"),
        ("承德县", "130821", "full"),
        ("北京市朝阳区", "110105", "full"),
        ("北京市市辖区朝阳区", "110105", "full"),
        ("北京朝阳", "110105", "short"),
        ("唐山路北", "130203", "short"),
        ("青岛市南区", "370202", "full"),  # 青岛 + 市南区, not 青岛市 + 南区
        ("青岛市市南区", "370202", "full"),
        ("南昌市湾里区", "360112", "old-name"),
        ("石家庄市长安区", "130102", "full"),
        ("东莞", "441900", "short"),
        ("东莞市长安镇", "441900119", "full"),
        ("湖北仙桃", "429004", "short"),
        ("延边州", "2224", "short"),
        ("衡水高新区", "131171", "short"),
        ("广西省南宁", "4501", "short"),
        ("京", "11", "short"),
        # codes
        ("131121", "131121", "code"),
        ("１３１１２１", "131121", "code"),
        ("131121000000", "131121", "code"),
        ("131121.0", "131121", "code"),
        ("131121枣强县", "131121", "code"),
        ("130721", "130705", "old-code"),  # 宣化县
        # former names lead to the successor
        ("郫县", "510117", "old-name"),
        ("河北省张家口市宣化县", "130705", "old-name"),
        ("襄樊", "4206", "old-name"),
        ("邢台县", "130503", "old-name"),
        ("莱芜市", "370116", "old-name"),
        ("枣强县王均镇", "131121202", "old-name"),
        # letters
        ("Beijing", "11", "pinyin"),
        ("Zaoqiang County, Hengshui, Hebei", "131121", "pinyin"),
        ("heng shui", "1311", "pinyin"),
        ("Jilin, Jilin", "2202", "pinyin"),
        ("Chaoyang District, Beijing", "110105", "pinyin"),
        ("Xi'an", "6101", "pinyin"),
        ("Shaanxi", "61", "pinyin"),
        ("Shanxi", "14", "pinyin"),
    ],
)
def test_what_people_write(text, code, how):
    found = resolve(text)
    assert (found.code, found.how) == (code, how)
    assert found.candidates[0] == found.division
    assert found.rest in ("", "枣强县")


def test_a_full_name_leads_back_to_its_division():
    counties, townships = (codes_within("", level) for level in (Level.COUNTY, Level.TOWNSHIP))
    codes = [*codes_within("", Level.PROVINCE), *counties, *townships[::13]]
    assert [code for code in codes if resolve(get(code).full_name).code != code] == []


@given(
    st.sampled_from(codes_within("", Level.TOWNSHIP)),
    st.lists(st.booleans(), min_size=3, max_size=3),
    st.sampled_from(["", "东王庄村", "大营村12号", "市场路"]),
)
def test_the_short_cut_for_formal_addresses_says_what_the_search_says(code, whole, rest):
    """Each level above the township is written in full, in short, or not at all."""
    above = [get(code[:digits]) for digits in (2, 4, 6)]
    heads = [one.name if full else one.short for one, full in zip(above, whole, strict=True)]
    for start in range(3):
        text = "".join(heads[start:]) + get(code).name + rest
        if (formal := formal_reading(text)) is None:
            continue
        best = max(readings_of(text, Level.PROVINCE), key=lambda one: (one.end, -one.worst))
        assert (formal.end, formal.code, formal.worst) == (best.end, best.code, Kind.FULL)


def test_every_name_and_former_code_leads_into_the_table():
    named = {name.code for names in upper_book().names.values() for name in names}
    assert all(exists(code) for code in named | set(former_codes().values()))


def test_what_follows_the_last_name_is_kept():
    found = resolve("枣强县王均乡东王庄村12号")
    assert (found.code, found.rest) == ("131121202", "东王庄村12号")
    # A village that sounds like a township is not that township.
    found = resolve("枣强县大营村")
    assert (found.code, found.rest) == ("131121", "大营村")


@pytest.mark.parametrize(
    ("text", "first", "among"),
    [
        ("朝阳区", "110105", "220104"),
        ("鼓楼区", "320106", "350102"),
        ("朝阳", "2113", "110105"),
        ("城关镇", None, None),
        ("通州", "110112", "320612"),
    ],
)
def test_a_name_of_several_places_is_not_guessed(text, first, among):
    found = resolve(text)
    assert (found.division, found.how) == (None, "ambiguous")
    codes = [one.code for one in found.candidates]
    assert len(codes) > 1
    assert first is None or (codes[0] == first and among in codes)


def test_the_scope_settles_what_would_be_ambiguous():
    assert resolve("朝阳", within="11").code == "110105"
    assert resolve("桥西区", within="1301").code == "130104"
    assert resolve("桥东区", within="1305").code == "130502"  # now 襄都区
    assert resolve("城关镇", within="420325").code == "420325100"
    # ... and does not capture what names another part of the country
    assert resolve("大连", within="13").code == "2102"
    assert resolve("河北", within="12").code == "13"
    assert resolve("四川省成都市", within="13").code == "5101"


def test_candidates_inside_the_scope_come_first():
    found = resolve("城关镇", within="41")
    assert found.how == "ambiguous"
    assert found.candidates[0].code.startswith("41")


def test_a_level_can_be_asked_for():
    assert resolve("枣强", level=Level.TOWNSHIP).code == "131121100"
    assert resolve("吉林", level=Level.CITY).code == "2202"
    assert resolve("枣强县王均乡", level=Level.COUNTY).code == "131121"
    assert resolve("131121", level=Level.CITY).code == "1311"
    assert resolve("东莞", level=Level.CITY).code == "4419"
    assert resolve("辛集", level=Level.COUNTY).code == "130181"
    assert resolve("1311", level=Level.COUNTY).how == "unknown"
    assert resolve("衡水市", level=Level.COUNTY).how == "unknown"


def test_xiongan_is_an_area_of_three_counties():
    assert [one.code for one in resolve("重庆两江新区").candidates] == ["500105", "500112"]
    for text in ("雄安新区", "雄安", "河北雄安新区", "河北省保定市雄安新区"):
        found = resolve(text)
        assert (found.division, found.how) == (None, "area")
        assert [one.code for one in found.candidates] == ["130629", "130632", "130638"]
    assert resolve("雄安新区容城县").code == "130629"
    assert resolve("雄安新区雄县雄州镇").code == "130638100"


@pytest.mark.parametrize(
    "text", ["", " ", "abc", "不存在的地方", "张庄村", "市辖区", "县", "999999", "2020", "，。"]
)
def test_unknown_text_has_no_answer(text):
    found = resolve(text)
    assert (found.division, found.how) == (None, "unknown")


def test_a_name_inside_a_longer_word_is_offered_not_taken():
    for text, meant in (("枣强市", "131121"), ("南京路12号", "3201"), ("131121999", "131121")):
        found = resolve(text)
        assert (found.division, found.how) == (None, "unknown")
        assert [one.code for one in found.candidates] == [meant]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("河北省石家庄市枣强县", "131121"),
        ("河北省石家庄市枣强县王均乡", "131121202"),
        ("安徽省巢湖市庐江县", "340124"),  # 庐江 was in 巢湖 until 2011
        ("河北朝阳区", "110105"),
    ],
)
def test_names_that_contradict_each_other_are_not_resolved(text, meant):
    found = resolve(text)
    assert (found.division, found.how) == (None, "unknown")
    assert found.candidates[0].code == meant
    assert resolve("枣强县新城区富强路").code == "131121"


def test_a_column_is_resolved_once_a_distinct_text():
    frame = resolve_many(pl.Series(["枣强县", None, "朝阳区", "枣强县", "郫县", "某地"]))
    assert frame.columns == ["text", "code", "how", "rest", "candidates"]
    assert frame["text"].to_list() == ["枣强县", "朝阳区", "郫县", "某地"]
    assert frame["code"].to_list() == ["131121", None, "510117", None]
    assert frame["how"].to_list() == ["full", "ambiguous", "old-name", "unknown"]
    assert frame["candidates"][1].to_list()[:2] == ["110105", "220104"]
    scoped = resolve_many(pl.Series(["朝阳区"]), within="11")
    assert scoped["code"].to_list() == ["110105"]
    assert resolve_many(pl.Series([], dtype=pl.String)).height == 0


@pytest.mark.parametrize(
    ("typed", "within", "expected"),
    [
        ("枣", None, "131121"),
        ("zq", None, "131121"),
        ("zaoq", None, "131121"),
        ("wj", "131121", "131121202"),
        ("王", "131121", "131121202"),
        ("衡水", None, "1311"),
        ("枣强县王", None, "131121202"),
        ("衡水枣", None, "131121"),
        ("东莞", None, "441900"),
        ("1311", None, "1311"),
        ("13112", None, "131121"),
    ],
)
def test_suggestions_while_typing(typed, within, expected):
    found = [one.code for one in suggest(typed, within=within)]
    assert expected in found
    assert len(found) <= 10


def test_suggestions_lead_with_the_exact_name_and_respect_the_limit():
    assert suggest("枣强")[0].code == "131121"
    assert len(suggest("s", limit=3)) == 3
    assert suggest("") == suggest("没有这个地方") == []


@pytest.fixture
def two_villages(tmp_path):
    header = "code,name,streetCode,provinceCode,cityCode,areaCode\n"
    listed = tmp_path / "villages.csv"
    listed.write_text(
        header
        + '131121202201,"东王庄村村委会",131121202,13,1311,131121\n'
        + '131121202202,"王均村村委会",131121202,13,1311,131121\n'
        + '440106001001,"五山社区居委会",440106001,44,4401,440106\n',
        encoding="utf-8",
    )
    yield listed
    listed.write_text(header, encoding="utf-8")
    load_villages(listed)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "前两列"),
        ("代码,名称\n".encode(), "前两列"),
        (b"code,name\n131121,x\n", "第 2 行"),
        (b"code,name\n131121202201\n", "第 2 行"),
        ("code,name\n131121202201,村\n".encode("gb18030"), "UTF-8"),
    ],
)
def test_a_village_file_with_a_fault_changes_nothing(two_villages, tmp_path, content, fault):
    load_villages(two_villages)
    faulty = tmp_path / "faulty.csv"
    faulty.write_bytes(content)
    with pytest.raises(UnreadableVillages, match=fault):
        load_villages(faulty)
    assert resolve("131121202202").division.name == "王均村村委会"


def test_villages_resolve_by_name_once_they_are_loaded(two_villages):
    assert load_villages(two_villages, within="13") == 2
    found = resolve("枣强县王均乡东王庄村12号")
    assert (found.code, found.rest) == ("131121202201", "12号")
    assert found.division.full_name == "河北省衡水市枣强县王均乡东王庄村村委会"
    assert resolve("131121202202").division.name == "王均村村委会"
    assert resolve("131121202299").division is None
    assert exists("131121100299")  # of a township whose villages were not loaded

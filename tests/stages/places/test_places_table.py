"""The table of divisions: counts, codes, names, coordinates."""

import subprocess
import sys

import pytest

from zhitong import places
from zhitong.places import BadCode, Level, UnknownDivision
from zhitong.places.table import codes_within


@pytest.mark.parametrize(
    ("level", "count"),
    [(Level.PROVINCE, 31), (Level.CITY, 342), (Level.COUNTY, 2978), (Level.TOWNSHIP, 41352)],
)
def test_the_table_holds_every_division(level, count):
    assert len(codes_within("", level)) == count


def test_every_division_hangs_under_one_of_the_level_above():
    for level in (Level.CITY, Level.COUNTY, Level.TOWNSHIP):
        for code in codes_within("", level):
            division = places.get(code)
            above = places.get(division.parent)
            assert above.level == level - 1
            assert code.startswith(above.code)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("13", "13"),
        ("130000", "13"),
        ("130000000000", "13"),
        ("131100", "1311"),
        ("131121", "131121"),
        ("131121000", "131121"),
        ("131121101000", "131121101"),
        ("１３１１２１", "131121"),
        (" 1311 ", "1311"),
        ("130100", "1301"),
        ("441900", "441900"),  # the county-level unit of 东莞, not its padding
        ("4419", "4419"),
        ("131121101001", "131121101001"),  # a village of a known township
    ],
)
def test_canonical_codes_keep_their_significant_digits(written, code):
    assert places.canonical(written) == code
    assert places.canonical(code) == code


@pytest.mark.parametrize(
    "text", ["", "1", "枣强", "13a1", "-13", "1311211010010", "13112", "1311２x"]
)
def test_what_is_no_code_is_refused(text):
    with pytest.raises(BadCode, match="不是区划代码"):
        places.canonical(text)


@pytest.mark.parametrize("text", ["99", "990000", "131199", "131121999", "131121999001"])
def test_a_code_outside_the_table_is_unknown(text):
    with pytest.raises(UnknownDivision, match="不存在"):
        places.get(text)
    assert places.find(text) is None
    assert not places.exists(text)


def test_a_county_knows_its_names_and_place():
    zaoqiang = places.get("131121")
    assert (zaoqiang.name, zaoqiang.short, zaoqiang.pinyin) == ("枣强县", "枣强", "zao qiang")
    assert zaoqiang.initials == "zq"
    assert zaoqiang.full_name == "河北省衡水市枣强县" == places.full_name("131121")
    assert zaoqiang.level is Level.COUNTY and zaoqiang.level.label == "县"
    assert [one.code for one in places.ancestors("131121")] == ["13", "1311"]
    assert "131121202" in [one.code for one in places.children("131121")]


def test_dahuangzhuang_is_a_town_of_huailai():
    assert places.get("130730108").full_name == "河北省张家口市怀来县大黄庄镇"


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("110105", "北京市朝阳区"),
        ("500229", "重庆市城口县"),
        ("429004", "湖北省仙桃市"),
        ("659001", "新疆维吾尔自治区石河子市"),
        ("441900", "广东省东莞市"),
        ("441900119", "广东省东莞市长安镇"),
        ("620201", "甘肃省嘉峪关市"),
    ],
)
def test_full_names_skip_levels_that_exist_in_the_codes_only(code, name):
    assert places.full_name(code) == name


@pytest.mark.parametrize(
    ("code", "short"),
    [
        ("15", "内蒙古"),
        ("2224", "延边"),
        ("5223", "黔西南"),
        ("6540", "伊犁"),
        ("622926", "东乡"),
        ("150723", "鄂伦春"),
        ("130133", "赵县"),
        ("310115", "浦东"),
        ("131171", "衡水高新区"),
        ("131121202", "王均"),
    ],
)
def test_short_names_are_what_people_say(code, short):
    assert places.get(code).short == short


@pytest.mark.parametrize(
    ("code", "pinyin"),
    [
        ("1404", "chang zhi"),
        ("130981", "bo tou"),
        ("50", "chong qing"),
        ("3415", "lu an"),
        ("130225", "lao ting"),
        ("130726", "yu xian"),
        ("131025", "dai cheng"),
        ("4111", "luo he"),
        ("2113", "chao yang"),
    ],
)
def test_pinyin_of_names_with_more_than_one_reading(code, pinyin):
    assert places.get(code).pinyin == pinyin


def test_every_county_lies_in_china():
    for code in codes_within("", Level.COUNTY):
        lat, lon, _ = places.coordinates(code)
        assert 3.5 < lat < 53.6 and 73.4 < lon < 135.1, code


def test_a_township_without_a_point_borrows_its_county_seat():
    lat, lon, approximate = places.coordinates("131121101")
    assert (lat, lon) == places.coordinates("131121")[:2]
    assert approximate and not places.get("131121").approximate


def test_traits_tell_what_departs_from_the_plain_tree():
    get = places.get
    assert get("130682").province_run and not get("130681").province_run
    assert get("130682001").province_run
    assert get("4419").no_counties and get("441900").pseudo
    assert get("110105").municipality and get("1101").pseudo
    assert get("4290").pseudo and not get("429004").pseudo
    assert get("659001").corps and get("654027517").corps  # 兵团七十八团, inside 特克斯县
    assert get("131171").statistical and get("131125400").statistical
    assert not get("131121").traits
    assert sum(get(code).statistical for code in codes_within("", Level.COUNTY)) == 129


def test_statistical_townships_owe_no_report():
    due = places.expected_townships("13")
    assert len(due) == 2246
    assert all(not places.get(code).statistical for code in due)
    assert places.expected_townships("131121101") == ["131121101"]


def test_a_village_code_is_taken_when_its_township_is_known():
    village = places.get("131121202201")
    assert village.level is Level.VILLAGE and village.parent == "131121202"
    assert village.full_name == "河北省衡水市枣强县王均乡"


def test_importing_places_loads_neither_tables_nor_numbers():
    script = (
        "import sys, zhitong.places as p; from zhitong.places.table import table;"
        "assert not {'polars', 'numpy', 'django'} & set(sys.modules), 'too much imported';"
        "assert not table.cache_info().currsize"
    )
    subprocess.run([sys.executable, "-c", script], check=True, env={"PYTHONPATH": "src"})

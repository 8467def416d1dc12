"""Short names and pinyin of divisions, used by build_places.py."""

from __future__ import annotations

import re

from pypinyin import Style, lazy_pinyin, load_phrases_dict, load_single_dict

PROVINCES = {
    "内蒙古自治区": "内蒙古",
    "广西壮族自治区": "广西",
    "西藏自治区": "西藏",
    "宁夏回族自治区": "宁夏",
    "新疆维吾尔自治区": "新疆",
}

# Peoples of several characters may stand without 族 (蒙古自治州); those of one may not.
PEOPLE = (
    "(?:(?:蒙古|维吾尔|布依|朝鲜|土家|哈尼|哈萨克|傈僳|拉祜|东乡|纳西|景颇|柯尔克孜|达斡尔|仫佬|布朗|撒拉|"
    "毛南|仡佬|锡伯|阿昌|普米|塔吉克|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|独龙|鄂伦春|赫哲|门巴|珞巴)族?"
    "|[回藏苗彝壮满侗瑶白傣黎佤畲水土羌怒各]族)"
)
AUTONOMOUS = re.compile(rf"(?P<place>.*?){PEOPLE}+自治[州县旗]")
ETHNIC_TOWNSHIP = re.compile(rf"(?P<place>.+?)(?:{PEOPLE}+(?:民族)?|民族)乡")

# Levels that exist in the codes only.
PSEUDO = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})

# How development zones are called in speech.
ZONES = (
    ("高新技术产业开发区", "高新区"),
    ("高新技术产业园区", "高新区"),
    ("高新技术开发区", "高新区"),
    ("高技术产业开发区", "高新区"),
    ("经济技术开发区", "经开区"),
    ("经济开发区", "经开区"),
)
ZONE_PROVINCE = re.compile(r"^(?:河北|山西|安徽|湖南|河南|内蒙古|吉林(?=松原|白城))(?=..)")


def short_name(name: str, length: int) -> str:
    """What people call the division of a code with `length` digits: 衡水市 -> 衡水."""
    if length == 2:
        return PROVINCES.get(name) or name.rstrip("省市")
    return _short_township(name) if length == 9 else _short_city_or_county(name)


def _short_city_or_county(name: str) -> str:
    if name in PSEUDO:
        return name
    if match := AUTONOMOUS.fullmatch(name):
        if match["place"]:
            return match["place"]
        return re.sub(r"族?自治[州县旗]$", "", name)  # 东乡族自治县, 鄂伦春自治旗
    for formal, spoken in ZONES:
        if name.endswith(formal):
            zone = name.removesuffix(formal)
            return ZONE_PROVINCE.sub("", zone) + spoken
    if name.endswith(("矿区", "管理区", "园区", "示范区", "集聚区", "试验区", "实验区", "名胜区")):
        return name
    for suffix in ("新区", "林区", "特区", "地区", "市", "县", "区", "盟", "旗"):
        if name.endswith(suffix) and len(name) - len(suffix) >= 2:
            return name.removesuffix(suffix)
    return name


def _short_township(name: str) -> str:
    if (match := ETHNIC_TOWNSHIP.fullmatch(name)) and len(match["place"]) >= 2:
        return match["place"]
    for suffix in ("街道办事处", "街道", "苏木", "镇", "乡"):
        if name.endswith(suffix) and len(name) - len(suffix) >= 2:
            return name.removesuffix(suffix)
    return name


# Readings that pypinyin gets wrong, and single characters as they are read in most place names.
READINGS = (
    "长治 cháng zhì,泊头 bó tóu,涡阳 guō yáng,浚县 xùn xiàn,单县 shàn xiàn,单城 shàn chéng,"
    "洪洞 hóng tóng,漯河 luò hé,荥经 yíng jīng,筠连 jūn lián,乐陵 lào líng,朝阳 cháo yáng,"
    "长葛 cháng gě,长垣 cháng yuán,长阳 cháng yáng,长泰 cháng tài,长岛 cháng dǎo,"
    "长子 zhǎng zǐ,六合 lù hé,大城 dài chéng,繁峙 fán shì,什邡 shí fāng,都匀 dū yún,"
    "民乐 mín lè,解州 hài zhōu,隽水 jùn shuǐ,宕昌 tàn chāng,尼勒克 ní lè kè,伽师 jiā shī,"
    "高句丽 gāo gōu lí,重固 chóng gù,六安 lù ān,台州 tāi zhōu,天台 tiān tāi,丽水 lí shuǐ,"
    "东阿 dōng ē,乐清 yuè qīng,乐亭 lào tíng,蔚县 yù xiàn,井陉 jǐng xíng,番禺 pān yú,"
    "大埔 dà bù,铅山 yán shān,莘县 shēn xiàn,蚌埠 bèng bù,尉犁 yù lí,歙县 shè xiàn,"
    "枞阳 zōng yáng,柞水 zhà shuǐ,渑池 miǎn chí,犍为 qián wéi,阆中 làng zhōng,曲阳 qǔ yáng,"
    "阳曲 yáng qǔ,临朐 lín qú,鄄城 juàn chéng,黄陂 huáng pí,监利 jiàn lì,吴堡 wú bǔ,"
    "昌都 chāng dū,行唐 xíng táng,任丘 rén qiū,任泽 rén zé,任县 rén xiàn,冠县 guān xiàn,"
    "柏乡 bǎi xiāng"
)
SINGLES = {
    "长": "cháng",
    "朝": "cháo",
    "单": "dān",
    "泊": "bó",
    "重": "chóng",
    "行": "háng",
    "都": "dū",
}


def _load_readings() -> None:
    phrases = {}
    for entry in READINGS.split(","):
        word, *syllables = entry.split(" ")
        phrases[word] = [[syllable] for syllable in syllables]
    load_phrases_dict(phrases)
    load_single_dict({ord(character): reading for character, reading in SINGLES.items()})


_load_readings()


def pinyin_of(text: str) -> str:
    """枣强 -> "zao qiang"; characters without a reading are left out."""
    return " ".join(
        lazy_pinyin(text, style=Style.NORMAL, errors=lambda unread: list(unread.strip("（）() ")))
    ).lower()

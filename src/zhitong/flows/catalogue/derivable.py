"""What the registry can count by itself, so that no form needs to ask it. Pure: no database.

A derivation is a measure (people by where they stand, or wishes to travel) and at most one value
of each dimension. As text: `spells status=1 sex=F`, which records keep.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from zhitong import places
from zhitong.kernel.place_names import place_name
from zhitong.places import Category

OLDEST = 150
AGES = ("16-24", "25-34", "35-44", "45-54", "55-59", f"60-{OLDEST}")
"""Bands that forms offer; a derivation may count any range of whole years, both ends included."""


class Measure(StrEnum):
    """What the registry can count for an item."""

    SPELLS = "spells"
    DEPARTURES = "departures"


MEASURES: Mapping[Measure, str] = {
    Measure.SPELLS: _("登记人员（按当日就业状态）"),
    Measure.DEPARTURES: _("出行意愿（可出行时段未过）"),
}
DIMENSIONS: Mapping[str, str] = {
    "status": _("就业状态"),
    "category": _("务工类别"),
    "sex": _("性别"),
    "age": _("年龄"),
    "occupation": _("职业大类"),
    "destination": _("目的省份"),
    "mode": _("出行方式"),
}
OF_MEASURE: Mapping[Measure, frozenset[str]] = {
    Measure.SPELLS: frozenset({"status", "category", "sex", "age", "occupation", "destination"}),
    Measure.DEPARTURES: frozenset({"sex", "age", "destination", "mode"}),
}
_STATUS = {"1": _("在岗"), "2": _("在家待岗"), "3": _("求职"), "4": _("不再外出")}
_SEX = {"M": _("男"), "F": _("女")}
_MODE = {"coach": _("包车"), "rail": _("火车"), "own": _("自行返岗"), "any": _("均可")}
_AGE = re.compile(r"(\d{1,3})-(\d{1,3})")


class NotDerivable(ValueError):
    """A derivation names a dimension or a value that the registry does not hold."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """What the registry counts: `where` holds one value for each dimension that matters."""

    measure: Measure
    where: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key, value in self.where.items():
            if key not in OF_MEASURE[self.measure] or not _known(key, value):
                raise NotDerivable(f"{self.measure} has no {key} {value}")

    def __str__(self) -> str:
        said = [f"{key}={self.where[key]}" for key in DIMENSIONS if key in self.where]
        return " ".join((self.measure, *said))

    @property
    def category(self) -> Category | None:
        """The category of the daily report that counts the same, if one does."""
        at_work = {"status": "1"} | dict(self.where)
        if self.measure != Measure.SPELLS or at_work.keys() != {"status", "category"}:
            return None
        return Category(int(self.where["category"])) if at_work["status"] == "1" else None

    @property
    def is_stock(self) -> bool:
        """Whether it counts all who are at work: the total of the daily report."""
        return self.measure == Measure.SPELLS and dict(self.where) == {"status": "1"}


def read(text: str) -> Derivation:
    """A derivation from its text. Raises `NotDerivable`."""
    measure, *pairs = text.split()
    if measure not in set(Measure):
        raise NotDerivable(f"no measure {measure}")
    return Derivation(Measure(measure), dict(_pair(pair) for pair in pairs))


def label(derivation: Derivation) -> str:
    """In words, in the language in force: 登记人员：在岗、女."""
    values = [
        value_label(key, derivation.where[key]) for key in DIMENSIONS if key in derivation.where
    ]
    head = gettext(MEASURES[derivation.measure])
    return f"{head}：{'、'.join(values)}" if values else head


def values_of(dimension: str) -> Iterator[str]:
    """The values that a form offers for a dimension."""
    match dimension:
        case "status":
            yield from _STATUS
        case "category":
            yield from (str(one.value) for one in Category)
        case "sex":
            yield from _SEX
        case "age":
            yield from AGES
        case "occupation":
            yield from _majors()
        case "destination":
            yield from (one.code for one in places.provinces())
        case "mode":
            yield from _MODE


def value_label(dimension: str, value: str) -> str:
    """One value in the language in force."""
    match dimension:
        case "category":
            return gettext(Category(int(value)).label)
        case "age":
            low, high = value.split("-")
            if int(high) >= OLDEST:
                return gettext("{low} 岁以上").format(low=low)
            return gettext("{low}–{high} 岁").format(low=low, high=high)
        case "occupation":
            return _majors()[value]
        case "destination":
            return place_name(value)
    return gettext({**_STATUS, **_SEX, **_MODE}[value])


def years(value: str) -> tuple[int, int]:
    """The range of an age: whole years, both ends included."""
    low, high = value.split("-")
    return int(low), int(high)


# -- names that ask what the registry holds

_WORDS: Mapping[str, Mapping[str, str]] = {
    "status": {
        "在家待岗": "2", "待岗": "2", "在家": "2", "求职": "3", "找工作": "3", "不再外出": "4",
        "不外出": "4", "在岗": "1", "务工": "1", "就业": "1", "上班": "1",
    },
    "category": {
        "乡外县内": "2", "县外市内": "3", "市外省内": "4", "乡内": "1", "跨省": "5", "省外": "5",
        "出省": "5",
    },
    "sex": {"女性": "F", "妇女": "F", "男性": "M", "女": "F", "男": "M"},
    "mode": {"包车": "coach", "火车": "rail", "铁路": "rail", "自驾": "own", "自行返岗": "own"},
}  # fmt: skip
# What says no more than that people are counted.
_EMPTY = re.compile(
    r"外出|农民工|劳动力|工人|职工|员工|人员|人数|人口|总数|合计|当日|目前|现有|登记|出行|返岗|意愿|岁|"
    r"赴|去|往|到|在|的|数|人|者|工|[\s（）()、，,]"
)
_FROM_TO = re.compile(r"(\d{2,3})\s*(?:[-–—~～至到]|岁至|岁到)\s*(\d{2,3})\s*岁")
_FROM = re.compile(r"(\d{2,3})\s*(?:周岁|岁)\s*(?:及以上|以上|及其以上)")
_TRAVELLING = re.compile(r"出行|意愿|返岗")


def recognised(name: str) -> Derivation | None:
    """What a figure's Chinese name asks, when the registry holds exactly that; else None."""
    rest, where = name, {}
    for pattern, open_end in ((_FROM_TO, False), (_FROM, True)):
        if found := pattern.search(rest):
            where["age"] = f"{found[1]}-{OLDEST if open_end else found[2]}"
            rest = rest.replace(found[0], "", 1)
            break
    for province in places.provinces():
        for word in (province.name, province.short):
            if word and word in rest:
                where.setdefault("destination", province.code)
                rest = rest.replace(word, "", 1)
    for dimension, words in _WORDS.items():
        for word, value in words.items():
            if word in rest and dimension not in where:
                where[dimension] = value
                rest = rest.replace(word, "", 1)
    for code, major in _majors().items():
        if major in rest:
            where["occupation"] = code
            rest = rest.replace(major, "", 1)
    if not where or _EMPTY.sub("", rest):
        return None
    travelling = "mode" in where or bool(_TRAVELLING.search(name))
    measure = Measure.DEPARTURES if travelling and "status" not in where else Measure.SPELLS
    if measure == Measure.SPELLS and where.keys() & {"category", "destination"}:
        where.setdefault("status", "1")
    try:
        return Derivation(measure, where)
    except NotDerivable:
        return None


@cache
def _majors() -> dict[str, str]:
    """Major groups of the catalogue of occupations, by their first digit."""
    # It comes with polars, which takes longer to import than a command may.
    from zhitong.registry import occupations

    return {code[0]: name for code, name in occupations.names().items() if code.endswith("000000")}


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise NotDerivable(f"{text} is no dimension=value")
    return key, value


def _known(dimension: str, value: str) -> bool:
    if dimension == "age":
        found = _AGE.fullmatch(value)
        return bool(found) and int(found[1]) <= int(found[2]) <= OLDEST  # type: ignore[index]
    return value in set(values_of(dimension))

"""What a division is: a province, city, county, township or village with its code and names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag


class Level(IntEnum):
    PROVINCE = 1
    CITY = 2
    COUNTY = 3
    TOWNSHIP = 4
    VILLAGE = 5

    @property
    def digits(self) -> int:
        """How many digits a canonical code of this level has."""
        return _DIGITS[self - 1]

    @property
    def label(self) -> str:
        return _LABELS[self - 1]


_DIGITS = (2, 4, 6, 9, 12)
_LABELS = ("省", "市", "县", "乡", "村")
LEVEL_OF_DIGITS = {digits: Level(rank) for rank, digits in enumerate(_DIGITS, 1)}


class Trait(IntFlag):
    """What sets a division apart from the plain tree of codes."""

    NONE = 0
    STATISTICAL = 1
    """Known to statistics, not to GB/T 2260: a development zone, a farm, a park."""
    PSEUDO = 2
    """A level that exists in the codes only: 市辖区, 省直辖县级行政区划, the one county of 东莞."""
    PROVINCE_RUN = 4
    """A county that answers to its province, not to the city whose code it carries."""
    NO_COUNTIES = 8
    """A city whose townships hang directly under it."""
    MUNICIPALITY = 16
    """北京, 天津, 上海, 重庆 and what lies in them: the whole is one city."""
    CORPS = 32
    """Answers to the Xinjiang Production and Construction Corps 兵团."""


@dataclass(frozen=True, slots=True)
class Division:
    """One row of the table.

    `code` is canonical (2, 4, 6, 9 or 12 digits); `pinyin` spells `short` ("zao qiang").
    `lat`, `lon` are WGS-84 degrees of the seat; `approximate` marks a point borrowed from the
    division above or averaged from those below.
    """

    code: str
    level: Level
    name: str
    short: str
    parent: str | None
    pinyin: str
    lat: float | None
    lon: float | None
    approximate: bool
    traits: Trait
    full_name: str

    @property
    def initials(self) -> str:
        """The first letters of `pinyin`: "zq"."""
        return "".join(syllable[0] for syllable in self.pinyin.split())

    @property
    def statistical(self) -> bool:
        return Trait.STATISTICAL in self.traits

    @property
    def pseudo(self) -> bool:
        return Trait.PSEUDO in self.traits

    @property
    def province_run(self) -> bool:
        return Trait.PROVINCE_RUN in self.traits

    @property
    def no_counties(self) -> bool:
        return Trait.NO_COUNTIES in self.traits

    @property
    def municipality(self) -> bool:
        return Trait.MUNICIPALITY in self.traits

    @property
    def corps(self) -> bool:
        return Trait.CORPS in self.traits

    def __str__(self) -> str:
        return self.full_name


class PlaceError(ValueError):
    """A mistake in what somebody gave as a place; `code` is stable, the text is for clerks."""

    code = "place"


class BadCode(PlaceError):
    """Not 2 to 12 digits in the shape of a division code."""

    code = "bad-division-code"

    def __init__(self, text: object) -> None:
        super().__init__(f"“{text}”不是区划代码：应为 2、4、6、9 或 12 位数字。")


class UnknownDivision(PlaceError):
    """A well-formed code that the table does not hold."""

    code = "unknown-division"

    def __init__(self, text: object) -> None:
        super().__init__(f"区划代码“{text}”不存在，请核对。")

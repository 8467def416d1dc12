"""The five categories: where somebody works, seen from home.

Both forms answer from `standing_of`: the scalar one asks it for its pair, the vectorised one for
every distinct county of a column, then only compares numbers.
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from zhitong.places.division import LEVEL_OF_DIGITS, BadCode, Level
from zhitong.places.exemptions import exemption_of
from zhitong.places.table import canonical, row_of, table

if TYPE_CHECKING:  # polars takes longer to import than this package may
    import polars as pl


class Category(IntEnum):
    WITHIN_TOWNSHIP = 1
    WITHIN_COUNTY = 2
    WITHIN_CITY = 3
    ELSEWHERE_IN_PROVINCE = 4
    OTHER_PROVINCE = 5

    @property
    def label(self) -> str:
        return _LABELS[self - 1]

    @property
    def key(self) -> str:
        """Stable name for files and addresses: "within_township"."""
        return self.name.lower()

    @property
    def outside_province(self) -> bool:
        return self is Category.OTHER_PROVINCE


_LABELS = ("乡内", "乡外县内", "县外市内", "市外省内", "跨省")


class Standing(NamedTuple):
    """The county, city and province of a code; None where it is too short to tell."""

    county: str | None
    city: str | None
    province: str


@lru_cache(maxsize=8192)
def standing_of(code: str) -> Standing:
    """Keys of a canonical code; digits beyond the county do not matter."""
    province, city, county = code[:2], code[:4], code[:6]
    known_city: str | None = city if len(code) >= 4 else None
    if city.endswith("90"):
        known_city = None  # 省直辖: what it holds are cities of their own
    known_county = county if len(code) >= 6 else None
    if row := exemption_of(code):
        known_city = row.city_key or known_city
        known_county = row.county_key or known_county
        province = row.province_key or province
    return Standing(known_county, known_city, province)


def counterpart(code: str) -> str:
    """Whom to write to about a place: the province's two digits, or XJBT for the Corps 兵团."""
    canon = canonical(code)
    row = exemption_of(canon)
    if row and row.counterpart:
        return row.counterpart
    return "XJBT" if len(canon) >= 9 and row_of(canon[:9]).name.startswith("兵团") else canon[:2]


def category(home: str, work: str) -> Category | None:
    """Where `work` lies seen from `home`; None when the codes are too short to decide.

    A code above the county means the place proper: 1306 is 保定 without 定州 and 雄安.
    Raises BadCode for what cannot be a code; does not ask whether the divisions exist.
    """
    home, work = _trimmed(home), _trimmed(work)
    here, there = standing_of(home[:6]), standing_of(work[:6])
    if here.province != there.province:
        return Category.OTHER_PROVINCE
    if here.city is None or there.city is None:
        return None
    if here.city != there.city:
        return Category.ELSEWHERE_IN_PROVINCE
    if here.county is None or there.county is None:
        return None
    if here.county != there.county:
        return Category.WITHIN_CITY
    if len(home) < 9 or len(work) < 9:
        return None
    return Category.WITHIN_TOWNSHIP if home[:9] == work[:9] else Category.WITHIN_COUNTY


def _trimmed(code: str) -> str:
    """A code without zero padding; only its shape is judged."""
    if not (code.isascii() and code.isdigit() and len(code) in LEVEL_OF_DIGITS):
        raise BadCode(code)
    if len(code) == 12:
        code = code.removesuffix("000")
    if len(code) == 9:
        code = code.removesuffix("000")
    if len(code) == 6 and code not in table().lines:
        code = code.removesuffix("00")
    if len(code) == 4:
        code = code.removesuffix("00")
    return code


def categories(home: pl.Series, work: pl.Series) -> pl.Series:
    """`category` for two columns of codes: UInt8, null where undecided, missing or malformed."""
    import polars as pl

    frame = pl.DataFrame({"home": home.cast(pl.String), "work": work.cast(pl.String)})
    keys = _keys(pl.concat([frame["home"], frame["work"]]).str.slice(0, 6).unique().drop_nulls())
    here, there = (_placed(frame[side], keys) for side in ("home", "work"))
    both = here.select(pl.all().name.prefix("h_")).hstack(there.select(pl.all().name.prefix("w_")))
    # Null where one side is not known to that level; `when` takes null for false.
    same = {key: pl.col(f"h_{key}") == pl.col(f"w_{key}") for key in here.columns}
    decided = (
        pl.when(~same["province"])
        .then(int(Category.OTHER_PROVINCE))
        .when(~same["city"])
        .then(int(Category.ELSEWHERE_IN_PROVINCE))
        .when(~same["county"])
        .then(int(Category.WITHIN_CITY))
        .when(same["city"] & same["county"] & ~same["township"])
        .then(int(Category.WITHIN_COUNTY))
        .when(same["city"] & same["county"] & same["township"])
        .then(int(Category.WITHIN_TOWNSHIP))
    )
    return both.select(decided.cast(pl.UInt8).alias("category"))["category"]


def _placed(codes: pl.Series, keys: pl.DataFrame) -> pl.DataFrame:
    """province, city, county, township of each code as numbers, null where unknown."""
    import polars as pl

    code, length = pl.col("code"), pl.col("code").str.len_bytes()
    number = code.cast(pl.Int64, strict=False)  # null unless all digits
    nine = pl.when(length == 12).then(number // 1000).when(length == 9).then(number)
    shaped = length.is_in(list(LEVEL_OF_DIGITS)) & number.is_not_null()
    return (
        codes.rename("code")
        .to_frame()
        .select(
            pl.when(shaped).then(code.str.slice(0, 6)).alias("head"),
            # 131121000 is a padded county: no township is known.
            pl.when(nine % 1000 != 0).then(nine).alias("township"),
        )
        .join(keys, on="head", how="left", maintain_order="left")
        .select("province", "city", "county", "township")
    )


def _keys(heads: pl.Series) -> pl.DataFrame:
    """Distinct first six digits -> numbers for province, city and county (null: unknown)."""
    import polars as pl

    numbers: dict[str | None, int | None] = {None: None}

    def number(key: str | None) -> int | None:
        return numbers.setdefault(key, len(numbers))

    rows = []
    for head in heads.to_list():
        try:
            keys = standing_of(_trimmed(head))
        except BadCode:
            continue
        rows.append((head, number(keys.province), number(keys.city), number(keys.county)))
    schema = {"head": pl.String, "province": pl.Int32, "city": pl.Int32, "county": pl.Int32}
    return pl.DataFrame(rows, schema=schema, orient="row")


def standing() -> pl.DataFrame:
    """code6, county_key, city_key, province_key (strings) of every county-level code."""
    import polars as pl

    rows = [
        (code, keys.county, keys.city, keys.province)
        for code in table().codes[Level.COUNTY]
        for keys in (standing_of(code),)
    ]
    columns = ("code6", "county_key", "city_key", "province_key")
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")

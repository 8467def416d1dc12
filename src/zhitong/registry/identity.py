"""Resident identity numbers, GB 11643: six digits of place, birth date, sequence, check digit."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from zhitong import places

LENGTH = 18
YOUNGEST, OLDEST = 14, 100
_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_CHECKS = np.frombuffer(b"10X98765432", dtype=np.uint8)
# Beside the provinces of the table: Taiwan, Hong Kong, Macau, and residence permits of Taiwan.
_OTHER_PROVINCES = ("71", "81", "82", "83")


# Eighteen characters or the old fifteen, told by the date of birth in them: a slip in the check
# digit does not make it anybody else's.
_MONTH_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_INSIDE = (
    rf"(?:^|[^0-9])[1-9]\d{{5}}(?:(?:19|20)\d{{2}}{_MONTH_DAY}\d{{3}}[0-9Xx]"
    rf"|\d{{2}}{_MONTH_DAY}\d{{3}})(?:$|[^0-9])"
)
_GAPS = r"[\s\-.·]"
_MANY_DIGITS = rf"\d(?:{_GAPS}*\d){{14}}"


def inside(texts: pl.Series) -> pl.Series:
    """The distinct texts that hold an identity number, in one piece or in groups."""
    found = texts.filter(texts.str.contains(_MANY_DIGITS).fill_null(False)).unique()
    plain = found.str.normalize("NFKC")
    whole = plain.str.contains(_INSIDE) | plain.str.replace_all(_GAPS, "").str.contains(_INSIDE)
    return found.filter(whole)


def check_digit(digits: str) -> str:
    """The eighteenth character that belongs to seventeen digits."""
    total = sum(int(digit) * int(weight) for digit, weight in zip(digits, _WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


def examine(numbers: pl.Series, *, about: dt.date) -> pl.DataFrame:
    """What is wrong with each number, who it speaks of.

    `numbers` are tidy, half-width, upper case. Columns of the answer: `fault` (a code of `FAULTS`,
    null when the number is good or missing), `born` (Date) and `sex` ("M" or "F") of good ones.
    """
    shaped = numbers.str.contains(r"^\d{17}[\dX]$").fill_null(False)
    right = pl.Series(np.zeros(len(numbers), dtype=bool))
    if shaped.any():
        whole = "".join(numbers.filter(shaped).to_list()).encode()
        letters = np.frombuffer(whole, dtype=np.uint8).reshape(-1, LENGTH)
        expected = _CHECKS[((letters[:, :17] - 48) @ _WEIGHTS) % 11]
        flags = np.zeros(len(numbers), dtype=bool)
        flags[shaped.to_numpy()] = expected == letters[:, 17]
        right = pl.Series(flags)
    known = [one.code for one in places.provinces()] + list(_OTHER_PROVINCES)
    frame = pl.DataFrame({"number": numbers, "shaped": shaped, "right": right})
    number = pl.col("number")
    born = number.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    oldest, youngest = _years_before(about, OLDEST + 1), _years_before(about, YOUNGEST)
    fault = (
        pl.when(number.is_null())
        .then(None)
        .when(number.str.contains(r"^\d(\.\d+)?E\+?\d+$"))
        .then(pl.lit("scientific-notation"))
        .when(number.str.contains(r"^\d{15,}\.0+$"))
        .then(pl.lit("decimal-number"))
        .when(number.str.contains(r"^\d{15}$"))
        .then(pl.lit("old-number"))
        .when(number.str.len_chars() != LENGTH)
        .then(pl.lit("bad-length"))
        .when(~pl.col("shaped"))
        .then(pl.lit("bad-shape"))
        .when(~pl.col("right") & number.str.ends_with("000"))
        .then(pl.lit("number-rounded"))
        .when(~pl.col("right"))
        .then(pl.lit("bad-check-digit"))
        .when(~number.str.slice(0, 2).is_in(known))
        .then(pl.lit("bad-province"))
        .when(born.is_null())
        .then(pl.lit("bad-birth-date"))
        .when(born > about)
        .then(pl.lit("not-born-yet"))
        .when((born > youngest) | (born <= oldest))
        .then(pl.lit("bad-age"))
    )
    sex = (
        pl.when(number.str.slice(16, 1).cast(pl.UInt8, strict=False) % 2 == 1)
        .then(pl.lit("M"))
        .otherwise(pl.lit("F"))
    )
    return frame.select(
        fault=fault,
        born=pl.when(pl.col("shaped")).then(born),
        sex=pl.when(pl.col("shaped")).then(sex),
    )


def _years_before(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)


FAULTS = {
    "scientific-notation": "身份证号成了科学计数法，后几位已丢失；请把该列设为“文本”格式后重新录入",
    "decimal-number": "身份证号带小数点，是按数字保存过的，后几位可能已丢失；"
    "请把该列设为“文本”格式后重新录入",
    "old-number": "身份证号是 15 位旧号，已停用；请填写 18 位号码",
    "bad-length": "身份证号不是 18 位；请对照证件重新填写",
    "bad-shape": "身份证号应为 17 位数字加 1 位数字或 X；请对照证件重新填写",
    "number-rounded": "身份证号末三位是 000 且校验不符，多半被 Excel 当作数字截断；"
    "请把该列设为“文本”格式后重新录入",
    "bad-check-digit": "身份证号校验位不符，有一位或几位写错；请对照证件重新填写",
    "bad-province": "身份证号前两位不是任何省份的代码；请对照证件重新填写",
    "bad-birth-date": "身份证号中的出生日期不存在；请对照证件重新填写",
    "not-born-yet": "身份证号中的出生日期晚于填报日；请对照证件重新填写",
    "bad-age": f"身份证号对应的年龄不在 {YOUNGEST} 至 {OLDEST} 岁之间；请核对是否填错",
}

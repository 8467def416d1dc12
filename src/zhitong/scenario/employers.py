"""Enterprises: a name, a unified social credit code, an industry, in a county."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhitong import places
from zhitong.scenario.ground import PROVINCE, draw_rows
from zhitong.scenario.lists import draw, industries

WORKERS_EACH = 25
MOST_IN_A_COUNTY = 1500
_FIRST = [
    "恒",
    "华",
    "宏",
    "金",
    "天",
    "盛",
    "兴",
    "瑞",
    "鑫",
    "永",
    "泰",
    "中",
    "东",
    "新",
    "大",
    "建",
    "冀",
    "燕",
    "长",
    "国",
    "海",
    "安",
    "康",
    "德",
    "广",
    "联",
    "久",
    "顺",
    "正",
    "嘉",
    "万",
    "龙",
    "聚",
    "博",
]
_SECOND = [
    "通",
    "达",
    "盛",
    "源",
    "泰",
    "丰",
    "隆",
    "茂",
    "利",
    "辉",
    "和",
    "创",
    "远",
    "诚",
    "业",
    "信",
    "宇",
    "力",
    "成",
    "昌",
    "润",
    "旺",
    "佳",
    "宁",
    "航",
    "腾",
    "祥",
    "运",
    "合",
    "升",
    "扬",
    "峰",
    "洋",
    "鼎",
]
BRANDS = [a + b for a in _FIRST for b in _SECOND if a != b]

# GB 32100 and GB 11714; organisation codes in use start with digits or MA, MB, MC: MY is nobody's.
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ALNUM = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
_CREDIT_WEIGHTS = np.array([1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28])


@dataclass(frozen=True)
class Employers:
    """Columns of one length, sorted by county; `first` slices them by county."""

    county: NDArray[np.int64]
    """Index into the counties handed to `found`."""
    industry: NDArray[np.int64]
    name: list[str]
    code: list[str]
    first: NDArray[np.int64]

    def choose(self, rng: np.random.Generator, county: NDArray[np.int64]) -> NDArray[np.int64]:
        """One employer for each entry of `county`; the first ones of a county are the largest."""
        size = (self.first[1:] - self.first[:-1])[county]
        # Squaring leans to the small ranks: a few factories take most of the people.
        return self.first[county] + (rng.random(len(county)) ** 2 * size).astype(np.int64)


def found(
    rng: np.random.Generator, *, counties: list[str], workers: NDArray[np.int64]
) -> Employers:
    """Enterprises of every county for so many workers, at least one where anybody works."""
    count = np.clip(-(-workers // WORKERS_EACH), 1, min(MOST_IN_A_COUNTY, len(BRANDS)))
    first = np.r_[0, np.cumsum(count)]
    county = np.repeat(np.arange(len(counties)), count)
    rank = np.arange(len(county)) - first[county]
    inside = np.array([code.startswith(PROVINCE) for code in counties])
    kinds = industries()
    matrix = np.array([[kind.outside for kind in kinds], [kind.inside for kind in kinds]])
    industry = draw_rows(rng, matrix, inside[county].astype(np.int64))

    # A step coprime to the number of brands makes every brand of a county different.
    start, step = rng.integers(0, len(BRANDS), len(counties)), _step(len(BRANDS))
    brand = (start[county] + rank * step) % len(BRANDS)
    work = rng.random(len(county))
    owners = [_owner(code) for code in counties]
    names = [
        f"{owners[c]}{BRANDS[b]}{kinds[i].works[int(w * len(kinds[i].works))]}有限公司"
        for c, b, i, w in zip(
            county.tolist(), brand.tolist(), industry.tolist(), work.tolist(), strict=True
        )
    ]
    return Employers(
        county=county,
        industry=industry,
        name=names,
        code=credit_codes(
            [counties[c] for c in county.tolist()], serial=rng.permutation(len(county))
        ),
        first=first,
    )


def _step(size: int) -> int:
    return next(step for step in range(size * 5 // 8, size) if np.gcd(step, size) == 1)


def _owner(code: str) -> str:
    """How an enterprise writes where it is: 枣强, 北京朝阳."""
    division = places.get(code)
    if division.name.endswith(("县", "市")):
        return division.short
    above = places.get(code[:2] if places.get(code[:2]).municipality else code[:4])
    return above.short + ("" if division.pseudo or division.statistical else division.short)


def credit_codes(counties: list[str], *, serial: NDArray[np.int64]) -> list[str]:
    """Valid unified social credit codes of enterprises registered in `counties`."""
    codes = []
    for county, number in zip(counties, serial.tolist(), strict=True):
        organisation = "MY" + _in_base(number * 7919 % 31**5, 5) + "0"
        total = sum(
            _ALNUM.index(c) * w
            for c, w in zip(organisation, _ORGANISATION_WEIGHTS.tolist(), strict=True)
        )
        check = "0123456789X0"[11 - total % 11]
        head = f"91{county.ljust(6, '0')}{organisation}{check}"
        total = sum(
            _ALPHABET.index(c) * w for c, w in zip(head, _CREDIT_WEIGHTS.tolist(), strict=True)
        )
        codes.append(head + _ALPHABET[-total % 31])
    return codes


def _in_base(number: int, width: int) -> str:
    text = ""
    for _ in range(width):
        number, digit = divmod(number, 31)
        text = _ALPHABET[digit] + text
    return text


def occupations_of(
    rng: np.random.Generator, industry: NDArray[np.int64]
) -> tuple[list[str], NDArray[np.int64]]:
    """All codes, and for each industry entry one of them (index)."""
    kinds = industries()
    codes = sorted({code for kind in kinds for code in kind.occupations.items})
    chosen = np.empty(len(industry), dtype=np.int64)
    for number, kind in enumerate(kinds):
        mine = np.flatnonzero(industry == number)
        own = np.array([codes.index(code) for code in kind.occupations.items])
        chosen[mine] = own[draw(rng, kind.occupations.weights, len(mine))]
    return codes, chosen

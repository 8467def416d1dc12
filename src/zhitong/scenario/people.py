"""Who the people are: age, sex, name, and numbers that were never given to anybody.

Identity numbers are valid (county code, birth date, check digit) but end in the sequence codes 996
to 999, which the 15-digit numbers kept for people of a hundred years and more; nobody of working
age holds one. Telephone numbers all read 1xx-000x-xxxx.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhitong import places
from zhitong.scenario.ground import Ground
from zhitong.scenario.lists import given, surnames
from zhitong.scenario.targets import DAY

YOUNGEST, OLDEST = 16, 65
NO_CHARACTER = -1
PHONE_PREFIXES = np.r_[130:140, 150:154, 155:160, 166, 173, 175:179, 180:190, 191, 198, 199]
ELSEWHERE_BORN = ("410526", "371522", "140421", "150926", "211422", "411627", "510922", "522428")
"""Where those who married or moved in got their number."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = tuple("10X98765432")


@dataclass(frozen=True)
class People:
    """Columns of one length. `born` counts days since 1970-01-01; `area` indexes `areas`."""

    men: NDArray[np.bool_]
    born: NDArray[np.int64]
    area: NDArray[np.int64]
    high: NDArray[np.bool_]
    """Which of the two sequence codes of a sex is used."""
    surname: NDArray[np.int64]
    first: NDArray[np.int64]
    """NO_CHARACTER in names of one character."""
    second: NDArray[np.int64]
    phone: NDArray[np.int64]
    areas: list[str]

    def identities(self, chosen: NDArray[np.int64]) -> pl.Series:
        """Identity numbers of 18 characters, shape (chosen,)."""
        area = np.array(self.areas, dtype=np.int64)[self.area[chosen]]
        # 997 and 999 are men's, 996 and 998 women's: odd and even as everywhere.
        sequence = 996 + self.men[chosen] + 2 * self.high[chosen]
        return identity_numbers(area=area, born=self.born[chosen], sequence=sequence)

    def names(self, chosen: NDArray[np.int64]) -> pl.Series:
        """Names, shape (chosen,)."""
        family = pl.Series(surnames().items).gather(self.surname[chosen])
        own = np.where(self.men[chosen], "M", "F")
        built: list[pl.Series] = []
        for sex in "MF":
            alone = (self.first[chosen] == NO_CHARACTER) & (own == sex)
            texts = {
                part: pl.Series(given(sex, part).items) for part in ("single", "first", "second")
            }
            sizes = {part: len(text) for part, text in texts.items()}
            single = texts["single"].gather(self.second[chosen] % sizes["single"])
            double = texts["first"].gather(
                np.maximum(self.first[chosen], 0) % sizes["first"]
            ) + texts["second"].gather(self.second[chosen] % sizes["second"])
            built.append(
                pl.select(pl.when(pl.Series(alone)).then(single).otherwise(double)).to_series()
            )
        men = pl.Series(self.men[chosen])
        return family + pl.select(pl.when(men).then(built[0]).otherwise(built[1])).to_series()

    def phones(self, chosen: NDArray[np.int64]) -> pl.Series:
        """Telephone numbers of 11 digits, shape (chosen,)."""
        return phone_texts(self.phone[chosen])


def phone_texts(numbers: NDArray[np.int64]) -> pl.Series:
    prefix = PHONE_PREFIXES[numbers // 100_000 % len(PHONE_PREFIXES)]
    return pl.Series(prefix * 10**8 + numbers % 100_000).cast(pl.String)


def identity_numbers(
    *, area: NDArray[np.int64], born: NDArray[np.int64], sequence: NDArray[np.int64]
) -> pl.Series:
    """Numbers from a county code, a day counted since 1970-01-01 and a sequence code."""
    day = born.astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    year = month.astype("datetime64[Y]")
    written = (
        (year.astype(np.int64) + 1970) * 10_000
        + ((month - year).astype(np.int64) + 1) * 100
        + ((day - month).astype(np.int64) + 1)
    )
    return with_check(area * 10**11 + written * 1000 + sequence)


def with_check(heads: NDArray[np.int64]) -> pl.Series:
    """Identity numbers from their first 17 digits, none of which is a leading zero."""
    total = sum(heads // 10 ** (16 - at) % 10 * weight for at, weight in enumerate(_WEIGHTS))
    return pl.Series(heads).cast(pl.String) + pl.Series(_CHECKS).gather(total % 11)


def create(
    rng: np.random.Generator,
    *,
    ground: Ground,
    home: NDArray[np.int64],
    men_share: NDArray[np.float64],
    mean_age: NDArray[np.float64],
) -> People:
    """People of the townships `home`; no two share an identity number.

    `men_share` and `mean_age` (years) are wished for each person, shape of `home`.
    """
    size = len(home)
    men = rng.random(size) < men_share
    age = rng.normal(mean_age, 10.5)
    for _ in range(8):
        outside = (age < YOUNGEST + 0.2) | (age > OLDEST)
        age[outside] = rng.normal(mean_age[outside], 10.5)
    age = np.clip(age, YOUNGEST + 0.2, OLDEST)
    today = (DAY - date(1970, 1, 1)).days
    born = today - np.floor(age * 365.25).astype(np.int64)

    areas, area = _areas(rng, ground, home)
    born, high = _take_numbers(rng, area=area, born=born, men=men, today=today)
    alone = rng.random(size) < np.where(born > _day(1975), 0.24, 0.10)
    first = np.empty(size, dtype=np.int64)
    second = np.empty(size, dtype=np.int64)
    for sex, mine in (("M", men), ("F", ~men)):
        first[mine] = given(sex, "first").draw(rng, int(mine.sum()))
        second[mine] = given(sex, "second").draw(rng, int(mine.sum()))
        single = mine & alone
        second[single] = given(sex, "single").draw(rng, int(single.sum()))
    first[alone] = NO_CHARACTER
    return People(
        men=men,
        born=born,
        area=area,
        high=high,
        surname=surnames().draw(rng, size),
        first=first,
        second=second,
        phone=rng.integers(0, len(PHONE_PREFIXES) * 100_000, size),
        areas=areas,
    )


def _day(year: int) -> int:
    return (date(year, 1, 1) - date(1970, 1, 1)).days


def _areas(
    rng: np.random.Generator, ground: Ground, home: NDArray[np.int64]
) -> tuple[list[str], NDArray[np.int64]]:
    """Who gave each number: mostly the home county, else one of the city or of elsewhere."""
    # Development zones have no code in GB/T 2260 and never gave numbers.
    giving = [code for code in ground.counties if not places.get(code).statistical]
    areas = giving + [code for code in ELSEWHERE_BORN if places.exists(code)]
    number = {code: index for index, code in enumerate(areas)}
    of_city: dict[str, list[int]] = {}
    for code in giving:
        of_city.setdefault(code[:4], []).append(number[code])

    county = ground.county_of[home]
    own = np.array([number.get(code, -1) for code in ground.counties])[county]
    neighbours = [of_city[code[:4]] for code in ground.counties]
    widest = max(len(one) for one in neighbours)
    table = np.array([np.resize(one, widest) for one in neighbours])
    other = table[county, rng.integers(0, widest, len(home))]
    chance = rng.random(len(home))
    area = np.where((own < 0) | (chance < 0.10), other, own)
    foreign = len(giving) + rng.integers(0, len(areas) - len(giving), len(home))
    return areas, np.where(chance > 0.98, foreign, area)


def _take_numbers(
    rng: np.random.Generator,
    *,
    area: NDArray[np.int64],
    born: NDArray[np.int64],
    men: NDArray[np.bool_],
    today: int,
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Birth days, moved where needed, such that each (area, day, sex) has at most two people.

    Also which of the two codes each one has.
    """
    oldest, youngest = today - int(OLDEST * 365.25) - 300, today - int(YOUNGEST * 365.25) - 2
    days = youngest - oldest + 1
    row = (area * 2 + men) * days
    born = np.clip(born, oldest, youngest)
    key = row + born - oldest
    rank = _rank(key)
    high = rank == 1
    taken = np.minimum(np.bincount(key, minlength=int(row.max(initial=0)) + days), 2)
    left = np.flatnonzero(rank > 1)
    span = 400
    while len(left):
        moved = born[left] + rng.integers(-span, span + 1, len(left))
        moved = np.clip(moved, oldest, youngest)
        wanted = row[left] + moved - oldest
        slot = taken[wanted] + _rank(wanted)
        free = slot < 2
        settled = left[free]
        born[settled], high[settled] = moved[free], slot[free] == 1
        np.add.at(taken, wanted[free], 1)
        left = left[~free]
        span = min(span + 50, 3000)
    return born, high


def _rank(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many equal keys stand before each one."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    first = np.searchsorted(ordered, ordered)
    rank = np.empty(len(keys), dtype=np.int64)
    rank[order] = np.arange(len(keys)) - first
    return rank

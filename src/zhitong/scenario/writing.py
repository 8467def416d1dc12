"""A county's people as the strings that clerks type, before anything goes wrong."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhitong import places
from zhitong.places import Category
from zhitong.registry.survey import QUESTIONS
from zhitong.scenario.departures import MODES, NOBODY
from zhitong.scenario.ground import Ground
from zhitong.scenario.lists import surnames
from zhitong.scenario.people import phone_texts
from zhitong.scenario.roster import AT_WORK, NO_EMPLOYER, NOWHERE, SEEKING, Roster
from zhitong.scenario.targets import DAY, FIRST_DEPARTURE

STATUSES = ("", "在岗", "在家待岗", "求职", "不再外出")
NEEDS = ("晕车，请安排前排", "携带工具箱", "行动不便", "带一名儿童座位", "只能下午出发")
_VILLAGE_ENDS = [
    "庄村",
    "家庄村",
    "营村",
    "屯村",
    "寨村",
    "店村",
    "堡村",
    "楼村",
    "桥村",
    "各庄村",
    "家铺村",
    "头村",
]
_QUARTERS = ["新华", "建设", "和平", "东风", "裕华", "兴华", "育才", "光明", "朝阳", "永安"]
_EPOCH = np.datetime64("1970-01-01")


@dataclass(frozen=True)
class Gazetteer:
    """Every site of the ground as people may write it; each form resolves to that very site."""

    ground: Ground

    @cached_property
    def code(self) -> pl.Series:
        return pl.Series(self.ground.sites)

    @cached_property
    def full(self) -> pl.Series:
        """河北省衡水市枣强县王均乡; the code where the name alone is not enough."""
        return self._proven(pl.Series([places.full_name(code) for code in self.ground.sites]))

    @cached_property
    def short(self) -> pl.Series:
        """枣强王均乡, 枣强县, 成都锦江区; the full name where the short one is not enough."""
        return self._proven(pl.Series([_short(code) for code in self.ground.sites]), self.full)

    @cached_property
    def names(self) -> pl.DataFrame:
        """code, full, short of every site."""
        return pl.DataFrame({"code": self.code, "full": self.full, "short": self.short})

    def _proven(self, texts: pl.Series, otherwise: pl.Series | None = None) -> pl.Series:
        known = pl.Series([places.resolve(text).code for text in texts])
        sound = (known == self.code).fill_null(False)
        return texts.zip_with(sound, self.code if otherwise is None else otherwise)


def _short(code: str) -> str:
    division = places.get(code)
    above = places.ancestors(code)
    if len(code) == 9:
        return above[-1].short + division.name
    near = above[0] if above[-1].pseudo else above[-1]
    return division.name if code.startswith("13") else near.short + division.name


def write_down(
    rng: np.random.Generator,
    *,
    roster: Roster,
    gazetteer: Gazetteer,
    rows: NDArray[np.int64],
) -> pl.DataFrame:
    """One row of strings for each of `rows`, keys as columns, null where nothing is written.

    Rows of one county, and of one party in it, must stand together, counties in their order.
    Places are codes and dates are ISO: `habits` turns them into what a clerk would type.
    """
    count = len(rows)
    codes = gazetteer.code
    status = roster.status[rows]
    at_work = status == AT_WORK
    site = roster.site[rows]
    employer = roster.employer[rows]
    employed = (employer != NO_EMPLOYER) & (site != NOWHERE)
    trips = roster.departures
    party = trips.party[rows]
    going = party != NOBODY
    home = roster.home[rows]

    firm = np.where(employed, employer, 0)
    firm_name = pl.Series([roster.employers.name[one] for one in firm.tolist()], dtype=pl.String)
    firm_code = pl.Series([roster.employers.code[one] for one in firm.tolist()], dtype=pl.String)
    labels = pl.Series(["", *(one.label for one in Category)])
    second = rng.integers(0, 3_000_000, count)
    seeking = status == SEEKING
    return pl.DataFrame(
        {
            "name": roster.people.names(rows),
            "identity": roster.people.identities(rows),
            "phone": roster.people.phones(rows),
            "other_phone": _where(rng.random(count) < 0.2, phone_texts(second)),
            "home": codes.gather(home),
            "address": _addresses(rng, gazetteer.ground, home),
            "status": pl.Series(STATUSES).gather(status),
            "started": _where(at_work, _dates(DAY, roster.started[rows])),
            "work": _where(site != NOWHERE, codes.gather(np.maximum(site, 0))),
            "employer": _where(employed, firm_name),
            "employer_code": _where(employed & (rng.random(count) < 0.7), firm_code),
            "occupation": _where(
                (at_work | seeking) & (rng.random(count) < 0.95),
                pl.Series(roster.occupations).gather(roster.occupation[rows]),
            ),
            "category": _where(
                at_work & (rng.random(count) < 0.6), labels.gather(roster.category[rows])
            ),
            "earliest": _where(going, _dates(FIRST_DEPARTURE, trips.earliest[rows])),
            "latest": _where(going, _dates(FIRST_DEPARTURE, trips.latest[rows])),
            "mode": _where(going, pl.Series(MODES).gather(np.maximum(trips.mode[rows], 0))),
            "destination": _where(
                going & (seeking | (rng.random(count) < 0.3)),
                codes.gather(np.maximum(trips.destination[rows], 0)),
            ),
            "party": _party_labels(party, trips.party_size[rows], gazetteer.ground.county_of[home]),
            "needs": _where(
                going & (rng.random(count) < 0.04),
                pl.Series(NEEDS).gather(rng.integers(0, len(NEEDS), count)),
            ),
            "entered_by": _clerks(home),
            "consent": pl.Series(["否", "是"]).gather((rng.random(count) < 0.985).astype(int)),
        },
        schema=dict.fromkeys(QUESTIONS, pl.String),
    )


def _where(kept: NDArray[np.bool_], texts: pl.Series) -> pl.Series:
    return texts.set(pl.Series(~kept), None) if len(texts) else texts


def _dates(first: object, days: NDArray[np.int64]) -> pl.Series:
    return pl.Series((np.datetime64(str(first)) + days).astype("datetime64[D]")).dt.to_string(
        "%Y-%m-%d"
    )


def _party_labels(
    party: NDArray[np.int64], size: NDArray[np.int64], county: NDArray[np.int64]
) -> pl.Series:
    """001, 002, ... in each county, whose parties stand together; nothing for one alone."""
    together = np.where(size > 1, party, NOBODY)
    begins = (together != NOBODY) & (together != np.r_[NOBODY, together[:-1]])
    running = np.cumsum(begins)
    _, first, of_county = np.unique(county, return_index=True, return_inverse=True)
    labels = pl.Series(running - (running - begins)[first][of_county]).cast(pl.String).str.zfill(3)
    return _where(together != NOBODY, labels)


def _addresses(rng: np.random.Generator, ground: Ground, home: NDArray[np.int64]) -> pl.Series:
    """李家庄村3组18号, or 新华社区5号楼2单元301室 in a street; a township has twelve villages."""
    count = len(home)
    place = home * 12 + rng.integers(0, 12, count)
    family = pl.Series(surnames().items[:120]).gather(place * 17 % 120)
    end = pl.Series(_VILLAGE_ENDS).gather(place // 5 % len(_VILLAGE_ENDS))
    group, house = rng.integers(1, 9, count), rng.integers(1, 180, count)
    rural = pl.select(
        pl.concat_str(family, end, _text(group), pl.lit("组"), _text(house), pl.lit("号"))
    ).to_series()
    quarter = pl.Series(_QUARTERS).gather(place % len(_QUARTERS))
    room = rng.integers(1, 7, count) * 100 + rng.integers(1, 5, count)
    urban = pl.select(
        pl.concat_str(
            quarter,
            pl.lit("社区"),
            _text(house % 30 + 1),
            pl.lit("号楼"),
            _text(group % 5 + 1),
            pl.lit("单元"),
            _text(room),
            pl.lit("室"),
        )
    ).to_series()
    street = np.array([int(code[6:]) < 100 for code in ground.townships])[home]
    return urban.zip_with(pl.Series(street), rural)


def _text(numbers: NDArray[np.int64]) -> pl.Series:
    return pl.Series(numbers).cast(pl.String)


def _clerks(home: NDArray[np.int64]) -> pl.Series:
    """One person fills in the form of a township."""
    own = pl.Series(list("文秀立俊海春建玉晓永志红")).gather(home * 5 % 12)
    last = pl.Series(list("华英军芳平霞明艳"))
    return pl.Series(surnames().items[:80]).gather(home * 13 % 80) + own + last.gather(home % 8)

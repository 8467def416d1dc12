"""From what people write to a division: 河北衡水枣强, 枣强县王均乡, Beijing, 131121, 郫县.

The reading that explains most of the text wins, then the exact name over the short one over the
former one, then what lies in `within`. What is left ambiguous is never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from zhitong.places import villages
from zhitong.places.division import Division, Level
from zhitong.places.names import Kind, former_codes, normalised, upper_book
from zhitong.places.reading import Reading, cuts_a_word, formal_reading, readings_of
from zhitong.places.romanised import read_letters
from zhitong.places.table import canonical, codes_within, find, get, row_of

if TYPE_CHECKING:  # polars takes longer to import than this package may
    import polars as pl

MAX_CANDIDATES = 50


@dataclass(frozen=True, slots=True)
class Resolution:
    """What became of a text.

    `how` is one of: "code", "old-code", "full", "short", "old-name" (the division is the
    successor), "pinyin"; with no division "area" (the candidates together are the place: 雄安新区),
    "ambiguous" (one of the candidates, the likelier first) or "unknown" (candidates, if any, are
    what may have been meant). `rest` is the text after the last name understood: a village, a
    street, or a mistake.
    """

    text: str
    division: Division | None
    candidates: tuple[Division, ...]
    how: str
    rest: str = ""

    @property
    def code(self) -> str | None:
        return self.division.code if self.division else None


def resolve(text: str, *, within: str | None = None, level: Level | None = None) -> Resolution:
    """Find the division that `text` names.

    `within` (a canonical code) settles what would be ambiguous in favour of that part of the
    country; a text that names another part in so many words is still understood. `level` asks for
    a division of just that level: a deeper one answers with its ancestor, a higher one not at all.
    """
    return _resolve(text, canonical(within) if within else "", level, villages.edition())


@lru_cache(maxsize=65536)
def _resolve(text: str, within: str, level: Level | None, edition: int) -> Resolution:
    # A spreadsheet makes 131121.0 of a code that was entered as a number.
    plain = normalised(_NUMBER_TAIL.sub("", text))
    if not plain:
        return Resolution(text, None, (), "unknown")
    if not plain.isascii():
        if match := _CODE_THEN_NAME.fullmatch(plain):
            return replace(_from_code(text, match[1], level), rest=match[2])
        return _from_names(text, plain, within, level)
    if plain.isdigit():
        return _from_code(text, plain, level)
    codes = read_letters(unicodedata.normalize("NFKC", text))
    readings = [Reading(0, code, Kind.SHORT, Kind.SHORT, "") for code in codes]
    found = _choose(text, readings, "", within, level)
    return replace(found, how="pinyin") if found.division else found


_NUMBER_TAIL = re.compile(r"(?<=^\d{6})\.0+$|(?<=^\d{9})\.0+$|(?<=^\d{12})\.0+$")
_CODE_THEN_NAME = re.compile(r"(\d{6}|\d{9}|\d{12})(\D.*)")


def _from_code(text: str, digits: str, level: Level | None) -> Resolution:
    division, how = find(digits), "code"
    if division is None and not digits[6:].strip("0"):
        gone = former_codes()
        successor = gone.get(digits[:6]) or gone.get(digits[:6].removesuffix("00"))
        division, how = (get(successor), "old-code") if successor else (None, "unknown")
    if division and level and division.level > level:
        division = get(division.code[: level.digits])
    if division is None or (level and division.level < level):
        heads = (find(digits[:length]) for length in (9, 6, 4, 2) if length <= len(digits))
        return Resolution(text, None, tuple(filter(None, heads))[:1], "unknown")
    return Resolution(text, division, (division,), how)


def _from_names(text: str, plain: str, within: str, level: Level | None) -> Resolution:
    formal = None if level or villages.names() else formal_reading(plain)
    if formal:
        division = get(formal.code)
        return Resolution(text, division, (division,), "full", plain[formal.end :])
    readings: list[Reading] = []
    doubtful: list[Reading] = []
    for reading in readings_of(plain, level or Level.PROVINCE):
        (doubtful if cuts_a_word(plain, reading) else readings).append(reading)
    end = max((reading.end for reading in readings), default=0)
    furthest = max((reading.end for reading in doubtful), default=0)
    if furthest > end or not readings:
        likely = [reading.code for reading in doubtful if reading.end == furthest]
        return Resolution(text, None, _listed(likely, within), "unknown", plain)
    best = [reading for reading in readings if reading.end == end]
    if elsewhere := _contradiction(plain[end:], min(len(one.code) for one in best)):
        return Resolution(text, None, _listed(elsewhere, within), "unknown", plain)
    return _choose(text, best, plain[end:], within, level)


def _contradiction(rest: str, digits: int) -> list[str]:
    """Codes that the text goes on to name although they lie elsewhere: 石家庄市枣强县.

    Below a county only 县, 市 and 旗 count, since every county has its 新城区 in speech.
    """
    endings = "市县旗区" if digits < Level.COUNTY.digits else "市县旗"
    for end, names in upper_book().at(rest, 0) if digits <= Level.COUNTY.digits else ():
        if end >= 3 and rest[end - 1] in endings and any(one.kind == Kind.FULL for one in names):
            readings = readings_of(rest, Level.PROVINCE)
            furthest = max(reading.end for reading in readings)
            return [reading.code for reading in readings if reading.end == furthest]
    return []


def _choose(
    text: str, readings: list[Reading], rest: str, within: str, level: Level | None
) -> Resolution:
    """One division out of readings that explain the text equally far."""
    readings = _at_level(readings, level)
    if not readings:
        return Resolution(text, None, (), "unknown", rest)
    highest = min(len(one.code) for one in readings)
    # A township that happens to lie inside does not beat the city of that name: 大连 in 大连乡.
    inside = [
        one
        for one in readings
        if within and one.code.startswith(within) and (len(one.code) < 9 or highest == 9)
    ]
    pool = inside if inside and highest > 2 else readings
    kind = min(one.worst for one in pool)
    best = [one for one in pool if one.worst == kind]
    listed = _listed([one.code for one in (*best, *readings)], within)
    if area := best[0].area:
        together = [one.code for one in best if one.area == area]
        return Resolution(text, None, _listed(together, within), "area", rest)
    winner = _winner(list(dict.fromkeys(one.code for one in best)))
    if winner is None:
        return Resolution(text, None, listed, "ambiguous", rest)
    division = get(winner)
    last = min(one.kind for one in best if one.code == winner)
    how = "old-name" if kind == Kind.OLD else ("full", "short")[last]
    candidates = (division, *(one for one in listed if one.code != winner))
    return Resolution(text, division, candidates, how, rest)


def _at_level(readings: list[Reading], level: Level | None) -> list[Reading]:
    """Readings of the level asked for; deeper ones cut to it when there is none."""
    if level is None:
        return [one._replace(code=_deepest(one.code)) for one in readings]
    exact = [one for one in readings if len(one.code) == level.digits]
    return exact or [
        one._replace(code=one.code[: level.digits])
        for one in readings
        if len(one.code) > level.digits
    ]


def _deepest(code: str) -> str:
    """The county-level unit of a city without counties: it is all of the city and says more."""
    if len(code) == 4 and get(code).no_counties:
        return codes_within(code, Level.COUNTY)[0]
    return code


def _winner(codes: list[str]) -> str | None:
    """The one code that answers, None if several could.

    The highest level wins when one place alone stands there: 承德 is the city, not 承德县. But
    朝阳 may be 北京's district as well as 辽宁's city, and 甘南 a county as well as a prefecture:
    a county elsewhere rivals what is not a 市, and one of a municipality rivals every city.
    """
    shortest = min(map(len, codes))
    top = [code for code in codes if len(code) == shortest]
    if len(top) > 1:
        return None
    if shortest == Level.CITY.digits:
        others = [one for one in codes if len(one) == 6 and not one.startswith(top[0])]
        is_city = row_of(top[0]).name.endswith("市")
        if any(not is_city or get(one).municipality for one in others):
            return None
    return top[0]


def _listed(codes: list[str], within: str) -> tuple[Division, ...]:
    """Candidates as divisions: those inside `within` first, then by level and code."""
    ordered = sorted(
        dict.fromkeys(codes), key=lambda code: (not code.startswith(within), len(code), code)
    )
    return tuple(get(code) for code in ordered[:MAX_CANDIDATES])


def resolve_many(texts: pl.Series, *, within: str | None = None) -> pl.DataFrame:
    """`resolve` for the distinct values of a column.

    Columns: text, code (null unless one division answers), how, rest, candidates (list of codes).
    """
    import polars as pl

    distinct = texts.cast(pl.String).drop_nulls().unique(maintain_order=True)
    scope, edition = canonical(within) if within else "", villages.edition()
    # Past the cache: a column holds each text once and may hold more than the cache does.
    found = [_resolve.__wrapped__(text, scope, None, edition) for text in distinct]
    columns = {
        "text": distinct,
        "code": [one.code for one in found],
        "how": [one.how for one in found],
        "rest": [one.rest for one in found],
        # Joined and split: polars takes a column of lists twenty times as long.
        "candidates": [" ".join(one.code for one in each.candidates) for each in found],
    }
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String()))
    return frame.with_columns(
        pl.when(pl.col("candidates") == "")
        .then(pl.lit([], dtype=pl.List(pl.String)))
        .otherwise(pl.col("candidates").str.split(" "))
        .alias("candidates")
    )

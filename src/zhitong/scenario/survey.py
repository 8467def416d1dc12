"""The survey files of all counties, with the wrong and repeated rows among the good ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhitong import places
from zhitong.kernel.progress import Progress
from zhitong.registry.form import write_survey
from zhitong.registry.survey import QUESTIONS
from zhitong.scenario import files, habits, writing
from zhitong.scenario.files import Encoding, Form
from zhitong.scenario.ground import Ground
from zhitong.scenario.mistakes import MISTAKES, Mistake, Row
from zhitong.scenario.roster import Roster
from zhitong.scenario.targets import DAY
from zhitong.scenario.writing import Gazetteer

CHUNK = 50_000
"""Rows that are rendered at once."""
CSV_EVERY = 12
"""Among workbooks, one county in so many sends csv instead."""
NO_MISTAKE = -1
TWO_ORIGINS = next(at for at, one in enumerate(MISTAKES) if one.partner)
ROOMY = 4
"""Townships of a county that can hold a party of two origins."""
LATER = 24
"""How many counties after the first one a person turns up again."""
FIRST_ROW = 2
"""As the sheet numbers it, below the headings."""


@dataclass
class Answer:
    """What must become of one file, when the files are received in order of name."""

    file: str
    rows: int = 0
    admitted: int = 0
    refused: int = 0
    duplicates: int = 0
    wrong: list[dict[str, object]] = field(default_factory=list)
    repeated: list[dict[str, object]] = field(default_factory=list)


@dataclass(frozen=True)
class _Spoilt:
    mistake: Mistake
    persons: NDArray[np.int64]


@dataclass(frozen=True)
class _Copy:
    """A row to be sent again, by the county `due` (index) or the next one that sends anything."""

    row: Row
    file: str
    number: int
    due: int


def spare_people(copies: int) -> int:
    """How many people beyond the good ones `copies` of every mistake take, with room to choose."""
    return 2 * copies * sum(1 + mistake.partner for mistake in MISTAKES)


class Surveys:
    """Writes county after county; `paths`, `answers` and `reported` grow with it."""

    def __init__(
        self, folder: Path, *, seed: int, form: Form, land: Ground, roster: Roster, copies: int
    ) -> None:
        self.paths: list[Path] = []
        self.answers: list[Answer] = []
        self.reported: set[str] = set()
        self._folder, self._seed, self._form = folder, seed, form
        self._land, self._roster = land, roster
        self._gazetteer = Gazetteer(land)
        order = np.lexsort((roster.departures.party, roster.home))
        self._order = order[order < roster.good]
        county = land.county_of[roster.home[self._order]]
        self._first = np.searchsorted(county, np.arange(len(land.counties) + 1))
        self._hands = habits.hands_of_offices(
            np.random.default_rng([seed, len(land.counties)]), len(land.counties)
        )
        self._wrong = _deal(land, roster, copies)
        # Repeated rows turn up as often as three kinds of mistakes, inside files and across them.
        self._repeat_every = max(1, len(land.counties) // (3 * copies))
        self._carried: list[_Copy] = []

    def write(self, progress: Progress) -> None:
        """Write the files of all counties; tells `progress` of each."""
        begin = 0
        counties = len(self._land.counties)
        while begin < counties:
            # As many counties as fit, at least one: rendering many rows at once is much faster.
            enough = int(self._first[begin]) + CHUNK
            end = max(begin + 1, int(np.searchsorted(self._first, enough, side="right")) - 1)
            end = min(end, counties)
            rng = np.random.default_rng([self._seed, begin])
            rows = self._order[self._first[begin] : self._first[end]]
            spoilt = [one for county in range(begin, end) for one in self._wrong.get(county, [])]
            right = self._typed(rng, rows, careful=False)
            wrong = self._spoil(rng, spoilt)
            county = self._land.county_of[wrong["township"].to_numpy()]
            for number in range(begin, end):
                mine = slice(*(self._first[number : number + 2] - self._first[begin]))
                self._write_county(
                    rng, number, right[mine], wrong.filter(pl.Series(county == number))
                )
                progress.advance()
            begin = end

    def _write_county(
        self, rng: np.random.Generator, county: int, right: pl.DataFrame, wrong: pl.DataFrame
    ) -> None:
        """Write the file of one county (index), unless it would be empty."""
        form, encoding = self._form, list(Encoding)[county % len(Encoding)]
        if form == Form.XLSX and county % CSV_EVERY == 5:
            form = Form.CSV
        if not len(right) and form != Form.XLSX:
            return
        code = self._land.counties[county]
        answer = Answer(f"{code}-{places.get(code).name}-{DAY.isoformat()}.{form}")
        frame = _labelled(pl.concat([right, wrong])).sort("township", maintain_order=True)
        self._note(answer, frame)
        frame = self._repeat(rng, county, frame, answer)
        told = self._townships(county, frame) if form == Form.XLSX else {}
        self.reported.update(told)
        frame = frame.select(*QUESTIONS)
        path = self._folder / answer.file
        if form == Form.XLSX:
            write_survey(path, frame, about=DAY, townships=told)
        elif form == Form.CSV:
            files.write_csv(path, frame, encoding)
        else:
            files.write_parquet(path, frame)
        self.paths.append(path)
        self.answers.append(answer)

    def _note(self, answer: Answer, frame: pl.DataFrame) -> None:
        """Count the rows, and keep what is wrong with which."""
        for index, number in enumerate(frame["mistake"].to_list()):
            if number != NO_MISTAKE:
                mistake = MISTAKES[number]
                answer.wrong.append(
                    {
                        "row": index + FIRST_ROW,
                        "column": mistake.column,
                        "code": mistake.code,
                        "kind": mistake.kind,
                    }
                )
        answer.rows, answer.refused = len(frame), len(answer.wrong)
        answer.admitted = answer.rows - answer.refused
        good = frame.filter(pl.col("mistake") == NO_MISTAKE)
        self.reported.update(self._land.townships[one] for one in good["township"].unique())

    def _spoil(self, rng: np.random.Generator, chosen: list[_Spoilt]) -> pl.DataFrame:
        """Wrong rows, each with the township where it belongs."""
        persons = np.array([one for spoilt in chosen for one in spoilt.persons], dtype=np.int64)
        rows = self._typed(rng, persons, careful=True).to_dicts()[::-1]
        bad: list[dict[str, object]] = []
        for spoilt in chosen:
            home = int(self._roster.home[spoilt.persons[0]])
            beside = {"township": home, "mistake": MISTAKES.index(spoilt.mistake)}
            row: dict[str, object] = {**spoilt.mistake.spoil(rows.pop())}
            bad.append(row | beside)
            if spoilt.mistake.partner:
                # The same journey, from another township.
                other = rows.pop()
                own = {key: other[key] for key in ("name", "identity", "phone", "address")}
                own["home"] = self._gazetteer.full[self._neighbour(home)]
                bad.append(row | own | beside)
        schema = dict.fromkeys(QUESTIONS, pl.String) | {"township": pl.Int64, "mistake": pl.Int64}
        return pl.DataFrame(bad, schema=schema)

    def _typed(
        self, rng: np.random.Generator, rows: NDArray[np.int64], *, careful: bool
    ) -> pl.DataFrame:
        """What offices type, with the columns "township" and "mistake" (none yet)."""
        frame = writing.write_down(rng, roster=self._roster, gazetteer=self._gazetteer, rows=rows)
        home = self._roster.home[rows]
        if self._form != Form.PARQUET:
            hands = self._hands.of(self._land.county_of[home])
            if careful:
                hands = hands.careful()
            frame = habits.typed(rng, frame, hands=hands, gazetteer=self._gazetteer)
        return frame.with_columns(
            township=pl.Series(home, dtype=pl.Int64), mistake=pl.lit(NO_MISTAKE, pl.Int64)
        )

    def _neighbour(self, township: int) -> int:
        """Another township of the same county, not a silent one."""
        county = self._land.county_of[township]
        first, end = self._land.first_of_county[county : county + 2].tolist()
        return next(
            one for one in range(first, end) if one != township and not self._land.silent[one]
        )

    def _repeat(
        self, rng: np.random.Generator, county: int, frame: pl.DataFrame, answer: Answer
    ) -> pl.DataFrame:
        """Append people who stand in this file or in an earlier one already."""
        candidates = np.flatnonzero(
            ((frame["mistake"] == NO_MISTAKE) & (frame["status"] == "在岗")).to_numpy()
        )
        again = [copy for copy in self._carried if copy.due <= county]
        self._carried = [copy for copy in self._carried if copy.due > county]
        if county % self._repeat_every == 0 and len(candidates) > 1:
            here, there = rng.choice(candidates, 2, replace=False).tolist()
            row = frame.row(here, named=True)
            again.append(_Copy(_left_work(row), answer.file, here + FIRST_ROW, due=county))
            if county + LATER < len(self._land.counties):
                row = frame.row(there, named=True)
                self._carried.append(_Copy(row, answer.file, there + FIRST_ROW, due=county + LATER))
        rows = []
        for copy in again:
            at = answer.rows + FIRST_ROW
            answer.repeated.append({"row": at, "of_file": copy.file, "of_row": copy.number})
            answer.rows += 1
            answer.duplicates += 1
            row = {key: copy.row[key] for key in QUESTIONS}
            rows.append(row | {"phone": f"138000{at:05d}"})
        more = pl.DataFrame(rows, schema=dict.fromkeys(QUESTIONS, pl.String))
        return pl.concat([frame, more], how="diagonal")

    def _townships(self, county: int, frame: pl.DataFrame) -> dict[str, int]:
        """What the office reports: the rows of every township that is not silent, zero included.

        Repeated rows are counted with the first one.
        """
        first, end = self._land.first_of_county[county : county + 2].tolist()
        rows = np.bincount(frame["township"].drop_nulls().to_numpy(), minlength=end)
        told = [one for one in range(first, end) if not self._land.silent[one]]
        rows[told[0]] += frame["township"].null_count()
        return {self._land.townships[one]: int(rows[one]) for one in told}


def _deal(land: Ground, roster: Roster, copies: int) -> dict[int, list[_Spoilt]]:
    """County -> mistakes to make there, with spare people of that county."""
    spare = np.arange(roster.good, len(roster.home))
    county = land.county_of[roster.home]
    roomy = np.diff(land.first_of_county)[county[spare]] >= ROOMY
    with_room, any_other = spare[roomy].tolist(), spare[~roomy].tolist()
    dealt: dict[int, list[_Spoilt]] = {}
    for mistake in MISTAKES * copies:
        if mistake.partner:
            persons = [with_room.pop(), with_room.pop()]
        else:
            persons = [(any_other or with_room).pop()]
        dealt.setdefault(int(county[persons[0]]), []).append(_Spoilt(mistake, np.array(persons)))
    return dealt


def _labelled(rows: pl.DataFrame) -> pl.DataFrame:
    """Give the parties that are wrong the next free labels of their file."""
    free = rows["party"].drop_nulls().n_unique() + 1
    pairs = (pl.col("mistake") == TWO_ORIGINS).cum_sum() + 1
    label = (pl.lit(free - 1) + pairs // 2).cast(pl.String).str.zfill(3)
    return rows.with_columns(
        party=pl.when(pl.col("mistake") == TWO_ORIGINS).then(label).otherwise("party")
    )


def _left_work(row: Row) -> Row:
    """The same person told of again, differently."""
    gone = dict.fromkeys(("started", "work", "employer", "employer_code", "category", "occupation"))
    return {**row, **gone, "status": "不再外出"}

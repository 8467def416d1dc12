"""Counting again what a scenario wrote, from the files alone."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl
from openpyxl import load_workbook

from zhitong import places
from zhitong.registry.survey import QUESTIONS
from zhitong.scenario import operated
from zhitong.scenario.hebei import Written

KEYS = {question.heading: key for key, question in QUESTIONS.items()}
LOG_KEYS = {heading: key for key, heading in operated.COLUMNS.items()}


@dataclass(frozen=True)
class Scenario:
    folder: Path
    written: Written

    @cached_property
    def answers(self) -> dict:
        return json.loads(self.written.answers.read_text("utf-8"))

    @cached_property
    def rows(self) -> pl.DataFrame:
        """Every survey row as text, with `file` and `row`; `right` where nothing is wrong."""
        frames = []
        for answer in self.answers["files"]:
            frame = read(self.folder / "survey" / answer["file"])
            frame = frame.with_row_index("row", offset=2)
            bad = [one["row"] for one in answer["wrong"] + answer["repeated"]]
            frames.append(
                frame.with_columns(file=pl.lit(answer["file"]), right=~pl.col("row").is_in(bad))
            )
        return pl.concat(frames, how="diagonal")

    @cached_property
    def at_work(self) -> pl.DataFrame:
        """Good rows of people at work, with `home_code`, `work_code` and `decided`."""
        frame = self.rows.filter(pl.col("right") & (pl.col("status") == "在岗"))
        frame = frame.with_columns(home_code=codes(frame["home"]), work_code=codes(frame["work"]))
        return frame.with_columns(decided=places.categories(frame["home_code"], frame["work_code"]))

    @cached_property
    def log(self) -> pl.DataFrame:
        """All rows of the logs of trips, keys as columns, `count` people on each row."""
        frames = [read(path) for path in self.written.operated]
        log = pl.concat(frames, how="diagonal")
        return log.with_columns(
            count=pl.col("people").cast(pl.Int64).fill_null(1),
            from_code=codes(log["origin"]),
            to_code=codes(log["destination"]),
        )


def read(path: Path) -> pl.DataFrame:
    """A survey or a log, whatever its form, as text under the form's keys."""
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    if path.suffix == ".csv":
        raw = path.read_bytes()
        text = _decoded(raw)
        frame = pl.read_csv(text.encode(), infer_schema=False)
    else:
        with closing(load_workbook(path, read_only=True)) as book:
            head, *body = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
        schema = [(str(title).rstrip("*"), pl.String) for title in head]
        frame = pl.DataFrame(body, schema=schema, orient="row")
    keys = KEYS if "就业状态" in frame.columns else LOG_KEYS
    return frame.rename(lambda heading: keys[heading])


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030")


def codes(texts: pl.Series) -> pl.Series:
    """The division of each text; fails where one cannot be told."""
    distinct = texts.unique()
    found = [places.resolve(text).code for text in distinct]
    assert None not in found
    return texts.replace_strict(distinct, pl.Series(found))

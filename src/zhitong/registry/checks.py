"""Every rule that a survey row must keep, over whole columns at once. Knows no database.

A row is good or it is refused; a refused row has at least one fault, each naming its cell and
telling the clerk what is wrong and what to do.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from zhitong.registry import employment, people, travel
from zhitong.registry.disclosed import disclosed
from zhitong.registry.review import Review
from zhitong.registry.survey import QUESTIONS
from zhitong.registry.tables import Table


@dataclass(frozen=True, kw_only=True)
class Checked:
    """`good`: cleaned rows, see `_good`; `faults`: row, key, code, sentence of the refused."""

    good: pl.DataFrame
    faults: pl.DataFrame


def check(
    table: Table,
    *,
    about: dt.date,
    split: frozenset[str] | None = None,
    within: str | None = None,
    files: pl.Series | None = None,
) -> Checked:
    """Examine every row as of the day the file speaks of.

    `split`: see `travel.examine`; `within`: see `intake.admit_surveys`; `files`: see `Review`,
    a party lies within its file.
    """
    review = Review(table, about=about, files=files)
    _missing_and_long(review)
    people.examine(review, within=within)
    employment.examine(review)
    travel.examine(review, split=split)
    _disclosed(review)
    faults = review.faults()
    good = review.rows.join(
        faults.select("row").unique(), on="row", how="anti", maintain_order="left"
    )
    return Checked(good=_good(good), faults=faults)


def parties(table: Table, *, about: dt.date) -> pl.DataFrame:
    """`travel.party_places` of one part of a long file."""
    review = Review(table, about=about)
    people.locate(review, "home")
    people.locate(review, "work")
    travel.examine(review, split=frozenset())
    return travel.party_places(review.rows)


def _missing_and_long(review: Review) -> None:
    for key, question in QUESTIONS.items():
        if question.required:
            review.refuse(
                pl.col(key).is_null(),
                key=key,
                code="missing",
                sentence=f"{question.heading}没有填；请补上",
            )
        if question.longest and key != "address":
            review.refuse(
                pl.col(key).str.len_chars() > question.longest,
                key=key,
                code="too-long",
                sentence=f"{question.heading}超过 {question.longest} 字；请缩短",
            )


def _disclosed(review: Review) -> None:
    """Free text is stored in clear, so nobody's number may stand in it."""
    for key in ("address", "employer", "party", "needs", "entered_by"):
        found = disclosed(review.rows[key], heading=QUESTIONS[key].heading)
        for code, texts, sentence in found:
            review.refuse(pl.col(key).is_in(texts.implode()), key=key, code=code, sentence=sentence)


def _good(rows: pl.DataFrame) -> pl.DataFrame:
    """The columns that are kept, under the names of the models' fields."""
    return rows.select(
        "row",
        "name",
        "identity",
        "born",
        "sex",
        "phone",
        "other_phone",
        pl.col("home_code").alias("home"),
        "address",
        pl.col("entered_by").fill_null(""),
        pl.col("consent_value").alias("consented"),
        pl.col("status_value").alias("status"),
        "started",
        "started_given",
        pl.col("work_code").alias("work"),
        pl.col("decided").alias("category"),
        pl.col("employer").fill_null(""),
        pl.col("employer_code").fill_null(""),
        pl.col("occupation_code").fill_null("").alias("occupation"),
        "travels",
        pl.col("destination_code").alias("destination"),
        "earliest",
        "latest",
        pl.col("mode_value").alias("mode"),
        pl.col("needs").fill_null(""),
        "party",
    )

"""Wishes to travel: window, destination, mode, and parties that go together."""

from __future__ import annotations

import polars as pl

from zhitong.registry.employment import read_day
from zhitong.registry.people import locate
from zhitong.registry.review import Review
from zhitong.registry.survey import MODES

SAME_PLACE_DIGITS = 9
"""People of one township board together."""
_PARTY = pl.concat_str("file", pl.lit(" "), "party").alias("party")


def examine(review: Review, *, split: frozenset[str] | None) -> None:
    """Adds `travels`, `mode_value`, `destination_code`.

    `split`: parties that do not agree, see `disagreeing`, when the file is longer than these rows;
    None: these rows are all there are.
    """
    read_day(review, "earliest")
    read_day(review, "latest")
    review.translate("mode", MODES, pl.String())
    locate(review, "destination")
    written = review.rows.select("row").with_columns(travels=_wants(review.rows))
    review.rows = review.rows.with_columns(
        written["travels"],
        pl.col("mode_value").fill_null("any"),
        destination_code=pl.coalesce("destination_code", "work_code"),
    )
    _window(review)
    review.refuse(
        pl.col("travels") & pl.col("destination").is_null() & pl.col("work").is_null(),
        key="destination",
        code="missing",
        sentence="有出行日期的要有去处；请填写出行目的地或务工地",
    )
    review.refuse(
        ~pl.col("travels") & pl.col("party").is_not_null(),
        key="party",
        code="party-without-window",
        sentence="填了同行组但没有出行日期；请补上最早、最晚出行日，或清空同行组",
    )
    if split is None:
        split = disagreeing(party_places(review.rows))
    if split:
        review.refuse(
            pl.col("travels") & _PARTY.is_in(list(split)),
            key="party",
            code="party-two-origins",
            sentence="同行组内的人出发地（户籍乡镇）或目的地不一致，整组退回；请改为一致或分成两组",
        )


def _wants(rows: pl.DataFrame) -> pl.Series:
    return rows.select(wants=pl.col("earliest").is_not_null() | pl.col("latest").is_not_null())[
        "wants"
    ]


def _window(review: Review) -> None:
    for key, other in (("earliest", "最晚出行日"), ("latest", "最早出行日")):
        review.refuse(
            pl.col("travels") & pl.col(key).is_null(),
            key=key,
            code="missing",
            sentence=f"只填了{other}；两个日期请一起填，只有一天的填同一天",
        )
    review.refuse(
        pl.col("latest") < pl.col("earliest"),
        key="latest",
        code="end-before-start",
        sentence="最晚出行日早于最早出行日；请检查两个日期是否填反",
    )
    review.refuse(
        (pl.col("latest") >= pl.col("earliest")) & (pl.col("latest") < review.about),
        key="latest",
        code="in-the-past",
        sentence=f"最晚出行日早于填报日 {review.about}；已经出行的请清空出行日期",
    )


def party_places(rows: pl.DataFrame) -> pl.DataFrame:
    """Distinct (party, origin, destination) of people who travel, places cut to the township.

    `party` is the number of the file and the label.
    """
    return (
        rows.filter(pl.col("travels") & pl.col("party").is_not_null())
        .select(
            _PARTY,
            origin=pl.col("home_code").str.slice(0, SAME_PLACE_DIGITS),
            destination=pl.col("destination_code").str.slice(0, SAME_PLACE_DIGITS),
        )
        .unique()
    )


def disagreeing(found: pl.DataFrame) -> frozenset[str]:
    """Parties of `party_places` with more than one origin or destination."""
    counts = found.group_by("party").agg(
        pl.col("origin").drop_nulls().n_unique(), pl.col("destination").drop_nulls().n_unique()
    )
    apart = counts.filter((pl.col("origin") > 1) | (pl.col("destination") > 1))
    return frozenset(apart["party"])

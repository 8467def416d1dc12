"""Where somebody works: status, since when, place, employer, occupation, category."""

from __future__ import annotations

import polars as pl
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from zhitong import places
from zhitong.places import Category
from zhitong.registry import days, localities, occupations
from zhitong.registry.people import locate
from zhitong.registry.review import Review, half_width, quoted
from zhitong.registry.survey import CATEGORIES, QUESTIONS, STATUSES

AT_WORK = 1


def examine(review: Review) -> None:
    """Adds `status_value`, `work_code`, `decided` (the category of people at work)."""
    review.translate("status", STATUSES, pl.Int16())
    _started(review)
    locate(review, "work")
    review.refuse(
        (pl.col("status_value") == AT_WORK) & pl.col("work").is_null(),
        key="work",
        code="missing",
        sentence="在岗的必须填写务工地；请写到县，同县务工的写到乡镇",
    )
    _employer_code(review)
    _occupation(review)
    _category(review)


def read_day(review: Review, key: str) -> None:
    """Turn a column into days; refuse what is none."""
    review.rows = review.rows.with_columns(days.days(review.rows[key]).alias("day"))
    review.refuse(
        pl.col(key).is_not_null() & pl.col("day").is_null(),
        key=key,
        code="bad-date",
        sentence=pl.format(
            "{}“{}”不是完整的日期；请写成 2020-03-02 的样子",
            pl.lit(QUESTIONS[key].heading),
            quoted(key),
        ),
    )
    review.rows = review.rows.with_columns(pl.col("day").alias(key)).drop("day")


def _started(review: Review) -> None:
    read_day(review, "started")
    review.refuse(
        pl.col("started") > review.about,
        key="started",
        code="in-the-future",
        sentence=f"上岗日期晚于填报日 {review.about}；尚未上岗的请改就业状态，或更正日期",
    )
    review.rows = review.rows.with_columns(
        pl.col("started").fill_null(review.about), started_given=pl.col("started").is_not_null()
    )


def _employer_code(review: Review) -> None:
    column = half_width(review.rows["employer_code"]).str.replace_all(r"[\s\-]", "")
    column = column.str.to_uppercase()
    distinct = column.drop_nulls().unique()
    wrong = distinct.filter(
        pl.Series([not _is_credit_code(code) for code in distinct], dtype=pl.Boolean)
    )
    review.rows = review.rows.with_columns(column.alias("employer_code"))
    review.refuse(
        pl.col("employer_code").is_in(wrong.implode()),
        key="employer_code",
        code="bad-credit-code",
        sentence="统一社会信用代码不对（应为 18 位且校验相符）；请对照营业执照填写，不清楚可留空",
    )


def _is_credit_code(code: str) -> bool:
    try:
        return uscc.validate(code) == code
    except ValidationError:
        return False


def _occupation(review: Review) -> None:
    found = occupations.resolved(review.rows["occupation"])
    joined = pl.DataFrame({"text": review.rows["occupation"]}).join(
        found, on="text", how="left", maintain_order="left"
    )
    review.rows = review.rows.with_columns(
        joined["code"].alias("occupation_code"), joined["trouble"].alias("trouble")
    )
    review.refuse(
        pl.col("trouble").is_not_null(),
        key="occupation",
        code="unknown-occupation",
        sentence=pl.format("职业“{}”{}", quoted("occupation"), pl.col("trouble")),
    )
    review.rows = review.rows.drop("trouble")


def _category(review: Review) -> None:
    review.translate("category", CATEGORIES, pl.Int16())
    pairs = review.rows.select("home_code", "work_code").unique().drop_nulls()
    pairs = pairs.with_columns(
        decided=places.categories(pairs["home_code"], pairs["work_code"]).cast(pl.Int16)
    )
    # Where the codes are too short, how far apart can the two places be at most?
    pairs = pairs.with_columns(
        widest=pl.Series(
            [
                localities.widest(home, work) if decided is None else decided
                for home, work, decided in pairs.iter_rows()
            ],
            dtype=pl.Int16,
        )
    )
    joined = review.rows.select("home_code", "work_code").join(
        pairs, on=["home_code", "work_code"], how="left", maintain_order="left"
    )
    given = pl.col("category_value")
    review.rows = review.rows.with_columns(joined["decided"], joined["widest"])
    here = (pl.col("status_value") == AT_WORK) & pl.col("widest").is_not_null()
    labels = {int(one): one.label for one in Category}
    review.refuse(
        here & pl.col("decided").is_not_null() & (given != pl.col("decided")),
        key="category",
        code="contradicts-codes",
        sentence=pl.format(
            "务工类别填的是“{}”，按户籍地和务工地应为“{}”；请核对这三项",
            given.replace_strict(labels, return_dtype=pl.String, default=""),
            pl.col("decided").replace_strict(labels, return_dtype=pl.String, default=""),
        ),
    )
    review.refuse(
        here & pl.col("decided").is_null() & (given > pl.col("widest")),
        key="category",
        code="contradicts-codes",
        sentence="务工类别与户籍地、务工地不符；请核对这三项",
    )
    review.refuse(
        here
        & pl.col("decided").is_null()
        & given.is_null()
        & (pl.col("home_code").str.len_bytes() >= 6),
        key="work",
        code="place-too-wide",
        sentence="务工地写得不够细，分不出务工类别；请写到县（同县的写到乡镇），或填写务工类别",
    )
    review.rows = review.rows.with_columns(
        decided=pl.when(pl.col("status_value") == AT_WORK).then(
            pl.coalesce("decided", "category_value")
        )
    )

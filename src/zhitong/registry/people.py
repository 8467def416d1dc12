"""Who somebody is: name, identity number, telephones, home, consent."""

from __future__ import annotations

import polars as pl

from zhitong import places
from zhitong.registry import identity, localities, telephones
from zhitong.registry.review import Review, half_width, quoted
from zhitong.registry.survey import CONSENTS, QUESTIONS

# Letters of any script, private-use characters of rare names, and what joins parts of a name.
_NAME = r"^[\p{L}\p{M}\p{Co}][\p{L}\p{M}\p{Co}·•‧・．. '’\-]*$"
_CHINESE = r"[\p{Han}\p{Co}]"


def examine(review: Review, *, within: str | None = None) -> None:
    """Adds `born`, `sex`, `consented`; cleans `name`, `identity`, the phones, `home`, `address`.

    `within`: a division; homes elsewhere are refused.
    """
    _name(review)
    _identity(review)
    for key in ("phone", "other_phone"):
        _phone(review, key)
    _home(review)
    if within:
        _only(review, within)
    review.translate("consent", CONSENTS, pl.Boolean())


def _name(review: Review) -> None:
    spaced = pl.col("name").str.replace_all(r"\s+", " ")
    review.rows = review.rows.with_columns(
        name=pl.when(spaced.str.contains(_CHINESE))
        .then(spaced.str.replace_all(" ", ""))
        .otherwise(spaced)
    )
    review.refuse(
        ~pl.col("name").str.contains(_NAME),
        key="name",
        code="bad-name",
        sentence="姓名中有数字或符号；请只填姓名，外文名的间隔用“·”",
    )


def _identity(review: Review) -> None:
    column = (
        half_width(review.rows["identity"]).str.replace_all(r"[\s\-'`’‘]", "").str.to_uppercase()
    )
    about = identity.examine(column, about=review.about)
    review.rows = review.rows.with_columns(
        column.alias("identity"), about["born"], about["sex"], about["fault"]
    )
    for code in about["fault"].drop_nulls().unique():
        review.refuse(
            pl.col("fault") == code, key="identity", code=code, sentence=identity.FAULTS[code]
        )
    review.rows = review.rows.drop("fault")


def _phone(review: Review, key: str) -> None:
    heading = QUESTIONS[key].heading
    cleaned = telephones.numbers(review.rows[key])
    review.rows = review.rows.with_columns(cleaned.alias("cleaned"))
    unclear = pl.col(key).is_not_null() & pl.col("cleaned").is_null()
    scientific = half_width(review.rows[key]).str.contains(r"^\d(\.\d+)?[Ee]\+?\d+$")
    review.rows = review.rows.with_columns(scientific.alias("scientific"))
    review.refuse(
        unclear & pl.col("scientific"),
        key=key,
        code="scientific-notation",
        sentence=f"{heading}成了科学计数法，后几位已丢失；请把该列设为“文本”格式后重新录入",
    )
    review.refuse(
        unclear & ~pl.col("scientific"),
        key=key,
        code="bad-phone",
        sentence=f"{heading}不是有效号码；请填 11 位手机号，固定电话须带区号，只填一个号码",
    )
    review.rows = review.rows.with_columns(pl.col("cleaned").alias(key)).drop(
        "cleaned", "scientific"
    )


def _home(review: Review) -> None:
    locate(review, "home")
    review.refuse(
        pl.col("home_code").str.len_bytes() < 6,
        key="home",
        code="place-too-wide",
        sentence="户籍地只写到省或市；请写到乡镇，至少写到县（市、区）",
    )
    rest, address = pl.col("home_rest").fill_null(""), pl.col("address").fill_null("")
    review.rows = review.rows.with_columns(
        address=pl.when(address.str.contains(rest, literal=True))
        .then(address)
        .otherwise(pl.concat_str(rest, address))
    )
    review.refuse(
        pl.col("address").str.len_chars() > QUESTIONS["address"].longest,
        key="address",
        code="too-long",
        sentence=f"详细地址（连同户籍地写的村）超过 {QUESTIONS['address'].longest} 字；请缩短",
    )


def _only(review: Review, within: str) -> None:
    division = places.find(within)
    review.refuse(
        ~pl.col("home_code").str.starts_with(within),
        key="home",
        code="outside-scope",
        sentence=f"户籍地不在{division.full_name if division else within}；请由户籍地的单位登记",
    )


def locate(review: Review, key: str) -> None:
    """Adds `<key>_code` and `<key>_rest`; refuses places that cannot be told."""
    column = review.rows[key]
    found = localities.resolved(column)
    joined = pl.DataFrame({"text": column}).join(
        found, on="text", how="left", maintain_order="left"
    )
    review.rows = review.rows.with_columns(
        joined["code"].alias(f"{key}_code"),
        joined["rest"].alias(f"{key}_rest"),
        joined["trouble"],
        joined["fault"],
    )
    for code in joined["fault"].drop_nulls().unique():
        review.refuse(
            pl.col("fault") == code,
            key=key,
            code=code,
            sentence=pl.format(
                "{}“{}”{}", pl.lit(QUESTIONS[key].heading), quoted(key), pl.col("trouble")
            ),
        )
    review.rows = review.rows.drop("trouble", "fault")

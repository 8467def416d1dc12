"""Rows under examination, and the faults found in them."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping

import polars as pl

from zhitong.registry.grids import BEYOND_ASCII
from zhitong.registry.survey import QUESTIONS
from zhitong.registry.tables import Table

FAULTS = {"row": pl.UInt32, "key": pl.String, "code": pl.String, "sentence": pl.String}

SPOILED = {
    "number-lost": "是数字格式，超过 15 位的部分已丢失；请把该列设为“文本”格式后重新录入",
    "formula-without-value": "是没有算出结果的公式；请在 Excel 中打开保存一次，或直接填写内容",
    "error-value": "是公式错误值（如 #N/A）；请改为实际内容",
    "merged-cell": "被合并，只有首格有内容；请取消合并并逐行填写",
    "broken-character": "里有显示不出的半个字符；请在 Excel 中重新录入",
    "swallowed-rows": "里夹进了后面几行的内容，多半是引号没有成对；"
    "请检查这一行和后面几行的引号，改正后连同后面几行一起重报",
    "line-break": "中有换行，可能是引号没有成对；请检查引号，删去换行",
    "row-too-long": "后面还有多余的内容，各列可能错位；请检查这一行的分隔符",
}


class Review:
    """`rows` gains cleaned columns as the examination goes on; `refuse` only collects.

    `files`: the number of the file each row is from, when the table holds several; it becomes the
    column `file`.
    """

    def __init__(self, table: Table, *, about: dt.date, files: pl.Series | None = None) -> None:
        absent = [
            pl.lit(None, pl.String).alias(key)
            for key in QUESTIONS
            if key not in table.frame.columns
        ]
        self.about = about
        file = pl.lit(0, pl.UInt32) if files is None else files
        self.rows = table.frame.with_columns(*absent, file.alias("file"))
        self._found: list[pl.DataFrame] = []
        if table.spoiled.height == 0:
            return
        for code, sentence in SPOILED.items():
            cells = table.spoiled.filter(pl.col("code") == code)
            titles = pl.col("key").replace_strict(
                {key: one.heading for key, one in QUESTIONS.items()}, return_dtype=pl.String
            )
            self._found.append(
                cells.select(
                    "row", "key", "code", sentence=pl.format("{}{}。", titles, pl.lit(sentence))
                )
            )

    def refuse(self, where: pl.Expr, *, key: str, code: str, sentence: str | pl.Expr) -> None:
        """Mark the cell `key` of every row of `where` with a sentence (without its full stop)."""
        hit = self.rows.filter(where)
        if hit.height == 0:
            return
        text = pl.lit(sentence) if isinstance(sentence, str) else sentence
        self._found.append(
            hit.select(
                "row",
                key=pl.lit(key),
                code=pl.lit(code),
                sentence=pl.concat_str(text.str.slice(0, 290), pl.lit("。")),
            )
        )

    def faults(self) -> pl.DataFrame:
        """One fault a cell, the first found; in the order of rows and columns."""
        order = pl.col("key").replace_strict(
            {key: at for at, key in enumerate(QUESTIONS)}, return_dtype=pl.UInt8
        )
        return (
            pl.concat([pl.DataFrame(schema=FAULTS), *self._found])
            .unique(["row", "key"], keep="first", maintain_order=True)
            .sort("row", order, maintain_order=True)
        )

    def translate(self, key: str, values: Mapping[str, object], dtype: pl.DataType) -> None:
        """Replace the words of a closed list; refuse the others."""
        column = self.rows[key]
        distinct = column.drop_nulls().unique()
        meant = [values.get(plain(word)) for word in distinct]
        answer = column.replace_strict(distinct, meant, default=None, return_dtype=dtype)
        self.rows = self.rows.with_columns(answer.alias(f"{key}_value"))
        question = QUESTIONS[key]
        self.refuse(
            pl.col(key).is_not_null() & pl.col(f"{key}_value").is_null(),
            key=key,
            code="bad-choice",
            sentence=pl.format(
                "{}“{}”不在可选项中；请从下拉框选择：{}",
                pl.lit(question.heading),
                quoted(key),
                pl.lit("、".join(question.choices)),
            ),
        )


def plain(word: str) -> str:
    return unicodedata.normalize("NFKC", word).lower().replace(" ", "")


def half_width(column: pl.Series) -> pl.Series:
    """Full-width digits, letters and signs as ASCII ones."""
    strange = column.str.contains(BEYOND_ASCII)
    if not strange.any():
        return column
    normal = column.filter(strange.fill_null(False)).unique()
    return column.replace(normal, normal.str.normalize("NFKC"))


def starred(text: str) -> str:
    """A cell's text, short enough for a sentence; long numbers are starred, for a sentence is
    stored in clear."""
    short = re.sub(r"(\d{6})\d{4,}[Xx]?", r"\1***", unicodedata.normalize("NFKC", text))
    return re.sub(r"\d(?:[\s\-.,]?\d){9,}", "***", short)[:24]


def quoted(key: str) -> pl.Expr:
    """`starred` of a column."""
    return pl.col(key).map_elements(starred, return_dtype=pl.String)

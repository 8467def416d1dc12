"""DuckDB over a frame, PostgreSQL over records: one text, one answer."""

from __future__ import annotations

import csv
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhitong.flows.files import counted_in, report_from_files
from zhitong.flows.report import report
from zhitong.flows.rules import days_of
from zhitong.registry.identity import check_digit
from zhitong.registry.intake import admit_surveys
from zhitong.registry.unreadable import UnreadableFile

DAY = date(2020, 3, 2)
HOMES = ("131121102", "131121202", "131124100", "130102001", "131121", "110105001")
spells = st.tuples(
    st.sampled_from(HOMES),
    st.integers(1, 5),
    st.sampled_from((1, 1, 2)),
    st.integers(-380, 5),
    st.one_of(st.none(), st.integers(1, 380)),
)
SCHEMA = {
    "home": pl.String,
    "category": pl.Int16,
    "status": pl.Int16,
    "started": pl.Date,
    "ended": pl.Date,
}


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(spells, max_size=40))
def test_duckdb_counts_what_a_loop_counts(rows):
    days = days_of(DAY)
    world = [
        (
            home,
            category if status == 1 else None,
            status,
            (started := DAY + timedelta(days=start)),
            None if length is None else started + timedelta(days=length),
        )
        for home, category, status, start, length in rows
    ]
    counts = counted_in(
        pl.DataFrame(world, schema=SCHEMA, orient="row"), division="13", days=days, finest=6
    )
    for code in ("13", "1311", "131121"):
        for day, found in zip(days, counts.get(code, ({}, {}, {})), strict=True):
            for category in range(1, 6):
                expected = sum(
                    home.startswith(code)
                    and (kind, status) == (category, 1)
                    and started <= day
                    and (ended is None or ended > day)
                    for home, kind, status, started, ended in world
                )
                assert found.get(category, 0) == expected


CHINESE = ("姓名", "身份证号", "户籍地", "就业状态", "上岗日期", "务工地", "本人同意")
ENGLISH = ("name", "identity", "home", "status", "started", "work", "consent")


def identity(number: int) -> str:
    head = f"13112119900101{number:03d}"
    return head + check_digit(head)


def by_name(number: int, **cells: str) -> dict[str, str]:
    row = {
        "name": "张小三",
        "identity": identity(number),
        "home": "河北省衡水市枣强县大营镇",
        "status": "在岗",
        "started": "2020-02-20",
        "work": "北京市朝阳区",
        "consent": "是",
    }
    return row | cells


@pytest.fixture
def files(tmp_path):
    """A Chinese csv and an English parquet with codes; they share a person and hold a bad row."""
    first = tmp_path / "枣强县2020-03-02.csv"
    rows = [
        by_name(1),
        by_name(2, work="枣强县王均乡"),
        by_name(3, status="求职", started="", work=""),
        by_name(4, identity="131121199001010000"),
        by_name(5, started="2020-03-02", work="河北石家庄长安区"),
    ]
    with first.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(CHINESE)
        writer.writerows([row[key] for key in ENGLISH] for row in rows)
    second = tmp_path / "2020-03-02-coded.parquet"
    coded = [
        by_name(6, home="131124100", work="131124100"),
        by_name(7, home="131124100000", work="1101"),
        by_name(1, home="131124100", work="131124100"),
    ]
    pl.DataFrame(coded).write_parquet(second)
    return [first, second]


@pytest.mark.django_db
@pytest.mark.parametrize("division", ["13", "1311", "131121", "131121102"])
def test_files_say_what_the_registry_says_once_it_has_them(files, now, division):
    admit_surveys(files, about=DAY, sent_by=None, now=now, workers=1)

    from_files = report_from_files(files, division=division, about=DAY)

    assert from_files == report(division=division, about=DAY)
    if division == "13":
        assert (from_files.total, from_files.coverage.reported) == (5, 2)
        assert from_files.day_before.total == 4


def test_no_files_are_a_report_of_nothing():
    empty = report_from_files([], division="1311", about=DAY)
    assert (empty.total, empty.coverage.reported) == (0, 0) and empty.children


def test_a_file_without_its_columns_is_refused(tmp_path):
    path = tmp_path / "2020-03-02.csv"
    path.write_text("姓名,年龄\n张三,33\n", encoding="utf-8")
    with pytest.raises(UnreadableFile):
        report_from_files([path], division="13", about=DAY)

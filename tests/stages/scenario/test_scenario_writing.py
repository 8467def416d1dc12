"""What `write` promises: same arguments, same bytes; nobody else's files are touched."""

from __future__ import annotations

import resource
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recount import Scenario, codes

from zhitong import places
from zhitong.places import Category
from zhitong.scenario import hebei, targets
from zhitong.scenario.hebei import FolderInUse
from zhitong.scenario.targets import BadScale


def _bytes(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_writing_again_gives_the_same_bytes(thin: Scenario, tmp_path: Path) -> None:
    hebei.write(tmp_path, scale=1000, form="xlsx")

    assert _bytes(tmp_path) == _bytes(thin.folder)


def test_another_scenario_replaces_the_earlier_one(tmp_path: Path) -> None:
    hebei.write(tmp_path, scale=2000, form="csv")
    written = hebei.write(tmp_path, scale=2000, seed=7, form="parquet")

    found = sorted((tmp_path / "survey").iterdir())
    assert found == sorted(written.surveys)
    assert {path.suffix for path in found} == {".parquet"}


def test_another_seed_draws_other_people_with_the_same_figures(tmp_path: Path) -> None:
    first = Scenario(tmp_path / "a", hebei.write(tmp_path / "a", scale=2000, form="parquet"))
    second = Scenario(
        tmp_path / "b", hebei.write(tmp_path / "b", scale=2000, seed=1, form="parquet")
    )

    assert first.answers["golden"]["S2"]["total"] == second.answers["golden"]["S2"]["total"]
    shared = set(first.rows["identity"].drop_nulls()) & set(second.rows["identity"].drop_nulls())
    assert len(shared) < len(first.rows) / 50


@pytest.mark.parametrize("stranger", ["notes.txt", "survey/枣强.xlsx", "operated/plan.json"])
def test_a_folder_with_other_files_is_left_alone(tmp_path: Path, stranger: str) -> None:
    path = tmp_path / stranger
    path.parent.mkdir(exist_ok=True)
    path.write_text("keep me")

    with pytest.raises(FolderInUse, match=path.name):
        hebei.write(tmp_path, scale=2000)

    assert _bytes(tmp_path) == {stranger: b"keep me"}


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.touch()

    with pytest.raises(FolderInUse):
        hebei.write(path)


@pytest.mark.parametrize("scale", [0, 2001])
def test_scales_out_of_range_are_refused_before_anything_is_written(
    tmp_path: Path, scale: int
) -> None:
    with pytest.raises(BadScale):
        hebei.write(tmp_path / "out", scale=scale)

    assert not (tmp_path / "out").exists()


@given(st.integers(1, targets.THINNEST))
def test_thinning_keeps_the_sums_whole(scale: int) -> None:
    wanted = targets.targets(scale=scale)

    inside = sum(n for one, n in wanted.categories.items() if one != Category.OTHER_PROVINCE)
    assert wanted.at_work == inside + wanted.outside
    assert abs(wanted.at_work - targets.AT_WORK / scale) <= 0.5
    assert abs(wanted.outside - targets.OUTSIDE / scale) <= 0.5
    assert wanted.departing <= wanted.waiting + wanted.seeking


def test_departures_can_be_asked_for(tmp_path: Path) -> None:
    written = hebei.write(tmp_path, scale=2000, departing=30, form="parquet")

    assert Scenario(tmp_path, written).answers["departures"]["people"] == 30


def test_more_departures_than_people_at_home_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadScale):
        hebei.write(tmp_path, scale=2000, departing=10_000)


@pytest.mark.long
def test_the_whole_stock_in_little_memory(tmp_path: Path) -> None:
    written = hebei.write(tmp_path, scale=1, form="parquet")

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 4 * 2**20  # KiB
    counted: Counter[int] = Counter()
    numbers = pl.Series(dtype=pl.String)
    scenario = Scenario(tmp_path, written)
    for answer in scenario.answers["files"]:
        frame = pl.read_parquet(tmp_path / "survey" / answer["file"]).with_row_index(
            "row", offset=2
        )
        bad = [one["row"] for one in answer["wrong"] + answer["repeated"]]
        good = frame.filter(~pl.col("row").is_in(bad))
        numbers = numbers.append(good["identity"])
        at_work = good.filter(pl.col("status") == "在岗")
        decided = places.categories(codes(at_work["home"]), codes(at_work["work"]))
        counted.update(dict(decided.value_counts().iter_rows()))
    assert sum(counted.values()) == 1_736_100
    assert counted[Category.OTHER_PROVINCE] == 385_700
    assert numbers.n_unique() == len(numbers)

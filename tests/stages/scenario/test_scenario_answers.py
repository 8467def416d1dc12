"""The wrong rows are told as the registry tells them, and nothing else is wrong."""

from __future__ import annotations

from collections import Counter

from recount import Scenario

from zhitong.registry import checks, cover
from zhitong.registry.survey import COVER, QUESTIONS, SHEET
from zhitong.registry.tables import Table, read_table
from zhitong.scenario.mistakes import MISTAKES
from zhitong.scenario.targets import DAY


def _table(scenario: Scenario, file: str) -> Table:
    path = scenario.folder / "survey" / file
    return read_table(path, headings=QUESTIONS, sheet=SHEET, also=(COVER,))


def test_the_registry_refuses_exactly_the_rows_that_are_wrong_on_purpose(thin: Scenario) -> None:
    for answer in thin.answers["files"]:
        checked = checks.check(_table(thin, answer["file"]), about=DAY)

        told = set(checked.faults.select("row", "key", "code").iter_rows())
        meant = {(one["row"], one["column"], one["code"]) for one in answer["wrong"]}
        assert told == meant, answer["file"]
        assert len(checked.good) == answer["admitted"] + answer["duplicates"]


def test_every_kind_of_mistake_is_made(thin: Scenario) -> None:
    made = Counter(one["kind"] for answer in thin.answers["files"] for one in answer["wrong"])

    assert set(made) == {mistake.kind for mistake in MISTAKES}
    assert min(made.values()) >= 3


def test_every_row_ends_somewhere(usual: Scenario) -> None:
    for answer in usual.answers["files"]:
        counts = [answer[key] for key in ("admitted", "refused", "duplicates")]
        assert answer["rows"] == sum(counts)
        assert answer["refused"] == len(answer["wrong"])
        assert answer["duplicates"] == len(answer["repeated"])
    assert len(usual.rows) == sum(answer["rows"] for answer in usual.answers["files"])


def test_repeated_rows_name_a_person_who_came_before(usual: Scenario) -> None:
    rows = {(file, row): identity for file, row, identity in _identities(usual)}
    order = [answer["file"] for answer in usual.answers["files"]]
    within = across = 0
    for answer in usual.answers["files"]:
        for one in answer["repeated"]:
            assert rows[answer["file"], one["row"]] == rows[one["of_file"], one["of_row"]]
            here, there = order.index(answer["file"]), order.index(one["of_file"])
            assert (there, one["of_row"]) < (here, one["row"])
            within += here == there
            across += here != there
    assert within >= 3
    assert across >= 3


def _identities(scenario: Scenario) -> list[tuple[str, int, str]]:
    return list(scenario.rows.select("file", "row", "identity").iter_rows())


def test_a_workbook_reports_its_townships_with_zero_and_with_all_rows(thin: Scenario) -> None:
    zero = 0
    for answer in thin.answers["files"]:
        if not answer["file"].endswith(".xlsx"):
            continue
        told = cover.read(_table(thin, answer["file"]).others[COVER])
        assert told.about == DAY
        assert not told.notes
        assert sum(told.townships.values()) == answer["rows"]
        assert all(code.startswith(answer["file"][:6]) for code in told.townships)
        zero += sum(rows == 0 for rows in told.townships.values())
    assert zero

"""Accounts from a list, and the journal, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import connection
from openpyxl import load_workbook

from zhitong.cli.entry import commands
from zhitong.kernel import journal
from zhitong.kernel.models import JournalEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(capsys, monkeypatch):
    """Run a command with `--json`: its exit status and its answer."""
    monkeypatch.setattr("zhitong.cli.upkeep.ready", lambda: None)

    def run(*words: str | Path) -> tuple[int, dict]:
        status = commands.main([*map(str, words), "--json"], standalone_mode=False)
        return status or 0, json.loads(capsys.readouterr().out)

    return run


def test_the_form_comes_back_filled_with_links(told, tmp_path: Path) -> None:
    form = tmp_path / "名单.xlsx"
    told("accounts", form, "--template", "--division", "131121")
    status, answer = told("accounts", form, "--address", "https://desk.example/")
    again = told("accounts", form, "--out", tmp_path / "again.xlsx")

    links = [row[2] for row in load_workbook(answer["workbook"]).active.values][1:]
    assert (status, answer["faults"]) == (0, [])
    assert answer["created"] == len(links) > 5
    assert all(one.startswith("https://desk.example/invitation/") for one in links)
    assert Path(answer["workbook"]).stat().st_mode & 0o077 == 0
    assert again[1]["created"] == 0
    assert again[1]["unchanged"] == len(links)


def test_wrong_rows_are_told_and_nothing_is_opened(told, tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text("区划,用户名\n131121102,dy-1\n999999,nn-1\n", encoding="utf-8")
    status, answer = told("accounts", path)

    assert status == 1
    assert answer["created"] == 0
    assert [(one["row"], one["code"]) for one in answer["faults"]] == [(3, "unknown-division")]


def test_a_journal_is_whole_until_somebody_alters_it(told, now) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE kernel_journalentry DISABLE TRIGGER append_only")
    for number in range(3):
        last = journal.record(
            actor=None, verb="try", subject="x:1", now=now, details={"number": number}
        )
    status, answer = told("journal", "verify")
    assert (status, answer["whole"], answer["entries"]) == (0, True, 3)
    assert answer["head"] == last.digest.hex()

    last.delete()
    assert told("journal", "verify")[0] == 0
    assert told("journal", "verify", "--holds", answer["head"])[0] == 1
    first = JournalEntry.objects.order_by("id").first()
    assert first is not None
    JournalEntry.objects.filter(pk=first.pk).update(verb="forged")
    status, found = told("journal", "verify")
    assert (status, found["altered"]) == (1, first.pk)

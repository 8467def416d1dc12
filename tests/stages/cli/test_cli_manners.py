"""How commands speak: JSON, one-line reasons, exit statuses, silence in pipes."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from openpyxl import load_workbook

from zhitong.cli import main
from zhitong.cli.entry import Zhitong
from zhitong.kernel.errors import UserError

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(monkeypatch, capsys):
    """Run a command line in this process: (status, output, complaint)."""

    def call(*words):
        monkeypatch.setattr("sys.argv", ["zhitong", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return call


@pytest.mark.parametrize("name", Zhitong.names)
def test_every_command_explains_itself_and_takes_json(run, name):
    status, said, complaint = run(name, "--help")

    assert status == 0
    assert "--json" in said
    assert complaint == ""


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["frobnicate"], "frobnicate"),
        (["report", "--date", "yesterday", "--division", "13"], "yesterday"),
        (["report", "--date", "2020-03-02"], "--division"),
        (["report", "--date", "2020-03-02", "--division", "999999"], "999999"),
        (["report", "--date", "2020-03-02", "--division", "鼓楼区"], "give the code"),
        (["report", "--date", "2020-03-02", "--division", "131121101201"], "131121101"),
        (["intake", "no-such-file.xlsx"], "no-such-file.xlsx"),
        (["check"], "PROBLEM"),
        (["check", "--stored", "404"], "404"),
        (["documents", "--plan", "404"], "404"),
        (
            ["plan", "--from", "2020-03-09", "--to", "2020-03-03", "--division", "13"],
            "2020-03-09",
        ),
        (
            ["plan", "--from", "2020-03-03", "--to", "2020-03-09", "--division", "13"]
            + ["--profile", "no-such"],
            "no-such",
        ),
        (["scenario", "--scale", "0"], "scale"),
    ],
)
def test_a_mistake_is_one_line_and_status_two(run, words, reason):
    status, said, complaint = run(*words)

    assert status == 2
    assert said == ""
    assert complaint.startswith("zhitong: ")
    assert complaint.count("\n") == 1
    assert reason in complaint


def test_a_mistake_is_json_when_json_is_asked_for(run):
    status, said, complaint = run("check", "--stored", "404", "--json")

    assert status == 2
    assert json.loads(said) == {"error": "no-such-plan", "sentence": "there is no plan 404"}
    assert complaint == ""


def test_a_folder_in_use_is_left_alone(run, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")

    status, _, complaint = run("scenario", "--out", tmp_path)

    assert status == 2
    assert "mine.txt" in complaint
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_blocks_that_are_none_are_named(run, tmp_path):
    (tmp_path / "problem.json").write_text('{"blocks": [1]}')
    (tmp_path / "plan.json").write_text("[]")

    status, _, complaint = run("check", tmp_path / "problem.json", tmp_path / "plan.json")

    assert status == 2
    assert "blocks" in complaint


def test_a_workbook_that_cannot_be_written_is_a_line(run, tmp_path):
    status, _, complaint = run("template", tmp_path / "nowhere" / "form.xlsx")

    assert status == 2
    assert complaint.count("\n") == 1


def test_days_that_exclude_each_other_are_refused(run):
    day = ("--date", "2020-03-02", "--division", "13")

    status, _, complaint = run("bulletin", *day, "--since", "2020-12-31")

    assert status == 2
    assert "--since" in complaint


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL"),
        ({"DATABASE_URL": "mysql://a/b"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, "127.0.0.1"),
    ],
)
def test_a_database_that_is_none_is_a_line(variables, reason):
    done = in_a_process("report", "--date", "2020-03-02", "--division", "13", **variables)

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert reason in done.stderr


def test_a_terminal_without_chinese_shows_question_marks():
    done = in_a_process("report", "--date", "x", "--division", "河北", PYTHONIOENCODING="ascii")

    assert done.returncode == 2
    assert done.stderr.startswith("zhitong: ")


def in_a_process(*words, **variables):
    return subprocess.run(
        [sys.executable, "-m", "zhitong.cli", *words],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_fault_of_ours_is_not_hidden(run, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("zhitong.flows.report.report", broken)
    monkeypatch.setattr(
        "sys.argv", ["zhitong", "report", "--date", "2020-03-02", "--division", "13"]
    )

    with pytest.raises(ZeroDivisionError):
        main()


def test_an_empty_registry_reports_zero_with_its_coverage(run):
    status, said, _ = run("report", "--date", "2020-03-02", "--division", "河北", "--json")
    report = json.loads(said)

    assert status == 0
    assert report["total"] == 0
    assert report["coverage"]["reported"] == 0
    assert report["coverage"]["due"] > 2000


def test_survey_files_are_counted_without_the_registry(run, tmp_path):
    path = tmp_path / "枣强县-2020-03-02.csv"
    header = "姓名,身份证号,手机号,户籍地,就业状态,上岗日期,务工地,工作单位,填报人,本人同意"
    person = "张小三,11010519491231002X,13800000000"
    row = f"{person},枣强县王均乡,在岗,2020-02-20,天津和平区,甲厂,李四,是"
    path.write_text(f"{header}\n{row}\n", "utf-8")
    day = ("--date", "2020-03-02", "--division", "130000")

    status, said, complaint = run("report", *day, "--files", path, "--json")
    report = json.loads(said or complaint)

    assert status == 0
    assert (report["total"], report["outside_province"]) == (1, 1)


def test_disagreeing_figures_are_named_and_nothing_is_written(run, monkeypatch, tmp_path):
    from zhitong.bulletin import counts

    monkeypatch.setattr(counts, "workers_at_work", lambda **_: 5)

    day = ("--date", "2020-03-02", "--division", "13")
    status, _, complaint = run("bulletin", *day, "--out", tmp_path / "out", "--publish")

    assert status == 1
    assert "五类之和" in complaint
    assert not (tmp_path / "out").exists()


def test_the_template_lists_a_countys_townships(run, tmp_path):
    status, _, _ = run("template", tmp_path / "form.xlsx", "--county", "枣强县")

    assert status == 0
    assert "摸底调查" in load_workbook(tmp_path / "form.xlsx").sheetnames


def test_an_unreadable_survey_file_is_a_receipt_with_its_reason(run, tmp_path):
    (tmp_path / "empty.xlsx").write_bytes(b"")

    status, said, _ = run("intake", tmp_path / "empty.xlsx", "--errors", tmp_path, "--json")
    answer = json.loads(said)

    assert status == 1
    assert answer["sums"]["unreadable"] == 1
    assert answer["files"][0]["fault"]


def test_user_errors_carry_a_stable_code():
    assert UserError("say what to do", code="so").code == "so"
    assert UserError("say what to do").code == "user-error"

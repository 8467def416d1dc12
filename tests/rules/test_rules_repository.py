"""Rules that hold for every tracked file, whoever writes it."""

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from zhitong.config import locks

ROOT = Path(__file__).resolve().parents[2]
TEXT_BYTES = 2_000_000
MODULE_LINES = 450

# Built from pieces, so that this file obeys its own rules.
REGISTRIES = [
    ".".join(labels)
    for labels in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("registry", "npmmirror", "com"),
        ("pypi", "tuna", "tsinghua", "edu", "cn"),
        ("mirrors", "aliyun", "com"),
        ("proxy", "golang", "org"),
        ("crates", "io"),
    )
]
SLASH = "/"
HOMES = re.compile(rf"(?<![\w.~-]){SLASH}(?:root|home/\w+|Users/\w+|work)(?:/|\b(?![-.\w]))")
UNFINISHED = re.compile(r"\b(?:{}O|{}E|{})\b".format("TOD", "FIXM", "X" * 3))
EMPTY_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "base",
    "manager",
    "managers",
    "common",
    "misc",
}
NAMED_BY_DJANGO = {"src/zhitong/config/postgres/base.py"}  # where a database backend must lie
VENDORED = re.compile(r"(?:^|/)(?:vendor|fonts|static/.*\.min\.)")


@cache
def tracked() -> tuple[str, ...]:
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return tuple(name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


def texts() -> Iterator[tuple[str, str]]:
    """Tracked text files with their content; binary and vendored ones are not ours to word."""
    for name in tracked():
        path = ROOT / name
        if path.stat().st_size > TEXT_BYTES or VENDORED.search(name):
            continue
        content = path.read_bytes()
        if b"\0" not in content[:8000]:
            yield name, content.decode("utf-8", errors="replace")


def sources() -> list[str]:
    return [name for name in tracked() if name.startswith("src/") and name.endswith(".py")]


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_names_a_package_registry():
    assert lines_with(re.compile("|".join(map(re.escape, REGISTRIES)))) == []


def test_no_file_holds_a_path_of_somebodys_machine():
    assert lines_with(HOMES) == []


def test_nothing_is_left_for_later():
    assert lines_with(UNFINISHED) == []


def test_module_names_say_what_is_inside():
    empty = [
        name
        for name in tracked()
        if name.endswith(".py")
        and EMPTY_NAMES & {Path(name).stem, *Path(name).parent.parts}
        and name not in NAMED_BY_DJANGO
    ]
    assert empty == []


def test_modules_stay_short_enough_to_read():
    long = {
        name: lines
        for name in sources()
        if "/migrations/" not in name
        and (lines := len((ROOT / name).read_text(encoding="utf-8").splitlines())) > MODULE_LINES
    }
    assert long == {}


def prints(tree: ast.AST) -> Iterator[int]:
    """Lines that print, outside what runs only as `python -m`."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
                continue
            case ast.Call(func=ast.Name(id="print"), lineno=line):
                yield line
        yield from prints(node)


def test_only_the_command_line_prints():
    printing = [
        f"{name}:{line}"
        for name in sources()
        if not re.search(r"/cli(?:\.py$|/)", name)
        for line in prints(ast.parse((ROOT / name).read_text(encoding="utf-8")))
    ]
    assert printing == []


@pytest.mark.parametrize("name", ["run", "test"])
def test_every_requirement_is_pinned_with_hashes_and_names_no_address(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    joined = text.replace("\\\n", " ")
    entries = [line for line in joined.splitlines() if line and not line.lstrip().startswith("#")]

    assert entries
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []
    assert "://" not in text
    assert [entry for entry in entries if entry.startswith("-")] == []


@pytest.mark.parametrize(
    ("line", "caught"),
    [
        (f"open('{SLASH}root/x')", True),
        (f"see {SLASH}home/anna/data", True),
        (f"cd {SLASH}work", True),
        ("/var/lib/zhitong", False),
        (f"https://example.org{SLASH}home/page", False),
        (f"docs{SLASH}work/plan.md", False),
        (f"路径{SLASH}workers", False),
    ],
)
def test_the_rule_on_paths_tells_machines_from_addresses(line, caught):
    assert bool(HOMES.search(line)) is caught


def test_every_advisory_lock_has_its_own_number_in_one_place():
    numbers = [value for name, value in vars(locks).items() if name.isupper()]
    assert len(numbers) >= 12
    assert len(set(numbers)) == len(numbers)
    asked = re.compile(r"advisory\w*lock\w*\((?!%s)|\b0x7A6", re.IGNORECASE)
    elsewhere = [name for name, text in texts() if name.startswith("src/") and asked.search(text)]
    assert elsewhere == ["src/zhitong/config/locks.py"]

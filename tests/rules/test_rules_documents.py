"""What the documents say of files, commands and options is still so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import click
import pytest

from rules.test_rules_repository import ROOT, tracked
from zhitong.cli.entry import commands

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE = re.compile(r"```\w*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
FILE = re.compile(r"(?<![\w./-])((?:benchmarks|docs|examples|src|tests|tools)/[\w./-]+\.\w+)")
MODULE = re.compile(r"^(?:[\w]+/)*\w+\.py$")
OPTION = re.compile(r"(?<=\s)(--?[a-z][a-z-]*)")
TARGET = re.compile(r"\bmake ([a-z-]+)")


@cache
def documents() -> dict[str, str]:
    return {
        name: (ROOT / name).read_text(encoding="utf-8")
        for name in tracked()
        if name.endswith(".md")
    }


def code() -> Iterator[tuple[str, str]]:
    """Every line of code in the documents; what goes on after a backslash is one line."""
    for name, text in documents().items():
        for block, inline in CODE.findall(text):
            for line in (block or inline).replace("\\\n", " ").splitlines():
                yield name, line.split("  #")[0].strip()


def anchors(text: str) -> set[str]:
    """Where links may point to within a page, as hosts of repositories make them."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in HEADING.findall(text)
    }


def test_every_link_leads_somewhere():
    broken = []
    for name, text in documents().items():
        for link in LINK.findall(text):
            if re.match(r"[a-z]+:", link):
                continue
            path, _, anchor = link.partition("#")
            target = ((ROOT / name).parent / path).resolve() if path else ROOT / name
            where = target.relative_to(ROOT).as_posix() if target.is_relative_to(ROOT) else path
            if not target.exists() or (anchor and anchor not in anchors(documents()[where])):
                broken.append(f"{name}: {link}")
    assert broken == []


def test_every_file_named_in_the_documents_is_there():
    known = set(tracked())
    endings = {"/" + name for name in known}
    missing = set()
    for name, line in code():
        missing |= {f"{name}: {path}" for path in FILE.findall(line) if path not in known}
        if MODULE.match(line) and not any(path.endswith("/" + line) for path in endings):
            missing.add(f"{name}: {line}")
    assert missing == set()


def test_every_page_of_the_documents_can_be_reached():
    linked = {
        ((ROOT / name).parent / link.partition("#")[0]).resolve()
        for name, text in documents().items()
        for link in LINK.findall(text)
    }
    lonely = [
        name
        for name in documents()
        if name.startswith("docs/") and not {ROOT / name, (ROOT / name).parent} & linked
    ]
    assert lonely == []


def told() -> list[tuple[str, str]]:
    lines = []
    for name, line in code():
        found = re.search(r"(?:^|\s|/)zhitong ([a-z].*)", line)
        if found and not re.search(r"\b(?:from|import) zhitong", line):
            lines.append((name, found[1]))
    return lines


@pytest.mark.parametrize(("name", "line"), sorted(set(told())))
def test_every_command_in_the_documents_exists(name, line):
    context = click.Context(commands)
    command: click.Command = commands
    words = line.split()
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        assert found is not None, f"{name}: zhitong {line}"
        command, words = found, words[1:]
    options = {spelling for one in command.get_params(context) for spelling in one.opts}
    options |= {"--help", "-h"}
    assert set(OPTION.findall(" " + " ".join(words))) <= options


def test_every_target_of_make_in_the_documents_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = {(name, target) for name, line in code() for target in TARGET.findall(line)}
    assert named
    assert [one for one in sorted(named) if one[1] not in targets] == []

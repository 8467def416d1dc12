"""What offices, registry and report chain refuse, and what helps travellers, in both languages."""

from __future__ import annotations

import ast
import gettext
import re
from pathlib import Path

import pytest
from django.utils import translation

import zhitong
from stages.web.test_web_words import CHINESE, of_module
from zhitong.flows.chain import rules
from zhitong.flows.chain.refusals import Refusal
from zhitong.flows.chain.rules import Actor
from zhitong.kernel.errors import UserError
from zhitong.offices.accounts import BadPost, check_username
from zhitong.offices.models import Role

SOURCES = Path(zhitong.__file__).parent
ROOMS = {
    "flows": ("flows/c*/*.py",),
    "offices": ("offices/*.py",),
    "registry": ("registry/*.py",),
    "transport": ("transport/advice.py", "transport/operated.py"),
}
GAPS = re.compile(r"{\w+}")


def catalogue(room: str) -> gettext.GNUTranslations:
    with (SOURCES / room / "locale/en/LC_MESSAGES/django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def sources(room: str) -> list[Path]:
    return [path for pattern in ROOMS[room] for path in SOURCES.glob(pattern)]


def tells(node: ast.AST) -> bool:
    """An error's call, or a sentence made for later."""
    if isinstance(node, ast.Raise):
        return isinstance(node.exc, ast.Call)
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"Sentence", "UnreadableFile", "UserError"}
    )


@pytest.mark.parametrize("room", ROOMS)
def test_every_sentence_has_its_english_with_the_same_gaps(room: str) -> None:
    english = catalogue(room)
    messages = {one for path in sources(room) for one in of_module(path)}

    assert len(messages) > 10
    assert {one for one in messages if english.gettext(one) == one} == set()
    for one in messages:
        assert set(GAPS.findall(one)) == set(GAPS.findall(english.gettext(one))), one


@pytest.mark.parametrize("room", ROOMS)
def test_the_compiled_sentences_are_those_of_the_text(room: str) -> None:
    text = (SOURCES / room / "locale/en/LC_MESSAGES/django.po").read_text(encoding="utf-8")
    pairs = re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', text, re.MULTILINE)
    english = catalogue(room)

    assert pairs
    for message, told in pairs:
        assert english.gettext(message) == ast.literal_eval(f'"{told}"')
        assert not CHINESE.search(told), told


@pytest.mark.parametrize("room", ROOMS)
def test_no_sentence_is_told_unmarked(room: str) -> None:
    """Every Chinese sentence in an error's call is a message of the catalogue."""
    bare = []
    for path in sources(room):
        known = set(of_module(path))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if tells(node):
                bare += [
                    f"{path.name}:{part.lineno}"
                    for part in ast.walk(node)
                    if isinstance(part, ast.Constant)
                    and isinstance(part.value, str)
                    and CHINESE.search(part.value)
                    and part.value not in known
                ]
    assert bare == []


def test_a_refusal_is_told_in_the_language_of_who_reads_it() -> None:
    county = Actor(user=1, scope="131121", roles=frozenset())
    with pytest.raises(Refusal) as beyond:
        rules.check_scope("131124100", actor=county)
    with pytest.raises(Refusal) as role:
        rules.check_role(Role.ENTER, actor=county)
    with pytest.raises(BadPost) as name:
        check_username("é")

    assert beyond.value.sentence.startswith("河北省衡水市饶阳县饶阳镇不在您的管辖范围内")
    with translation.override("en"):
        assert beyond.value.sentence.startswith("Raoyang, Raoyang, Hengshui, Hebei is not in your")
        assert role.value.sentence.startswith("Your post does not carry the role “")
        assert not CHINESE.search(role.value.sentence)
        assert "“é” cannot be a user name" in name.value.sentence
    assert str(name.value) == name.value.sentence


def test_a_sentence_without_gaps_keeps_its_braces() -> None:
    assert UserError("读不懂 {x}。").sentence == "读不懂 {x}。"

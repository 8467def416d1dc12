"""Every word of a page has its English, and no Chinese stands outside the catalogue."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation.template import templatize

from zhitong import web
from zhitong.places import Category
from zhitong.transport.models import LeftOver, Passage, Plan, Stop, Trip
from zhitong.web.desk.words import LABELS

ROOM = Path(web.__file__).parent
CATALOGUE = ROOM / "locale/en/LC_MESSAGES/django.mo"
TEMPLATES = sorted(ROOM.glob("templates/**/*.html"))
MARKERS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "pgettext"}
CHINESE = re.compile(r"[\u3400-\u9fff]+")


def of_template(path: Path) -> Iterator[str]:
    """Messages of a template, as gettext itself finds them."""
    text = templatize(path.read_text(encoding="utf-8"))
    for call in re.findall(
        r"""\b(?:n?gettext|_)\(((?:u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*"))""", text
    ):
        yield ast.literal_eval(call)


def of_module(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in MARKERS
            and isinstance(node.args[0], ast.Constant)
        ):
            yield node.args[0].value


def messages() -> set[str]:
    found = {one for path in TEMPLATES for one in of_template(path)}
    return found | {one for path in ROOM.glob("**/*.py") for one in of_module(path)}


def test_every_message_has_its_english() -> None:
    with CATALOGUE.open("rb") as file:
        english = gettext.GNUTranslations(file)

    wanted = messages()

    assert len(wanted) > 50
    assert {
        one
        for one in wanted
        if english.gettext(one) == one and english.ngettext(one, one, 2) == one
    } == set()


def test_the_compiled_catalogue_is_that_of_the_text() -> None:
    text = CATALOGUE.with_suffix(".po").read_text(encoding="utf-8")
    with CATALOGUE.open("rb") as file:
        compiled = gettext.GNUTranslations(file)

    assert "#, fuzzy" not in text
    for first, second in re.findall(r'^msgid "(.+)"\nmsgstr "(.*)"$', text, re.MULTILINE):
        assert compiled.gettext(ast.literal_eval(f'"{first}"')) == ast.literal_eval(f'"{second}"')


def test_every_template_that_is_named_exists() -> None:
    folder = ROOM / "templates"
    named = {
        name
        for path in TEMPLATES
        for name in re.findall(
            r"""{% *(?:include|extends) ["']([^"']+)["']""", path.read_text(encoding="utf-8")
        )
    }

    assert len(named) > 10
    assert {name for name in named if not (folder / name).is_file()} == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_chinese_stands_bare_in_a_template(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"{% blocktranslate.*?{% endblocktranslate %}", "", text, flags=re.DOTALL)
    text = re.sub(r"{[%{#].*?[%}#]}", "", text, flags=re.DOTALL)

    # The switch names each language in that language.
    assert set(CHINESE.findall(text)) <= {"中文"}


@pytest.mark.parametrize("path", sorted(ROOM.glob("static/desk/*.js")), ids=lambda path: path.name)
def test_scripts_hold_no_words_of_their_own(path: Path) -> None:
    assert not CHINESE.findall(path.read_text(encoding="utf-8"))


def test_labels_of_records_are_known_to_the_catalogue() -> None:
    shown = {one.label for one in Category}
    for choices in (
        Trip.Kind,
        Trip.State,
        Stop.Kind,
        Passage.State,
        Plan.State,
        LeftOver.Reason,
    ):
        shown |= {str(label) for label in choices.labels}

    assert shown <= LABELS | {"上车"}

"""Why a cell was refused, in a language that the stored sentence is not in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils import translation

import zhitong
from zhitong.registry import identity
from zhitong.registry.review import SPOILED
from zhitong.registry.survey import QUESTIONS
from zhitong.transport.logs import COLUMNS
from zhitong.web.registry.faults import FAULTS, heading_of, sentence_of

SOURCES = Path(zhitong.__file__).parent
EXAMINING = ("people", "employment", "travel", "checks", "review", "disclosed", "localities")
CHINESE = re.compile(r"[\u3400-\u9fff]")
CODE = re.compile(r'code="([a-z-]+)"|Fault\(\S+, \S+, "([a-z-]+)"')
IN_TUPLES = re.compile(r"""(?:= \(|^ {4}\()"([a-z]+-[a-z-]+|missing)",""", re.MULTILINE)
OF_PLACES = re.compile(r'"((?:ambiguous|unknown)-place)"')


def codes() -> set[str]:
    """Codes of faults in the sources of what examines surveys and logs."""
    files = [SOURCES / "registry" / f"{name}.py" for name in EXAMINING]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    logs = "\n".join(
        (SOURCES / "transport" / f"{name}.py").read_text(encoding="utf-8")
        for name in ("logs", "operated")
    )
    found = {one for pair in CODE.findall(text + logs) for one in pair if one}
    found |= set(IN_TUPLES.findall(text + logs)) | set(OF_PLACES.findall(text))
    return found | set(identity.FAULTS) | set(SPOILED)


def test_every_fault_has_a_sentence_of_its_own() -> None:
    # Refusals of whole files are no faults of cells.
    assert codes() - {"no-rows"} == set(FAULTS)


@pytest.mark.parametrize("code", sorted(FAULTS))
def test_a_fault_is_told_in_the_readers_language(code: str) -> None:
    with translation.override("zh-hans"):
        assert sentence_of(code, "身份证号“1”不对。") == "身份证号“1”不对。"
    with translation.override("en"):
        assert not CHINESE.search(sentence_of(code, "身份证号“1”不对。"))


def test_columns_of_surveys_and_logs_have_their_english() -> None:
    with translation.override("en"):
        assert [key for key in (*QUESTIONS, *COLUMNS) if CHINESE.search(heading_of(key))] == []
        assert heading_of("what-no-form-asks") == "what-no-form-asks"

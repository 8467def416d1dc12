"""Sentences kept in Chinese and told in another language."""

from __future__ import annotations

import json
import pickle

from django.utils import translation

from zhitong.kernel.errors import UserError
from zhitong.kernel.sentences import Sentence, told

FULL = UserError("打不开文件“{name}”：{why}。", name="{磁盘已满}", why=Sentence("磁盘已满")).text


def test_a_sentence_is_its_chinese_text() -> None:
    assert FULL == "打不开文件“{磁盘已满}”：磁盘已满。"
    assert json.dumps([Sentence("读不懂 {x}。")], ensure_ascii=False) == '["读不懂 {x}。"]'


def test_what_was_kept_is_told_in_the_language_of_its_reader() -> None:
    kept = json.loads(json.dumps(FULL.kept()))

    assert told(kept) == FULL
    with translation.override("en"):
        # What comes from the file is told as it is, even where a catalogue has it.
        assert told(kept) == "The file “{磁盘已满}” does not open: the disk is full."


def test_what_was_kept_without_its_gaps_is_told_as_it_stands() -> None:
    with translation.override("en"):
        assert (
            told("文件“{a.csv”是空的；请检查后重新发送。")
            == "文件“{a.csv”是空的；请检查后重新发送。"
        )
        assert told("这份文件以前收到过，没有重复登记").startswith("This file was received before")
        assert told("") == ""


def test_a_sentence_and_an_error_come_whole_from_another_process() -> None:
    again = pickle.loads(pickle.dumps(UserError("缺少：{columns}", code="x", columns="户籍地")))

    assert (again.code, again.text.kept()) == (
        "x",
        {"message": "缺少：{columns}", "values": {"columns": {"text": "户籍地"}}},
    )
    assert pickle.loads(pickle.dumps(FULL)).kept() == FULL.kept()

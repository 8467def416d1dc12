"""Sentences that are written down in Chinese and told in whatever language their reader has.

The Chinese is the official text: it goes on paper, into workbooks and to the command line. What
keeps a sentence for a later page (the result of a job) keeps it with its gaps open, so that the
catalogues (`locale/`) still know it when it is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

Kept = str | Mapping[str, Any]
"""A sentence as JSON; a bare string is one that was kept without its gaps, or has none."""


class Sentence(str):
    """A text in Chinese that remembers its message and what fills the gaps of it.

    `message` is what a catalogue translates. A value that is a sentence itself is translated with
    it; any other value, such as the name of a file or of its columns, is told as it is.
    """

    __slots__ = ("message", "values")
    message: str
    values: dict[str, object]

    def __new__(cls, message: str, /, **values: object) -> Sentence:
        self = super().__new__(cls, message.format(**values) if values else message)
        self.message, self.values = message, values
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """They come from the processes that read files."""
        return _again, (self.message, self.values)

    def told(self) -> str:
        """The text in the language in force: of the page's reader, else Chinese."""
        return _told(self.message, self.values)

    def kept(self) -> Kept:
        """As JSON, for `told`."""
        if not self.values:
            return self.message
        values = {
            key: value.kept() if isinstance(value, Sentence) else {"text": str(value)}
            for key, value in self.values.items()
        }
        return {"message": self.message, "values": values}


def told(kept: Kept) -> str:
    """What `Sentence.kept` gave, in the language in force; Chinese where no catalogue has it."""
    return _sentence(kept).told() if kept else ""


def _again(message: str, values: dict[str, object]) -> Sentence:
    return Sentence(message, **values)


def _sentence(kept: Kept) -> Sentence:
    if isinstance(kept, str):
        return Sentence(kept)
    values = {
        key: one["text"] if isinstance(one, Mapping) and "text" in one else _sentence(one)
        for key, one in kept["values"].items()
    }
    return Sentence(kept["message"], **values)


def _told(message: str, values: Mapping[str, object]) -> str:
    # What goes wrong before there are settings is told as it is.
    text = gettext(message) if settings.configured else message
    if not values:
        return text
    filled = {
        key: value.told() if isinstance(value, Sentence) else value for key, value in values.items()
    }
    return text.format(**filled)

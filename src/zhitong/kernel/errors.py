"""Mistakes a user can make and mend. Everything else crashes loudly."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext


class UserError(Exception):
    """A user's mistake: `code` is stable for programs, the sentence says what to do.

    The command line prints the sentence on one line and exits with 2; a page shows it at the form.

    `sentence` is Chinese. Where it has gaps, `values` fill them; the sentence without its values
    is the message that the catalogues of the rooms (`locale/`) translate, so that a page in
    English tells it in English. A value that is a word itself comes lazily translated.
    """

    code = "user-error"

    def __init__(self, sentence: str, *, code: str | None = None, **values: object) -> None:
        super().__init__(sentence.format(**values) if values else sentence)
        self._message = sentence
        self._values = values
        if code:
            self.code = code

    @property
    def sentence(self) -> str:
        """The sentence in the language in force: of the page's reader, else Chinese."""
        # What goes wrong before there are settings is told as it is.
        told = gettext(self._message) if settings.configured else self._message
        return told.format(**self._values) if self._values else told

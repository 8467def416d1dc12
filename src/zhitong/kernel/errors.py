"""Mistakes a user can make and mend. Everything else crashes loudly."""

from __future__ import annotations


class UserError(Exception):
    """A user's mistake: `code` is stable for programs, the sentence says what to do.

    The command line prints the sentence on one line and exits with 2; a page shows it at the form.
    """

    code = "user-error"

    def __init__(self, sentence: str, *, code: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        if code:
            self.code = code

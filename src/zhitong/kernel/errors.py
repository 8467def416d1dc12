"""Mistakes a user can make and mend. Everything else crashes loudly."""

from __future__ import annotations

from zhitong.kernel.sentences import Sentence


class UserError(Exception):
    """A user's mistake: `code` is stable for programs, the sentence says what to do.

    The command line prints the sentence on one line and exits with 2; a page shows it at the form.

    `sentence` is Chinese. Where it has gaps, `values` fill them; the sentence without its values
    is the message that the catalogues of the rooms (`locale/`) translate, so that a page in
    English tells it in English. A value that is a word itself comes as a `Sentence`, or lazily
    translated where nothing keeps it.
    """

    code = "user-error"

    def __init__(self, sentence: str, *, code: str | None = None, **values: object) -> None:
        self.text = Sentence(sentence, **values)
        """In Chinese, with its gaps, for what tells it later."""
        super().__init__(str(self.text))
        if code:
            self.code = code

    @property
    def sentence(self) -> str:
        """The sentence in the language in force: of the page's reader, else Chinese."""
        return self.text.told()

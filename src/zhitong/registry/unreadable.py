"""Why a whole file is sent back: nothing in it can be trusted, or it cannot be opened."""

from __future__ import annotations

from zhitong.kernel.errors import UserError


class UnreadableFile(UserError):
    """A file-level fault: `code` is stable, the sentence tells the clerk how to mend the file."""

    code = "unreadable-file"

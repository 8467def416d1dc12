"""HiGHS, silent and on one core, for the small programmes beside the search."""

from __future__ import annotations

from typing import Any

import highspy


class _Quiet(highspy.Highs):
    """HiGHS without its banner on standard output."""

    def enableCallbacks(self) -> None:  # noqa: N802
        self.silent()
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def programme() -> Any:
    """An empty programme."""
    highs: Any = _Quiet()  # type: ignore[no-untyped-call]
    highs.setOptionValue("threads", 1)
    return highs

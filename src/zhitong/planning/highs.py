"""HiGHS, which solves linear and integer programmes, as the planners use it."""

from __future__ import annotations

import highspy


class QuietHighs(highspy.Highs):
    """HiGHS without its banner on standard output."""

    def enableCallbacks(self) -> None:  # noqa: N802
        """Called by the constructor, before the banner would be printed."""
        self.silent()
        super().enableCallbacks()  # type: ignore[no-untyped-call]

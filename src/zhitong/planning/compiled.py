"""How the search is compiled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numba import njit

_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}

kernel: Any = njit(**_OPTIONS)
"""Compiles a function that allocates nothing.

Numba counts references to every array of every argument at every call, atomically; with the many
arrays of a search that is four fifths of its time. ``_nrt=False`` leaves the counting out, which
is right for functions that only read and write arrays their caller owns, and makes numba refuse
any allocation in them. Numba's cache does not notice a change in another module that a function
calls: ``python -m zhitong.planning.warm`` does.
"""

inlined: Any = njit(forceinline=True, **_OPTIONS)
"""The same, merged into its callers: passing some forty arrays costs more than a small function."""


def forget_stale(one: Any, folder: Path) -> None:
    """Remove the compiled kernels of ``folder`` that are older than its newest source of kernels.

    ``one`` is any of them. Numba renews a kernel only when the kernel's own file changed, not one
    it was merged from.
    """
    sources = [*folder.glob("*.py"), Path(__file__)]
    newest = max(
        source.stat().st_mtime
        for source in sources
        if "import njit" in (text := source.read_text(encoding="utf-8"))
        or "compiled import" in text
        or "kernels import" in text
    )
    for index in Path(one.stats.cache_path).glob("*.nbi"):
        if index.stat().st_mtime < newest:
            index.unlink(missing_ok=True)

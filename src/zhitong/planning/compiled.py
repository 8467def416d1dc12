"""How the searches are compiled.

Numba compiles a kernel anew for every mix of types it is called with, and a literal is a type of
its own; even a local that begins as ``0`` is one to those it is passed on to, before the loop that
changes it is looked at. So the large kernels are called with items as the int32 that they are in
the arrays, and with literals that were given a type, ``np.int64(0)``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numba import njit

_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}
_UNWRAPPED: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}

kernel: Any = njit(**_OPTIONS)
"""Compiles a function that allocates nothing.

Numba counts references to every array of every argument at every call, atomically; with the many
arrays of a search that is four fifths of its time. ``_nrt=False`` leaves the counting out, which
is right for functions that only read and write arrays their caller owns, and makes numba refuse
any allocation in them. Numba's cache does not notice a change in another module that a function
calls: ``python -m zhitong.planning.warm`` does.
"""

inner: Any = njit(**_OPTIONS, **_UNWRAPPED)
"""The same, but only callable from compiled code.

A wrapper that unpacks some forty arrays takes a third of the time to compile a function.
"""

inlined: Any = njit(forceinline=True, **_OPTIONS, **_UNWRAPPED)
"""An ``inner`` merged into its callers: passing the arrays costs more than a small function."""


def forget_stale(one: Any, folder: Path) -> None:
    """Remove the compiled kernels of ``folder`` that are older than its newest source of kernels.

    ``one`` is any of them. Numba renews a kernel only when the kernel's own file changed, not one
    it was merged from.
    """
    sources = [*folder.glob("*.py"), Path(__file__)]
    newest = max(
        source.stat().st_mtime
        for source in sources
        if "compiled import" in source.read_text(encoding="utf-8") or source == Path(__file__)
    )
    for index in Path(one.stats.cache_path).glob("*.nbi"):
        if index.stat().st_mtime < newest:
            index.unlink(missing_ok=True)

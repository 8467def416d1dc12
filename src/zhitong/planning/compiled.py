"""How the search is compiled."""

from __future__ import annotations

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

"""How the shuttle search is compiled."""

from __future__ import annotations

from typing import Any

from numba import njit

_OPTIONS: dict[str, Any] = {
    "cache": True,
    "nogil": True,
    "_nrt": False,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}

inner: Any = njit(**_OPTIONS)
"""Like ``zhitong.planning.compiled.kernel``, but only callable from compiled code.

A wrapper that unpacks some thirty arrays takes a third of the time to compile a function.
"""

"""Names of divisions in the language in force: Chinese, or romanised in English."""

from __future__ import annotations

from django.utils.functional import lazy
from django.utils.translation import get_language

from zhitong import places


def place_name(code: str, *, full: bool = False) -> str:
    """A division's name: 枣强县 or 河北省衡水市枣强县; in English Zaoqiang.

    A code that the table no longer holds is shown as it is.
    """
    division = places.find(code)
    if division is None:
        return code
    if (get_language() or "zh").startswith("zh"):
        return division.full_name if full else division.name
    line = [*places.ancestors(division.code), division] if full else [division]
    names = [one.pinyin.replace(" ", "").capitalize() for one in line if not one.pseudo]
    return ", ".join(reversed([name for name in names if name])) or division.name


lazy_place_name = lazy(place_name, str)
"""The same for sentences that are told later, see `errors.UserError`."""

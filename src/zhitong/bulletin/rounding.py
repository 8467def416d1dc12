"""How officials publish large numbers: in 万, with two decimals, cut or rounded."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum

WAN = 10_000


class Rounding(StrEnum):
    """What happens to the third decimal."""

    CUT = "cut"
    ROUND = "round"


PUBLISHED = Rounding.CUT
"""The rule of pages, pictures and bulletins unless a bulletin asks for the other.

The figures published on 2 March 2020 fit both (14,147 became 1.41万); cut, no figure ever says more
people than were counted.
"""


def wan(number: int, rounding: Rounding = PUBLISHED) -> str:
    """`1736100` -> `173.61万`, `285000` -> `28.5万`; below ten thousand the number as it is."""
    if number < WAN:
        return str(number)
    mode = ROUND_DOWN if rounding is Rounding.CUT else ROUND_HALF_UP
    shown = (Decimal(number) / WAN).quantize(Decimal("0.01"), rounding=mode)
    return f"{shown.normalize():f}万"


def is_exact(number: int) -> bool:
    """Whether two decimals tell the whole number."""
    return number < WAN or number % (WAN // 100) == 0

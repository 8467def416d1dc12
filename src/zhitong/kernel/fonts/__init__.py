"""The Chinese fonts that every document and picture is set in, and what they can draw.

Noto Sans SC: Regular in full (all of the basic block and extension A, what the official list of
standard characters takes from the others), Bold for headings; Noto Sans HK for some rarer
characters. SIL Open Font License 1.1, see `OFL.txt`. Rebuilt by `tools/build_fonts.py`.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
FAMILY = "Noto Sans SC"
RARE_FAMILY = "Noto Sans HK"
FAMILIES = (FAMILY, RARE_FAMILY)
"""In the order in which a character is looked for."""

GETA = "〓"
"""What printers have always set where a character is missing."""


@cache
def _ranges() -> tuple[list[int], list[int]]:
    lines = (FOLDER / "coverage.txt").read_text(encoding="ascii").split()
    pairs = [line.split("-") for line in lines]
    return [int(first, 16) for first, _ in pairs], [int(last, 16) for _, last in pairs]


def draws(character: str) -> bool:
    """Whether one of the fonts has a shape for the character."""
    firsts, lasts = _ranges()
    at = bisect_right(firsts, ord(character)) - 1
    return at >= 0 and ord(character) <= lasts[at]


def printable(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with `GETA` for each character no font draws, and those characters' code points.

    The code points (`U+2A6D7`) belong in the document's foot, so that the reader can write the
    character in by hand.
    """
    shown, missing = [], []
    for character in text:
        if draws(character) or character in "\n\t":
            shown.append(character)
        else:
            shown.append(GETA)
            missing.append(f"U+{ord(character):04X}")
    return "".join(shown), tuple(missing)

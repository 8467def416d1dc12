"""Names on a drawing where there is room for them: the first comes first, none covers another."""

from __future__ import annotations

from dataclasses import dataclass

from zhitong.web.boundaries.frame import Box

HEIGHT = 12.5
"""Of a line, as `maps.css` sets it, in units of the drawing."""
_WIDE, _NARROW = 1.0, 0.58
"""Width of a Chinese and of a Latin letter, as parts of the height."""
_GAP = 3.0


@dataclass(frozen=True, slots=True)
class Label:
    """A name, where its anchor stands, and on which side of the anchor it lies."""

    text: str
    x: float
    y: float
    anchor: str
    kind: str


class Names:
    """The names placed so far on a square drawing."""

    def __init__(self, side: float) -> None:
        self.placed: list[Label] = []
        self._side = side
        self._taken: list[Box] = []  # left, top, right, bottom

    def keep_clear(self, x: float, y: float, radius: float) -> None:
        """No name may cover this circle."""
        self._taken.append((x - radius, y - radius, x + radius, y + radius))

    def beside(self, text: str, x: float, y: float, radius: float) -> None:
        """Right of a circle, or left, under or over it."""
        away = radius + _GAP
        middle = y + HEIGHT * 0.35
        for at, level, anchor in (
            (x + away, middle, "start"),
            (x - away, middle, "end"),
            (x, y + away + HEIGHT * 0.8, "middle"),
            (x, y - away, "middle"),
        ):
            if self._place(text, at, level, anchor, "mark-name"):
                return

    def centred(self, text: str, x: float, y: float, *, kind: str) -> None:
        self._place(text, x, y + HEIGHT * 0.35, "middle", kind)

    def _place(self, text: str, x: float, y: float, anchor: str, kind: str) -> bool:
        """Place it unless something stands there; `y` is that of the writing's line."""
        width = HEIGHT * sum(_NARROW if one.isascii() else _WIDE for one in text)
        left = x - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
        box = (left, y - HEIGHT * 0.9, left + width, y + HEIGHT * 0.25)
        if min(box) < 0 or max(box) > self._side or any(_meet(box, one) for one in self._taken):
            return False
        self._taken.append(box)
        self.placed.append(Label(text, round(x, 1), round(y, 1), anchor, kind))
        return True


def _meet(one: Box, other: Box) -> bool:
    """Whether two boxes have more than an edge in common."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]

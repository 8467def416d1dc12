"""What must add up before a figure may be published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zhitong.kernel.errors import UserError


class Disagreement(UserError):
    """Figures that do not add up; `sums` are those that do not hold."""

    code = "figures-disagree"

    def __init__(self, sums: tuple[Sum, ...]) -> None:
        super().__init__("数据勾稽不符，通报未发布：" + "；".join(map(str, sums)) + "。")
        self.sums = sums


@dataclass(frozen=True, slots=True)
class Sum:
    """One whole against its parts: equal, or (`within`) at most as much as the whole."""

    name: str
    whole: tuple[str, int]
    parts: tuple[tuple[str, int], ...]
    within: bool = False

    @property
    def of_parts(self) -> int:
        return sum(count for _, count in self.parts)

    @property
    def holds(self) -> bool:
        return self.of_parts <= self.whole[1] if self.within else self.of_parts == self.whole[1]

    def __str__(self) -> str:
        """在岗人数等于省内加省外：左侧 100，右侧 60+39=99."""
        terms = "+".join(str(count) for _, count in self.parts) or "0"
        right = terms if len(self.parts) < 2 else f"{terms}={self.of_parts}"
        return f"{self.name}：左侧 {self.whole[1]}，右侧 {right}"

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "left": self.whole[1],
            "right": self.of_parts,
            "relation": ">=" if self.within else "=",
            "parts": dict(self.parts),
            "holds": self.holds,
        }

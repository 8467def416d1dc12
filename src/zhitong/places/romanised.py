"""Places written in letters: Beijing, Zaoqiang County, Hengshui Hebei."""

from __future__ import annotations

import re

from zhitong.places.names import romanised_names

_WORD = re.compile(r"[a-zü]+")
_TYPES = frozenset(
    {"province", "city", "county", "district", "township", "prefecture", "municipality"}
    | {"autonomous", "region", "banner", "league", "town", "new", "area", "china", "prc"}
    | {"sheng", "shi", "xian", "qu"}
)
_MAX_WORDS = 6


def read_letters(text: str) -> list[str]:
    """Codes that a text in letters may name, in either order of the levels; empty if none.

    Of several words every one must be understood, and the smallest place must lie in the others.
    """
    cleaned = text.lower().replace("'", "").replace("’", "").replace("ü", "v")
    words = _WORD.findall(cleaned)
    names = romanised_names()
    for spoken in ([word for word in words if word not in _TYPES], words):
        for cut in _cuts(spoken[:_MAX_WORDS]):
            if found := _nested([names[part] for part in cut if part in names], len(cut)):
                return found
    return []


def _cuts(words: list[str]) -> list[list[str]]:
    """Ways to join neighbouring words into names, the fewest names first."""
    if not words:
        return []
    ways: list[list[str]] = [["".join(words)]]
    for at in range(1, len(words)):
        head = "".join(words[:at])
        ways += [[head, *tail] for tail in _cuts(words[at:])]
    return sorted(ways, key=len)


def _nested(parts: list[tuple[str, ...]], wanted: int) -> list[str]:
    """Codes of one part that lie inside some code of every other part."""
    if len(parts) != wanted:
        return []
    found = []
    for at, part in enumerate(parts):
        others = parts[:at] + parts[at + 1 :]
        found += [
            code
            for code in part
            if all(any(_lies_in(code, above) for above in other) for other in others)
        ]
    return list(dict.fromkeys(found))


def _lies_in(code: str, above: str) -> bool:
    return code != above and code.startswith(above)

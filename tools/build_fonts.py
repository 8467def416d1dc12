"""Build the fonts of src/zhitong/kernel/fonts from published npm packages.

    python tools/build_fonts.py --sc DIR --hk DIR

--sc  the unpacked npm package @expo-google-fonts/noto-sans-sc 0.4.3
--hk  the unpacked npm package @expo-google-fonts/noto-sans-hk 0.4.3

Regular is kept whole: names of people need every character it has. Bold only sets headings, so it
keeps the characters of GB 2312 and punctuation. The third file holds what only the Hong Kong cut
draws, some 1,600 rare characters. `coverage.txt` lists, as ranges of code points, all that the
three can draw; the platform reads that list, so it needs no font library when it runs.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterable
from itertools import product
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FONTS = Path(__file__).parent.parent / "src/zhitong/kernel/fonts"
PUNCTUATION = (range(0x20, 0x7F), range(0xA0, 0x100), range(0x2000, 0x2070), range(0x2190, 0x2200))
FULL_WIDTH = (
    range(0x2460, 0x2500),
    range(0x25A0, 0x2610),
    range(0x3000, 0x3040),
    range(0xFF00, 0xFFF0),
)


def gb2312() -> set[int]:
    """Every character that GB 2312 encodes."""
    found = set()
    for high, low in product(range(0xA1, 0xF8), range(0xA1, 0xFF)):
        try:
            found.add(ord(bytes([high, low]).decode("gb2312")))
        except UnicodeDecodeError:
            continue
    return found


def drawn_by(path: Path) -> set[int]:
    with TTFont(path, lazy=True) as font:
        return set(font.getBestCmap())


def write_subset(source: Path, target: Path, characters: Iterable[int]) -> None:
    options = subset.Options(layout_features=["kern", "palt", "vert"], notdef_outline=True)
    font = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters)
    cutter.subset(font)
    subset.save_font(font, str(target), options)


def ranges_of(characters: Iterable[int]) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    for point in sorted(characters):
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1] = (ranges[-1][0], point)
        else:
            ranges.append((point, point))
    return ranges


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sc", type=Path, required=True)
    parser.add_argument("--hk", type=Path, required=True)
    folders = parser.parse_args()

    regular = folders.sc / "400Regular/NotoSansSC_400Regular.ttf"
    rare = folders.hk / "400Regular/NotoSansHK_400Regular.ttf"
    everything = drawn_by(regular)
    only_hong_kong = drawn_by(rare) - everything

    shutil.copyfile(regular, FONTS / "NotoSansSC-Regular.ttf")
    shutil.copyfile(folders.sc / "LICENSE_FONT", FONTS / "OFL.txt")
    headings = gb2312().union(*PUNCTUATION, *FULL_WIDTH)
    write_subset(
        folders.sc / "700Bold/NotoSansSC_700Bold.ttf", FONTS / "NotoSansSC-Bold.ttf", headings
    )
    write_subset(rare, FONTS / "NotoSansHK-Rare.ttf", only_hong_kong)

    lines = [f"{first:X}-{last:X}\n" for first, last in ranges_of(everything | only_hong_kong)]
    (FONTS / "coverage.txt").write_text("".join(lines), encoding="ascii")


if __name__ == "__main__":
    main()

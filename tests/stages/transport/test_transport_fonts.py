"""The vendored fonts draw the names people really have."""

from __future__ import annotations

import pytest
import typst

from zhitong.kernel import fonts


@pytest.mark.parametrize(
    "name", ["王㛃", "李䶮", "𠅤德昭", "𣗋", "赵𬱖", "丁㐂", "欧阳翀", "买买提·艾力"]
)
def test_rare_names_are_drawn_in_full(name):
    assert fonts.printable(name) == (name, ())


def test_a_character_no_font_draws_becomes_a_geta_and_its_code_point_is_told():
    nobody_draws = "\U0002f9f9"

    assert fonts.printable(f"王{nobody_draws}") == ("王〓", ("U+2F9F9",))


def test_typst_finds_both_families_and_both_weights_in_the_folder():
    found = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts.FOLDER]
    ).fonts()

    assert {(font.family, font.weight) for font in found} == {
        (fonts.FAMILY, 400),
        (fonts.FAMILY, 700),
        (fonts.RARE_FAMILY, 400),
    }


def test_the_licence_lies_beside_the_fonts():
    assert "SIL Open Font License" in (fonts.FOLDER / "OFL.txt").read_text(encoding="utf-8")

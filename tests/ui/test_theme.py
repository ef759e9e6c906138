"""Every colour that is read or shows a shape stands out enough from its ground, in every palette."""

import os
import re
from itertools import product
from pathlib import Path

import pytest
from PySide6.QtGui import QFont, QFontMetricsF, QRawFont
from PySide6.QtWidgets import QApplication, QLabel

from domain.money import Language
from ui.dress import apply_theme, load_fonts
from ui.icons import TINTED, icon_names, icon_pixmap, tinted_path, tinted_svg
from ui.stylesheet import style_sheet
from ui.texts import catalogue
from ui.theme import (
    PALETTES,
    RESOURCES,
    SHAPE_PAIRS,
    TARGET,
    TEXT_PAIRS,
    Colours,
    Radius,
    TextScale,
    Theme,
    ThemeName,
    current_theme,
)

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

THEMES = [Theme(name, scale) for name, scale in product(ThemeName, TextScale)]


def _luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_black_on_white_has_the_contrast_the_standard_says() -> None:
    assert _contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert _contrast("#8a96a3", "#ffffff") == pytest.approx(3.0, abs=0.05)


@pytest.mark.parametrize("name", ThemeName)
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_has_a_contrast_of_four_and_a_half(name: ThemeName, text: str, ground: str) -> None:
    palette = PALETTES[name]
    assert _contrast(getattr(palette, text), getattr(palette, ground)) >= 4.5


@pytest.mark.parametrize("name", ThemeName)
@pytest.mark.parametrize(("edge", "ground"), SHAPE_PAIRS)
def test_edges_and_marks_have_a_contrast_of_three(name: ThemeName, edge: str, ground: str) -> None:
    palette = PALETTES[name]
    assert _contrast(getattr(palette, edge), getattr(palette, ground)) >= 3.0


def test_every_colour_of_a_palette_is_six_hex_digits() -> None:
    for palette in PALETTES.values():
        for field in Colours.__slots__:
            assert re.fullmatch(r"#[0-9a-f]{6}", getattr(palette, field)), field


@pytest.mark.parametrize("theme", THEMES)
def test_the_style_sheet_writes_no_text_on_a_ground_it_cannot_be_read_on(theme: Theme) -> None:
    checked = 0
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", style_sheet(theme)):
        text = re.search(r"(?<![-\w])color: (#\w{6})", body)
        ground = re.search(r"(?<![-\w])background: (#\w{6})", body)
        if text and ground:
            least = 3.0 if ":disabled" in selector else 4.5
            assert _contrast(text[1], ground[1]) >= least, selector
            checked += 1
    assert checked > 15


@pytest.mark.parametrize("theme", THEMES)
def test_no_corner_is_rounder_than_half_of_the_least_height(theme: Theme) -> None:
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", style_sheet(theme)):
        radius = re.search(r"border-radius: ([\d.]+)px", body)
        height = re.search(r"min-height: ([\d.]+)px", body)
        if radius and height:
            assert float(radius[1]) <= float(height[1]) / 2 + 1, selector


def test_a_radius_never_exceeds_half_of_the_height() -> None:
    assert Radius.fitted(16, 24) == 12
    assert Radius.fitted(10, TARGET) == 10
    assert Radius.fitted(10, 0) == 0


def test_text_grows_with_the_text_scale() -> None:
    assert [Theme(scale=scale).px(16) for scale in TextScale] == [16, 20, 24]


def test_the_theme_that_was_applied_is_the_current_one_and_can_change_while_running(qapp: QApplication) -> None:
    for theme in (Theme(ThemeName.DARK, TextScale.LARGE), Theme()):
        apply_theme(qapp, theme)
        assert current_theme() == theme
        assert theme.colours.window in qapp.styleSheet()
        assert qapp.font().pixelSize() == theme.px(15)


def test_digits_are_equally_wide_also_where_the_style_sheet_sets_the_size(qapp: QApplication) -> None:
    apply_theme(qapp, Theme())
    label = QLabel("0")
    label.setProperty("role", "heading")
    label.ensurePolished()
    metrics = QFontMetricsF(label.font())
    assert metrics.horizontalAdvance("1111") == metrics.horizontalAdvance("8888")
    assert label.font().weight() == QFont.Weight.Bold


def test_the_bundled_font_has_every_letter_of_both_languages(qapp: QApplication) -> None:
    assert "Inter" in load_fonts()
    font = QRawFont(str(RESOURCES / "fonts" / "Inter_400Regular.ttf"), 16)
    letters = {letter for language in Language for text in catalogue(language).values() for letter in text}
    assert [letter for letter in sorted(letters) if not font.supportsCharacter(ord(letter))] == []


def test_an_icon_is_drawn_in_the_colour_asked_for_and_sharp_at_the_screen_ratio(qapp: QApplication) -> None:
    pixmap = icon_pixmap("check", "#ff0000", 24, 2.0)
    assert (pixmap.width(), pixmap.deviceIndependentSize().width()) == (48, 24.0)
    image = pixmap.toImage()
    solid = {
        image.pixelColor(x, y).name() for x in range(48) for y in range(48) if image.pixelColor(x, y).alpha() == 255
    }
    assert solid == {"#ff0000"}


def test_an_unknown_icon_is_refused(qapp: QApplication) -> None:
    with pytest.raises(FileNotFoundError):
        icon_pixmap("no-such-icon", "#000000", 24)


@pytest.mark.parametrize("name", TINTED)
@pytest.mark.parametrize("theme_name", ThemeName)
def test_the_icons_of_the_style_sheet_wear_the_palette(name: str, theme_name: ThemeName) -> None:
    written = Path(tinted_path(name, theme_name)).read_text(encoding="utf-8")
    assert written == tinted_svg(name, PALETTES[theme_name])


def test_licences_lie_beside_what_they_cover() -> None:
    assert "SIL Open Font License" in (RESOURCES / "fonts" / "OFL.txt").read_text(encoding="utf-8")
    assert "ISC License" in (RESOURCES / "icons" / "LICENSE").read_text(encoding="utf-8")
    assert len(icon_names()) >= 45

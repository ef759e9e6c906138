"""The look of the till as data: colours, sizes and themes, and the one place that applies them to the application."""

from dataclasses import dataclass, fields
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Final

from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QApplication

RESOURCES: Final = Path(__file__).resolve().parents[1] / "resources"

FAMILY: Final = "Inter"

TARGET: Final = 48
"""The least side of anything a finger presses, in pixels (UX 1.9)."""

KEY_TARGET: Final = 64
"""The least side of a keypad key, in pixels."""


class Space:
    """Distances between things, in pixels; they do not grow with the text scale, so that 1024x600 stays usable."""

    XS: Final = 4
    S: Final = 8
    M: Final = 12
    L: Final = 16
    XL: Final = 24
    XXL: Final = 32


class Radius:
    """Corner radii, in pixels; `fitted` keeps one from squaring a low widget's corners."""

    SMALL: Final = 8
    MEDIUM: Final = 10
    LARGE: Final = 16

    @staticmethod
    def fitted(radius: float, height: float) -> float:
        """Return `radius`, but never more than half of `height`: a style sheet draws square corners beyond that."""
        return max(0.0, min(float(radius), height / 2))


class FontSize(IntEnum):
    """Text sizes in pixels at a text scale of 100 %."""

    SMALL = 13
    BODY = 15
    LARGE = 17
    TITLE = 20
    HEADING = 26
    KEY = 28
    DISPLAY = 44
    HERO = 60


class TextScale(IntEnum):
    """How large all text is drawn, in per cent."""

    NORMAL = 100
    LARGE = 125
    LARGEST = 150


class ThemeName(StrEnum):
    """The palettes a person chooses from."""

    LIGHT = "light"
    DARK = "dark"
    CONTRAST = "contrast"


@dataclass(frozen=True, slots=True)
class Colours:
    """Every colour by its use, as `#rrggbb`; `x` is read on `x_soft` or on a card, `on_x` on a fill of `x`."""

    window: str
    card: str
    sunken: str
    hover: str
    pressed: str
    ink: str
    muted: str
    line: str
    field_line: str
    disabled: str
    disabled_fill: str
    primary: str
    primary_hover: str
    primary_pressed: str
    on_primary: str
    primary_soft: str
    focus: str
    ok: str
    ok_soft: str
    ok_fill: str
    on_ok: str
    warn: str
    warn_soft: str
    err: str
    err_soft: str
    err_fill: str
    on_err: str
    info: str
    info_soft: str
    neutral: str
    neutral_soft: str
    code_paper: str
    code_ink: str


LIGHT: Final = Colours(
    window="#f3f5f8",
    card="#ffffff",
    sunken="#f1f4f7",
    hover="#e7ecf1",
    pressed="#d9e1e8",
    ink="#15202b",
    muted="#54626f",
    line="#e3e8ed",
    field_line="#7d8a97",
    disabled="#6b7783",
    disabled_fill="#e6eaee",
    primary="#1f55b5",
    primary_hover="#1a4899",
    primary_pressed="#143a7d",
    on_primary="#ffffff",
    primary_soft="#e6eefb",
    focus="#1f55b5",
    ok="#0b6b3a",
    ok_soft="#dcf3e5",
    ok_fill="#12783f",
    on_ok="#ffffff",
    warn="#7f4c00",
    warn_soft="#fdefd0",
    err="#a51d1d",
    err_soft="#fce4e2",
    err_fill="#b42424",
    on_err="#ffffff",
    info="#1b4c9f",
    info_soft="#e3edfc",
    neutral="#4b5865",
    neutral_soft="#e8ecf0",
    code_paper="#ffffff",
    code_ink="#000000",
)

DARK: Final = Colours(
    window="#0e141a",
    card="#172029",
    sunken="#202b36",
    hover="#2a3743",
    pressed="#344351",
    ink="#eaf0f5",
    muted="#a3b2c0",
    line="#293541",
    field_line="#76879a",
    disabled="#8593a1",
    disabled_fill="#232e38",
    primary="#86b3ff",
    primary_hover="#a2c5ff",
    primary_pressed="#bdd6ff",
    on_primary="#0a1b36",
    primary_soft="#1b2f4f",
    focus="#9cc2ff",
    ok="#6fdc9d",
    ok_soft="#14382a",
    ok_fill="#1d8449",
    on_ok="#ffffff",
    warn="#f6c667",
    warn_soft="#40300f",
    err="#ff9d97",
    err_soft="#4a1f20",
    err_fill="#c23a3a",
    on_err="#ffffff",
    info="#9cc2ff",
    info_soft="#1a2d4b",
    neutral="#b9c5d0",
    neutral_soft="#2a3641",
    code_paper="#ffffff",
    code_ink="#000000",
)

CONTRAST: Final = Colours(
    window="#ffffff",
    card="#ffffff",
    sunken="#ffffff",
    hover="#e4e4e4",
    pressed="#cccccc",
    ink="#000000",
    muted="#2b2b2b",
    line="#000000",
    field_line="#000000",
    disabled="#595959",
    disabled_fill="#ededed",
    primary="#00297a",
    primary_hover="#001d57",
    primary_pressed="#00123a",
    on_primary="#ffffff",
    primary_soft="#dbe7ff",
    focus="#b30059",
    ok="#004d26",
    ok_soft="#ffffff",
    ok_fill="#004d26",
    on_ok="#ffffff",
    warn="#5c3300",
    warn_soft="#fff4d6",
    err="#7a0000",
    err_soft="#ffffff",
    err_fill="#7a0000",
    on_err="#ffffff",
    info="#00297a",
    info_soft="#ffffff",
    neutral="#000000",
    neutral_soft="#ffffff",
    code_paper="#ffffff",
    code_ink="#000000",
)

PALETTES: Final = {ThemeName.LIGHT: LIGHT, ThemeName.DARK: DARK, ThemeName.CONTRAST: CONTRAST}

TEXT_PAIRS: Final = tuple(
    (text, ground)
    for text, grounds in {
        "ink": (
            "window",
            "card",
            "sunken",
            "hover",
            "pressed",
            "primary_soft",
            "ok_soft",
            "warn_soft",
            "err_soft",
            "info_soft",
        ),
        "muted": ("window", "card", "sunken", "hover", "ok_soft"),
        "on_primary": ("primary", "primary_hover", "primary_pressed"),
        "primary": ("card", "window", "primary_soft", "sunken"),
        "ok": ("ok_soft", "card"),
        "on_ok": ("ok_fill",),
        "warn": ("warn_soft", "card", "primary_soft"),
        "err": ("err_soft", "card", "sunken"),
        "on_err": ("err_fill",),
        "info": ("info_soft", "card"),
        "neutral": ("neutral_soft", "card"),
        "card": ("ink",),
        "code_ink": ("code_paper",),
    }.items()
    for ground in grounds
)
"""Which colours are written on which grounds; each needs 4.5:1 (WCAG 2.2, 1.4.3)."""

SHAPE_PAIRS: Final = (
    ("field_line", "card"),
    ("field_line", "sunken"),
    ("focus", "card"),
    ("focus", "window"),
    ("focus", "sunken"),
    ("primary", "card"),
    ("ok_fill", "card"),
    ("err_fill", "card"),
    ("muted", "primary_soft"),
    ("disabled", "disabled_fill"),
    ("disabled", "card"),
)
"""Edges and marks that carry meaning, and grounds they stand on; each needs 3:1 (WCAG 2.2, 1.4.11)."""


@dataclass(frozen=True, slots=True)
class Theme:
    """A palette with the person's text scale and wish for stillness; equal themes look equal."""

    name: ThemeName = ThemeName.LIGHT
    scale: TextScale = TextScale.NORMAL
    reduced_motion: bool = False

    @property
    def colours(self) -> Colours:
        """The palette of this theme."""
        return PALETTES[self.name]

    def px(self, size: int) -> int:
        """Return a text size, given in pixels at 100 %, at this theme's text scale."""
        return round(size * self.scale / 100)

    def font(self, size: int = FontSize.BODY, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        """Return Inter with tabular figures, so that amounts stand digit under digit; a style sheet cannot ask that."""
        font = QFont(FAMILY)
        font.setPixelSize(self.px(size))
        font.setWeight(weight)
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def colour(self, name: str) -> QColor:
        """Return the palette's colour of that use."""
        return QColor(getattr(self.colours, name))


def current_theme() -> Theme:
    """Return the theme that was applied last, or the light one before any was."""
    app = QApplication.instance()
    theme = app.property(PROPERTY) if app else None
    return theme if isinstance(theme, Theme) else Theme()


def colour_names() -> tuple[str, ...]:
    """The name of every colour use."""
    return tuple(field.name for field in fields(Colours))


PROPERTY: Final = "bana_theme"

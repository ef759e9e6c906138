"""Dressing the application: fonts, palette, style sheet and focus ring of a theme, at the start or while it runs."""

from functools import cache

from PySide6.QtGui import QColor, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from ui.stylesheet import style_sheet
from ui.theme import FAMILY, PROPERTY, RESOURCES, Theme
from ui.widgets.focus_ring import FocusRing


@cache
def load_fonts() -> tuple[str, ...]:
    """Register the bundled fonts with Qt, once; return the families found. Raises FileNotFoundError without them."""
    families: set[str] = set()
    files = sorted((RESOURCES / "fonts").glob("*.ttf"))
    for file in files:
        handle = QFontDatabase.addApplicationFont(str(file))
        if handle < 0:
            raise FileNotFoundError(file)
        families.update(QFontDatabase.applicationFontFamilies(handle))
    if FAMILY not in families:
        raise FileNotFoundError(RESOURCES / "fonts")
    return tuple(sorted(families))


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Dress the whole application, at the start or later on; every widget is told by a StyleChange event."""
    load_fonts()
    if app.property(PROPERTY) == theme:
        return
    app.setProperty(PROPERTY, theme)
    if app.style().name() != "fusion":
        app.setStyle("Fusion")
    app.setFont(theme.font())
    app.setPalette(_palette(theme))
    app.setStyleSheet(style_sheet(theme))
    FocusRing.follow(app)


def _palette(theme: Theme) -> QPalette:
    """The colours of what the style sheet does not reach: selections, links, tool tips, native parts."""
    role, colours = QPalette.ColorRole, theme.colours
    palette = QPalette()
    for name, value in {
        role.Window: colours.window,
        role.WindowText: colours.ink,
        role.Base: colours.card,
        role.AlternateBase: colours.sunken,
        role.Text: colours.ink,
        role.Button: colours.card,
        role.ButtonText: colours.ink,
        role.Highlight: colours.primary,
        role.HighlightedText: colours.on_primary,
        role.PlaceholderText: colours.muted,
        role.ToolTipBase: colours.ink,
        role.ToolTipText: colours.card,
        role.Link: colours.primary,
        role.Accent: colours.primary,
    }.items():
        palette.setColor(name, QColor(value))
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(colours.disabled))
    return palette

"""Lucide icons in any colour and size, drawn once for each and kept in Qt's pixmap cache."""

from functools import cache
from math import ceil
from typing import Final

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

from ui.theme import RESOURCES, Colours

_FOLDER: Final = RESOURCES / "icons"

TINTED: Final = {"check": "on_primary", "minus": "on_primary", "chevron-down": "muted", "chevron-up": "muted"}
"""Icons that a style sheet shows from files, and the palette colour each is tinted with."""


@cache
def icon_names() -> frozenset[str]:
    """The names of the bundled icons."""
    return frozenset(file.stem for file in _FOLDER.glob("*.svg"))


@cache
def svg_text(name: str) -> str:
    """The SVG source of an icon, its colour still `currentColor`; raises FileNotFoundError for an unknown name."""
    return (_FOLDER / f"{name}.svg").read_text(encoding="utf-8")


def icon_pixmap(name: str, colour: str, size: int, dpr: float = 1.0) -> QPixmap:
    """Return the icon in `colour` (`#rrggbb`), `size` logical pixels square, sharp at device pixel ratio `dpr`.

    Raises FileNotFoundError for an unknown name. Must be called on the GUI thread.
    """
    key = f"bana:{name}:{colour}:{size}:{dpr:.3f}"
    found = QPixmap()
    if QPixmapCache.find(key, found):
        return found
    source = svg_text(name).replace("currentColor", colour).encode()
    side = max(1, ceil(size * dpr))
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(source)).render(painter, QRectF(0, 0, side, side))
    painter.end()
    pixmap.setDevicePixelRatio(dpr)
    QPixmapCache.insert(key, pixmap)
    return pixmap


def icon(name: str, colour: str, size: int = 20, disabled_colour: str | None = None, gap: int = 0) -> QIcon:
    """Return a QIcon for standard widgets, with pixmaps for screens of ratio 1 and 2.

    `gap` leaves that many empty pixels after the icon, because a button sets its words too close to it.
    """
    made = QIcon()
    for dpr in (1.0, 2.0):
        made.addPixmap(_widened(name, colour, size, dpr, gap))
        if disabled_colour:
            made.addPixmap(_widened(name, disabled_colour, size, dpr, gap), QIcon.Mode.Disabled)
    return made


def _widened(name: str, colour: str, size: int, dpr: float, gap: int) -> QPixmap:
    """Return an icon with `gap` empty pixels after it."""
    key = f"bana:{name}:{colour}:{size}:{dpr:.3f}:{gap}"
    wide = QPixmap()
    if gap and QPixmapCache.find(key, wide):
        return wide
    pixmap = icon_pixmap(name, colour, size, dpr)
    if gap == 0:
        return pixmap
    wide = QPixmap(round(pixmap.width() + gap * dpr), pixmap.height())
    wide.setDevicePixelRatio(dpr)
    wide.fill(Qt.GlobalColor.transparent)
    painter = QPainter(wide)
    painter.drawPixmap(0, 0, pixmap)
    painter.end()
    QPixmapCache.insert(key, wide)
    return wide


def tinted_svg(name: str, colours: Colours) -> str:
    """The source of a style-sheet icon in a palette; `resources/icons/<theme>/<name>.svg` holds exactly this."""
    return svg_text(name).replace("currentColor", getattr(colours, TINTED[name]))


def tinted_path(name: str, theme_name: str) -> str:
    """The file of a style-sheet icon, as a style sheet writes paths."""
    return (_FOLDER / theme_name / f"{name}.svg").as_posix()

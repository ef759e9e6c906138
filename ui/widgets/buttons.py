"""Buttons: with words, with an icon alone, and the chip that shows a state and opens its screen."""

from enum import StrEnum
from typing import Final

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from ui.icons import icon, icon_pixmap
from ui.theme import TARGET, Colours, FontSize, Radius, Space, current_theme
from ui.widgets.tones import TONE_ICONS, Tone, tone_edge, tone_ground, tone_text

_ICON_SIZE: Final = 20
_ICON_GAP: Final = 5


class Kind(StrEnum):
    """How strongly a button calls: one PRIMARY a screen, the rest quieter."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    SOFT = "soft"
    QUIET = "quiet"
    DANGER = "danger"
    ICON = "icon"


def _icon_colour(kind: Kind, colours: Colours, checked: bool) -> str:
    if checked or kind in (Kind.SOFT, Kind.QUIET):
        return colours.primary
    return {Kind.PRIMARY: colours.on_primary, Kind.DANGER: colours.on_err}.get(kind, colours.ink)


class Button(QPushButton):
    """A button with words and, if wished, an icon before them; at least 48 px high, 64 px if large.

    Signals: those of QPushButton.
    """

    def __init__(
        self,
        text: str,
        kind: Kind = Kind.SECONDARY,
        icon_name: str = "",
        large: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._kind = kind
        self._icon_name = icon_name
        self._drawn: tuple[str, ...] = ()
        self.setProperty("kind", kind.value)
        if large:
            self.setProperty("large", "true")
            self.setProperty("ring_radius", 14)
        self._gap = 0 if kind is Kind.ICON else _ICON_GAP
        self.setIconSize(QSize(_ICON_SIZE + self._gap, _ICON_SIZE))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(True)  # Enter presses the button that has the focus, as Space does
        self.toggled.connect(self._draw_icon)
        self._draw_icon()

    def set_kind(self, kind: Kind) -> None:
        """Change how strongly the button calls."""
        self._kind = kind
        self.setProperty("kind", kind.value)
        self.style().unpolish(self)
        self.style().polish(self)
        self._draw_icon()

    def set_icon(self, icon_name: str) -> None:
        """Show another icon; an empty name shows none."""
        self._icon_name = icon_name
        self._draw_icon()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._draw_icon()

    def _draw_icon(self) -> None:
        if not self._icon_name:
            return
        colours = current_theme().colours
        colour = _icon_colour(self._kind, colours, self.isChecked())
        looks = (self._icon_name, colour, colours.disabled)
        if looks == self._drawn:  # a style change tells of every new parent, too
            return
        self._drawn = looks
        self.setIcon(icon(self._icon_name, colour, _ICON_SIZE, colours.disabled, self._gap))


class IconButton(Button):
    """A square button that shows only an icon; its name is its tool tip and what a screen reader says."""

    def __init__(self, icon_name: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__("", Kind.ICON, icon_name, parent=parent)
        self.set_name(name)

    def set_name(self, name: str) -> None:
        """Name the button, for example after a change of language."""
        self.setAccessibleName(name)
        self.setToolTip(name)


class Chip(QPushButton):
    """A pill with a tone, an icon and words; pressing it opens what it tells about. 48 px to the finger, 34 px drawn.

    Signals: those of QPushButton.
    """

    _PILL: Final = 34
    _ICON: Final = 16

    def __init__(self, text: str = "", tone: Tone = Tone.NEUTRAL, icon_name: str = "", parent: QWidget | None = None):
        super().__init__(text, parent)
        self._tone = tone
        self._icon_name = icon_name or TONE_ICONS[tone]
        self.setProperty("ring_radius", TARGET // 2)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)

    def show_state(self, tone: Tone, text: str, icon_name: str = "", hint: str = "") -> None:
        """Show another state; without an icon of its own the tone's is drawn."""
        self._tone = tone
        self._icon_name = icon_name or TONE_ICONS[tone]
        self.setText(text)
        self.setAccessibleName(text)
        self.setToolTip(hint)
        self.updateGeometry()
        self.update()

    @property
    def tone(self) -> Tone:
        """The tone that is shown."""
        return self._tone

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self._font())
        width = metrics.horizontalAdvance(self.text()) + self._ICON + Space.S + 2 * Space.M + 2
        return QSize(max(TARGET, round(width)), max(TARGET, round(metrics.height()) + Space.L))

    def minimumSizeHint(self) -> QSize:
        return QSize(TARGET * 2, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        colours = theme.colours
        text_colour = tone_text(self._tone, colours)
        height = max(float(self._PILL), QFontMetricsF(self._font()).height() + Space.M)
        pill = QRectF(0.5, (self.height() - height) / 2, self.width() - 1, height)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(tone_ground(self._tone, colours)))
        hovered = self.underMouse() or self.isDown()
        painter.setPen(QPen(QColor(text_colour if hovered else tone_edge(self._tone, colours)), 1))
        radius = Radius.fitted(height, height)
        painter.drawRoundedRect(pill, radius, radius)
        mark = icon_pixmap(self._icon_name, text_colour, self._ICON, self.devicePixelRatioF())
        left = pill.left() + Space.M
        painter.drawPixmap(round(left), round(pill.center().y() - self._ICON / 2), mark)
        words = pill.adjusted(Space.M + self._ICON + Space.S, 0, -Space.M, 0)
        painter.setFont(self._font())
        painter.setPen(QColor(text_colour))
        elided = QFontMetricsF(self._font()).elidedText(self.text(), Qt.TextElideMode.ElideRight, words.width() + 1)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)
        painter.end()

    def _font(self) -> QFont:
        return current_theme().font(FontSize.SMALL, QFont.Weight.DemiBold)

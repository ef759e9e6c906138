"""Grounds of the counter's middle: a panel in a tone, and a box that turns from a column into a row where it is low."""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from ui.icons import icon_pixmap
from ui.theme import Radius, Space, current_theme
from ui.widgets.surfaces import label
from ui.widgets.tones import TONE_ICONS, Tone, tone_ground, tone_text

_WIDE: Final = 1.12


class Emblem(QLabel):
    """A large icon in a tone's colour; part of a panel that says the rest in words."""

    def __init__(self, size: int = 56, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone, self._icon_name = Tone.NEUTRAL, ""
        self.setFixedSize(size, size)

    def show_icon(self, tone: Tone, icon_name: str = "") -> None:
        """Show an icon, or the tone's own."""
        self._tone, self._icon_name = tone, icon_name or TONE_ICONS[tone]
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._icon_name:
            return
        painter = QPainter(self)
        colour = tone_text(self._tone, current_theme().colours)
        painter.drawPixmap(0, 0, icon_pixmap(self._icon_name, colour, self.width(), self.devicePixelRatioF()))
        painter.end()


class TonedPanel(QWidget):
    """A rounded ground in a tone's soft colour with an edge in its full colour; put the contents into `body`."""

    def __init__(self, tone: Tone = Tone.NEUTRAL, margin: int = Space.XL, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = tone
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(margin, margin, margin, margin)
        self.body.setSpacing(Space.M)

    def set_tone(self, tone: Tone) -> None:
        """Stand in another tone."""
        self._tone = tone
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = current_theme().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(tone_text(self._tone, colours)), 1.5))
        painter.setBrush(QColor(tone_ground(self._tone, colours)))
        ground = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(ground, Radius.LARGE, Radius.LARGE)
        painter.end()


class TurningBox(QWidget):
    """Two halves: beside each other where there is more width than height, one above the other elsewhere."""

    def __init__(self, first: QWidget, second: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._first, self._second = first, second
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(Space.L)
        self._box.addWidget(first, 1)
        self._box.addWidget(second, 0)

    def minimumSizeHint(self) -> QSize:
        """Either way must fit: the smaller need decides, because the box turns to it."""
        first, second = self._first.minimumSizeHint(), self._second.minimumSizeHint()
        return QSize(
            max(first.width(), second.width()),
            max(first.height(), second.height()),
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = self.width() > self.height() * _WIDE
        direction = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._box.direction() != direction:
            self._box.setDirection(direction)
        self._box.setStretch(1, 1 if beside else 0)


class CurrentStack(QStackedWidget):
    """Pages of which one is shown; it asks for the room of that page, not of the largest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.currentChanged.connect(lambda _index: self.updateGeometry())

    def sizeHint(self) -> QSize:
        shown = self.currentWidget()
        return shown.sizeHint() if shown else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        shown = self.currentWidget()
        return shown.minimumSizeHint() if shown else super().minimumSizeHint()


def centred(label: QLabel) -> QLabel:
    """Return the label with its words in the middle."""
    label.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter)
    return label


def asks_for_approval(words: str) -> QWidget:
    """Return the line that says that somebody else's PIN will be asked for."""
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(Space.S)
    mark = Emblem(20)
    mark.show_icon(Tone.WARN, "shield-check")
    row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(label(words, "", wrap=True), 1)
    return line

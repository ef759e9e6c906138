"""A tile for a way to pay: icon and word, a tick when it is chosen, and an honest note when it cannot be used now."""

from math import ceil, floor
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QRadioButton, QSizePolicy, QWidget

from ui.icons import icon_pixmap
from ui.theme import TARGET, FontSize, Radius, Space, Theme, current_theme

_ICON: Final = 26
_TICK: Final = 22
_LEAST_PX: Final = 88
_FLAT_PX: Final = TARGET
"""How high a flat tile is at least: a finger finds it."""


class MethodTile(QRadioButton):
    """One of several ways to pay, of which one is chosen (tiles of one parent exclude each other).

    Signals: those of QRadioButton; `clicked` also when the chosen tile is pressed again.
    """

    def __init__(self, icon_name: str, word: str, parent: QWidget | None = None) -> None:
        super().__init__(word, parent)
        self._icon_name = icon_name
        self._note = self._note_icon = ""
        self._flat = False
        self._may_say = ""
        self.setProperty("ring_radius", Radius.LARGE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._name()

    def set_word(self, word: str) -> None:
        """Name the method in another language."""
        self.setText(word)
        self._name()
        self.update()

    def show_available(self, available: bool, note: str = "", hint: str = "", note_icon: str = "") -> None:
        """Let the tile be chosen or not; `note` is the short reason on it, `hint` the long one as a tool tip.

        `note_icon` stands before a note that only warns: what it says is never told by colour alone.
        """
        self._note, self._note_icon = note, note_icon
        self.setEnabled(available)
        self.setToolTip(hint)
        self._name()
        self.update()

    def set_flat(self, flat: bool) -> None:
        """Stand the word beside the icon, where there is no height for it below; the note is then a tool tip alone."""
        if flat is not self._flat:
            self._flat = flat
            self.updateGeometry()
            self.update()

    def keep_room_for(self, note: str) -> None:
        """Count on a note that may come and go, so that tiles need not move for it."""
        self._may_say = note

    @property
    def flat_width(self) -> int:
        """How wide it is at least to show its whole word beside its icon."""
        words = QFontMetricsF(self._font(current_theme())).horizontalAdvance(self.text())
        return max(_LEAST_PX, ceil(words) + _ICON - 6 + 3 * Space.XS + 1)

    @property
    def tall_width(self) -> int:
        """How wide it is at least to show its whole word and its note below its icon."""
        theme = current_theme()
        words = QFontMetricsF(self._font(theme)).horizontalAdvance(self.text())
        note = QFontMetricsF(theme.font(FontSize.SMALL)).horizontalAdvance(self._may_say)
        return max(_LEAST_PX, ceil(max(words, note)) + 2 * Space.S)

    @property
    def least_width(self) -> int:
        """How wide it is at least to show all its words as it stands."""
        return self.flat_width if self._flat else self.tall_width

    @property
    def note(self) -> str:
        """The short reason on the tile, empty when there is none."""
        return self._note

    def sizeHint(self) -> QSize:
        theme = current_theme()
        words = QFontMetricsF(self._font(theme)).horizontalAdvance(self.text())
        return QSize(round(words) + 2 * Space.L, self._height(theme))

    def minimumSizeHint(self) -> QSize:
        return QSize(_LEAST_PX, self._height(current_theme()))

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.EnabledChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, theme)
        colours = theme.colours
        ink = colours.disabled if not self.isEnabled() else colours.primary if self.isChecked() else colours.ink
        mark = colours.disabled if not self.isEnabled() else colours.primary
        if self._flat:
            self._paint_line(painter, theme, mark, ink)
            painter.end()
            return
        top = Space.M + 2
        painter.drawPixmap(
            (self.width() - _ICON) // 2, top, icon_pixmap(self._icon_name, mark, _ICON, self.devicePixelRatioF())
        )
        font = self._font(theme)
        line = QFontMetricsF(font).height()
        words = QRectF(Space.S, top + _ICON + Space.S, self.width() - 2 * Space.S, line)
        painter.setFont(font)
        painter.setPen(QColor(ink))
        self._write(painter, words, self.text())
        if self._note:
            self._paint_note(painter, theme, words)
        if self.isChecked():
            self._paint_tick(painter, theme)
        painter.end()

    def _paint_note(self, painter: QPainter, theme: Theme, above: QRectF) -> None:
        """Write the note below the word, its icon before it."""
        small, colour = theme.font(FontSize.SMALL), theme.colour("warn" if self.isEnabled() else "disabled")
        metrics = QFontMetricsF(small)
        place = QRectF(above.left(), above.bottom(), above.width(), metrics.height())
        if self._note_icon:
            size = round(metrics.ascent())
            words = min(metrics.horizontalAdvance(self._note), place.width() - size - Space.XS)
            left = place.left() + (place.width() - words - size - Space.XS) / 2
            mark = icon_pixmap(self._note_icon, colour.name(), size, self.devicePixelRatioF())
            painter.drawPixmap(round(left), round(place.top() + (place.height() - size) / 2), mark)
            place = QRectF(left + size + Space.XS, place.top(), words, place.height())
        painter.setFont(small)
        painter.setPen(colour)
        self._write(painter, place, self._note)

    def _paint_line(self, painter: QPainter, theme: Theme, mark: str, ink: str) -> None:
        """Draw the icon, or a tick in its place, and the word after it, both in the middle; a long word alone."""
        font = self._font(theme)
        size = _ICON - 6
        words = QFontMetricsF(font).horizontalAdvance(self.text()) + 1
        gap = Space.S if words <= self.width() - 3 * Space.S - size else Space.XS
        if words > self.width() - 3 * gap - size:
            painter.setFont(font)
            painter.setPen(QColor(ink))
            self._write(painter, QRectF(Space.XS, 0, self.width() - 2 * Space.XS, self.height()), self.text())
            return
        left = (self.width() - words - size - gap) / 2
        icon = icon_pixmap(
            "check" if self.isChecked() else self._note_icon or self._icon_name, mark, size, self.devicePixelRatioF()
        )
        painter.drawPixmap(round(left), (self.height() - size) // 2, icon)
        painter.setFont(font)
        painter.setPen(QColor(ink))
        self._write(painter, QRectF(left + size + gap, 0, words, self.height()), self.text())

    def _paint_ground(self, painter: QPainter, theme: Theme) -> None:
        colours = theme.colours
        fill, edge, width = colours.card, colours.line, 1.0
        if not self.isEnabled():
            fill = edge = colours.disabled_fill
        elif self.isChecked():
            fill, edge, width = colours.primary_soft, colours.primary, 1.5
        elif self.isDown():
            fill, edge = colours.pressed, colours.field_line
        elif self.underMouse():
            fill, edge = colours.sunken, colours.field_line
        painter.setPen(QPen(QColor(edge), width))
        painter.setBrush(QColor(fill))
        inset = width / 2
        ground = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        radius = Radius.fitted(Radius.LARGE, ground.height())
        painter.drawRoundedRect(ground, radius, radius)

    def _paint_tick(self, painter: QPainter, theme: Theme) -> None:
        spot = QRectF(self.width() - _TICK - Space.S, Space.S, _TICK, _TICK)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("primary"))
        painter.drawEllipse(spot)
        size = _TICK - 8
        tick = icon_pixmap("check", theme.colours.on_primary, size, self.devicePixelRatioF())
        painter.drawPixmap(round(spot.left() + 4), round(spot.top() + 4), tick)

    def _write(self, painter: QPainter, place: QRectF, words: str) -> None:
        """Write in the middle; words that are a little too long are drawn smaller before any is cut off."""
        wanted = QFontMetricsF(painter.font()).horizontalAdvance(words)
        if wanted > place.width():
            smaller = QFont(painter.font())
            smaller.setPixelSize(max(floor(smaller.pixelSize() * place.width() / wanted), FontSize.SMALL))
            painter.setFont(smaller)
        metrics = QFontMetricsF(painter.font())
        elided = metrics.elidedText(words, Qt.TextElideMode.ElideRight, place.width() + 1)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, elided)

    def _font(self, theme: Theme) -> QFont:
        return theme.font(FontSize.BODY, QFont.Weight.DemiBold)

    def _height(self, theme: Theme) -> int:
        words = QFontMetricsF(self._font(theme)).height()
        if self._flat:
            return max(_FLAT_PX, round(words) + 2 * Space.S)
        note = QFontMetricsF(theme.font(FontSize.SMALL)).height()
        return round(Space.M + 2 + _ICON + Space.S + words + max(note, Space.M) + Space.S)

    def _name(self) -> None:
        self.setAccessibleName(f"{self.text()}, {self._note}" if self._note else self.text())

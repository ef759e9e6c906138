"""A place one can go: icon over word in the rail, or side by side in the bar below a narrow window."""

from typing import Final

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QRadioButton, QSizePolicy, QWidget

from ui.icons import icon_pixmap
from ui.theme import FontSize, Radius, Space, Theme, current_theme

RAIL_WIDTH: Final = 96
RAIL_HEIGHT: Final = 72
BAR_HEIGHT: Final = 52
_ICON: Final = 24


class NavButton(QRadioButton):
    """One of several screens, of which one is open (buttons of one parent exclude each other).

    Signals: those of QRadioButton.
    """

    def __init__(self, icon_name: str, word: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(word, parent)
        self._icon_name = icon_name
        self._upright = True
        self.setAccessibleName(word)
        self.setToolTip(hint)
        self.setProperty("ring_radius", Radius.LARGE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def set_upright(self, upright: bool) -> None:
        """Stand in the rail (icon over word) or lie in the bar (icon before word)."""
        self._upright = upright
        horizontal = QSizePolicy.Policy.Fixed if upright else QSizePolicy.Policy.Expanding
        self.setSizePolicy(horizontal, QSizePolicy.Policy.Fixed)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        if self._upright:
            return QSize(RAIL_WIDTH, RAIL_HEIGHT)
        words = QFontMetricsF(self._font(current_theme())).horizontalAdvance(self.text())
        return QSize(round(words) + _ICON + Space.S + 2 * Space.M, BAR_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(RAIL_WIDTH, RAIL_HEIGHT) if self._upright else QSize(72, BAR_HEIGHT)

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.colours
        if self.isChecked() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.primary_soft if self.isChecked() else colours.hover))
            ground = QRectF(self.rect()).adjusted(2, 2, -2, -2)
            radius = Radius.fitted(Radius.LARGE, ground.height())
            painter.drawRoundedRect(ground, radius, radius)
        ink = colours.primary if self.isChecked() else colours.muted
        painter.setPen(QColor(ink))
        painter.setFont(self._font(theme))
        if self._upright:
            self._paint_upright(painter, ink)
        else:
            self._paint_lying(painter, ink)
        painter.end()

    def _paint_upright(self, painter: QPainter, ink: str) -> None:
        line = QFontMetricsF(painter.font()).height()
        top = (self.height() - _ICON - Space.XS - line) / 2
        mark = icon_pixmap(self._icon_name, ink, _ICON, self.devicePixelRatioF())
        painter.drawPixmap((self.width() - _ICON) // 2, round(top), mark)
        self._write(painter, QRectF(2, top + _ICON + Space.XS, self.width() - 4, line), Qt.AlignmentFlag.AlignCenter)

    def _paint_lying(self, painter: QPainter, ink: str) -> None:
        words = QFontMetricsF(painter.font()).horizontalAdvance(self.text())
        left = max((self.width() - _ICON - Space.S - words) / 2, 4)
        mark = icon_pixmap(self._icon_name, ink, _ICON, self.devicePixelRatioF())
        painter.drawPixmap(round(left), (self.height() - _ICON) // 2, mark)
        room = QRectF(left + _ICON + Space.S, 0, self.width() - left - _ICON - Space.S - 2, self.height())
        self._write(painter, room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)

    def _write(self, painter: QPainter, place: QRectF, align: Qt.AlignmentFlag) -> None:
        metrics = QFontMetricsF(painter.font())
        painter.drawText(place, align, metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, place.width() + 1))

    def _font(self, theme: Theme) -> QFont:
        weight = QFont.Weight.DemiBold if self.isChecked() else QFont.Weight.Medium
        return theme.font(FontSize.SMALL, weight)

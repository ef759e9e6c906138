"""The way between the screens: a rail at the left of a wide window, a bar at the foot of a narrow one."""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QPushButton, QSizePolicy, QWidget

from ui.icons import icon_pixmap
from ui.presenters.shell import Page
from ui.texts import Texts
from ui.theme import FontSize, Radius, Space, current_theme

RAIL_PX: Final = 80
BAR_PX: Final = 60
_ICON: Final = 24
_ICONS: Final = {
    Page.CHARGE: "banknote",
    Page.PAYMENTS: "list",
    Page.WALLETS: "wallet",
    Page.VOUCHERS: "file-text",
    Page.CATEGORIES: "tags",
    Page.REPORTS: "chart-column",
    Page.SYNC: "refresh-cw",
    Page.SETTINGS: "settings",
}


class NavButton(QPushButton):
    """An icon over a word; the chosen one stands on a soft fill with a bar at its edge."""

    def __init__(self, icon_name: str, word: str, keys: str, parent: QWidget | None = None) -> None:
        super().__init__(word, parent)
        self._icon_name = icon_name
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip(f"{word} ({keys})")
        self.setProperty("kind", "painted")
        self.setProperty("ring_radius", Radius.MEDIUM)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        theme = current_theme()
        words = QFontMetricsF(self._font()).horizontalAdvance(self.text())
        return QSize(max(72, round(words) + Space.M), _ICON + round(theme.px(FontSize.SMALL) * 1.4) + Space.M)

    def minimumSizeHint(self) -> QSize:
        return QSize(64, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = current_theme().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        fill = colours.primary_soft if self.isChecked() else colours.hover if self.underMouse() else ""
        if fill:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(fill))
            painter.drawRoundedRect(ground, Radius.MEDIUM, Radius.MEDIUM)
        colour = colours.primary if self.isChecked() else colours.muted
        line = QFontMetricsF(self._font()).height()
        top = (self.height() - _ICON - line - 2) / 2
        mark = icon_pixmap(self._icon_name, colour, _ICON, self.devicePixelRatioF())
        painter.drawPixmap(round((self.width() - _ICON) / 2), round(top), mark)
        painter.setFont(self._font())
        painter.setPen(QColor(colour if self.isChecked() else colours.ink))
        words = QRectF(0, top + _ICON + 2, self.width(), line)
        elided = QFontMetricsF(self._font()).elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width() - 4)
        painter.drawText(words, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter, elided)
        painter.end()

    def _font(self) -> QFont:
        return current_theme().font(FontSize.SMALL, QFont.Weight.DemiBold)


class NavBar(QFrame):
    """All screens, as a rail or as a bar.

    Signals: `chosen(Page)` for each press.
    """

    chosen = Signal(object)

    def __init__(self, texts: Texts, rail: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail" if rail else "footbar")
        self.setAccessibleName(texts.t("nav.name"))
        direction = QBoxLayout.Direction.TopToBottom if rail else QBoxLayout.Direction.LeftToRight
        row = QBoxLayout(direction, self)
        row.setContentsMargins(Space.XS, Space.M if rail else 2, Space.XS, Space.M if rail else 2)
        row.setSpacing(Space.S if rail else Space.XS)
        self._buttons: dict[Page, NavButton] = {}
        for number, page in enumerate(Page, 1):
            button = NavButton(_ICONS[page], texts.t(f"nav.{page.value}"), f"Ctrl+{number}")
            button.clicked.connect(lambda _checked=False, page=page: self.chosen.emit(page))
            self._buttons[page] = button
            row.addWidget(button)
        hints = [button.sizeHint() for button in self._buttons.values()]
        if rail:
            row.addStretch(1)
            self.setFixedWidth(max(RAIL_PX, max(hint.width() for hint in hints) + 2 * Space.XS))
        else:
            self.setFixedHeight(max(BAR_PX, max(hint.height() for hint in hints) + Space.XS))

    def show_page(self, page: Page) -> None:
        """Show which screen is in front."""
        self._buttons[page].setChecked(True)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A ground of the card's colour with a line towards the screens."""
        colours = current_theme().colours
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colours.card))
        line = QColor(colours.line)
        if self.objectName() == "rail":
            painter.fillRect(self.width() - 1, 0, 1, self.height(), line)
        else:
            painter.fillRect(0, 0, self.width(), 1, line)
        painter.end()

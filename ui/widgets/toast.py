"""A short word at an edge of the window that goes away by itself; never for an error, which needs a choice."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from ui.theme import Radius, Space, current_theme
from ui.widgets.announce import announce
from ui.widgets.buttons import Button, Kind
from ui.widgets.surfaces import label

_STAYS_MS: Final = 5_000
_WIDEST: Final = 640


class Toast(QFrame):
    """One toast of a window: a new word takes the place of the old one.

    Signals: `chosen()` when its action is taken; the toast goes away with it.
    """

    chosen = Signal()

    def __init__(self, window: QWidget, at_top: bool = False) -> None:
        """`at_top` keeps clear of the buttons at the foot of a screen."""
        super().__init__(window)
        self._at_top = at_top
        self._window = window
        self._text = label("", wrap=True)
        self._text.setProperty("role", "toast")
        self._action = Button("", Kind.SOFT)
        self._action.clicked.connect(self._choose)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(Space.L + Space.S, Space.S, Space.S, Space.S)
        row.setSpacing(Space.L)
        row.addWidget(self._text, 1)
        row.addWidget(self._action)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        window.installEventFilter(self)
        self.hide()

    def say(self, text: str, action: str = "", stays_ms: int = _STAYS_MS) -> None:
        """Show and say `text`; with an action it stays until it is taken or replaced, else for `stays_ms`."""
        self._text.setText(text)
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self.setAccessibleName(text)
        self._place()
        self.show()
        self.raise_()
        announce(self, text)
        if action:
            self._timer.stop()
        else:
            self._timer.start(stays_ms)

    @property
    def text(self) -> str:
        """What the toast says."""
        return self._text.text()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and not self.isHidden():
            self._place()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(current_theme().colour("ink"))
        ground = QRectF(self.rect())
        radius = Radius.fitted(Radius.LARGE, ground.height())
        painter.drawRoundedRect(ground, radius, radius)
        painter.end()

    def _choose(self) -> None:
        self.hide()
        self.chosen.emit()

    def _place(self) -> None:
        window = self._window
        width = min(_WIDEST, window.width() - 2 * Space.XL)
        wished = self._text.fontMetrics().horizontalAdvance(self._text.text()) + 2 * Space.XXL
        wished += self._action.sizeHint().width() + Space.XL if self._action.text() else 0
        width = min(width, max(280, wished))
        height = max(56, self._row.heightForWidth(width))
        top = Space.XS if self._at_top else window.height() - height - Space.XL
        self.setGeometry((window.width() - width) // 2, top, width, height)

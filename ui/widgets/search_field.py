"""The one search box of a screen, with a magnifier before the words and a way to clear them."""

from typing import Final

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from ui.icons import icon_pixmap
from ui.texts import Texts
from ui.theme import TARGET, current_theme
from ui.widgets.buttons import IconButton

_PAUSE_MS: Final = 120
_ICON: Final = 20
_LEFT: Final = 32


class SearchField(QLineEdit):
    """A search box that tells what to look for once typing pauses; Esc or the cross clears it.

    Signals: `searched(str)` 120 ms after the last change, at once on Enter and on clearing.
    """

    searched = Signal(str)

    def __init__(self, texts: Texts, name: str, placeholder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._said = ""
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._clear = IconButton("x", "", self)
        self._clear.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._clear.clicked.connect(self._clear_all)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._say)
        self.textChanged.connect(self._on_text)
        self.returnPressed.connect(self._say)
        self.setTextMargins(_LEFT, 0, TARGET - 16, 0)
        self.set_words(texts, name, placeholder)
        self._clear.hide()

    def set_words(self, texts: Texts, name: str, placeholder: str) -> None:
        """Speak another language."""
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setPlaceholderText(placeholder)
        self._clear.set_name(texts.t("search.clear"))

    def show_text(self, text: str) -> None:
        """Show what is looked for already; what is being typed is never written over."""
        if text != self._said.strip() and not self._pause.isActive():
            self._said = text
            self.setText(text)
            self._pause.stop()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self._clear_all()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._clear.setGeometry(self.width() - TARGET, (self.height() - TARGET) // 2, TARGET, TARGET)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        mark = icon_pixmap("search", current_theme().colours.muted, _ICON, self.devicePixelRatioF())
        painter.drawPixmap(14, (self.height() - _ICON) // 2, mark)
        painter.end()

    def _on_text(self, text: str) -> None:
        self._clear.setVisible(bool(text))
        if text:
            self._pause.start()
        else:
            self._say()

    def _clear_all(self) -> None:
        self.clear()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say(self) -> None:
        self._pause.stop()
        if self.text() != self._said:
            self._said = self.text()
            self.searched.emit(self._said)

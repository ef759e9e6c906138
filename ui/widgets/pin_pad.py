"""The pad on which a person proves who they are: dots instead of digits, on the screen and on the keyboard."""

from typing import Final

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from ui.texts import Texts
from ui.theme import TARGET, Radius, Space, current_theme
from ui.widgets.announce import announce
from ui.widgets.keypad import PadKey
from ui.widgets.surfaces import label

LEAST: Final = 4
MOST: Final = 12
_ROWS: Final = (("1", "2", "3"), ("4", "5", "6"), ("7", "8", "9"))


class _Dots(QLabel):
    """Shows how many digits stand, never which: at least four places, filled from the left.

    Holds the keyboard focus for the pad, so that the ring lies around what is being typed; keys pass on to the pad.
    """

    _DOT: Final = 12
    _GAP: Final = 12

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(TARGET)

    def sizeHint(self) -> QSize:
        return QSize(MOST * (self._DOT + self._GAP) + 2 * Space.M, TARGET)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.colour("field_line"), 1))
        painter.setBrush(theme.colour("card"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), Radius.MEDIUM, Radius.MEDIUM)
        places = max(LEAST, self.count)
        left = (self.width() - places * self._DOT - (places - 1) * self._GAP) / 2
        top = (self.height() - self._DOT) / 2
        for place in range(places):
            filled = place < self.count
            painter.setPen(QPen(theme.colour("ink" if filled else "field_line"), 2))
            painter.setBrush(theme.colour("ink") if filled else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(round(left), round(top), self._DOT, self._DOT)
            left += self._DOT + self._GAP
        painter.end()


class PinPad(QWidget):
    """A PIN of 4 to 12 digits, by finger or keyboard (digits, Backspace, Delete, Enter).

    Signals: `submitted(str)` with the PIN, which the pad forgets at once; `edited()` at every change.
    """

    submitted = Signal(str)
    edited = Signal()

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts = texts
        self._pin = ""
        self._dots = _Dots()
        self.setFocusProxy(self._dots)
        self._message = label("", "error", wrap=True)
        self._message.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._message.setMinimumHeight(24)
        self._digits = {digit: PadKey(digit) for digit in "1234567890"}
        self._back = PadKey("", "delete")
        self._enter = PadKey("", "check", "enter")
        grid = QGridLayout()
        grid.setSpacing(Space.S)
        for r, row in enumerate(_ROWS):
            for c, digit in enumerate(row):
                grid.addWidget(self._digits[digit], r, c)
        grid.addWidget(self._back, 3, 0)
        grid.addWidget(self._digits["0"], 3, 1)
        grid.addWidget(self._enter, 3, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self._dots, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._message)
        column.addLayout(grid, 1)
        for digit, key in self._digits.items():
            key.clicked.connect(lambda _checked=False, digit=digit: self._typed(digit))
        self._back.clicked.connect(self._delete)
        self._enter.clicked.connect(self._submit)
        self.set_texts(texts)
        self._changed()

    def set_texts(self, texts: Texts) -> None:
        """Name the pad and its keys in another language."""
        self._texts = texts
        self.setAccessibleName(texts.t("pin.name"))
        for digit, key in self._digits.items():
            key.setAccessibleName(texts.t("keypad.digit", digit=digit))
        self._back.setAccessibleName(texts.t("keypad.delete"))
        self._enter.setAccessibleName(texts.t("pin.submit"))
        self._enter.setToolTip(texts.t("pin.submit"))

    def show_error(self, text: str) -> None:
        """Say what was wrong with the PIN, aloud too, and start anew."""
        self._pin = ""
        self._changed()
        self._message.setText(text)
        announce(self, text)

    def reset(self) -> None:
        """Forget everything typed and said."""
        self._pin = ""
        self._message.clear()
        self._changed()

    @property
    def count(self) -> int:
        """How many digits stand."""
        return len(self._pin)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text() and event.text() in self._digits:
            self._digits[event.text()].flash()
            self._typed(event.text())
        elif event.key() == Qt.Key.Key_Backspace:
            self._delete()
        elif event.key() == Qt.Key.Key_Delete:
            self.reset()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._submit()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.EnabledChange:
            self._changed()

    def _typed(self, digit: str) -> None:
        if self.isEnabled() and len(self._pin) < MOST:
            self._pin += digit
            self._message.clear()
            self._changed()

    def _delete(self) -> None:
        self._pin = self._pin[:-1]
        self._changed()

    def _submit(self) -> None:
        if not self.isEnabled():
            return
        if len(self._pin) < LEAST:
            self.show_error(self._texts.t("pin.length"))
            return
        pin, self._pin = self._pin, ""
        self._changed()
        self.submitted.emit(pin)

    def _changed(self) -> None:
        self._dots.count = len(self._pin)
        self._dots.setAccessibleName(self._texts.t("pin.entered", count=len(self._pin)))
        self._dots.update()
        self._enter.setEnabled(self.isEnabled() and len(self._pin) >= LEAST)
        self.edited.emit()

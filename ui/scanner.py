"""Barcode scanners type like a keyboard, only faster: a burst is taken for itself and never reaches the amount."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

GAP_MS: Final = 35
"""Keys that follow one another faster than this are a machine's."""

LEAST: Final = 4
"""So many fast keys make a burst; fewer are given back as typed."""

_ENDS: Final = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab})


class ScannerFilter(QObject):
    """Holds back keys of a window for GAP_MS; a fast run that ends with Enter or Tab goes to `scanned` alone.

    Keys typed into a text field pass at once: what is scanned there is meant for the field.
    """

    def __init__(self, window: QWidget, scanned: Callable[[str], None]) -> None:
        super().__init__(window)
        self._window = window
        self._scanned = scanned
        self._held: list[QKeyEvent] = []
        self._giving_back = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(GAP_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._give_back)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._giving_back or event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if watched is not QApplication.focusWidget() or isinstance(watched, QLineEdit) or not self._ours(watched):
            return False
        if event.key() in _ENDS and len(self._held) >= LEAST:
            self._take()
            return True
        if not self._scannable(event):
            self._give_back()
            return False
        self._held.append(event.clone())
        self._timer.start()
        return True

    def _ours(self, watched: QObject) -> bool:
        return isinstance(watched, QWidget) and watched.window() is self._window

    def _scannable(self, event: QKeyEvent) -> bool:
        plain = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        return bool(event.text().strip()) and plain == Qt.KeyboardModifier.NoModifier and not event.isAutoRepeat()

    def _take(self) -> None:
        self._timer.stop()
        text = "".join(event.text() for event in self._held)
        self._held.clear()
        self._scanned(text)

    def _give_back(self) -> None:
        self._timer.stop()
        held, self._held = self._held, []
        self._giving_back = True
        try:
            for event in held:
                focus = QApplication.focusWidget()
                if focus is not None:
                    QApplication.sendEvent(focus, event)
        finally:
            self._giving_back = False

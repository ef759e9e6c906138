"""Watches the keyboard of the whole application for a scanner's bursts, before any screen sees a key."""

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QWindow
from PySide6.QtWidgets import QApplication

from ui.presenters.scanner import BURST_MS, BurstReader

_ENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)
_PLAIN = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier


class ScannerFilter(QObject):
    """Swallows bursts and gives a person's keys back, 35 ms later and in order.

    Signals: `scanned(Scan)` with each burst.
    """

    scanned = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader = BurstReader()
        self._held: list[QKeyEvent] = []
        self._window: QWindow | None = None
        self._giving_back = False
        self._swallowed: set[int] = set()
        self._clock = QElapsedTimer()
        self._clock.start()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(BURST_MS)
        self._timer.timeout.connect(self._overdue)

    def watch(self, app: QApplication) -> None:
        """Watch every window of the application."""
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys reach a window first and its widgets after; only the first meeting counts."""
        if self._giving_back or not isinstance(event, QKeyEvent) or not isinstance(watched, QWindow):
            return False
        if event.type() == QEvent.Type.KeyRelease:
            return self._released(event)
        if event.type() != QEvent.Type.KeyPress:
            return False
        return self._pressed(watched, event)

    def flush(self) -> None:
        """Give held keys back now, for example because a function key acts on what was typed."""
        self._timer.stop()
        self._give_back(self._reader.forget())

    def _pressed(self, window: QWindow, event: QKeyEvent) -> bool:
        at = event.timestamp() or self._clock.elapsed()  # some platforms stamp no time
        if Qt.Key(event.key()) in _ENDS and self._reader.holding:
            scan = self._reader.end(at)
            if scan is None:
                self.flush()
                return False
            self._timer.stop()
            self._held.clear()
            self._swallowed.add(event.key())
            self.scanned.emit(scan)
            return True
        if event.isAutoRepeat() or event.modifiers() & ~_PLAIN or not event.text().isprintable() or not event.text():
            self.flush()
            return False
        self._give_back(self._reader.key(event.text(), at))
        self._held.append(event.clone())
        self._window = window
        self._timer.start()
        return True

    def _released(self, event: QKeyEvent) -> bool:
        """The release of an Enter that ended a scan presses nothing either."""
        if event.key() in self._swallowed and not event.isAutoRepeat():
            self._swallowed.discard(event.key())
            return True
        return False

    def _overdue(self) -> None:
        scan = self._reader.overdue()
        if scan is None:
            self._give_back(self._reader.forget())
        else:
            self._held.clear()
            self.scanned.emit(scan)

    def _give_back(self, count: int) -> None:
        """Send the oldest held keys to where they were going; what has the focus by then gets them."""
        keys, self._held = self._held[:count], self._held[count:]
        target = self._window if self._window in QGuiApplication.allWindows() else None
        if target is None:
            return
        self._giving_back = True
        try:
            for key in keys:
                QGuiApplication.sendEvent(target, key)
        finally:
            self._giving_back = False

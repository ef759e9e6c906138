"""How long a code still lives: a ring that empties, and minutes and seconds."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from domain.ids import Instant
from ui.formatting import duration_text
from ui.texts import Texts
from ui.theme import FontSize, Space, current_theme

URGENT_MS: Final = 60_000
_TICK_MS: Final = 250
_RING: Final = 22


class Countdown(QLabel):
    """Counts down to an end; amber in the last minute.

    Signals: `finished()` once, when the end is reached.
    """

    finished = Signal()

    def __init__(self, texts: Texts, now: Callable[[], Instant], parent: QWidget | None = None) -> None:
        """`now` returns the present moment; the widget asks it four times a second while it counts."""
        super().__init__(parent)
        self._texts = texts
        self._now = now
        self._ends_at = Instant(0)
        self._whole_ms = 1
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.refresh)

    def start(self, starts_at: Instant, ends_at: Instant) -> None:
        """Count down to `ends_at`; the ring is full at `starts_at`."""
        self._ends_at = ends_at
        self._whole_ms = max(1, ends_at - starts_at)
        self._timer.start()
        self.refresh()

    def stop(self) -> None:
        """Stop counting and keep what is shown."""
        self._timer.stop()

    def set_texts(self, texts: Texts) -> None:
        """Speak another language."""
        self._texts = texts
        self.setAccessibleName(texts.t("countdown.name", left=self.text()))

    @property
    def left_ms(self) -> int:
        """What is left, in milliseconds, never below zero."""
        return max(0, self._ends_at - self._now())

    def refresh(self) -> None:
        """Show what is left now; called by the widget's own timer while it counts."""
        self._write()
        if self._timer.isActive() and self.left_ms == 0:
            self._timer.stop()
            self.finished.emit()

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self._font())
        width = _RING + Space.S + metrics.horizontalAdvance("00:00")
        return QSize(round(width) + 4, max(28, round(metrics.height()) + 4))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = current_theme().colours
        left = self.left_ms
        colour = QColor(colours.warn if left <= URGENT_MS else colours.muted)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = QRectF(2, (self.height() - _RING) / 2 + 2, _RING - 4, _RING - 4)
        painter.setPen(QPen(QColor(colours.line), 3))
        painter.drawEllipse(ring)
        share = min(1.0, left / self._whole_ms)
        painter.setPen(QPen(colour, 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawArc(ring, 90 * 16, round(share * 360 * 16))
        painter.setFont(self._font())
        words = QRectF(_RING + Space.S, 0, self.width() - _RING - Space.S, self.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        painter.end()

    def _write(self) -> None:
        words = duration_text(self.left_ms)
        if words != self.text():
            self.setText(words)
            self.setAccessibleName(self._texts.t("countdown.name", left=words))
        self.update()

    def _font(self) -> QFont:
        return current_theme().font(FontSize.LARGE, QFont.Weight.DemiBold)

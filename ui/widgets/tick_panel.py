"""The moment money has arrived: a large tick, the amount, and the change to give back."""

from typing import Final

from PySide6.QtCore import QAbstractAnimation, QEasingCurve, QPointF, QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from ui.theme import FontSize, Radius, Space, current_theme
from ui.widgets.amount_display import AmountDisplay
from ui.widgets.announce import announce
from ui.widgets.surfaces import label

_DRAW_MS: Final = 380
_AMOUNT: Final = 46
_LARGE: Final = 136
_SMALL: Final = 44


class _Tick(QLabel):
    """A green disc on which a tick is drawn; `done` runs from 0 to 1 while it appears."""

    def __init__(self) -> None:
        super().__init__()
        self.done = 1.0
        self._side = _LARGE
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setMinimumSize(_SMALL, _SMALL)

    def set_side(self, side: int) -> None:
        """Wish for another diameter; less is taken where there is no room."""
        self._side = side
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(self._side, self._side)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        side = float(min(self.width(), self.height())) - 2
        centre = QPointF(self.width() / 2, self.height() / 2)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("ok_fill"))
        grown = side / 2 * min(1.0, 0.6 + self.done * 0.8)
        painter.drawEllipse(centre, grown, grown)
        drawn = max(0.0, (self.done - 0.3) / 0.7)
        if drawn > 0:
            pen = QPen(theme.colour("on_ok"), side * 0.085)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(_tick_path(centre, side, drawn))
        painter.end()


def _tick_path(centre: QPointF, side: float, share: float) -> QPainterPath:
    """The first `share` of a tick in a disc of diameter `side`."""
    start, knee, end = (centre + QPointF(x * side, y * side) for x, y in ((-0.2, 0.02), (-0.055, 0.16), (0.21, -0.15)))
    path = QPainterPath(start)
    first = min(1.0, share / 0.35)
    path.lineTo(start + (knee - start) * first)
    if share > 0.35:
        path.lineTo(knee + (end - knee) * ((share - 0.35) / 0.65))
    return path


class TickPanel(QWidget):
    """Fills its place with the good news; the tick draws itself unless motion is reduced."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tick = _Tick()
        self._title = _line("title", "ok")
        self._title.setWordWrap(False)
        self._amount = AmountDisplay(_AMOUNT, centred=True)
        self._detail = _line("muted")
        self._change_title = _line("title")
        self._change = AmountDisplay(FontSize.HERO, centred=True)
        # With change to give back the tick stands beside the title, so that the change can be the largest thing.
        self._head = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._head.setSpacing(Space.M)
        self._head.addWidget(self._tick)
        self._head.addWidget(self._title)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
        column.setSpacing(Space.XS)
        column.addStretch(1)
        column.addLayout(self._head)
        column.setAlignment(self._head, Qt.AlignmentFlag.AlignHCenter)
        for part in (self._amount, self._detail):
            column.addWidget(part)
        self._gap = QLabel()
        self._gap.setFixedHeight(Space.S)
        for part in (self._gap, self._change_title, self._change):
            column.addWidget(part)
        column.addStretch(1)
        self._motion = QVariantAnimation(self)
        self._motion.setDuration(_DRAW_MS)
        self._motion.setStartValue(0.0)
        self._motion.setEndValue(1.0)
        self._motion.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._motion.valueChanged.connect(self._moved)

    def show_paid(
        self,
        title: str,
        amount: str,
        detail: str = "",
        change_title: str = "",
        change: str = "",
        said: str = "",
        aloud: bool = True,
    ) -> None:
        """Show and, unless it was said elsewhere, say that `amount` arrived; `change` is the largest thing on it."""
        self._title.setText(title)
        self._amount.show_amount(amount)
        self._detail.setText(detail)
        self._change_title.setText(change_title)
        self._change.show_amount(change)
        self._detail.setVisible(bool(detail))
        for part in (self._gap, self._change_title, self._change):
            part.setVisible(bool(change))
        self._arrange(bool(change))
        spoken = said or f"{title} {amount}. {change_title} {change}".strip(" .")
        self.setAccessibleName(spoken)
        if aloud:
            announce(self, spoken)
        self._motion.stop()
        if current_theme().reduced_motion:
            self._moved(1.0)
        else:
            self._motion.start()

    @property
    def is_moving(self) -> bool:
        """Whether the tick is still being drawn."""
        return self._motion.state() == QAbstractAnimation.State.Running

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.colour("ok_fill"), 1))
        painter.setBrush(theme.colour("ok_soft"))
        ground = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(ground, Radius.LARGE, Radius.LARGE)
        painter.end()

    def _arrange(self, change: bool) -> None:
        """Stand tick and title side by side over the change, or one above the other."""
        direction = QBoxLayout.Direction
        self._head.setDirection(direction.LeftToRight if change else direction.TopToBottom)
        self._head.setAlignment(self._tick, Qt.AlignmentFlag.AlignCenter)
        self._amount.set_size(FontSize.HEADING if change else _AMOUNT)
        words = Qt.AlignmentFlag.AlignLeft if change else Qt.AlignmentFlag.AlignHCenter
        self._title.setAlignment(words | Qt.AlignmentFlag.AlignVCenter)
        self._tick.set_side(_SMALL if change else _LARGE)

    def _moved(self, done: float) -> None:
        self._tick.done = done
        self._tick.update()


def _line(role: str, tone: str = "") -> QLabel:
    line = label("", role, wrap=True)
    line.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    if tone:
        line.setProperty("tone", tone)
    return line

"""The keyboard focus mark: one ring around the focused widget, outside its edge, unlike any "checked" look."""

from typing import Final

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QWidget,
)

from ui.theme import Radius, current_theme

NONE: Final = -1
"""The `ring_radius` of a whole screen that takes the keys: a ring around everything would point at nothing."""

GAP: Final = 2
WIDTH: Final = 2
_REACH: Final = GAP + WIDTH
_SHOWS_FOCUS_ITSELF: Final = (QLineEdit, QAbstractSpinBox, QComboBox)
_MOVES: Final = (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.ParentChange)


class _Ring(QWidget):
    """The painted ring: lies over the window, lets the mouse through, and is no part of the accessibility tree."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.radius: float = Radius.MEDIUM
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(current_theme().colour("focus"), WIDTH))
        inset = WIDTH / 2
        frame = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        radius = Radius.fitted(self.radius + GAP + inset, frame.height())
        painter.drawRoundedRect(frame, radius, radius)
        painter.end()


class FocusRing(QObject):
    """Follows the keyboard focus through every window of the application; a press of the mouse shows no ring.

    A widget names its own corner radius by a `ring_radius` property (int); text fields show focus by their border.
    """

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._ring: _Ring | None = None
        self._watched: list[QWidget] = []
        app.focusChanged.connect(self._on_focus)

    @classmethod
    def follow(cls, app: QApplication) -> "FocusRing":
        """Start following `app`'s focus, once; return the follower."""
        held = app.property(_PROPERTY)
        if isinstance(held, cls):
            return held
        made = cls(app)
        app.setProperty(_PROPERTY, made)
        return made

    @property
    def shown_around(self) -> QWidget | None:
        """The widget that wears the ring now."""
        ring = self._live_ring()
        return self._watched[0] if ring and not ring.isHidden() and self._watched else None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _MOVES:
            self._place()
        return False

    def _on_focus(self, _old: QWidget | None, new: QWidget | None) -> None:
        for left in self._watched:
            if shiboken6.isValid(left):
                left.removeEventFilter(self)
        self._watched = []
        ring = self._live_ring()
        if ring:
            ring.hide()
        if new is None or isinstance(new, _SHOWS_FOCUS_ITSELF) or new.isWindow() or new.property("ring_radius") == NONE:
            return
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton or new.window().windowType() == Qt.WindowType.Popup:
            return
        if ring is None or ring.parentWidget() is not new.window():
            if ring:
                ring.deleteLater()
            self._ring = ring = _Ring(new.window())
        wished = new.property("ring_radius")
        ring.radius = wished if isinstance(wished, int) else Radius.MEDIUM
        widget: QWidget | None = new
        while widget is not None and not widget.isWindow():
            widget.installEventFilter(self)
            self._watched.append(widget)
            widget = widget.parentWidget()
        self._place()

    def _live_ring(self) -> _Ring | None:
        if self._ring is not None and not shiboken6.isValid(self._ring):
            self._ring = None
        return self._ring

    def _place(self) -> None:
        ring = self._live_ring()
        if ring is None or not self._watched:
            return
        target = self._watched[0]
        if not target.isVisible():
            ring.hide()
            return
        area = QRect(target.mapTo(target.window(), QPoint(0, 0)), target.size())
        area.adjust(-_REACH, -_REACH, _REACH, _REACH)
        ring.setGeometry(area & _visible_area(target))
        ring.raise_()
        ring.show()
        ring.update()


def _visible_area(target: QWidget) -> QRect:
    """The part of the window, in its coordinates, that is not scrolled away around `target`."""
    window = target.window()
    area = window.rect()
    parent = target.parentWidget()
    while parent is not None and parent is not window:
        if isinstance(parent, QAbstractScrollArea):
            viewport = parent.viewport()
            area &= QRect(viewport.mapTo(window, QPoint(0, 0)), viewport.size())
        parent = parent.parentWidget()
    return area


_PROPERTY: Final = "bana_focus_ring"

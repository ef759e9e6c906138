"""The form of a sheet: whole where the window has room for it, else scrolled to what has the keys."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.theme import Space, current_theme
from ui.widgets.dialogs import Sheet
from ui.widgets.scroll_area import ScrollArea

_AROUND: Final = 250
"""Title, refusal, buttons and margins around the form."""

_LEAST: Final = 96
"""A line of the form and a part of the next, however much is said below it."""


class FormArea(ScrollArea):
    """Holds the lines of a form; put them into `lines`, and call `give_room` whenever words came or grew."""

    def __init__(self) -> None:
        self._form = QWidget()
        self._sheet: Sheet | None = None
        self._notice: QWidget | None = None
        super().__init__(self._form)
        self.lines = QVBoxLayout(self._form)
        self.lines.setContentsMargins(2, 2, Space.S, 2)
        self.lines.setSpacing(Space.M)

    def give_room(self, sheet: Sheet, notice: QWidget | None = None) -> None:
        """Take the height that the form wants, as far as the sheet has it beside a notice that is shown."""
        if self._sheet is None:
            sheet.installEventFilter(self)
        self._sheet, self._notice = sheet, notice
        self._measure()
        # What was built just now knows its height once it is dressed.
        QTimer.singleShot(0, self, self._measure)

    def _measure(self) -> None:
        sheet, notice = self._sheet, self._notice
        if sheet is None:
            return
        wanted = self.lines.totalHeightForWidth(max(1, self.viewport().width()))
        room = max(sheet.height() // 2, sheet.height() - current_theme().px(_AROUND))
        if notice is not None and not notice.isHidden():
            said = max(notice.heightForWidth(self.viewport().width()), notice.sizeHint().height())
            room = max(room - said, _LEAST)
        self.setMinimumHeight(min(max(wanted, self._form.sizeHint().height()), room))
        sheet.fit()
        self._follow_later()

    def sizeHint(self) -> QSize:
        """Qt keeps the first wish of what is scrolled; the form asks for no more than it was given room for."""
        wished = super().sizeHint()
        return QSize(wished.width(), self.minimumHeight() or wished.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._follow_later()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        taken = super().eventFilter(watched, event)
        if watched is self._form and event.type() == QEvent.Type.Resize:
            self._follow_later()
        elif watched is self._sheet and event.type() == QEvent.Type.Resize:
            QTimer.singleShot(0, self, self._measure)
        return taken

    def _follow_later(self) -> None:
        """Keep what has the keys in sight, once every line has its place."""
        QTimer.singleShot(0, self, self._follow_focus)

    def _follow_focus(self) -> None:
        focused = self.window().focusWidget()
        if focused is not None and self._form.isAncestorOf(focused):
            top = focused.mapTo(self._form, QPoint(0, 0)).y()
            for edge in (top + focused.height(), top):  # Qt itself would be content with the line of the cursor
                self.ensureVisible(0, edge, 0, Space.XS)

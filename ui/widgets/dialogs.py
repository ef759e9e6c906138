"""Questions and lists laid over the window on a card; every word comes from the caller, none from Qt."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from ui.icons import icon_pixmap
from ui.theme import Space, current_theme
from ui.widgets.buttons import Button, Kind
from ui.widgets.scroll_area import ScrollArea
from ui.widgets.surfaces import label
from ui.widgets.tones import Tone, tone_text

BEHIND_LOCK: Final = "behind_lock"
"""The property of a widget whose sheets wait until it stands in sight again."""

_VEIL: Final = QColor(8, 14, 20, 150)
_MARK: Final = 32


class Sheet(QDialog):
    """A card in the middle of its window, which stands dimmed and locked behind it.

    Put the contents into `body` and buttons by `add_button`; open it with `open()`, never with a nested event loop.
    Esc rejects. It follows its window when that is made larger or smaller. Over screens that were put away behind the
    lock it waits: what was asked for before may answer late. Signals: those of QDialog.
    """

    def __init__(self, window: QWidget, title: str, width: int = 480) -> None:
        super().__init__(window.window(), Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self._over = window
        self._had_keys: QWidget | None = None
        self._had_selection = False
        self.waits = False
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self._behind = QPixmap()
        self._card = QFrame()
        self._card.setObjectName("card")
        self._card.setFixedWidth(width)
        self._width = width
        self._following = QTimer(self)  # a window that is dragged changes more often than it can be drawn
        self._following.setSingleShot(True)
        self._following.setInterval(0)
        self._following.timeout.connect(self._follow)
        self._title = label(title, "title", wrap=True)
        self.body = QVBoxLayout()
        self.body.setSpacing(Space.M)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(Space.S)
        self._buttons.addStretch(1)
        self._column = column = QVBoxLayout(self._card)
        column.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.XL)
        column.setSpacing(Space.L)
        column.addWidget(self._title)
        column.addLayout(self.body, 1)
        column.addLayout(self._buttons)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
        outer.addStretch(1)
        outer.addWidget(self._card, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(1)

    def add_button(self, text: str, kind: Kind, does: Callable[[], None], default: bool = False) -> Button:
        """Add a button at the right; the default one has the focus first, and Enter in a field presses it."""
        button = Button(text, kind)
        button.clicked.connect(lambda _checked=False: does())
        self._buttons.addWidget(button)
        if default:
            button.setDefault(True)
            button.setFocus(Qt.FocusReason.OtherFocusReason)
        return button

    def keeps_enter(self) -> bool:
        """Whether Enter belongs to a field that has the keys, so that no button is pressed by it."""
        return False

    def stands_over(self, widget: QWidget) -> bool:
        """Whether it was opened from a widget, or from something on it, be it another sheet."""
        return any(each is widget for each in self._below())

    def put_away(self) -> None:
        """Leave the screen without an end; what stands on it, and where the keys are, stays."""
        self._had_keys = field = self.focusWidget()
        self._had_selection = isinstance(field, QLineEdit) and field.hasSelectedText()
        self.waits = True
        self.hide()

    def come_back(self) -> None:
        """Stand on the screen again, with the keys where they were."""
        self.waits = False
        self.show()
        self.activateWindow()
        if self._had_keys is not None and isValid(self._had_keys):
            self._had_keys.setFocus(Qt.FocusReason.OtherFocusReason)
            if isinstance(self._had_keys, QLineEdit) and not self._had_selection:
                self._had_keys.deselect()  # a shown dialog selects all of it: the next key would wipe what was typed

    def setVisible(self, visible: bool) -> None:
        if visible and any(each.property(BEHIND_LOCK) for each in self._below()):
            self.waits = True
        else:
            super().setVisible(visible)

    def done(self, result: int) -> None:
        self.waits = False
        super().done(result)

    def _below(self) -> Iterator[QWidget]:
        """What it was opened from, and what that stands on."""
        each: QWidget | None = self._over
        while each is not None and isValid(each):
            yield each
            each = each._over if isinstance(each, Sheet) else each.parentWidget()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.keeps_enter():
            event.accept()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        window = self.parentWidget()
        if window is not None:
            self._cover(window)
            window.installEventFilter(self)
        self._fit()
        super().showEvent(event)
        handle = self.windowHandle()
        if window is not None and handle is not None:
            # A sheet is a window of its own: who works on it is there for the window behind it as well.
            handle.removeEventFilter(window)
            handle.installEventFilter(window)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Go where the window goes, and be as large."""
        if watched is self.parentWidget() and event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self._following.start()
        return super().eventFilter(watched, event)

    def fit(self) -> None:
        """Give words that came or grew while the sheet stands the room they need, as far as the window has it."""
        if self.isVisible():
            self._column.activate()
            self._fit()

    def _follow(self) -> None:
        window = self.parentWidget()
        if window is not None and self.isVisible():
            self._cover(window)
            self.fit()

    def _cover(self, window: QWidget) -> None:
        """Lie over the whole window, the card no wider than there is room."""
        self._behind = window.grab()
        self._card.setFixedWidth(min(self._width, window.width() - 2 * Space.L))
        self._card.setMinimumHeight(0)
        outer = self.layout()
        if outer is not None:
            outer.activate()  # or the sheet could get no smaller than its card was before
        corner = window.mapToGlobal(QPoint(0, 0))
        self.setGeometry(corner.x(), corner.y(), window.width(), window.height())

    def _fit(self) -> None:
        """Wrapped words need the height that belongs to the card's width, which a centred widget is not asked for."""
        self._card.ensurePolished()
        room = self.height() - 2 * Space.L
        self._card.setMinimumHeight(min(self._column.totalHeightForWidth(self._card.width()), room))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._behind)
        painter.fillRect(self.rect(), _VEIL)
        painter.end()


S = TypeVar("S", bound=Sheet)
T = TypeVar("T")


class SheetDoor(QObject, Generic[S, T]):
    """Keeps one sheet open while a state wants it, and gives the keys back where they were when it closes."""

    def __init__(
        self, page: QWidget, make: Callable[[], S], draw: Callable[[S, T], None], cancel: Callable[[], None]
    ) -> None:
        """`make` makes the sheet, `draw` shows it a state; `cancel`, which `rejected` calls, hears of no close."""
        super().__init__(page)
        self._page, self._make, self._draw, self._cancel = page, make, draw, cancel
        self._sheet: S | None = None
        self._came_from: QWidget | None = None

    def follow(self, state: T, *, wanted: bool) -> None:
        """Draw the state on the sheet while it is wanted, opening it first; close it otherwise."""
        if not wanted:
            self._close()
        elif self._sheet is None:
            self._came_from = self._page.window().focusWidget()
            self._sheet = self._make()
            self._draw(self._sheet, state)
            self._sheet.open()
        else:
            self._draw(self._sheet, state)

    def _close(self) -> None:
        sheet, self._sheet = self._sheet, None
        if sheet is None:
            return
        sheet.rejected.disconnect(self._cancel)
        had_keys = sheet.isActiveWindow() or not sheet.isVisible()  # a person has closed it, or is working on it
        sheet.reject()
        if had_keys:  # back to the sheet below it, or to the window: not every desktop does so by itself
            (QApplication.activeModalWidget() or self._page.window()).activateWindow()
        if self._came_from is not None and isValid(self._came_from) and self._came_from.isVisible():
            self._came_from.setFocus(Qt.FocusReason.OtherFocusReason)
        self._came_from = None


class ConfirmDialog(Sheet):
    """Asks yes or no. The safe answer has the focus, so that a stray Enter does no harm.

    Signals: `accepted` for yes, `rejected` for no and Esc.
    """

    def __init__(
        self, window: QWidget, title: str, text: str, yes: str, no: str, danger: bool = False, icon_name: str = ""
    ) -> None:
        super().__init__(window, title)
        row = QHBoxLayout()
        row.setSpacing(Space.L)
        if icon_name:
            row.addWidget(_Mark(icon_name, Tone.ERR if danger else Tone.INFO), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(label(text, "", wrap=True), 1)
        self.body.addLayout(row)
        self.no = self.add_button(no, Kind.SECONDARY, self.reject, default=danger)
        self.yes = self.add_button(yes, Kind.DANGER if danger else Kind.PRIMARY, self.accept, default=not danger)


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose; `key` is what the signal says."""

    key: str
    text: str
    note: str = ""
    icon_name: str = ""


class ChooseDialog(Sheet):
    """Asks which of a few; each is a button, so that one press chooses, and so do the keys 1 to 9.

    Signals: `chosen(str)` with the key of an option; `rejected` for none.
    """

    chosen = Signal(str)

    def __init__(self, window: QWidget, title: str, options: Sequence[Option], cancel: str, text: str = "") -> None:
        super().__init__(window, title)
        if text:
            self.body.addWidget(label(text, "", wrap=True))
        self.buttons: list[Button] = []
        self._keys = [option.key for option in options]
        for option in options:
            button = Button(option.text, Kind.SECONDARY, option.icon_name)
            button.setProperty("align", "left")
            button.setAccessibleDescription(option.note)
            button.setToolTip(option.note)
            button.clicked.connect(lambda _checked=False, key=option.key: self._choose(key))
            self.body.addWidget(button)
            self.buttons.append(button)
            if option.note:
                self.body.addWidget(label(option.note, "small", wrap=True))
        self.add_button(cancel, Kind.QUIET, self.reject)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        place = "123456789".find(event.text()) if event.text() else -1
        if 0 <= place < len(self._keys):
            self._choose(self._keys[place])
        else:
            super().keyPressEvent(event)

    def _choose(self, key: str) -> None:
        self.chosen.emit(key)
        self.accept()


@dataclass(frozen=True, slots=True)
class KeyHelp:
    """Keys under a heading: pairs of the key caps, such as `Ctrl+F`, and what they do."""

    title: str
    keys: tuple[tuple[str, str], ...]


class HelpOverlay(Sheet):
    """The list of keys, in columns; F1 or Esc closes it."""

    def __init__(self, window: QWidget, title: str, close: str, groups: Sequence[KeyHelp]) -> None:
        room = window.window().size()
        super().__init__(window, title, width=min(920, room.width() - 2 * Space.XL))
        inside = QWidget()
        columns = QHBoxLayout(inside)
        columns.setContentsMargins(0, 0, Space.M, 0)
        columns.setSpacing(Space.XXL)
        for group in groups:
            columns.addLayout(_help_column(group), 1)
        area = ScrollArea(inside, name=title)
        wished = inside.sizeHint().height() + Space.S
        area.setFixedHeight(min(wished, room.height() - 200))
        self.body.addWidget(area)
        self.add_button(close, Kind.PRIMARY, self.reject, default=True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F1:
            self.reject()
        else:
            super().keyPressEvent(event)


def _help_column(group: KeyHelp) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(Space.S)
    column.addWidget(label(group.title, "section"))
    grid = QGridLayout()
    grid.setHorizontalSpacing(Space.M)
    grid.setVerticalSpacing(Space.S)
    for row, (caps, does) in enumerate(group.keys):
        grid.addWidget(label(caps, "key"), row, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        grid.addWidget(label(does, "", wrap=True), row, 1)
    grid.setColumnStretch(1, 1)
    column.addLayout(grid)
    column.addStretch(1)
    return column


class _Mark(QLabel):
    """The icon of a question."""

    def __init__(self, icon_name: str, tone: Tone) -> None:
        super().__init__()
        self._icon_name, self._tone = icon_name, tone
        self.setFixedSize(_MARK, _MARK)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colour = tone_text(self._tone, current_theme().colours)
        painter.drawPixmap(0, 0, icon_pixmap(self._icon_name, colour, _MARK, self.devicePixelRatioF()))
        painter.end()

"""Grounds that things stand on: the card, and the friendly word where there is nothing to show yet."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.icons import icon_pixmap
from ui.theme import Space, current_theme
from ui.widgets.buttons import Button, Kind


def label(text: str = "", role: str = "", wrap: bool = False) -> QLabel:
    """Return a label in one of the roles of the style sheet.

    Roles: "" (body), muted, small, section, title, heading, display, error, key.
    """
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        made.setProperty("role", role)
    made.setWordWrap(wrap)
    return made


def fact_grid(facts: Sequence[tuple[str, str]]) -> QGridLayout:
    """Return facts below each other, names at the left and words at the right; a fact without words is left out."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(Space.L)
    grid.setVerticalSpacing(Space.XS)
    grid.setColumnStretch(1, 1)
    for number, (name, words) in enumerate(fact for fact in facts if fact[1]):
        value = label(words, "", wrap=True)
        value.setAlignment(Qt.AlignmentFlag.AlignRight)
        grid.addWidget(label(name, "muted"), number, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(value, number, 1)
    return grid


class Card(QFrame):
    """A rounded white ground with a title row; put the contents into `body`."""

    def __init__(self, title: str = "", parent: QWidget | None = None, margin: int = 20) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(margin, margin, margin, margin)
        self.body.setSpacing(Space.M)
        self._title = label(title, "section")
        self._head = QHBoxLayout()
        self._head.setSpacing(Space.S)
        self._head.addWidget(self._title, 1)
        self._title.setMinimumHeight(24)
        self.body.addLayout(self._head)
        self._title.setVisible(bool(title))  # once it has its parent: a shown orphan is a window of its own

    def set_title(self, title: str) -> None:
        """Show another title; an empty one leaves the row out."""
        self._title.setText(title)
        self._title.setVisible(bool(title))

    def add_to_head(self, widget: QWidget) -> None:
        """Put something at the right end of the title row."""
        self._head.addWidget(widget)


class _Emblem(QLabel):
    """A large icon in a soft circle."""

    def __init__(self, icon_name: str) -> None:
        super().__init__()
        self._icon_name = icon_name
        self.setFixedSize(88, 88)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("sunken"))
        painter.drawEllipse(self.rect())
        painter.drawPixmap(26, 26, icon_pixmap(self._icon_name, theme.colours.muted, 36, self.devicePixelRatioF()))
        painter.end()


class EmptyState(QWidget):
    """Says why there is nothing here, and offers the next step.

    Signals: `chosen` when the offered step is taken.
    """

    chosen = Signal()

    def __init__(self, icon_name: str = "inbox", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = label("", "section", wrap=True)
        self._hint = label("", "muted", wrap=True)
        self._action = Button("", Kind.SOFT)
        self._action.clicked.connect(self.chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.XL)
        column.setSpacing(Space.M)
        column.addStretch(1)
        self._emblem = _Emblem(icon_name)
        column.addWidget(self._emblem, 0, Qt.AlignmentFlag.AlignHCenter)
        for part in (self._text, self._hint):
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(part)
        column.addWidget(self._action, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        self.show_words("")

    def show_words(self, text: str, hint: str = "", action: str = "") -> None:
        """Say `text`; `hint` and the button `action` are left out when empty."""
        self._text.setText(text)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self.setAccessibleName(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Leave the picture out where it is too low for all of it; words are never drawn over each other."""
        column = self.layout()
        assert column is not None, "it was laid out"
        self._emblem.show()
        self._emblem.setVisible(column.totalHeightForWidth(self.width()) <= self.height())

    def take_focus(self) -> None:
        """Give the keys to the offered step."""
        self._action.setFocus(Qt.FocusReason.OtherFocusReason)

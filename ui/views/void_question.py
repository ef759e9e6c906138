"""Asks why something booked is taken back."""

from typing import Final, Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.texts import Texts
from ui.theme import Space
from ui.widgets.buttons import Button, Kind
from ui.widgets.fields import TextField
from ui.widgets.surfaces import label

_LONGEST_REASON: Final = 500


class TakesBack(Protocol):
    """A presenter that takes back what is open, once it was told why."""

    def ask_void(self) -> None:
        """Ask, or take the question back."""

    def set_reason(self, reason: str) -> None:
        """Type why."""

    def confirm_void(self) -> None:
        """Take it back."""


class VoidQuestion(QWidget):
    """The question with its two answers; what was typed stays after a refusal."""

    def __init__(self, presenter: TakesBack, texts: Texts, text: str, *, yes: str, no: str) -> None:
        """`text` says what taking back means, `yes` is on the button that does it, `no` on the one that does not."""
        super().__init__()
        t = texts.t
        self._title = label("", "section", wrap=True)
        self._reason = TextField(t("vouchers.void_reason"), t("vouchers.void_reason_hint"))
        self._reason.setMaxLength(_LONGEST_REASON)
        self._reason.textEdited.connect(presenter.set_reason)
        self._reason.returnPressed.connect(presenter.confirm_void)
        keep = Button(no, Kind.SECONDARY)
        keep.clicked.connect(lambda _checked=False: presenter.ask_void())
        self._yes = Button(yes, Kind.DANGER, "ban")
        self._yes.clicked.connect(lambda _checked=False: presenter.confirm_void())
        buttons = QHBoxLayout()
        buttons.setSpacing(Space.S)
        for button in (keep, self._yes):
            button.setProperty("tight", "true")
            buttons.addWidget(button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self._title)
        column.addWidget(label(text, "small", wrap=True))
        column.addWidget(self._reason)
        column.addLayout(buttons)

    def show_question(self, title: str, reason: str, *, asked: bool, busy: bool) -> None:
        """Draw the question, if it is asked."""
        self.setVisible(asked)
        self._title.setText(title)
        if self._reason.text() != reason:
            self._reason.setText(reason)
        self._yes.setEnabled(bool(reason.strip()) and not busy)

    def take_focus(self) -> None:
        """Type why."""
        self._reason.setFocus(Qt.FocusReason.OtherFocusReason)

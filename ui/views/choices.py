"""One of a few: a row of buttons of which one is chosen, with a tick and a fill, by press, arrow keys and Space."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QButtonGroup, QHBoxLayout, QWidget

from ui.theme import Space
from ui.widgets.buttons import Button
from ui.widgets.flow import FlowLayout

T = TypeVar("T")


class ChoiceRow(QWidget, Generic[T]):
    """A choice between values, each with its words.

    Signals: `chosen(object)` with the value a person pressed; showing a value says nothing.
    """

    chosen = Signal(object)

    def __init__(
        self, name: str, options: Sequence[tuple[T, str]], parent: QWidget | None = None, *, wraps: bool = False
    ) -> None:
        """`wraps` goes on in the next line where the row is too narrow for all."""
        super().__init__(parent)
        self._name = name
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._values: list[T] = [value for value, _ in options]
        row = FlowLayout(self, Space.XS) if wraps else QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.XS)
        for number, (_, words) in enumerate(options):
            button = Button(words)
            button.setCheckable(True)
            button.setProperty("kind", "choice")
            button.setAccessibleName(f"{name}: {words}")
            self._group.addButton(button, number)
            row.addWidget(button)
        self._group.idClicked.connect(lambda number: self.chosen.emit(self._values[number]))

    def show_value(self, value: T) -> None:
        """Show which value is chosen now."""
        for number, each in enumerate(self._values):
            button = self._group.button(number)
            button.setChecked(each == value)

    def rename(self, value: T, words: str) -> None:
        """Write other words for a value."""
        button = self._group.button(self._values.index(value))
        if button.text() != words:
            button.setText(words)
            button.setAccessibleName(f"{self._name}: {words}")

    def offer(self, value: T, offered: bool) -> None:
        """Offer a value, or leave it out."""
        self._group.button(self._values.index(value)).setVisible(offered)

    def set_narrow(self, narrow: bool) -> None:
        """Stand with less around the words, in a window that is too narrow for all."""
        for button in self._group.buttons():
            if bool(button.property("narrow")) is not narrow:
                button.setProperty("narrow", "true" if narrow else None)
                button.style().unpolish(button)
                button.style().polish(button)
                QApplication.sendEvent(button, QEvent(QEvent.Type.StyleChange))  # it kept how wide it wanted to be

    @property
    def buttons(self) -> tuple[QAbstractButton, ...]:
        """The buttons in their order, also those that are left out."""
        return tuple(self._group.buttons())

    def take_focus(self) -> None:
        """Give the keys to the value that is chosen, or to the first."""
        (self._group.checkedButton() or self._group.button(0)).setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or self._group.checkedId() < 0:
            super().keyPressEvent(event)
            return
        number = self._group.checkedId()
        while True:
            number = (number + step) % len(self._values)
            if not self._group.button(number).isHidden():
                break
        self._group.button(number).setFocus(Qt.FocusReason.TabFocusReason)
        self._group.button(number).click()

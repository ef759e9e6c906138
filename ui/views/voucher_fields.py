"""Fields of the voucher form: an amount, a choice out of a list, and the box that names a field and what it needs."""

from collections.abc import Sequence
from typing import Final, Generic, TypeVar

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QComboBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from domain.errors import RuleBroken
from domain.money import parse_amount
from ui.formatting import plain_letters
from ui.presenters.voucher_draft import plain_amount
from ui.texts import Texts
from ui.theme import Space, current_theme
from ui.widgets.fields import TextField
from ui.widgets.surfaces import label
from ui.widgets.word_completer import WordCompleter

T = TypeVar("T")

_SHORTEST: Final = 6
_POPUP_ROWS: Final = 8
_TURN_PX: Final = 430


class StillUnderTheWheel(QObject):
    """Keeps a wheel that scrolls the page from changing the field below the pointer."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel:
            event.ignore()
            return True
        return False


class AmountField(TextField):
    """An amount as people write it: while it is typed as it is, before and afterwards grouped as `1.500.000`.

    Signals: `typed(str)` with each change a person makes.
    """

    typed = Signal(str)

    def __init__(self, texts: Texts, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, "0", parent=parent)
        self._texts = texts
        self._typed = ""
        self._over = False
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.textEdited.connect(self._edited)
        self.selectionChanged.connect(self._selected)

    def show_text(self, text: str) -> None:
        """Show what was typed, unless this field just said so itself."""
        if text != self._typed:
            self._typed = text
            self.setText(self._grouped())

    def type_over(self) -> None:
        """Take the keys with all of it chosen, so that the next digit begins another amount."""
        self._over = True
        self.setText(self._grouped())
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.selectAll()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Without its groups the amount can be gone on with, digit by digit; what is to be typed over keeps them."""
        if self._over:
            super().focusInEvent(event)
            self.selectAll()
        else:
            self.setText(self._plain())
            super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._over &= event.reason() is Qt.FocusReason.ActiveWindowFocusReason
        self.setText(self._grouped())

    def _selected(self) -> None:
        """Whoever goes into the amount instead of typing over it finds it plain, with the cursor at the same digit."""
        if not self._over or self.hasSelectedText() or not self.text():
            return
        self._over = False
        before = sum(each.isdigit() for each in self.text()[: self.cursorPosition()])
        plain = self._plain()
        self.setText(plain)
        places = [place for place in range(len(plain) + 1) if sum(each.isdigit() for each in plain[:place]) == before]
        self.setCursorPosition(places[0] if places else len(plain))

    def _edited(self, text: str) -> None:
        self._over = False
        self._typed = text
        self.typed.emit(text)

    def _grouped(self) -> str:
        amount = self._amount()
        return self._typed if amount is None else self._texts.money(amount, symbol=False)

    def _plain(self) -> str:
        amount = self._amount()
        return self._typed if amount is None else plain_amount(amount, self._texts.currency)

    def _amount(self) -> int | None:
        try:
            return parse_amount(self._typed, self._texts.currency)
        except RuleBroken:
            return None


class Chooser(QComboBox, Generic[T]):
    """One value out of a list, or none; where the list is long, a part of the words finds it.

    Signals: `picked(object)` with the value, or None, that a person chose.
    """

    picked = Signal(object)

    def __init__(self, name: str, hint: str, searchable: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: list[T] = []
        self._words: tuple[str, ...] = ()
        self.setAccessibleName(name)
        self.setMinimumContentsLength(_SHORTEST)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMaxVisibleItems(_POPUP_ROWS)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setPlaceholderText(hint)
        self._still = StillUnderTheWheel()
        self.installEventFilter(self._still)
        self.activated.connect(self._activated)
        if searchable:
            typed = TextField(name, hint)
            typed.setProperty("bare", "true")  # the list around it keeps the distance from the edge
            self.setEditable(True)
            self.setLineEdit(typed)
            typed.returnPressed.connect(self._settle)

    def show_options(self, options: Sequence[tuple[T, str]]) -> None:
        """Offer these values with their words."""
        words = tuple(text for _, text in options)
        values = [value for value, _ in options]
        if values == self._values and words == self._words:
            return
        self._values, self._words = values, words
        self.blockSignals(True)
        self.clear()
        self.addItems(words)
        self.setCurrentIndex(-1)
        self.blockSignals(False)
        if self.isEditable():
            self.setCompleter(WordCompleter(self))

    def show_value(self, value: T | None) -> None:
        """Show which value is chosen; for none, words that were typed and name nothing stay for the person to mend."""
        number = self._values.index(value) if value in self._values else -1
        if number != self.currentIndex():
            self.blockSignals(True)
            self.setCurrentIndex(number)
            self.blockSignals(False)

    def forget(self) -> None:
        """Empty the field, words that name nothing included."""
        self.setCurrentIndex(-1)
        if self.isEditable():
            self.setEditText("")

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Words that were typed count once the field is left, not while its list is open."""
        super().focusOutEvent(event)
        away = event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
        if self.isEditable() and away:
            self._settle()

    def _activated(self, number: int) -> None:
        if 0 <= number < len(self._values):
            self.picked.emit(self._values[number])

    def _settle(self) -> None:
        """Take words, or a whole account code, that name one value as if it had been chosen; others choose nothing."""
        text, plain = self.currentText().strip(), plain_letters(self.currentText())
        same = [number for number, words in enumerate(self._words) if words.casefold() == text.casefold()]
        like = [number for number, words in enumerate(self._words) if plain and plain in plain_letters(words)]
        whole = [number for number in like if plain_letters(self._words[number]) == plain]
        coded = [number for number in like if plain.isdigit() and self._words[number].startswith(f"{plain} ")]
        found = next((numbers[0] for numbers in (same[:1], whole, coded, like) if len(numbers) == 1), None)
        if found is not None:
            self.setCurrentIndex(found)
        self.picked.emit(None if found is None else self._values[found])


class FieldBox(QWidget):
    """A field below its name, with a word beside the name of what is still needed."""

    def __init__(self, name: str, field: QWidget, bordered: bool = True, parent: QWidget | None = None) -> None:
        """A field that is `bordered` wears the border of what cannot stay while its mark is loud."""
        super().__init__(parent)
        self.field = field
        self._bordered = bordered
        self._mark = label("", "small")
        head = QHBoxLayout()
        head.setSpacing(Space.S)
        self._name = label(name, "section")
        head.addWidget(self._name)
        head.addWidget(self._mark, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.XS)
        column.addLayout(head)
        column.addWidget(field)

    def set_name(self, name: str) -> None:
        """Name the field otherwise."""
        self._name.setText(name)
        self.field.setAccessibleName(name)

    def show_mark(self, words: str, *, loud: bool) -> None:
        """Say what is needed, quietly while it is written, loudly once it was to be booked; nothing for no words."""
        self._mark.setText(words)
        role = "error" if loud and words else "small"
        if self._mark.property("role") != role:
            self._mark.setProperty("role", role)
            self._mark.style().unpolish(self._mark)
            self._mark.style().polish(self._mark)
        invalid = "true" if loud and words else "false"
        if self._bordered and self.field.property("invalid") != invalid:
            self.field.setProperty("invalid", invalid)
            self.field.style().unpolish(self.field)
            self.field.style().polish(self.field)


class Pair(QWidget):
    """Two or three things beside each other, or below each other where that is too narrow."""

    def __init__(self, *parts: QWidget, turn_px: int = _TURN_PX, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._turn_px = turn_px
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(Space.M)
        for part in parts:
            self._box.addWidget(part, 1, Qt.AlignmentFlag.AlignTop)

    def set_stretch(self, *shares: int) -> None:
        """Divide the width in these shares."""
        for number, share in enumerate(shares):
            self._box.setStretch(number, share)

    def minimumSizeHint(self) -> QSize:
        """The wider part must fit, because the parts turn below each other for it."""
        parts = [item.widget() for number in range(self._box.count()) if (item := self._box.itemAt(number)) is not None]
        widths = (part.minimumSizeHint().width() for part in parts if part is not None and not part.isHidden())
        return QSize(max(widths, default=0), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.turn(self.width())

    def turn(self, width: int) -> None:
        """Stand beside or below each other, whichever a width has room for."""
        beside = width >= current_theme().px(self._turn_px)
        direction = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._box.direction() != direction:
            self._box.setDirection(direction)

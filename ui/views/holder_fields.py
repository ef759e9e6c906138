"""The fields of whose credit money becomes: a phone number, and a name where nobody is known by it."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from domain.holders import MAX_HOLDER_NAME
from ui.presenters.holder_choice import HolderChoice
from ui.texts import Texts
from ui.theme import Space
from ui.views.voucher_fields import FieldBox
from ui.widgets.fields import TextField

_LONGEST_PHONE: Final = 30


class HolderFields(QWidget):
    """Draws HolderChoice.

    Signals: `entered` when Enter ends the last of its fields.
    """

    entered = Signal()

    def __init__(self, texts: Texts, phone: Callable[[str], None], name: Callable[[str], None]) -> None:
        """`phone` and `name` hear what is typed."""
        super().__init__()
        self._texts = texts
        t = texts.t
        self._phone = TextField(t("refund.phone"), t("refund.phone_hint"))
        self._phone.setMaxLength(_LONGEST_PHONE)
        self._phone.textEdited.connect(phone)
        self._phone.returnPressed.connect(self._after_phone)
        self._phone_box = FieldBox(t("refund.phone"), self._phone)
        self._name = TextField(t("refund.name"), t("refund.name_hint"))
        self._name.setMaxLength(MAX_HOLDER_NAME)
        self._name.textEdited.connect(name)
        self._name.returnPressed.connect(self.entered)
        self._name_box = FieldBox(t("refund.name"), self._name)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self._phone_box)
        column.addWidget(self._name_box)

    def show_choice(self, choice: HolderChoice) -> None:
        """Draw who was typed, and what is still needed to know them."""
        t, holder = self._texts.t, choice.holder
        self._name_box.setVisible(choice.is_new)
        for field, typed in ((self._phone, choice.phone), (self._name, choice.name)):
            if field.text() != typed:
                field.setText(typed)
        if holder is not None:
            words = t("refund.holder_found", name=holder.name, amount=holder.balance_minor)
        else:
            words = t("refund.holder_new" if choice.is_new else "refund.holder_sought")
        self._phone_box.show_mark(words, loud=False)

    def take_focus(self) -> None:
        """Type the number."""
        self._phone.setFocus(Qt.FocusReason.OtherFocusReason)

    def is_typed_in(self) -> bool:
        """Whether the keys go to one of its fields."""
        return self._phone.hasFocus() or self._name.hasFocus()

    def _after_phone(self) -> None:
        if self._name_box.isHidden():
            self.entered.emit()
        else:
            self._name.setFocus(Qt.FocusReason.OtherFocusReason)

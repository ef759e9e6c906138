"""The form of one person, on a card over the window; PINs are typed as dots and forgotten after each try."""

from typing import Final

from PySide6.QtCore import QRegularExpression, Qt
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QWidget

from domain.people import MOST_DIGITS
from domain.policy import Role
from ui.presenters.person_form import FormKind, PersonFormPresenter, PersonFormState
from ui.texts import Texts, problem_text
from ui.theme import TARGET, Space, current_theme
from ui.widgets.buttons import Kind
from ui.widgets.dialogs import Sheet
from ui.widgets.fields import TextField
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.surfaces import label

_WIDTH: Final = 560


class PersonSheet(Sheet):
    """Draws PersonFormState."""

    def __init__(self, window: QWidget, presenter: PersonFormPresenter, texts: Texts) -> None:
        room = window.window().width() - 2 * Space.XL
        title = texts.t(f"people.form.{presenter.state.kind.value}", name=presenter.state.name)
        super().__init__(window, title, width=min(current_theme().px(_WIDTH), room))
        self._presenter, self._texts = presenter, texts
        self._attempt = 0
        t = texts.t
        self._name = TextField(t("common.name"), text=presenter.state.name)
        self._name.textEdited.connect(presenter.set_name)
        self._role = QComboBox()
        self._role.setAccessibleName(t("people.role"))
        self._role.setMinimumHeight(TARGET)
        for role in Role:
            self._role.addItem(t(f"role.{role.value}"), role.value)
        self._role.activated.connect(lambda _index: presenter.set_role(Role(self._role.currentData())))
        self._old, self._pin, self._again = (_pin_field(t(f"people.pin.{each}")) for each in ("old", "new", "again"))
        self._hint = label("", "small", wrap=True)
        self._said = label("", "error", wrap=True)
        self._notice = NoticeBar(t("notice.dismiss"))
        self._lay_out()
        self.add_button(t("common.cancel"), Kind.SECONDARY, self.reject)
        self._save = self.add_button(t("common.save"), Kind.PRIMARY, self._send, default=True)
        self.rejected.connect(presenter.cancel)
        presenter.attach(self)
        first = next(field for field in (self._name, self._old, self._pin) if not field.isHidden())
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _lay_out(self) -> None:
        t = self._texts.t
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.S)
        self._lines: dict[QWidget, QWidget] = {}
        lines = (
            (t("common.name"), self._name),
            (t("people.role"), self._role),
            (t("people.pin.old"), self._old),
            (t("people.pin.new"), self._pin),
            (t("people.pin.again"), self._again),
        )
        for number, (words, field) in enumerate(lines):
            self._lines[field] = label(words)
            grid.addWidget(self._lines[field], number, 0)
            grid.addWidget(field, number, 1)
        grid.setColumnStretch(1, 1)
        self.body.addLayout(grid)
        for part in (self._hint, self._said, self._notice):
            self.body.addWidget(part)
        kind = self._presenter.state.kind
        for field in (self._name, self._role):
            self._offer(field, kind in (FormKind.ADD, FormKind.EDIT))
        self._offer(self._old, kind is FormKind.OWN)

    def _offer(self, field: QWidget, offered: bool) -> None:
        field.setVisible(offered)
        self._lines[field].setVisible(offered)

    def show_state(self, state: PersonFormState) -> None:
        """Draw the form; the fields of PINs are empty again after a refusal."""
        t = self._texts.t
        self._role.setCurrentIndex(self._role.findData(state.role.value))
        self._role.setEnabled(not state.is_self)
        for field in (self._pin, self._again):
            self._offer(field, state.wants_pin)
        hint = "people.pin.hint_on_the_spot" if state.kind is not FormKind.OWN else "people.pin.hint"
        self._hint.setText(t(hint, least=state.least))
        self._hint.setVisible(state.wants_pin and state.problem is None)
        self._said.setText(self._words(state))
        self._said.setVisible(bool(self._said.text()))
        self._save.setEnabled(state.can_save)
        if state.problem is None:
            self._notice.clear_notice()
        else:
            self._notice.show_problem(problem_text(state.problem, self._texts), closable=False)
        if state.attempt != self._attempt:
            self._attempt = state.attempt
            for field in (self._old, self._pin, self._again):
                field.clear()
            if state.wants_pin:
                first = self._old if state.kind is FormKind.OWN else self._pin
                first.setFocus(Qt.FocusReason.OtherFocusReason)

        self._grow()

    def _grow(self) -> None:
        """Give what was said the room that it needs, as far as the window has it."""
        if self.isVisible():
            room = self.height() - 2 * Space.L
            self._card.setMinimumHeight(min(self._column.totalHeightForWidth(self._card.width()), room))

    def _words(self, state: PersonFormState) -> str:
        if state.differs:
            return self._texts.t("people.pin.differs")
        if state.tries_left is None:
            return ""
        return self._texts.t("lock.wrong", count=state.tries_left) if state.tries_left else self._texts.t("pin.wrong")

    def _send(self) -> None:
        self._presenter.save(self._pin.text(), self._again.text(), self._old.text())


def _pin_field(name: str) -> TextField:
    field = TextField(name)
    field.setEchoMode(QLineEdit.EchoMode.Password)
    field.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly | Qt.InputMethodHint.ImhSensitiveData)
    field.setMaxLength(MOST_DIGITS)
    field.setValidator(QRegularExpressionValidator(QRegularExpression("[0-9]*"), field))
    return field
